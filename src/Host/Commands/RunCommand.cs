using System.CommandLine;
using Csp.Actors.Population;
using Csp.Actors.Runs;
using Csp.Actors.Training;
using Csp.Actors.Workers;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;
using Csp.Physics.Potentials;
using Csp.Physics.Search;

namespace Csp.Host.Commands;

/// <summary><c>csp run CONF</c>: a one-machine cluster with all roles, to the end.</summary>
public static class RunCommand
{
    public static Command BuildRun() => Build("run", "Predict structures as a configuration file says, on this machine.", IRunView.ForThisConsole);

    public static Command BuildHost() => Build("host", "Start a cluster host that nodes join; it plays the roles that cluster.slots gives it.", () => new PlainView(Console.Out));

    private static Command Build(string name, string description, Func<IRunView> view)
    {
        Argument<string> conf = new("CONF") { Description = "Configuration file (HOCON; all keys: hocon/reference.conf)." };
        Option<string?> outFolder = new("--out") { Description = "Run folder (default: runs/NAME of CONF, numbered when it exists)." };
        Option<bool> resume = new("--resume") { Description = "Go on with the run in the folder: no label is computed twice." };
        Command command = new(name, description) { conf, outFolder, resume };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetRequiredValue(conf), parsed.GetValue(outFolder), parsed.GetValue(resume), view, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string conf, string? outFolder, bool resume, Func<IRunView> view, CancellationToken cancellation)
    {
        SettingsSource source = SettingsSource.FromFile(conf);
        string path = outFolder ?? RunFolder.Choose(conf, resume);
        using RunFolder folder = new(path);
        RunConfiguration configuration = WithFormerPort(RunConfiguration.Bind(source, path), folder, resume);
        CheckLabeler(configuration);
        CheckModels(configuration.Run);
        if (!resume)
            CheckSeeds(configuration.Run);
        folder.Open(standBy: !configuration.Cluster.Seeds.IsDefaultOrEmpty);
        ErrorPolicy.LogFile = folder.Log;
        if (folder.Owner.IsHeld)
            File.Copy(conf, folder.Configuration, overwrite: true);
        return await new RunSession(configuration, folder, resume, view()).RunAsync(cancellation);
    }

    /// <summary>A resumed host comes back at its former address, where its nodes look for it.</summary>
    private static RunConfiguration WithFormerPort(RunConfiguration configuration, RunFolder folder, bool resume) =>
        resume && configuration.Cluster.Port == 0 && folder.FormerPort() is int port
            ? configuration with { Cluster = configuration.Cluster with { Port = port } }
            : configuration;

    /// <summary>Models and labelled structures that cannot be used are said before anything starts.</summary>
    private static void CheckModels(RunSettings run)
    {
        Composition formula = Composition.Parse(run.Formula);
        foreach (string file in new[] { run.Training.Parent, run.Labels.Potential }.OfType<string>())
        {
            IPotential potential;
            try
            {
                potential = PotentialSource.FromBytes(ModelBytes.Read(file));
            }
            catch (PotentialException e)
            {
                throw new CommandException($"{file}: {e.Message}", e);
            }
            foreach ((Element element, _) in formula.Counts)
            {
                if (!potential.Supports(element))
                    throw new CommandException($"the model {file} does not know the element {element.Symbol} of {run.Formula}");
            }
        }
        foreach (string data in run.Training.Data)
            GivenLabels.Read(data);
    }

    /// <summary>Seeds that cannot be used are said before anything starts; those that come later are said in the log, and passed over.</summary>
    private static void CheckSeeds(RunSettings run)
    {
        if (new SeedFiles(run.Search.Seeds, SearchPlanning.SearchOf(run)).ReadAll().FirstOrDefault(f => f.Trouble is not null) is SeedFile file)
            throw new CommandException($"search.seeds: {file.Trouble}");
    }

    /// <summary>A missing pw.x or pseudopotential is said before anything starts.</summary>
    internal static void CheckLabeler(RunConfiguration configuration)
    {
        if (configuration.Cluster.Slots.Labeler > 0 && configuration.Run.Labels.Potential is null)
            LabelerSettings.Of(configuration.Run.Dft, configuration.Cluster.Slots.Labeler).Check();
    }
}
