using System.Diagnostics;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;

namespace Csp.Benchmarks;

/// <summary>
/// Relaxations of random symmetric S4H12 at 150 GPa with a given model, ours and those of plain optimisers from the same starts to the same
/// convergence (1e-3 eV/Å, 0.05 GPa): <c>relax MODEL [COUNT]</c>. Times are CPU seconds on one thread; the machine may do other work.
/// </summary>
internal static class RelaxationSpeed
{
    private const double PressureGPa = 150;
    private const int Limit = 1000;

    public static void Run(string model, int count)
    {
        IPotential potential = PotentialFile.Load(model);
        Crystal[] starts = [.. RandomCrystals.GenerateMany(new RandomCrystalRequest(Composition.Parse("S4H12"), 56, 72), count, 1).Outcomes.Select(o => o.Crystal!)];
        RelaxationSettings settings = new(PressureGPa);
        // The compiler has met all code before anything is timed.
        foreach (Crystal start in starts.Take(10))
        {
            CrystalRelaxer.Relax(start, potential, settings);
            Plain(start, potential, PlainOptimizers.Bfgs);
        }
        Report("ours", starts, start =>
        {
            RelaxationOutcome o = CrystalRelaxer.Relax(start, potential, settings with { MaxEvaluations = Limit });
            return (o.Status == RelaxationStatus.Converged, o.Evaluations, o.EnthalpyPerAtom);
        });
        Report("BFGS", starts, start => Plain(start, potential, PlainOptimizers.Bfgs));
        Report("FIRE", starts, start => Plain(start, potential, PlainOptimizers.Fire));
    }

    private static (bool, int, double) Plain(Crystal start, IPotential potential, Func<CellFilter, int, Func<bool>, bool> optimizer)
    {
        CellFilter filter = new(start, potential, PressureGPa);
        try
        {
            bool done = optimizer(filter, Limit, () => filter.Left is { Force: <= 1e-3, StressGPa: <= 0.05 });
            return (done, filter.Evaluations, filter.EnthalpyPerAtom);
        }
        catch (Exception e) when (e is PotentialException or InvalidOperationException or ArgumentException)
        {
            return (false, filter.Evaluations, double.NaN);
        }
    }

    private static void Report(string name, Crystal[] starts, Func<Crystal, (bool Done, int Evaluations, double Enthalpy)> relax)
    {
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        (bool Done, int Evaluations, double Enthalpy)[] ends = [.. starts.Select(relax)];
        double seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        int[] needed = [.. ends.Where(e => e.Done).Select(e => e.Evaluations).Order()];
        if (needed.Length == 0)
        {
            Console.WriteLine($"{name}: none of {starts.Length} converged");
            return;
        }
        Console.WriteLine(FormattableString.Invariant(
            $"{name}: {needed.Length} of {starts.Length} converged, evaluations median {needed[needed.Length / 2]}, 90 % {needed[9 * needed.Length / 10]}, mean of all {ends.Average(e => e.Evaluations):0.0}; {1000 * seconds / starts.Length:0.0} ms CPU per relaxation, {1000 * seconds / ends.Sum(e => e.Evaluations):0.000} per evaluation; {needed.Length / seconds:0.0} converged per CPU second; enthalpy mean {ends.Where(e => e.Done).Average(e => e.Enthalpy):0.000}, lowest {ends.Where(e => e.Done).Min(e => e.Enthalpy):0.0000} eV/atom"));
    }
}
