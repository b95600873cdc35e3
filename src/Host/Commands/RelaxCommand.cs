using System.CommandLine;
using System.Diagnostics;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;
using Csp.Physics.Symmetry;

namespace Csp.Host.Commands;

/// <summary><c>csp relax</c>: atoms and cell to a minimum of the enthalpy.</summary>
public static class RelaxCommand
{
    /// <summary>What is relaxed is written this often.</summary>
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(20);

    public static Command Build()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> input = CommonOptions.In();
        Option<string> output = CommonOptions.Out("Relaxed structures; rejected ones are left out.");
        Option<double> pressure = CommonOptions.Number("--pressure", "External pressure, GPa.", Quantity.Pressure);
        Option<double> force = CommonOptions.Number("--force-tolerance", "Largest force component, eV/Å.", Quantity.Force, 1e-3);
        Option<double> stress = CommonOptions.Number("--stress-tolerance", "Largest stress difference, GPa.", Quantity.Pressure, 0.05);
        Option<int> evaluations = new("--max-evaluations") { Description = "Most evaluations per structure.", DefaultValueFactory = _ => 300 };
        Option<bool> fixedCell = new("--fixed-cell") { Description = "Relax the atoms only." };
        Option<bool> keep = new("--keep-symmetry") { Description = "Keep the space group of the start." };
        Option<bool> resume = new("--resume") { Description = "Leave what --out holds already as it is, and relax the rest." };
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("relax", "Relax atoms and cell at a pressure.") { model, input, output, pressure, force, stress, evaluations, fixedCell, keep, resume, threads, json };
        command.SetAction((parsed, cancellation) =>
        {
            RelaxationSettings settings = new(parsed.GetValue(pressure))
            {
                ForceTolerance = parsed.GetValue(force),
                StressToleranceGPa = parsed.GetValue(stress),
                MaxEvaluations = parsed.GetValue(evaluations),
                RelaxCell = !parsed.GetValue(fixedCell),
                KeepSymmetry = parsed.GetValue(keep),
            };
            if (settings.ForceTolerance <= 0 || settings.StressToleranceGPa <= 0 || settings.MaxEvaluations < 1)
                throw new CommandException("tolerances and the number of evaluations must be positive");
            return Task.FromResult(Run(
                parsed.GetRequiredValue(model), parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), settings, parsed.GetValue(resume),
                CommonOptions.ThreadsOf(parsed.GetValue(threads)), parsed.GetValue(json), cancellation));
        });
        return command;
    }

    private static int Run(string model, string input, string output, RelaxationSettings settings, bool resume, int threads, bool json, CancellationToken cancellation)
    {
        IPotential potential = ModelBytes.Potential(model);
        IReadOnlyList<Frame> frames = Structures.Read(input);
        Structures.CheckElements(input, frames, potential);
        RelaxFile file = new(output, frames, potential, settings);
        RelaxationOutcome?[] outcomes = new RelaxationOutcome?[frames.Count];
        foreach ((int index, RelaxationOutcome earlier) in resume ? file.Resume() : new Dictionary<int, RelaxationOutcome>())
            outcomes[index] = earlier;
        int[] open = [.. Enumerable.Range(0, frames.Count).Where(i => outcomes[i] is null)];
        Stopwatch watch = Stopwatch.StartNew(), saved = Stopwatch.StartNew();
        using (ProgressLine progress = new())
        {
            int done = 0;
            try
            {
                foreach (RelaxationOutcome outcome in RelaxationBatch.Run(open.Select(i => frames[i].Crystal), potential, settings, threads, cancellation))
                {
                    file.Add(open[done], outcome);
                    outcomes[open[done]] = outcome;
                    done++;
                    progress.Show($"{frames.Count - open.Length + done} of {frames.Count} relaxed");
                    if (saved.Elapsed > SaveEvery)
                    {
                        file.Write();
                        saved.Restart();
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // What is relaxed is worth keeping: --resume goes on from it.
                file.Write();
                throw;
            }
        }
        double seconds = watch.Elapsed.TotalSeconds;
        file.Write();
        Report(outcomes!, seconds, output, json);
        return outcomes.Any(o => o!.Status != RelaxationStatus.Rejected) ? 0 : ErrorPolicy.Failed;
    }

    private static void Report(RelaxationOutcome[] outcomes, double seconds, string output, bool json)
    {
        int converged = outcomes.Count(o => o.Status == RelaxationStatus.Converged);
        int rejected = outcomes.Count(o => o.Status == RelaxationStatus.Rejected);
        var rows = outcomes.Select((o, i) => new
        {
            Structure = i + 1,
            o.Status,
            EnthalpyPerAtomEv = o.EnthalpyPerAtom,
            VolumePerAtom = o.Crystal.Volume / o.Crystal.Count,
            SpaceGroup = o.Status == RelaxationStatus.Rejected ? null : Spglib.SpaceGroupOf(o.Crystal, 0.02).Symbol,
            o.Evaluations,
            o.Reason,
        }).ToArray();
        if (json)
        {
            Console.WriteLine(JsonText.Of(new { Converged = converged, Rejected = rejected, Unfinished = outcomes.Length - converged - rejected, Seconds = seconds, Results = rows, Out = output }));
            return;
        }
        if (rows.Length <= 40)
        {
            Console.WriteLine(TextTable.Format(["structure", "status", "H / eV/atom", "Å^3/atom", "space group", "evaluations", "reason"], [.. rows.Select(r => (IReadOnlyList<string>)
            [
                Text($"{r.Structure}"), r.Status.ToString().ToLowerInvariant(), double.IsNaN(r.EnthalpyPerAtomEv) ? "-" : Text($"{r.EnthalpyPerAtomEv:0.000000}"),
                Text($"{r.VolumePerAtom:0.000}"), r.SpaceGroup ?? "-", Text($"{r.Evaluations}"), r.Reason ?? "",
            ])]));
        }
        Console.WriteLine(Text($"{converged} converged, {outcomes.Length - converged - rejected} unfinished, {rejected} rejected in {seconds:0.00} s ({outcomes.Sum(o => o.Evaluations)} evaluations), written to {output}"));
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
