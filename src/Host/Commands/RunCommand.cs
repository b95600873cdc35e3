using System.CommandLine;
using Csp.Actors.Runs;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.FirstPrinciples;

namespace Csp.Host.Commands;

/// <summary><c>csp run CONF</c>: a one-machine cluster with all roles, to the end.</summary>
public static class RunCommand
{
    public static Command Build()
    {
        Argument<string> conf = new("CONF") { Description = "Configuration file (HOCON; all keys: hocon/reference.conf)." };
        Option<string?> outFolder = new("--out") { Description = "Run folder (default: runs/NAME of CONF, numbered when it exists)." };
        Option<bool> resume = new("--resume") { Description = "Go on with the run in the folder: no label is computed twice." };
        Command command = new("run", "Predict structures as a configuration file says, on this machine.") { conf, outFolder, resume };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetRequiredValue(conf), parsed.GetValue(outFolder), parsed.GetValue(resume), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string conf, string? outFolder, bool resume, CancellationToken cancellation)
    {
        SettingsSource source = SettingsSource.FromFile(conf);
        string path = outFolder ?? RunFolder.Choose(conf, resume);
        RunConfiguration configuration = RunConfiguration.Bind(source, path);
        CheckLabeler(configuration);
        using RunFolder folder = new(path);
        folder.Open();
        ErrorPolicy.LogFile = folder.Log;
        File.Copy(conf, folder.Configuration, overwrite: true);
        return await new RunSession(configuration, folder, resume, IRunView.ForThisConsole()).RunAsync(cancellation);
    }

    /// <summary>A missing pw.x or pseudopotential is said before anything starts.</summary>
    internal static void CheckLabeler(RunConfiguration configuration)
    {
        if (configuration.Cluster.Slots.Labeler > 0)
            LabelerSettings.Of(configuration.Run.Dft, configuration.Cluster.Slots.Labeler).Check();
    }
}
