using Csp.Physics.Crystals;
using Xunit;

namespace Csp.Physics.Tests.Crystals;

public class NeighborListTests
{
    public static TheoryData<int, double, bool> Cells => new()
    {
        { 1, 6.0, false }, { 2, 4.0, false }, { 3, 5.0, true }, { 4, 2.0, false }, { 5, 7.5, true }, { 6, 2.2, false }, { 7, 3.0, true }, { 8, 6.0, true },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public void Should_equal_brute_force_for_skewed_left_handed_and_small_cells(int seed, double cutoff, bool leftHanded)
    {
        Crystal crystal = Skewed(seed, leftHanded);
        NeighborList list = NeighborList.Build(crystal, cutoff);
        HashSet<(int, int, int, int, int)> found = [];
        double[] positions = crystal.Cartesian();
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                Assert.True(found.Add((i, list.Neighbors[p], list.Images[3 * p], list.Images[3 * p + 1], list.Images[3 * p + 2])));
                Assert.InRange(list.Vector(p, i, positions, crystal.Lattice).Norm, 0, cutoff);
            }
        }
        HashSet<(int, int, int, int, int)> expected = BruteForce(crystal, cutoff);
        Assert.NotEmpty(expected);
        Assert.True(expected.SetEquals(found), $"{expected.Count} pairs expected, {found.Count} found");
    }

    [Fact]
    public void Should_work_with_bins_when_the_cell_is_larger_than_the_cutoff()
    {
        // The last one is cut in bins along two axes and thinner than the cutoff along the third.
        foreach ((int a, int b, int c, double cutoff) in new[] { (5, 4, 6, 2.5), (9, 8, 7, 1.9), (14, 1, 13, 2.9) })
        {
            Crystal crystal = Supercell.Build(Skewed(9, false), a, b, c).Crystal;
            NeighborList list = NeighborList.Build(crystal, cutoff);
            NeighborList small = NeighborList.Build(Skewed(9, false), cutoff);
            Assert.Equal(small.PairCount * a * b * c, list.PairCount);
            double[] positions = crystal.Cartesian();
            HashSet<(int, int, int, int, int)> different = [];
            for (int i = 0; i < crystal.Count; i++)
            {
                for (int p = list.First[i]; p < list.First[i + 1]; p++)
                {
                    Assert.InRange(list.Vector(p, i, positions, crystal.Lattice).Norm, 0, cutoff);
                    Assert.True(different.Add((i, list.Neighbors[p], list.Images[3 * p], list.Images[3 * p + 1], list.Images[3 * p + 2])));
                }
            }
        }
    }

    [Fact]
    public void Should_refuse_needle_and_collapsed_cells_with_a_sentence_at_once()
    {
        Crystal needle = new(Mat3.Diagonal(1e-3, 1e-3, 1e3), [Element.FromSymbol("H")], [0, 0, 0]);
        Assert.Contains("too flat or too dense", Assert.Throws<InvalidOperationException>(() => NeighborList.Build(needle, 6)).Message);
        Crystal skewed = new(new Mat3(1, 0, 0, 1e9, 1e-3, 0, 0, 0, 1), [Element.FromSymbol("H")], [0, 0, 0]);
        Assert.Throws<InvalidOperationException>(() => NeighborList.Build(skewed, 6));
        Crystal far = new(Mat3.Identity, [Element.FromSymbol("H")], [1e12, 0, 0]);
        Assert.Contains("million cells", Assert.Throws<InvalidOperationException>(() => NeighborList.Build(far, 2)).Message);
    }

    [Fact]
    public void Reduced_lattices_should_be_short_and_span_the_same_lattice()
    {
        for (int seed = 1; seed <= 200; seed++)
        {
            Crystal crystal = Skewed(seed, seed % 2 == 0);
            (Mat3 reduced, IntMat3 change) = LatticeReduction.Reduce(crystal.Lattice);
            Assert.Equal(1, change.Determinant);
            Assert.Equal(crystal.Lattice.Determinant, reduced.Determinant, 1e-9);
            Assert.True(((change * crystal.Lattice) - reduced).Norm < 1e-12);
            double shortest = ShortestVector(reduced);
            Assert.Equal(shortest, reduced.Row(0).Norm, 1e-9);
            Assert.InRange(reduced.Row(1).Norm, reduced.Row(0).Norm - 1e-9, reduced.Row(2).Norm + 1e-9);
            // Minkowski: the longest vector cannot be shortened by the other two.
            for (int x = -1; x <= 1; x++)
            {
                for (int y = -1; y <= 1; y++)
                    Assert.True((reduced.Row(2) + x * reduced.Row(0) + y * reduced.Row(1)).Norm >= reduced.Row(2).Norm - 1e-9);
            }
            Crystal inside = LatticeReduction.Reduce(crystal);
            Assert.Equal(NeighborList.Build(crystal, 3).PairCount, NeighborList.Build(inside, 3).PairCount);
        }
    }

    internal static Crystal Skewed(int seed, bool leftHanded)
    {
        Random random = new(seed);
        double[] m = [.. Enumerable.Range(0, 9).Select(_ => 4 * random.NextDouble() - 2)];
        Mat3 lattice = Mat3.FromSpan(m) + Mat3.Diagonal(2, 2, 2);
        // A skew that a search of one image around would miss.
        lattice = Mat3.FromRows(lattice.Row(0), lattice.Row(1) + random.Next(-3, 4) * lattice.Row(0), lattice.Row(2) + random.Next(-2, 3) * lattice.Row(1));
        if (Math.Abs(lattice.Determinant) < 2)
            lattice = Math.Cbrt(4 / Math.Abs(lattice.Determinant)) * lattice;
        if (leftHanded != lattice.Determinant < 0)
            lattice = Mat3.FromRows(lattice.Row(1), lattice.Row(0), lattice.Row(2));
        double[] f = [.. Enumerable.Range(0, 9).Select(_ => 8 * random.NextDouble() - 4)];
        return new Crystal(lattice, [Element.FromSymbol("H"), Element.FromSymbol("S"), Element.FromSymbol("H")], f);
    }

    private static HashSet<(int, int, int, int, int)> BruteForce(Crystal crystal, double cutoff)
    {
        HashSet<(int, int, int, int, int)> pairs = [];
        double[] r = crystal.Cartesian();
        Mat3 inverse = crystal.Lattice.Inverse;
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int j = 0; j < crystal.Count; j++)
            {
                Vec3 d = Vec3.At(r, j) - Vec3.At(r, i);
                Vec3 f = d * inverse;
                int[] reach = [.. Enumerable.Range(0, 3).Select(k => (int)Math.Ceiling(cutoff * inverse.Column(k).Norm + Math.Abs(f[k])) + 1)];
                for (int x = -reach[0]; x <= reach[0]; x++)
                {
                    for (int y = -reach[1]; y <= reach[1]; y++)
                    {
                        for (int z = -reach[2]; z <= reach[2]; z++)
                        {
                            if ((i != j || x != 0 || y != 0 || z != 0) && (d + new Vec3(x, y, z) * crystal.Lattice).Norm < cutoff)
                                pairs.Add((i, j, x, y, z));
                        }
                    }
                }
            }
        }
        return pairs;
    }

    private static double ShortestVector(Mat3 lattice)
    {
        double shortest = double.MaxValue;
        for (int k = 0; k < 11 * 11 * 11; k++)
        {
            Vec3 n = new(k % 11 - 5, k / 11 % 11 - 5, k / 121 - 5);
            if (n != Vec3.Zero)
                shortest = Math.Min(shortest, (n * lattice).Norm);
        }
        return shortest;
    }
}
