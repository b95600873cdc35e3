using Csp.Physics.Crystals;
using Csp.Physics.Phonons;
using Csp.Physics.Sscha;
using Csp.Physics.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

/// <summary>
/// Gradient and free-energy Hessian against their definitions, element by element in the supercell, in crystals that the reference folders do not hold: P1 and a
/// hexagonal lattice with two kinds of atoms.
/// </summary>
public sealed class DefinitionTests
{
    [Theory]
    [InlineData("wurtzite", 1, 1, 0)]
    [InlineData("wurtzite", 2, 1, 300)]
    [InlineData("triclinic", 1, 1, 0)]
    [InlineData("triclinic", 1, 2, 300)]
    public async Task The_Hessian_is_that_of_the_dense_formula(string name, int a, int b, double temperature)
    {
        (SschaSystem system, TrialState start) = State(name, a, b, temperature);
        CrystalSymmetry symmetry = system.SymmetryOf(system.Start);
        SpringCrystal potential = temperature == 0 ? new(system.Start, cubic: -80, quartic: 1500) : new(system.Start, cubic: -30, quartic: 300);
        Population population = await Population.DrawAsync(system, start, system.Start.Lattice, 300, 1, potential, SschaSampler.Plain, TestContext.Current.CancellationToken);
        MinimizerResult minimum = FixedEnsembleMinimizer.Minimize(population.Ensemble, start, symmetry, new MinimizerSettings());
        Assert.True(minimum.Converged, minimum.Problem);

        DenseHessian dense = new(minimum.Last, system.Start, system.Operations);
        double[] third = dense.Of(fourthOrder: false), phi = minimum.Last.State.Phi.ToSupercell();
        Assert.True(Distance(third, phi) > 1e-4 * Size(phi), "the potential is too harmonic for this test");
        Assert.InRange(Distance(FreeEnergyHessian.Of(minimum.Last, symmetry, false).Matrix.ToSupercell(), third), 0, 1e-9 * Size(phi));
        // The dense tensor has Modes⁴ elements.
        if (phi.Length > 18 * 18)
            return;
        double[] fourth = dense.Of(fourthOrder: true);
        Assert.True(Distance(third, fourth) > 1e-6 * Size(phi), "the potential is too harmonic for this test");
        Assert.InRange(Distance(FreeEnergyHessian.Of(minimum.Last, symmetry, true).Matrix.ToSupercell(), fourth), 0, 1e-7 * Size(phi));
    }

    [Theory]
    [InlineData("wurtzite", 2, 2, 0)]
    [InlineData("wurtzite", 3, 1, 300)]
    [InlineData("triclinic", 2, 1, 0)]
    [InlineData("triclinic", 1, 3, 300)]
    public async Task The_gradient_is_the_derivative_of_the_free_energy(string name, int a, int b, double temperature)
    {
        (SschaSystem system, TrialState other) = State(name, a, b, temperature);
        TrialState state = other.With(other.Phi + 0.3 * Springs(system, 2.7), other.Centroids);
        // In a harmonic potential, on a sample whose second moments are exact, every average is exact.
        Population population = await Population.DrawAsync(
            system, state, system.Start.Lattice, 600, 1, new SpringCrystal(system.Start), SschaSampler.Matched, TestContext.Current.CancellationToken);
        SupercellGradient gradient = new(new Reweighting(population.Ensemble, state));
        BlochMatrix average = BlochMatrix.FromSupercell(system.Basis, gradient.Preconditioned);
        CrystalSymmetry symmetry = system.SymmetryOf(system.Start);
        Assert.InRange((symmetry.Symmetrize(average, acousticSumRule: true) - (state.Phi - other.Phi)).Norm, 0, 1e-8 * state.Phi.Norm);

        double FreeEnergy(TrialState s) => s.HarmonicFreeEnergy + 0.5 * (other.Phi - s.Phi).Dot(s.Covariance());
        Assert.Equal(FreeEnergy(state), new Observables(new Reweighting(population.Ensemble, state)).FreeEnergy.Value, 1e-8);
        BlochMatrix direction = Springs(system, 3.0);
        const double Step = 1e-4;
        double difference = (FreeEnergy(state.With(state.Phi + Step * direction, state.Centroids)) - FreeEnergy(state.With(state.Phi + -Step * direction, state.Centroids))) / (2 * Step);
        double[] exact = gradient.Exact(), along = direction.ToSupercell();
        Assert.Equal(difference, exact.Zip(along, (g, d) => g * d).Sum(), 1e-6 * Math.Abs(difference));
    }

    private static (SschaSystem System, TrialState State) State(string name, int a, int b, double temperature)
    {
        SschaSystem system = new(SymmetricStructure.Of(HarmonicLimitTests.Cell(name), 1e-4), new SschaSettings { Supercell = (a, b, 1), TemperatureK = temperature });
        return (system, system.State(Springs(system, 3.6), system.Start));
    }

    private static BlochMatrix Springs(SschaSystem system, double reach) => FiniteDifferences.ForceConstantsAsync(
        system.SupercellOf(system.Start), system.Basis, system.SymmetryOf(system.Start), new SpringCrystal(system.Start, reach), system.Constants, 0.01, default)
        .GetAwaiter().GetResult().Phi;

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());

    private static double Size(double[] a) => Math.Sqrt(a.Sum(x => x * x));
}
