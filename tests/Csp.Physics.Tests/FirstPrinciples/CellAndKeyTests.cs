using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;
using Xunit;

namespace Csp.Physics.Tests.FirstPrinciples;

public class CellAndKeyTests
{
    private static readonly ImmutableArray<Element> H3S = [.. "S H H H".Split(' ').Select(Element.FromSymbol)];

    private static Crystal Cubic(double a) => new(
        a / 2 * new Mat3(-1, 1, 1, 1, -1, 1, 1, 1, -1), H3S, [0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5]);

    [Theory]
    [InlineData(3.0, 0.30, 10)] // |b| = 2 pi sqrt(2) / a = 2.962
    [InlineData(3.0, 0.50, 6)]
    [InlineData(3.0, 3.00, 1)]
    public void Should_choose_the_mesh_by_spacing_with_two_pi(double a, double spacing, int n) =>
        Assert.Equal(new KMesh(n, n, n), KMesh.Of(Cubic(a).Lattice, spacing));

    [Fact]
    public void Should_reduce_any_cell_of_a_crystal_to_short_right_handed_vectors()
    {
        Random random = new(1);
        for (int trial = 0; trial < 100; trial++)
        {
            double[] strain = [.. Enumerable.Range(0, 9).Select(_ => 0.4 * (random.NextDouble() - 0.5))];
            Crystal start = ReducedCell.Of(Cubic(3).WithLattice(Cubic(3).Lattice * (Mat3.Identity + Mat3.FromSpan(strain))));
            Mat3 skew = Mat3.Identity;
            for (int step = 0; step < 6; step++)
            {
                int i = random.Next(3), j = (i + 1 + random.Next(2)) % 3;
                double[] shear = Mat3.Identity.ToArray();
                shear[3 * i + j] = random.Next(-2, 3);
                skew = Mat3.FromSpan(shear) * skew;
            }
            if (random.Next(2) == 0)
                skew = Mat3.Diagonal(-1, 1, 1) * skew;
            Crystal reduced = ReducedCell.Of(Crystal.FromCartesian(skew * start.Lattice, start.Elements, start.Cartesian()));

            Assert.True(reduced.Lattice.Determinant > 0);
            Assert.Equal(start.Volume, reduced.Volume, 9);
            Assert.Equal(Lengths(start), Lengths(reduced), (a, b) => Math.Abs(a - b) < 1e-6);
            for (int i = 0; i < 4; i++)
            {
                Vec3 shift = (reduced.PositionOf(i) - start.PositionOf(i)) * start.Lattice.Inverse;
                for (int a = 0; a < 3; a++)
                    Assert.Equal(Math.Round(shift[a]), shift[a], 1e-7);
            }
        }
    }

    [Fact]
    public void Should_give_one_key_to_one_structure_and_settings()
    {
        Crystal a = Cubic(3);
        string key = LabelKey.Of(a, "settings");
        Assert.Matches("^[0-9a-f]{40}$", key);
        Assert.Equal(key, LabelKey.Of(Cubic(3 + 1e-10), "settings"));
        double[] moved = a.Fractional.ToArray();
        moved[0] -= 1e-12;
        moved[4] += 2;
        Assert.Equal(key, LabelKey.Of(a.WithFractional(moved), "settings"));
        moved[4] += 1e-6;
        Assert.NotEqual(key, LabelKey.Of(a.WithFractional(moved), "settings"));
        Assert.NotEqual(key, LabelKey.Of(a, "other settings"));
        Assert.NotEqual(key, LabelKey.Of(Cubic(3.001), "settings"));
        Assert.NotEqual(key, LabelKey.Of(new Crystal(a.Lattice, [.. a.Elements.Reverse()], a.Fractional), "settings"));
    }

    private static double[] Lengths(Crystal c) => [.. Enumerable.Range(0, 3).Select(i => c.Lattice.Row(i).Norm).Order()];
}
