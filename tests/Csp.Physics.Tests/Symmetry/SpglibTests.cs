using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Symmetry;

public class SpglibTests
{
    internal static Crystal H3S(double a = 2.984)
    {
        // Primitive cell of Im-3m H3S: S at the origin, H half-way along each conventional edge.
        double h = a / 2;
        return new Crystal(new Mat3(-h, h, h, h, -h, h, h, h, -h),
            [Element.FromSymbol("S"), Element.FromSymbol("H"), Element.FromSymbol("H"), Element.FromSymbol("H")],
            [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0]);
    }

    [Fact]
    public void Should_find_ImMinus3m_of_H3S_with_its_sites()
    {
        SymmetryDataset data = Spglib.Analyze(H3S());
        Assert.Equal((229, "Im-3m", "m-3m", 48), (data.Number, data.International, data.PointGroup, data.Operations.Length));
        Assert.Equal(['a', 'b', 'b', 'b'], data.Wyckoffs);
        Assert.Equal([0, 1, 1, 1], data.EquivalentAtoms);
        Assert.Equal(8, data.Standard.Count);
        Assert.Equal(2.984, data.Standard.Lattice.XX, 1e-6);
        Assert.Equal(4, Spglib.Standardize(H3S(), primitive: true, idealize: true).Count);
        Assert.Equal(2 * H3S().Volume, Spglib.Standardize(H3S(), primitive: false, idealize: false).Volume, 1e-6);
    }

    [Fact]
    public void Every_operation_should_map_the_crystal_onto_itself_in_either_handedness()
    {
        // P4_1 differs from P4_3: exchanging two axes must not turn one into the other.
        Crystal right = Screw(), left = new(Mat3.FromRows(right.Lattice.Row(1), right.Lattice.Row(0), right.Lattice.Row(2)), right.Elements,
            [.. Enumerable.Range(0, right.Count).SelectMany(i => new[] { right.FractionalOf(i).Y, right.FractionalOf(i).X, right.FractionalOf(i).Z })]);
        foreach (Crystal crystal in new[] { H3S(), right, left, Supercell.Build(H3S(), 2, 1, 1).Crystal })
        {
            SymmetryDataset data = Spglib.Analyze(crystal);
            foreach (SymmetryOperation operation in data.Operations)
            {
                for (int i = 0; i < crystal.Count; i++)
                {
                    Vec3 image = operation.Apply(crystal.FractionalOf(i));
                    Assert.Contains(Enumerable.Range(0, crystal.Count), j => crystal.Elements[j] == crystal.Elements[i]
                        && Fraction(image - crystal.FractionalOf(j)) < 1e-6);
                }
                Mat3 q = operation.CartesianRotation(crystal.Lattice);
                Assert.True((q * q.Transpose - Mat3.Identity).Norm < 1e-9);
            }
        }
        Assert.Equal(76, Spglib.Analyze(right).Number);
        Assert.Equal(76, Spglib.Analyze(left).Number);
        Vec3 x = left.FractionalOf(1);
        SymmetryDataset l = Spglib.Analyze(left);
        Vec3 standard = l.Transformation * x + l.OriginShift;
        Assert.Contains(Enumerable.Range(0, l.Standard.Count), j => Fraction(standard - l.Standard.FractionalOf(j)) < 1e-5);
    }

    [Fact]
    public void Should_keep_R3m_and_ImMinus3m_apart_at_a_displacement_of_a_twentieth_angstrom()
    {
        Crystal sym = H3S();
        double[] r = sym.Cartesian();
        // Every H moves 0.05 Å towards one of its two S along its bond: the R3m distortion.
        (r[3], r[7], r[11]) = (r[3] + 0.05, r[7] + 0.05, r[11] + 0.05);
        Assert.Equal(160, Spglib.Analyze(sym.WithCartesian(r)).Number);
    }

    [Fact]
    public void Should_list_the_groups_and_read_their_names()
    {
        Assert.Equal(230, SpaceGroup.All.Length);
        Assert.Equal(("P2_1/c", 8), (SpaceGroup.Of(14).Symbol, SpaceGroup.Of(15).Operations.Length));
        Assert.Equal(192, SpaceGroup.Of(225).Operations.Length);
        Assert.Equal([1, 2, 3, 14, 64, 160, 229], SpaceGroup.ParseList("1-3, im-3m,R3m, P 21/c,Cmca, 229").ToArray());
        Assert.Equal([1, 2, 47, 175, 221, 225, 229], new[] { 1, 2, 3, 14, 15, 47, 48, 62, 166, 175, 201, 221, 225, 227, 229 }.Where(n => SpaceGroup.Of(n).HasOneSetting));
        Assert.Contains("Xy3m", Assert.Throws<FormatException>(() => SpaceGroup.ParseList("1-3,Xy3m")).Message);
        Assert.Throws<FormatException>(() => SpaceGroup.ParseList("0-3"));
        Assert.Throws<FormatException>(() => SpaceGroup.ParseList("225-300"));
        Assert.Throws<FormatException>(() => SpaceGroup.ParseList(" "));
        for (int hall = 1; hall <= 530; hall += 23)
            Assert.Equal(SymmetryOperation.Identity, Spglib.OperationsOfHall(hall)[0]);
    }

    [Fact]
    public void Should_say_in_a_sentence_when_there_is_no_symmetry_to_find()
    {
        Crystal overlapping = new(Mat3.Diagonal(3, 3, 3), [Element.FromSymbol("H"), Element.FromSymbol("H")], [0, 0, 0, 0.0001, 0, 0]);
        Assert.Contains("too close", Assert.Throws<SymmetryException>(() => Spglib.Analyze(overlapping)).Message);
        Assert.Throws<SymmetryException>(() => Spglib.Analyze(H3S(), double.NaN));
    }

    [Fact]
    public void Should_be_usable_from_many_threads()
    {
        Crystal[] crystals = [H3S(), Screw(), Supercell.Build(H3S(), 2, 2, 1).Crystal];
        int[] expected = [.. crystals.Select(c => Spglib.NumberOf(c))];
        int[] found = new int[90];
        Parallel.For(0, found.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => found[i] = Spglib.Analyze(crystals[i % 3]).Number);
        Assert.All(Enumerable.Range(0, found.Length), i => Assert.Equal(expected[i % 3], found[i]));
    }

    [Theory]
    [InlineData("x,y,z", "x,y,z")]
    [InlineData(" -Y , X-Y, Z+1/3", "-y,x-y,z+1/3")]
    [InlineData("1/2+x,0.75-y,-z", "x+1/2,-y+3/4,-z")]
    public void Should_read_and_write_operations_as_text(string text, string normal) =>
        Assert.Equal(normal, XyzOperation.Format(XyzOperation.Parse(text)));

    [Theory]
    [InlineData("x,y")]
    [InlineData("x,x,z")]
    [InlineData("x,y,w")]
    [InlineData("x,y,z+1/0")]
    [InlineData("x y,y,z")]
    [InlineData("x,,z")]
    public void Should_refuse_what_is_no_operation(string text) => Assert.Throws<FormatException>(() => XyzOperation.Parse(text));

    private static Crystal Screw()
    {
        List<double> f = [];
        List<Element> elements = [];
        foreach ((string symbol, double x, double y, double z) in new[] { ("S", 0.1, 0.23, 0.05), ("H", 0.33, 0.41, 0.13) })
        {
            f.AddRange([x, y, z, -y, x, z + 0.25, -x, -y, z + 0.5, y, -x, z + 0.75]);
            elements.AddRange(Enumerable.Repeat(Element.FromSymbol(symbol), 4));
        }
        return new Crystal(Mat3.Diagonal(5, 5, 7), [.. elements], [.. f]);
    }

    private static double Fraction(Vec3 d) => new Vec3(d.X - Math.Round(d.X), d.Y - Math.Round(d.Y), d.Z - Math.Round(d.Z)).Norm;
}
