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
        // The variants on the boundary between two shapes of the zone: ORCF3, MCLC2, MCLC4.
        { "ORCF", 69, 'F', Orcf3 },
        { "MCLC", 12, 'C', Mclc2 },
        { "MCLC", 12, 'C', Mclc4 },
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

    /// <summary>1/a² = 1/b² + 1/c².</summary>
    private static readonly double[] Orcf3 = [1 / Math.Sqrt(1 / 25.0 + 1 / 36.0), 5, 6, 90, 90, 90];

    /// <summary>b sin α = a, so that the reciprocal angle γ is 90° (here the unique axis is the second, and the angle is obtuse).</summary>
    private static readonly double[] Mclc2 = [6, 6 * Math.Sin(75 * Math.PI / 180), 7, 90, 105, 90];

    /// <summary>b cos α/c + b² sin²α/a² = 1.</summary>
    private static readonly double[] Mclc4 = [5, 5 * Math.Sin(75 * Math.PI / 180) / Math.Sqrt(1 - 5 * Math.Cos(75 * Math.PI / 180) / 6), 6, 90, 105, 90];

    /// <summary>Tables 2 to 21 of Setyawan and Curtarolo: the path of each variant.</summary>
    public static TheoryData<string, int, char, double[], string> Paths => new()
    {
        { "CUB", 221, 'P', [3, 3, 3, 90, 90, 90], "Γ X M Γ R X | M R" },
        { "FCC", 225, 'F', [3, 3, 3, 90, 90, 90], "Γ X W K Γ L U W L K | U X" },
        { "BCC", 229, 'I', [3, 3, 3, 90, 90, 90], "Γ H N Γ P H | P N" },
        { "TET", 123, 'P', [3, 3, 4, 90, 90, 90], "Γ X M Γ Z R A Z | X R | M A" },
        { "BCT1", 139, 'I', [3, 3, 2.2, 90, 90, 90], "Γ X M Γ Z P N Z1 M | X P" },
        { "BCT2", 139, 'I', [3, 3, 5.1, 90, 90, 90], "Γ X Y Σ Γ Z Σ1 N P Y1 Z | X P" },
        { "ORC", 47, 'P', [4, 3, 5, 90, 90, 90], "Γ X S Y Γ Z U R T Z | Y T | U X | S R" },
        { "ORCF1", 69, 'F', [3, 5, 7, 90, 90, 90], "Γ Y T Z Γ X A1 Y | T X1 | X A Z | L Γ" },
        { "ORCF2", 69, 'F', [5, 5.5, 6, 90, 90, 90], "Γ Y C D X Γ Z D1 H C | C1 Z | X H1 | H Y | L Γ" },
        { "ORCF3", 69, 'F', Orcf3, "Γ Y T Z Γ X A1 Y | X A Z | L Γ" },
        { "ORCI", 71, 'I', [5, 3, 4, 90, 90, 90], "Γ X L T W R X1 Z Γ Y S W | L1 Y | Y1 Z" },
        { "ORCC", 65, 'C', [5, 3, 4, 90, 90, 90], "Γ X S R A Z Γ Y X1 A1 T Y | Z T" },
        { "HEX", 194, 'P', [3, 3, 5, 90, 90, 120], "Γ M K Γ A L H A | L M | K H" },
        { "RHL1", 166, 'R', [3, 3, 9, 90, 90, 120], "Γ L B1 | B Z Γ X | Q F P1 Z | L P" },
        { "RHL2", 166, 'R', [3, 3, 2.4, 90, 90, 120], "Γ P Z Q Γ F P1 Q1 L Z" },
        { "MCL", 10, 'P', [4, 3, 5, 90, 103, 90], "Γ Y H C E M1 A X H1 | M D Z | Y D" },
        { "MCLC1", 12, 'C', [7, 4, 8, 90, 105, 90], "Γ Y F L I | I1 Z F1 | Y X1 | X Γ N | M Γ" },
        { "MCLC2", 12, 'C', Mclc2, "Γ Y F L I | I1 Z F1 | N Γ M" },
        { "MCLC3", 12, 'C', [5, 7, 6, 90, 105, 90], "Γ Y F H Z I F1 | H1 Y1 X Γ N | M Γ" },
        { "MCLC4", 12, 'C', Mclc4, "Γ Y F H Z I | H1 Y1 X Γ N | M Γ" },
        { "TRI", 2, 'P', [3, 4, 5, 80, 75, 68], "X Γ Y | L Γ Z | N Γ M | R Γ" },
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_path_takes_the_special_points_in_the_order_of_the_table(string variant, int group, char centring, double[] parameters, string path)
    {
        StandardLattice lattice = StandardLattice.Of(group, centring, Conventional(parameters));
        Assert.StartsWith(lattice.Type, variant);
        Assert.Equal(path, BrillouinZones.Of(lattice).Path);
    }

    [Fact]
    public void Points_of_a_path_follow_its_labels_and_distances_are_those_of_the_reciprocal_space()
    {
        // Simple cubic, a = 3 Å: Γ X is π/a long, X M again, M Γ √2 times that.
        Crystal cell = new(Mat3.Diagonal(3, 3, 3), [Element.FromSymbol("Po")], [0, 0, 0]);
        BandPoint[] special = [.. BandPath.Of(cell, 10).Where(p => p.Label is not null)];
        Assert.Equal(["Γ", "X", "M", "Γ", "R", "X", "M", "R"], special.Select(p => p.Label));
        double unit = Math.PI / 3;
        double[] lengths = [0, 1, 1, Math.Sqrt(2), Math.Sqrt(3), Math.Sqrt(2), 0, 1];
        double distance = 0;
        for (int i = 0; i < special.Length; i++)
            Assert.Equal(distance += unit * lengths[i], special[i].Distance, 1e-9);
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
