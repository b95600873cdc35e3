using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

/// <summary>Taking a pair sum out of the averages changes their noise, not their values.</summary>
public sealed class PairControlTests
{
    [Fact]
    public async Task Averages_agree_and_their_errors_are_much_smaller()
    {
        Element neon = Element.FromSymbol("Ne");
        ShiftedForceLennardJones potential = new(neon, 0.00316, 2.782, 6);
        // Hexagonal close packing, centroids off the symmetric place, so that nothing vanishes by symmetry.
        Crystal cell = new(new Mat3(3.05, 0, 0, -1.525, 1.525 * Math.Sqrt(3), 0, 0, 0, 5.1), [neon, neon], [1.0 / 3, 2.0 / 3, 0.25, 2.0 / 3, 1.0 / 3, 0.76]);
        SschaSystem system = new(SymmetricStructure.Of(cell, 1e-4), new SschaSettings { Supercell = (2, 2, 1), TemperatureK = 12 });
        CrystalSymmetry symmetry = system.SymmetryOf(system.Start);
        PotentialEvaluator evaluator = new(potential, 1);
        (BlochMatrix phi, _, _) = await Physics.Phonons.FiniteDifferences.ForceConstantsAsync(
            system.SupercellOf(system.Start), system.Basis, symmetry, evaluator, system.Constants, 0.01, TestContext.Current.CancellationToken);
        TrialState start = system.State(1.4 * Physics.Phonons.PositiveForceConstants.Of(phi, system.Masses, 40 / system.Constants.RydbergInInverseCm), system.Start);
        Population first = await Population.DrawAsync(system, start, system.Start.Lattice, 2000, 2, evaluator, SschaSampler.Antithetic, TestContext.Current.CancellationToken);
        TrialState drawn = FixedEnsembleMinimizer.Minimize(first.Ensemble, start, symmetry, new MinimizerSettings { KongLiuRatio = 0.2 }).Last.State;
        Population population = await Population.DrawAsync(system, drawn, system.Start.Lattice, 3000, 1, evaluator, SschaSampler.Plain, TestContext.Current.CancellationToken);
        PairControl control = PairControlFit.Of(population.Ensemble, system.Start.Lattice, system.Start.Elements)!;
        TrialState other = drawn.With(1.02 * drawn.Phi, [.. drawn.Centroids.Select((x, i) => x + 0.01 * Math.Sin(i))]);
        foreach (TrialState state in (TrialState[])[drawn, other])
        {
            Reweighting plain = new(population.Ensemble, state), reduced = new(population.Ensemble.With(control), state);
            Observables a = new(plain), b = new(reduced);
            Assert.True(b.FreeEnergy.Error < 0.5 * a.FreeEnergy.Error, $"{b.FreeEnergy} {a.FreeEnergy}");
            Agree(a.FreeEnergy, b.FreeEnergy);
            ((Mat3 stressA, Mat3 errorA), (Mat3 stressB, Mat3 errorB)) = (a.Stress(), b.Stress());
            for (int ij = 0; ij < 9; ij++)
                Agree(new Estimate(stressA[ij / 3, ij % 3], errorA[ij / 3, ij % 3]), new Estimate(stressB[ij / 3, ij % 3], errorB[ij / 3, ij % 3]));
            double[] forceError = a.CentroidForceError();
            Assert.All(Enumerable.Range(0, 6), i => Assert.Equal(plain.CentroidForce[i], reduced.CentroidForce[i], 4.5 * forceError[i]));
            // The noise of the plain gradient, from its parts, bounds the difference.
            BlochMatrix[] parts = [.. Enumerable.Range(0, 10).Select(p => plain.Part(p, 10, without: false).Gradient)];
            BlochMatrix mean = 0.1 * parts.Aggregate((x, y) => x + y);
            double noise = Math.Sqrt(parts.Sum(p => Math.Pow((p - mean).Norm, 2)) / 90);
            Assert.InRange((plain.Gradient - reduced.Gradient).Norm, 0, 2 * noise);
        }
    }

    private static void Agree(Estimate a, Estimate b) =>
        Assert.True(Math.Abs(a.Value - b.Value) < 4.5 * Math.Sqrt(a.Error * a.Error + b.Error * b.Error), $"{a} and {b}");
}
