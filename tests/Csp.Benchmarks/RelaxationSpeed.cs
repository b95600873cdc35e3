using System.Diagnostics;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;

namespace Csp.Benchmarks;

/// <summary>
/// Relaxations of random symmetric S4H12 at 150 GPa with a given model to 1e-3 eV/Å and 0.05 GPa: <c>relax MODEL [COUNT [STARTS.extxyz]]</c>. The starts are written
/// where a file is named, for <c>ase_relax.py</c> to relax the same ones.
/// </summary>
internal static class RelaxationSpeed
{
    private const int Rounds = 5;

    public static void Run(string model, int count, string? file)
    {
        IPotential potential = PotentialFile.Load(model);
        Crystal[] starts = [.. RandomCrystals.GenerateMany(new RandomCrystalRequest(Composition.Parse("S4H12"), 56, 72), count, 1).Outcomes.Select(o => o.Crystal!)];
        if (file is not null)
            StructureFile.Write(file, starts.Select(s => new Frame(s)));
        RelaxationSettings settings = new(150) { MaxEvaluations = 1000 };
        // The compiler has met all code before anything is timed.
        for (int round = 0; round < 4; round++)
            _ = starts.Select(s => CrystalRelaxer.Relax(s, potential, settings)).Count();

        RelaxationOutcome[] ends = [];
        double own = Best(() => ends = [.. starts.Select(s => CrystalRelaxer.Relax(s, potential, settings))]);
        int[] needed = [.. ends.Where(e => e.Status == RelaxationStatus.Converged).Select(e => e.Evaluations).Order()];
        int evaluations = ends.Sum(e => e.Evaluations);
        Console.WriteLine(FormattableString.Invariant(
            $"{needed.Length} of {count} converged, evaluations median {needed[needed.Length / 2]}, 90 % {needed[9 * needed.Length / 10]}, mean of all {(double)evaluations / count:0.0}; enthalpy mean {ends.Average(e => e.EnthalpyPerAtom):0.000} eV/atom"));

        // What the potential alone costs: the structures of the same paths in the same order.
        Crystal[] path = [.. starts.SelectMany(s => CrystalRelaxer.Relax(s, potential, settings with { KeepIntermediates = 1000 }).Intermediates)];
        double alone = Best(() => _ = path.Sum(c => potential.Evaluate(c).Energy)) / path.Length;
        Console.WriteLine(FormattableString.Invariant(
            $"one thread: {1000 * own / count:0.00} ms CPU per relaxation, {needed.Length / own:0} per CPU second; per evaluation {1000 * own / evaluations:0.000} ms, the potential alone {1000 * alone:0.000}"));

        Stopwatch wall = Stopwatch.StartNew();
        double both = CpuSeconds(() => _ = RelaxationBatch.Run(Enumerable.Range(0, 8).SelectMany(_ => starts), potential, settings, 2).Count());
        Console.WriteLine(FormattableString.Invariant(
            $"two threads: {8 * count / wall.Elapsed.TotalSeconds:0} per second of wall time, {8 * count / both:0} per CPU second (they had {both / wall.Elapsed.TotalSeconds:0.00} cores)"));
    }

    /// <summary>CPU seconds of the fastest of some rounds.</summary>
    private static double Best(Action work) => Enumerable.Range(0, Rounds).Min(_ => CpuSeconds(work));

    private static double CpuSeconds(Action work)
    {
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        work();
        return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
    }
}
