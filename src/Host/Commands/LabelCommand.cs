using System.CommandLine;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Files;
using Csp.Physics.FirstPrinciples;

namespace Csp.Host.Commands;

/// <summary><c>csp label</c>: DFT labels. Each is kept in the label store as soon as it is there, so an interrupted command goes on where it was.</summary>
public static class LabelCommand
{
    public static Command Build()
    {
        Option<string> labeler = new("--labeler") { Description = "Configuration file with a dft block.", Required = true };
        Option<string> input = CommonOptions.In();
        Option<string> output = CommonOptions.Out("Labelled structures (extended XYZ); failed ones are left out.");
        Option<int> jobs = new("--jobs") { Description = "Calculations at the same time.", DefaultValueFactory = _ => 1 };
        Option<bool> json = CommonOptions.Json();
        Command command = new("label", "Energies, forces and stresses by DFT.") { labeler, input, output, jobs, json };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetRequiredValue(labeler), parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetValue(jobs), parsed.GetValue(json), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string conf, string input, string output, int jobs, bool json, CancellationToken cancellation)
    {
        QuantumEspressoSettings settings = LabelerSettings.Load(conf, jobs);
        IReadOnlyList<Frame> frames = Structures.Read(input);
        QuantumEspressoLabeler labeler = new(settings, warning => Console.Error.WriteLine($"csp: {warning}"));
        labeler.CheckElements(frames.SelectMany(f => f.Crystal.Elements).Distinct());
        LabelOutcome[] outcomes = new LabelOutcome[frames.Count];
        int done = 0;
        using (ProgressLine progress = new())
        {
            progress.Show($"0 of {frames.Count}");
            await Parallel.ForAsync(0, frames.Count, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation }, async (i, stop) =>
            {
                outcomes[i] = await labeler.LabelAsync(frames[i].Crystal, stop);
                progress.Show($"{Interlocked.Increment(ref done)} of {frames.Count}");
            });
        }
        StructureFile.Write(output, outcomes.Zip(frames, (o, f) => (Outcome: o, Frame: f)).Where(p => p.Outcome is Label).Select(p => WithInfo(LabelStore.ToFrame((Label)p.Outcome), p.Frame)));
        Label[] labels = [.. outcomes.OfType<Label>()];
        if (json)
        {
            Console.WriteLine(JsonText.Of(new
            {
                Labelled = labels.Length,
                FromStore = labels.Count(l => l.Provenance.FromStore),
                Failed = outcomes.Select((o, i) => (o, i)).Where(p => p.o is LabelFailed).Select(p => new { Structure = p.i + 1, ((LabelFailed)p.o).Reason }),
                Seconds = labels.Sum(l => l.Provenance.WallSeconds),
                Out = output,
            }));
        }
        else
        {
            for (int i = 0; i < outcomes.Length; i++)
            {
                if (outcomes[i] is LabelFailed failed)
                    Console.WriteLine($"structure {i + 1} failed: {failed.Reason}");
            }
            Console.WriteLine(FormattableString.Invariant($"{labels.Length} of {frames.Count} labelled ({labels.Count(l => l.Provenance.FromStore)} from the store), written to {output}"));
        }
        return labels.Length == frames.Count ? 0 : ErrorPolicy.Failed;
    }

    /// <summary>What the input said about the structure stays, except where the label says it anew.</summary>
    private static Frame WithInfo(Frame label, Frame input) =>
        input.Info is null ? label : label with { Info = input.Info.SetItems(label.Info ?? []) };
}
