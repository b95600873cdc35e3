using Csp.Learning.Architectures;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Xunit;

namespace Csp.Learning.Tests.Architectures;

public class CompactReferenceSpecs
{
    [Theory]
    [InlineData(1, 3.0, false)]
    [InlineData(2, 4.0, true)]
    [InlineData(5, 2.5, false)]
    public void Forces_and_stress_are_the_derivatives_of_the_energy(int atoms, double volumePerAtom, bool mix)
    {
        CompactReference potential = new(TestCrystals.Model(new CompactSettings { MixChannels = mix }));
        Crystal crystal = TestCrystals.Random(atoms, volumePerAtom, seed: 7);
        PotentialResult result = potential.Evaluate(crystal);
        const double h = 1e-4;
        double forceScale = result.Forces.Max(Math.Abs) + 1;
        for (int i = 0; i < 3 * atoms; i++)
        {
            double numeric = Derivative(d => potential.Evaluate(TestCrystals.Moved(crystal, i, d)).Energy, h);
            Assert.Equal(0, (result.Forces[i] + numeric) / forceScale, 7.0e-8);
        }
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
            {
                double numeric = Derivative(d => potential.Evaluate(TestCrystals.Strained(crystal, row, column, d)).Energy, h) / crystal.Volume;
                Assert.Equal(0, (result.Stress[row, column] - numeric) / (result.Stress.Norm + 0.1), 1.0e-6);
            }
        }
    }

    [Fact]
    public void Energy_does_not_change_with_the_choice_of_cell_origin_image_or_orientation()
    {
        CompactReference potential = new(TestCrystals.Model());
        Crystal crystal = TestCrystals.Random(4, 5, seed: 11);
        double energy = potential.Evaluate(crystal).Energy;
        Assert.Equal(energy, potential.Evaluate(crystal.Wrapped()).Energy, 1e-10);
        double c = Math.Cos(0.7), s = Math.Sin(0.7);
        Mat3 rotation = new Mat3(c, s, 0, -s, c, 0, 0, 0, 1) * new Mat3(1, 0, 0, 0, c, s, 0, -s, c);
        PotentialResult turned = potential.Evaluate(crystal.WithLattice(crystal.Lattice * rotation));
        Assert.Equal(energy, turned.Energy, 1e-10);
        PotentialResult result = potential.Evaluate(crystal);
        for (int i = 0; i < crystal.Count; i++)
            Assert.Equal(0, (Vec3.At(result.Forces, i) * rotation - Vec3.At(turned.Forces, i)).Norm, 1e-9);
        Crystal cube = TestCrystals.H3S(3.05);
        Assert.Equal(8 * potential.Evaluate(cube).Energy, potential.Evaluate(TestCrystals.H3S(3.05, 2)).Energy, 1e-9);
    }

    [Fact]
    public void An_element_that_the_model_was_not_made_for_is_refused()
    {
        Crystal carbon = new(Mat3.Diagonal(3, 3, 3), [Element.FromSymbol("C")], [0, 0, 0]);
        PotentialException e = Assert.Throws<PotentialException>(() => new CompactReference(TestCrystals.Model()).Evaluate(carbon));
        Assert.Contains("not for C", e.Message);
    }

    [Fact]
    public void Harmonics_obey_the_addition_theorem()
    {
        Vec3 a = new(0.36, -0.48, 0.8), b = new(-2.0 / 7, 3.0 / 7, 6.0 / 7);
        double[] ya = new double[24], yb = new double[24], unit = new double[3];
        a.Store(unit, 0);
        RealHarmonics.Evaluate(unit, ya);
        b.Store(unit, 0);
        RealHarmonics.Evaluate(unit, yb);
        double x = Vec3.Dot(a, b);
        double[] legendre = [1, x, 1.5 * x * x - 0.5, (5 * x * x - 3) * x / 2, (35 * x * x * x * x - 30 * x * x + 3) / 8];
        for (int l = 1; l <= 4; l++)
        {
            double sum = 0;
            for (int c = RealHarmonics.First[l]; c < RealHarmonics.First[l + 1]; c++)
                sum += ya[c] * yb[c];
            Assert.Equal(legendre[l], sum, 1e-14);
        }
    }

    [Fact]
    public void The_repulsion_leaves_dense_hydrides_alone_and_stops_a_collapse()
    {
        ShortRangeRepulsion hs = new(TestCrystals.H, TestCrystals.S), hh = new(TestCrystals.H, TestCrystals.H);
        Assert.Equal(0, hs.At(1.1).Energy);
        Assert.Equal(0, hh.At(0.74).Energy);
        Assert.True(hs.At(0.5).Energy > 20);
        Assert.True(hh.At(0.3).Energy > 8);
        foreach (double r in new[] { 0.3, 0.54, 0.7, 1.05 })
            Assert.Equal(0, (hs.At(r).Slope - Derivative(d => hs.At(r + d).Energy, 1e-5)) / hs.At(0.3).Energy, 1e-8);
    }

    private static double Derivative(Func<double, double> f, double h) => (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}
