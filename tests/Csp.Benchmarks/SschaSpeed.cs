using System.Diagnostics;
using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Phonons;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Csp.Physics.Sscha.Reference;

namespace Csp.Benchmarks;

/// <summary>
/// CPU time per call of the SSCHA on one thread, beside what the established code takes for the same work:
/// <c>dotnet run -c Release --project tests/Csp.Benchmarks -- sscha [reference/sscha]</c>.
/// </summary>
internal static class SschaSpeed
{
    private static readonly Element Neon = Element.FromSymbol("Ne");

    public static void Run(string[] args)
    {
        Console.WriteLine($"{"case",-34} {"call",-34} {"CPU/ms",10} {"peer/ms",10} {"times",8}");
        Case("fcc Ne 2x2x2 of 4 atoms (32)", NeonEnsemble(2), minimizePeer: 2300, gradientPeer: null, hessianPeer: 3900);
        Case("fcc Ne 3x3x3 of 4 atoms (108)", NeonEnsemble(3), minimizePeer: 28000, gradientPeer: 930, hessianPeer: null);
        Case("as 1x1x1 of 32 atoms, P1", NeonP1Ensemble(2), minimizePeer: 2300, gradientPeer: null, hessianPeer: 3900);
        foreach (string root in args)
        {
            Case("rocksalt_doublewell", Reference(Path.Combine(root, "rocksalt_doublewell")), 13000, null, 1657, 94458);
            Case("ice_xi_dft (36 modes)", Reference(Path.Combine(root, "ice_xi_dft")), null, null, null, 19000);
            Case("neon_lj_fcc", Reference(Path.Combine(root, "neon_lj_fcc")), null, null, null);
        }
    }

    private static void Case(string name, (SampledEnsemble Ensemble, CrystalSymmetry Symmetry) data, double? minimizePeer, double? gradientPeer, double? hessianPeer, double? fourthPeer = null)
    {
        (SampledEnsemble ensemble, CrystalSymmetry symmetry) = data;
        TrialState start = ensemble.Generating;
        MinimizerSettings settings = new() { GradientTolerance = 1e-6, CentroidTolerance = 1e-6 };
        MinimizerResult result = FixedEnsembleMinimizer.Minimize(ensemble, start, symmetry, settings);
        if (result.Converged)
            Print(name, $"minimise, N={ensemble.Count}, {result.Steps} steps", Cpu(() => FixedEnsembleMinimizer.Minimize(ensemble, start, symmetry, settings)), minimizePeer);
        Print(name, "weights + gradient", Cpu(() => symmetry.Symmetrize(new Reweighting(ensemble, start.With(start.Phi, start.Centroids)).Gradient, true)), gradientPeer);
        Print(name, "Hessian v3", Cpu(() => FreeEnergyHessian.Of(result.Last, symmetry, false)), hessianPeer);
        if ((long)ensemble.Basis.Modes * ensemble.Basis.Bands <= 1400 || ensemble.Basis.Cells == 1)
            Print(name, "Hessian v3+v4", Cpu(() => FreeEnergyHessian.Of(result.Last, symmetry, true)), fourthPeer);
    }

    private static (SampledEnsemble, CrystalSymmetry) Reference(string path)
    {
        ReferenceFolder folder = new(path);
        return (folder.Ensemble, folder.Symmetry);
    }

    private static (SampledEnsemble, CrystalSymmetry) NeonEnsemble(int copies) => Ensemble(NeonCell(4.46), (copies, copies, copies));

    private static (SampledEnsemble, CrystalSymmetry) NeonP1Ensemble(int copies)
    {
        Crystal large = Supercell.Build(NeonCell(4.46), copies, copies, copies).Crystal;
        GaussianSource noise = new(7);
        double[] moved = large.Cartesian();
        for (int i = 0; i < moved.Length; i++)
            moved[i] += 0.02 * noise.Next();
        return Ensemble(large.WithCartesian(moved), (1, 1, 1));
    }

    private static Crystal NeonCell(double a) =>
        new(Mat3.Diagonal(a, a, a), [Neon, Neon, Neon, Neon], [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0]);

    private static (SampledEnsemble, CrystalSymmetry) Ensemble(Crystal cell, (int, int, int) size)
    {
        IPotential potential = new ShiftedForceLennardJones(Neon, 0.00316, 2.782, 7);
        SschaSettings settings = new() { Supercell = size, TemperatureK = 12 };
        SschaSystem system = new(SymmetricStructure.Of(cell, 1e-4), settings);
        CrystalSymmetry symmetry = system.SymmetryOf(system.Start);
        PotentialEvaluator evaluator = new(potential);
        (BlochMatrix phi, _, _) = FiniteDifferences.ForceConstantsAsync(
            system.SupercellOf(system.Start), system.Basis, symmetry, evaluator, system.Constants, 0.01, default).GetAwaiter().GetResult();
        phi = PositiveForceConstants.Of(phi, system.Masses, 20 / system.Constants.RydbergInInverseCm);
        TrialState state = system.State(phi, system.Start);
        // Two populations lead near the solution, as in a calculation; the third is the one that is measured.
        for (ulong k = 1; ; k++)
        {
            Population population = Population.DrawAsync(system, state, system.Start.Lattice, 1000, k, evaluator, SschaSampler.Antithetic, default).GetAwaiter().GetResult();
            if (k == 3)
                return (population.Ensemble, symmetry);
            state = FixedEnsembleMinimizer.Minimize(population.Ensemble, state, symmetry, new MinimizerSettings { KongLiuRatio = 0.3, Centroids = false }).Last.State;
        }
    }

    /// <summary>CPU milliseconds per call, all threads of the process, after a warm-up.</summary>
    private static double Cpu(Action action)
    {
        for (long until = Stopwatch.GetTimestamp() + Stopwatch.Frequency / 5; Stopwatch.GetTimestamp() < until;)
            action();
        TimeSpan start = Process.GetCurrentProcess().TotalProcessorTime;
        int calls = 0;
        double spent;
        do
        {
            action();
            calls++;
            spent = (Process.GetCurrentProcess().TotalProcessorTime - start).TotalMilliseconds;
        }
        while (spent < 500);
        return spent / calls;
    }

    private static void Print(string name, string call, double cpu, double? peer) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{name,-34} {call,-34} {cpu,10:F2} {peer?.ToString("F0", CultureInfo.InvariantCulture) ?? "-",10} {(peer is double p ? (p / cpu).ToString("F0", CultureInfo.InvariantCulture) : "-"),8}"));
}
