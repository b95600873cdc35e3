using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Csp.Physics.Sscha.Reference;
using Csp.Tests;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

/// <summary>How many force evaluations a whole calculation needs, beside what independent configurations need for the same error.</summary>
public sealed class EvaluationCountTests
{
    [Theory]
    [InlineData("neon_lj_fcc", 0.005)]
    [InlineData("rocksalt_doublewell", 0.05)]
    public async Task Plain_sampling_needs_at_least_three_times_the_evaluations(string system, double toleranceMevPerAtom)
    {
        const int Seeds = 6, PlainSeeds = 24, PlainSize = 500;
        ReferenceFolder folder = new(SharedData.Require("reference", "sscha", system));
        IPotential potential = ToyPotentials.Of(folder)!;
        SschaSettings settings = new() { Supercell = folder.Basis.Size, TemperatureK = folder.Temperature, FreeEnergyTolerance = toleranceMevPerAtom, Hessian = false };
        SschaResult[] ours = [.. Enumerable.Range(1, Seeds).Select(seed => SschaCalculation.Run(folder.Cell, potential, settings with { Seed = (ulong)seed }))];
        double evaluations = ours.Average(r => r.Evaluations);

        // Plain sampling is given the solution and pays for one population of independent configurations only.
        List<(double FreeEnergy, double Lowest)> plain = [];
        for (ulong seed = 1; seed <= PlainSeeds; seed++)
        {
            SschaSystem one = new(new SymmetricStructure(ours[0].Cell, ours[0].Operations), settings with { Seed = seed });
            TrialState state = one.State(ours[0].ForceConstants, ours[0].Cell);
            Population population = await Population.DrawAsync(
                one, state, ours[0].Cell.Lattice, PlainSize, 77, new PotentialEvaluator(potential, 1), SschaSampler.Plain, TestContext.Current.CancellationToken);
            MinimizerResult minimum = FixedEnsembleMinimizer.Minimize(population.Ensemble, state, one.SymmetryOf(ours[0].Cell), new MinimizerSettings { GradientTolerance = 1e-8 });
            plain.Add((one.EvPerCell(new Observables(minimum.Last).FreeEnergy.Value), minimum.Last.State.LowestFrequency * one.Constants.RydbergInInverseCm));
        }
        double freeEnergy = PlainSize * Variance(plain.Select(p => p.FreeEnergy)) / Variance(ours.Select(r => r.FreeEnergyEv)) / evaluations;
        double lowest = PlainSize * Variance(plain.Select(p => p.Lowest)) / Variance(ours.Select(Lowest)) / evaluations;
        TestContext.Current.TestOutputHelper?.WriteLine($"{system}: {evaluations:F0} evaluations; plain sampling needs {freeEnergy:F1} times as many for F, {lowest:F1} times for the lowest frequency");
        Assert.True(freeEnergy > 3 && lowest > 3, $"{freeEnergy:F1} times for F, {lowest:F1} times for the lowest frequency, {evaluations:F0} evaluations");
    }

    private static double Lowest(SschaResult r) => r.AuxiliaryFrequencies.SelectMany((w, q) => r.QPoints[q].Norm < 1e-9 ? w.OrderBy(Math.Abs).Skip(3) : w).Min();

    private static double Variance(IEnumerable<double> values)
    {
        double[] x = [.. values];
        double mean = x.Average();
        return x.Sum(v => (v - mean) * (v - mean)) / (x.Length - 1);
    }
}
