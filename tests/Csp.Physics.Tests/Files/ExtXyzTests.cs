using CsCheck;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Tests;
using Xunit;

namespace Csp.Physics.Tests.Files;

public class ExtXyzTests
{
    private const string Head = "2\nLattice=\"3 0 0 0.5 4 0 0 0 5\" Properties=species:S:1:pos:R:3 pbc=\"T T T\"\n";

    [Fact]
    public void Should_bring_back_every_double_and_key()
    {
        Crystal crystal = new(new Mat3(Math.PI, 0, 0.1, 1e-17, 1 / 3.0, 0, 0.2, -1e3 / 7, 12), [Element.FromSymbol("S"), Element.FromSymbol("H")], [0.1, 0.2, 0.3, -1.7, 2.5, 1e-9]);
        Frame frame = new Frame(crystal, -12.3456789012345678, [1 / 7.0, 1e-300, -2, 3, 4, 5], Mat3.FromSpan([1, 2, 3, 2, 5, 6, 3, 6, 9.000000000000002]))
            .With("requested_group", "229").With("quoted", "a \"b\" c\\d\n{e}='f'").With("array", "[[1, 2], [3, 4]]").With("empty", "").With("lone", "[x").With("name", "Schrödinger");
        Frame back = Assert.Single(ExtXyz.Parse(ExtXyz.Format(frame)));
        Assert.Equal(crystal.Lattice, back.Crystal.Lattice);
        Assert.Equal(frame.Energy, back.Energy);
        Assert.Equal(frame.Forces, back.Forces);
        Assert.Equal(frame.Stress, back.Stress);
        Assert.Equal(frame.Info!.OrderBy(p => p.Key), back.Info!.OrderBy(p => p.Key));
        for (int i = 0; i < 2; i++)
            Assert.True((crystal.PositionOf(i) - back.Crystal.PositionOf(i)).Norm < 1e-13 * 400);
        Assert.Equal(crystal.Elements, back.Crystal.Elements);
    }

    [Fact]
    public void Should_read_what_ase_writes()
    {
        // Columns that Csp does not use, six-component stress, single quotes, braces, a lone key, Windows line ends.
        string text = "2\r\nLattice=\"2 0 0 0 2 0 0 0 2\" Properties=Z:I:1:magmoms:R:1:pos:R:3:tags:I:2:forces:R:3 energy=-1.5e0 "
            + "stress='1 2 3 4 5 6' config_type={slab 1} done pbc=\"T T T\" t=[0.5, [1]]\r\n16 0.5 0 0 0 7 8 1 2 3\r\n 1  0.5 1 1 1 7 8 4 5 6 \r\n\r\n";
        Frame frame = Assert.Single(ExtXyz.Parse(text));
        Assert.Equal("HS", frame.Crystal.Composition.ToString());
        Assert.Equal(new Vec3(0.5, 0.5, 0.5), frame.Crystal.FractionalOf(1));
        Assert.Equal([1, 2, 3, 4, 5, 6], frame.Forces!);
        Assert.Equal(new Mat3(1, 6, 5, 6, 2, 4, 5, 4, 3), frame.Stress);
        Assert.Equal((-1.5, "slab 1", "T", "[0.5, [1]]"), (frame.Energy, frame["config_type"], frame["done"], frame["t"]));
    }

    [Theory]
    [InlineData("x\n\n", 1, "number of atoms")]
    [InlineData("0\n\n", 1, "number of atoms")]
    [InlineData("2", 2, "ends before the comment")]
    [InlineData("2\nProperties=species:S:1:pos:R:3\nH 0 0 0\nH 0 0 1\n", 2, "Lattice")]
    [InlineData("2\nLattice=\"1 0 0 0 1 0 0 0\"\n", 2, "9 numbers, not 8")]
    [InlineData("2\nLattice=\"1 0 0 0 1 0 0 0 1\n", 2, "not closed")]
    [InlineData("2\nLattice=\"1 0 0 0 1 0 0 0 1\" pbc=\"T T F\"\n", 2, "periodic")]
    [InlineData("2\nLattice=\"1 0 0 0 1 0 0 0 1\" energy=nan\n", 2, "finite")]
    [InlineData("2\nLattice=\"1 0 0 0 1 0 0 0 1\" Properties=species:S:1:pos:R:2\n", 2, "pos:R:3")]
    [InlineData(Head + "H 0 0 0\n", 4, "ends after 1 of 2 atoms")]
    [InlineData(Head + "H 0 0 0\nXx 0 0 1\n", 4, "'Xx' is not a chemical element")]
    [InlineData(Head + "H 0 0 0\nH 0 nan 1\n", 4, "finite")]
    [InlineData(Head + "H 0 0 0\nH 0 1,5 1\n", 4, "'1,5' is not a number")]
    [InlineData(Head + "H 0 0 0\nH 0 1\n", 4, "has 3 columns; Properties announces 4")]
    [InlineData(Head + "H 0 0 0\nH 0 1 1 9\n", 4, "has 5 columns")]
    [InlineData(Head + "H 0 0 0\n\nH 0 0 1\n", 4, "blank line")]
    [InlineData("2\nLattice=\"1 0 0 0 1 0 0 0 0\"\nH 0 0 0\nH 0 0 1\n", 2, "no volume")]
    [InlineData("99999999\nLattice=\"1 0 0 0 1 0 0 0 1\"\nH 0 0 0\n", 4, "ends after 1 of 99999999")]
    public void Should_name_line_and_fault(string text, int line, string fault)
    {
        StructureFileException e = Assert.Throws<StructureFileException>(() => ExtXyz.Parse(text, "a.extxyz"));
        Assert.Equal(line, e.Line);
        Assert.Contains(fault, e.Message);
        Assert.StartsWith($"a.extxyz, line {line}: ", e.Message);
    }

    [Fact]
    public void Should_append_and_stream_files_and_name_missing_ones()
    {
        string path = Path.Combine(Path.GetTempPath(), $"csp-{Guid.NewGuid():N}.extxyz");
        try
        {
            Frame frame = new(new Crystal(Mat3.Identity, [Element.FromSymbol("H")], [0, 0, 0]));
            StructureFile.Write(path, [frame.With("n", "0")]);
            for (int n = 1; n < 50; n++)
                ExtXyz.Append(path, frame.With("n", $"{n}"));
            Assert.Equal(Enumerable.Range(0, 50), ExtXyz.Enumerate(path).Select(f => int.Parse(f["n"]!)));
            Assert.Equal(50, StructureFile.Read(path).Count);
        }
        finally
        {
            File.Delete(path);
        }
        Assert.Contains("no such file", Assert.Throws<StructureFileException>(() => StructureFile.Read(path)).Message);
        Assert.Throws<StructureFileException>(() => StructureFile.Write("/no/such/folder/a.cif", []));
        Assert.Contains("not known by this name", Assert.Throws<StructureFileException>(() => StructureFile.Read("a.pdb")).Message);
    }

    [Fact]
    public void Should_read_the_reference_ensembles()
    {
        IReadOnlyList<Frame> frames = StructureFile.Read(SharedData.Require("reference", "sscha", "ice_xi_dft", "ensemble.extxyz"));
        Assert.Equal(1000, frames.Count);
        Assert.All(frames, f => Assert.True(f.Energy is not null && f.Forces is not null && f.Stress is not null && f.Crystal.Count == 12));
    }

    [Fact]
    public void Damaged_text_should_be_read_or_refused_but_never_crash()
    {
        string good = ExtXyz.Format(new Frame(new Crystal(Mat3.Diagonal(3, 4, 5), [Element.FromSymbol("S"), Element.FromSymbol("H")], [0, 0, 0, 0.5, 0.5, 0.5]), -1.5, new double[6], Mat3.Identity).With("a", "b c"));
        DamagedText(good).Sample(text =>
        {
            try
            {
                Assert.NotEmpty(ExtXyz.Parse(text));
            }
            catch (StructureFileException)
            {
                // A refusal with its sentence is the other right answer.
            }
        }, iter: 3000);
    }

    /// <summary>A text with some characters replaced, cut out or doubled.</summary>
    internal static Gen<string> DamagedText(string good) =>
        from cuts in Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, 12], Gen.OneOf(Gen.Const(""), Gen.String[Gen.Char["0123456789-+.eE \n\"'{}[]=_;#xyzHS\t\\"], 0, 6])).Array[1, 4]
        select cuts.Aggregate(good, (text, cut) =>
        {
            int at = Math.Min(cut.Item1, text.Length);
            return string.Concat(text.AsSpan(0, at), cut.Item3, text.AsSpan(Math.Min(at + cut.Item2, text.Length)));
        });
}
