using Csp.Physics.Crystals;
using Csp.Physics.Sscha;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

public sealed class SamplerTests
{
    [Fact]
    public void Primitive_polynomials_are_as_many_as_there_should_be()
    {
        // φ(2^d - 1)/d.
        int[] expected = [1, 1, 2, 2, 6, 6, 18, 16, 48, 60];
        for (int degree = 1; degree <= expected.Length; degree++)
            Assert.Equal(expected[degree - 1], Enumerable.Range(1 << degree, 1 << degree).Count(p => (p & 1) == 1 && SobolSequence.IsPrimitive((uint)p, degree)));
    }

    [Fact]
    public void Every_coordinate_of_scrambled_Sobol_points_is_stratified()
    {
        const int Dimensions = 648, Points = 256;
        SobolSequence sequence = new(Dimensions, new GaussianSource(5));
        bool[] hit = new bool[Dimensions * Points];
        double[] point = new double[Dimensions];
        for (int k = 0; k < Points; k++)
        {
            sequence.Next(point);
            for (int d = 0; d < Dimensions; d++)
            {
                int cell = d * Points + (int)(point[d] * Points);
                Assert.False(hit[cell]);
                hit[cell] = true;
            }
        }
    }

    [Fact]
    public void The_normal_quantile_inverts_the_distribution_function()
    {
        // Φ(x) by Simpson's rule.
        const int Steps = 20000;
        double h = 8.0 / Steps, sum = 0;
        double Density(double x) => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
        for (int k = 0; k < Steps; k++)
        {
            double x = -6 + k * h;
            sum += h / 6 * (Density(x) + 4 * Density(x + h / 2) + Density(x + h));
            double at = x + h;
            if (k % 500 == 0 && at > -5)
                Assert.Equal(at, NormalQuantile.Of(sum + 9.8659e-10), 2e-6);
        }
    }

    [Theory]
    [InlineData(SschaSampler.Plain)]
    [InlineData(SschaSampler.Antithetic)]
    [InlineData(SschaSampler.Sobol)]
    [InlineData(SschaSampler.Matched)]
    public void Samples_have_the_covariance_of_the_Gaussian(SschaSampler sampler)
    {
        (TrialState state, CrystalSymmetry symmetry) = Springs();
        const int Count = 4096;
        (double[] u, int group) = PopulationSampler.Draw(state, Count, sampler, symmetry, 3, 1);
        SampledEnsemble sample = new(state, u, new double[u.Length], new double[Count], new double[9 * Count], 1, group);
        double[] squares = sample.Quadratic(state.Upsilon, sample.Displacements);
        int modes = state.Basis.Modes - 3;
        Assert.Equal(modes, squares.Average(), sampler == SschaSampler.Matched ? 1e-9 : 5 * Math.Sqrt(2.0 * modes / (Count / 2)));
        Assert.Equal(sampler switch { SschaSampler.Plain => Count, SschaSampler.Sobol => PopulationSampler.Replicates, _ => Count / 2 }, sample.SampleOf[^1] + 1);
    }

    [Fact]
    public void Error_bars_of_Sobol_populations_are_right()
    {
        (TrialState state, CrystalSymmetry symmetry) = Springs();
        const int Count = 16 * PopulationSampler.Replicates;
        int one = 0, two = 0;
        for (ulong seed = 1; seed <= 100; seed++)
        {
            (double[] u, int group) = PopulationSampler.Draw(state, Count, SschaSampler.Sobol, symmetry, seed, 1);
            SampledEnsemble sample = new(state, u, new double[u.Length], new double[Count], new double[9 * Count], 1, group);
            // exp(-t u·Υ·u/2) averages to (1 + t)^(-modes/2).
            const double T = 0.05;
            double[] values = Array.ConvertAll(sample.Quadratic(state.Upsilon, sample.Displacements), x => Math.Exp(-T * x / 2));
            Estimate e = Estimate.Ratio([.. values.Select(_ => 1.0)], values, sample.SampleOf);
            double pull = Math.Abs(e.Value - Math.Pow(1 + T, -(state.Basis.Modes - 3) / 2.0)) / e.Error;
            (one, two) = (one + (pull < 1 ? 1 : 0), two + (pull < 2 ? 1 : 0));
        }
        Assert.True(one is >= 56 and <= 76 && two >= 88, $"{one} of 100 within one sigma, {two} within two (68 and 94 expected of 16 replicates)");
    }

    private static (TrialState, CrystalSymmetry) Springs()
    {
        Element neon = Element.FromSymbol("Ne");
        Crystal cell = new(new Mat3(0, 1.7, 1.7, 1.7, 0, 1.7, 1.7, 1.7, 0), [neon], [0, 0, 0]);
        SschaSystem system = new(SymmetricStructure.Of(cell, 1e-4), new SschaSettings { Supercell = (2, 2, 2), TemperatureK = 20 });
        CrystalSymmetry symmetry = system.SymmetryOf(system.Start);
        (BlochMatrix phi, _, _) = Physics.Phonons.FiniteDifferences.ForceConstantsAsync(
            system.SupercellOf(system.Start), system.Basis, symmetry, new SpringCrystal(system.Start), system.Constants, 0.01, default).GetAwaiter().GetResult();
        return (system.State(phi, system.Start), symmetry);
    }
}
