using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Learning.Evaluation;
using Csp.Learning.Inference;
using Csp.Learning.Uncertainty;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Host.Commands;

/// <summary><c>csp evaluate</c>: energies, forces and stresses; errors where the input has labels.</summary>
public static class EvaluateCommand
{
    public static Command Build()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> input = CommonOptions.In();
        Option<string?> output = new("--out") { Description = "Structures with the model's energies, forces and stresses." };
        Option<string?> parity = new("--parity") { Description = "Parity plot (PNG): model over label for energies, forces, stresses." };
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("evaluate", "Energies, forces and stresses of structures; errors where the input has labels.") { model, input, output, parity, threads, json };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(model), parsed.GetRequiredValue(input), parsed.GetValue(output), parsed.GetValue(parity),
            CommonOptions.ThreadsOf(parsed.GetValue(threads)), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string model, string input, string? output, string? parity, int threads, bool json, CancellationToken cancellation)
    {
        IPotential potential = ModelBytes.Potential(model);
        IReadOnlyList<Frame> frames = Structures.Read(input);
        Structures.CheckElements(input, frames, potential);
        Stopwatch watch = Stopwatch.StartNew();
        using ProgressLine progress = new();
        PotentialResult[] answers = Structures.ForEach(
            frames.Count, threads, i => Evaluate(potential, input, frames, i), done => progress.Show($"{done} of {frames.Count}"), cancellation);
        double seconds = watch.Elapsed.TotalSeconds;
        if (output is not null)
            StructureFile.Write(output, frames.Select((f, i) => FrameOf(f, answers[i])));
        bool labelled = frames.Any(f => f.Energy is not null || f.Forces is not null || f.Stress is not null);
        if (parity is not null)
        {
            if (!labelled)
                throw new CommandException($"--parity needs labels, and {input} has none");
            OutputFile.Write(parity, ParityPlot.Png(frames, answers));
        }
        IReadOnlyList<ErrorRow> errors = labelled ? ErrorTable.Rows(frames, answers) : [];
        Calibration calibration = Calibration.Of(frames, answers);
        if (json)
        {
            Console.WriteLine(JsonText.Of(new
            {
                Model = potential.Name,
                Structures = frames.Count,
                Atoms = frames.Sum(f => f.Crystal.Count),
                Seconds = seconds,
                Errors = errors,
                Calibration = calibration.Structures >= 3 ? calibration : null,
                Results = frames.Select((f, i) => new { EnergyEv = answers[i].Energy, PerAtomEv = answers[i].Energy / f.Crystal.Count, answers[i].PressureGPa, answers[i].Uncertainty, AtomUncertaintiesEv = (potential as CompactPotential)?.AtomUncertainties(f.Crystal) }),
                Out = output,
            }));
            return 0;
        }
        if (frames.Count <= 20)
        {
            Console.WriteLine(TextTable.Format(["structure", "atoms", "energy / eV", "eV/atom", "pressure / GPa", "largest force / eV/Å"], [.. frames.Select((f, i) => (IReadOnlyList<string>)
            [
                Text($"{i + 1}"), Text($"{f.Crystal.Count}"), Text($"{answers[i].Energy:0.000000}"), Text($"{answers[i].Energy / f.Crystal.Count:0.000000}"),
                Text($"{answers[i].PressureGPa:0.000}"), Text($"{answers[i].Forces.Max(Math.Abs):0.0000}"),
            ])]));
        }
        if (labelled)
            Console.WriteLine(TrainCommand.ErrorsOf(errors));
        if (calibration.Structures >= 3)
            Console.WriteLine(Text($"uncertainty against true energy error: correlation {calibration.Correlation:0.00}, of ranks {calibration.RankCorrelation:0.00}, error/uncertainty {calibration.Spread:0.00} (root mean square), {100 * calibration.Within:0} % of errors within it"));
        Console.WriteLine(Text($"{frames.Count} structures, {frames.Sum(f => f.Crystal.Count)} atoms, {seconds:0.00} s with {potential.Name}{(output is null ? "" : $", written to {output}")}"));
        return 0;
    }

    private static PotentialResult Evaluate(IPotential potential, string input, IReadOnlyList<Frame> frames, int i)
    {
        try
        {
            return potential.Evaluate(frames[i].Crystal);
        }
        catch (PotentialException e)
        {
            throw new CommandException($"{input}, structure {i + 1}: {e.Message}", e);
        }
    }

    private static Frame FrameOf(Frame input, PotentialResult answer)
    {
        Frame frame = Frame.Of(input.Crystal, answer) with { Info = input.Info };
        return answer.Uncertainty is double u ? frame.With("uncertainty_ev_per_atom", u.ToString("R", CultureInfo.InvariantCulture)) : frame;
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
