using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Search;

namespace Csp.Host.Commands;

/// <summary><c>csp select</c>: the structures of a file that are most worth a DFT label, as the labeler of a run chooses them.</summary>
public static class SelectCommand
{
    public static Command Build()
    {
        Option<string> input = CommonOptions.In();
        Option<string> model = new("--model") { Description = "Models with commas between them, whose disagreement is the uncertainty, or one that tells its own.", Required = true };
        Option<string[]> known = new("--known") { Description = "Structures that have labels; several files may be given.", AllowMultipleArgumentsPerToken = true };
        Option<int> count = new("--count") { Description = "Structures to select.", Required = true };
        Option<double?> window = CommonOptions.OptionalNumber(
            "--window", "Structures this far above the lowest enthalpy that the file holds at their composition and pressure are e times less urgent, meV per atom (any enthalpy counts the same when not given).", Quantity.EnergyMeV);
        Option<string> output = CommonOptions.Out("Selected structures without labels, most urgent first.");
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("select", "Select the structures that are most worth a label: uncertain, low, and unlike others.") { input, model, known, count, window, output, threads, json };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(input), parsed.GetRequiredValue(model), parsed.GetValue(known) ?? [], parsed.GetValue(count), parsed.GetValue(window),
            parsed.GetRequiredValue(output), CommonOptions.ThreadsOf(parsed.GetValue(threads)), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string input, string model, string[] known, int count, double? windowMeV, string output, int threads, bool json, CancellationToken cancellation)
    {
        if (count < 1)
            throw new CommandException($"--count must be at least 1, not {count}");
        if (windowMeV <= 0)
            throw new CommandException(Text($"--window must be positive, not {windowMeV} meV"));
        IPotential potential = ModelBytes.Potential(model);
        IReadOnlyList<Frame> frames = Structures.Read(input);
        Structures.CheckElements(input, frames, potential);
        Fingerprint[] labelled = [.. known.SelectMany(Prints)];
        using ProgressLine progress = new();
        (PotentialResult? Answer, string? Reason)[] answers = Structures.ForEach(
            frames.Count, threads, i => Evaluate(potential, frames[i].Crystal), done => progress.Show($"{done} of {frames.Count}"), cancellation);
        int[] sound = [.. Enumerable.Range(0, frames.Count).Where(i => answers[i].Answer is not null)];
        foreach (int i in Enumerable.Range(0, frames.Count).Except(sound))
            Console.Error.WriteLine($"csp: {input}, structure {i + 1} is passed over: {answers[i].Reason}");
        if (sound.Length == 0)
            throw new CommandException($"{input}: the model {potential.Name} can say nothing about any of the {frames.Count} structures");
        if (sound.Any(i => answers[i].Answer!.Uncertainty is null))
            throw new CommandException($"the model {potential.Name} does not tell how uncertain it is; name several with commas between them");

        double[] above = EnthalpyEnvelope.Above([.. sound.Select(i => new EnthalpyPoint(frames[i].Crystal, answers[i].Answer!.Energy, answers[i].Answer!.PressureGPa))]);
        LabelSelectionSettings settings = new() { Window = windowMeV / 1000 ?? double.PositiveInfinity, MaxAtoms = int.MaxValue, Shortlist = Math.Max(300, 5 * count) };
        ImmutableArray<LabelPick> picks = LabelSelection.Pick(
            sound.Select((i, k) => new LabelCandidate((ulong)i, frames[i].Crystal, above[k], answers[i].Answer!.Uncertainty, LabelOrigin.Relaxed)), labelled, settings, count);
        if (picks.IsEmpty)
            throw new CommandException($"{input}: none of the {frames.Count} structures is new, all are like known ones");
        StructureFile.Write(output, picks.Select(p => new Frame(p.Candidate.Crystal, Info: frames[(int)p.Candidate.Source].Info)
            .With("selected_from", Text($"{p.Candidate.Source + 1}")).With("uncertainty_ev_per_atom", Text($"{p.Candidate.Uncertainty:R}"))
            .With("above_lowest_ev_per_atom", Text($"{p.Candidate.EnthalpyAboveBest:R}")).With("priority", Text($"{p.Priority:G4}"))));
        Console.WriteLine(json
            ? JsonText.Of(new
            {
                Selected = picks.Select(p => new { Structure = p.Candidate.Source + 1, p.Priority, UncertaintyEvPerAtom = p.Candidate.Uncertainty, AboveLowestEvPerAtom = p.Candidate.EnthalpyAboveBest }),
                Of = frames.Count,
                PassedOver = frames.Count - sound.Length,
                Out = output,
            })
            : Text($"{picks.Length} of {frames.Count} structures selected{(picks.Length < count ? " (the others are like them or like known ones)" : "")}, written to {output}"));
        return 0;
    }

    private static IEnumerable<Fingerprint> Prints(string path)
    {
        IReadOnlyList<Frame> frames = Structures.Read(path);
        for (int i = 0; i < frames.Count; i++)
        {
            Fingerprint print;
            try
            {
                print = Fingerprint.Of(frames[i].Crystal);
            }
            catch (InvalidOperationException e)
            {
                throw new CommandException($"{path}, structure {i + 1}: {e.Message}", e);
            }
            yield return print;
        }
    }

    private static (PotentialResult? Answer, string? Reason) Evaluate(IPotential potential, Crystal crystal)
    {
        try
        {
            PotentialResult answer = potential.Evaluate(crystal);
            _ = Fingerprint.Of(crystal);
            return (answer, null);
        }
        catch (Exception e) when (e is PotentialException or InvalidOperationException)
        {
            return (null, e.Message);
        }
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
