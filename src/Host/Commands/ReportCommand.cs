using System.CommandLine;
using Csp.Actors.Runs;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Reports;
using Csp.Host.Runs;
using Csp.Physics.Files;
using Csp.Physics.FirstPrinciples;

namespace Csp.Host.Commands;

/// <summary><c>csp report</c>: tables and plots of a finished or running run; its labels as one file.</summary>
public static class ReportCommand
{
    public static Command Build()
    {
        Argument<string> run = new("RUN") { Description = "Run folder." };
        Option<string?> dataset = new("--dataset") { Description = "Only write all labels of the run to this file." };
        Option<bool> json = CommonOptions.Json();
        Command command = new("report", "Tables and plots of a finished or running run (report.md and report.html in its folder).") { run, dataset, json };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetRequiredValue(run), parsed.GetValue(dataset), parsed.GetValue(json), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string path, string? dataset, bool json, CancellationToken cancellation)
    {
        if (!Directory.Exists(path))
            throw new CommandException($"there is no run folder {path}");
        RunFolder folder = new(path);
        if (!File.Exists(folder.Configuration))
            throw new CommandException($"{folder.Root} is not a run folder: it has no {Path.GetFileName(folder.Configuration)}");
        if (dataset is not null)
            return Export(folder, dataset);
        RunStatus? status = null;
        if (folder.FindHost() is HostAddress host)
        {
            using HostClient client = new(folder, host);
            status = await client.StatusAsync(cancellation);
        }
        RunReport.Of(folder, status).Write(folder.Root);
        RunResults? results = RunReport.Results(folder);
        if (json)
            Console.WriteLine(status is not null ? JsonText.Of(status) : results is not null ? JsonText.Of(results) : "{}");
        else if (status is not null)
            Console.WriteLine(StatusText.Page(status));
        else
            Console.WriteLine(results is null ? "the run has not finished: there are no results yet" : ResultTable.Format(results));
        if (!json)
            Console.WriteLine($"report in {Path.Combine(folder.Root, "report.html")}");
        return 0;
    }

    private static int Export(RunFolder folder, string dataset)
    {
        LabelStore store = new(RunJournal.LabelsOf(folder.Root), warning => Console.Error.WriteLine($"csp: {warning}"));
        Frame[] frames = [.. store.All().Select(LabelStore.ToFrame)];
        if (frames.Length == 0)
            throw new CommandException($"{folder.Root} has no labels yet");
        StructureFile.Write(dataset, frames);
        Console.WriteLine($"{frames.Length} labels written to {dataset}");
        return 0;
    }
}
