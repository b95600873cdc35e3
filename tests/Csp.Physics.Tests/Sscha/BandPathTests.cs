using Csp.Physics.Crystals;
using Csp.Physics.Phonons;
using Csp.Physics.Sscha;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

public sealed class BandPathTests
{
    public static TheoryData<string, int, char, double[]> Lattices => new()
    {
        { "CUB", 221, 'P', [3, 3, 3, 90, 90, 90] },
        { "FCC", 225, 'F', [3, 3, 3, 90, 90, 90] },
        { "BCC", 229, 'I', [3, 3, 3, 90, 90, 90] },
        { "TET", 123, 'P', [3, 3, 4, 90, 90, 90] },
        { "BCT", 139, 'I', [3, 3, 2.2, 90, 90, 90] },
        { "BCT", 139, 'I', [3, 3, 5.1, 90, 90, 90] },
        { "ORC", 47, 'P', [4, 3, 5, 90, 90, 90] },
        { "ORCF", 69, 'F', [7, 3, 5, 90, 90, 90] },
        { "ORCF", 69, 'F', [5, 5.5, 6, 90, 90, 90] },
        { "ORCI", 71, 'I', [5, 3, 4, 90, 90, 90] },
        { "ORCC", 65, 'C', [5, 3, 4, 90, 90, 90] },
        { "ORCC", 38, 'A', [5, 3, 4, 90, 90, 90] },
        { "HEX", 194, 'P', [3, 3, 5, 90, 90, 120] },
        { "RHL", 166, 'R', [3, 3, 9, 90, 90, 120] },
        { "RHL", 166, 'R', [3, 3, 2.4, 90, 90, 120] },
        { "MCL", 10, 'P', [4, 3, 5, 90, 103, 90] },
        { "MCL", 10, 'P', [5, 6, 3.3, 90, 115, 90] },
        { "MCLC", 12, 'C', [4, 7, 5, 90, 105, 90] },
        { "MCLC", 12, 'C', [9, 4, 5, 90, 100, 90] },
        { "MCLC", 12, 'C', [5, 4.7, 6, 90, 104, 90] },
        { "MCLC", 12, 'C', [5.5, 5, 8, 90, 97, 90] },
        { "TRI", 2, 'P', [3, 4, 5, 80, 75, 68] },
        { "TRI", 2, 'P', [3, 4, 5, 100, 105, 95] },
        { "TRI", 2, 'P', [3, 7, 5, 60, 105, 82] },
    };

    [Theory]
    [MemberData(nameof(Lattices))]
    public void Special_points_lie_on_the_surface_of_the_Brillouin_zone(string type, int group, char centring, double[] parameters)
    {
        StandardLattice lattice = StandardLattice.Of(group, centring, Conventional(parameters));
        Assert.Equal(type, lattice.Type);
        (Dictionary<string, Vec3> points, string path) = BrillouinZones.Of(lattice);
        Mat3 reciprocal = lattice.Primitive.Inverse.Transpose;
        Assert.All(path.Split([' ', '|'], StringSplitOptions.RemoveEmptyEntries), label => Assert.Contains(label, points.Keys));
        foreach ((string label, Vec3 point) in points.Where(p => p.Key != "Γ"))
        {
            // A point of the zone's surface is as far from the origin as from the nearest other lattice point.
            Vec3 k = point * reciprocal;
            double nearest = double.PositiveInfinity;
            for (int i = 0; i < 1331; i++)
            {
                Vec3 g = new Vec3(i / 121 - 5, i / 11 % 11 - 5, i % 11 - 5) * reciprocal;
                if (g.Norm > 1e-9)
                    nearest = Math.Min(nearest, (k - g).Norm);
            }
            Assert.True(Math.Abs(nearest - k.Norm) < 1e-7, $"{type} {label}: |k| = {k.Norm}, nearest other lattice point {nearest}");
        }
    }

    [Fact]
    public void Bands_do_not_depend_on_the_cell_that_the_crystal_is_given_in()
    {
        Element ga = Element.FromSymbol("Ga"), n = Element.FromSymbol("N");
        Crystal cell = new(new Mat3(4.1, 0, 0, 0, 3.3, 0, -0.9, 0, 3.8), [ga, n], [0.1, 0.25, 0.2, 0.6, 0.25, 0.55]);
        // The same crystal with other vectors of the same lattice.
        Mat3 other = Mat3.FromRows(cell.Lattice.Row(0), cell.Lattice.Row(1) + cell.Lattice.Row(0), cell.Lattice.Row(2) - cell.Lattice.Row(1));
        Crystal same = Crystal.FromCartesian(other, cell.Elements, cell.Cartesian());
        IReadOnlyList<BandPoint> first = BandPath.Of(cell, 5), second = BandPath.Of(same, 5);
        Assert.Equal(first.Count, second.Count);
        for (int i = 0; i < first.Count; i++)
        {
            Assert.Equal(first[i].Label, second[i].Label);
            Assert.Equal((first[i].Q * cell.Lattice.Inverse.Transpose).Norm, (second[i].Q * same.Lattice.Inverse.Transpose).Norm, 1e-6);
        }
    }

    private static Mat3 Conventional(double[] p)
    {
        double[] cos = [.. p[3..].Select(d => Math.Cos(d * Math.PI / 180))];
        double sin = Math.Sqrt(1 - cos[2] * cos[2]), x = cos[1], y = (cos[0] - cos[1] * cos[2]) / sin;
        return new Mat3(p[0], 0, 0, p[1] * cos[2], p[1] * sin, 0, p[2] * x, p[2] * y, p[2] * Math.Sqrt(1 - x * x - y * y));
    }
}
