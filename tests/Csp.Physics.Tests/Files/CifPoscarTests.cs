using CsCheck;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Symmetry;
using Csp.Physics.Tests.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Files;

public class CifPoscarTests
{
    private const string Quartz = """
        # comment
        data_quartz
        _cell.length_a 4.9134(2)
        _cell_length_b 4.9134(2)
        _cell_length_c 5.4052(4)
        _cell_angle_alpha 90.
        _cell_angle_beta  90
        _cell_angle_gamma 120
        _publ_section_title
        ;
        A title with _tags and loop_ inside
        ;
        loop_
        _symmetry_equiv_pos_site_id
        _symmetry_equiv_pos_as_xyz
        1 'x, y, z'
        2 '-y, x-y, z+1/3'
        3 '-x+y, -x, z+2/3'
        4 'y, x, -z'
        5 'x-y, -y, -z+2/3'
        6 '-x, -x+y, -z+1/3'
        loop_
        _atom_site_label
        _atom_site_type_symbol
        _atom_site_fract_x
        _atom_site_fract_y
        _atom_site_fract_z
        _atom_site_occupancy
        Si1 Si4+ 0.4697(1) 0 0.33333 1
        O1  O2-  0.4133 0.2672 0.1188 1.0
        """;

    [Fact]
    public void Should_read_quartz_with_symmetry_uncertainties_and_text_fields()
    {
        Frame frame = Assert.Single(Cif.Parse(Quartz));
        Assert.Equal("O6Si3", frame.Crystal.Composition.ToString());
        Assert.Equal("quartz", frame["data_block"]);
        SymmetryDataset data = Spglib.Analyze(frame.Crystal, 1e-3);
        Assert.Equal(152, data.Number);
        Assert.Equal(4.9134, frame.Crystal.Lattice.Row(1).Norm, 1e-12);
    }

    [Fact]
    public void Rounded_special_positions_should_land_exactly_on_their_sites()
    {
        string zinc = Quartz[..Quartz.IndexOf("Si1", StringComparison.Ordinal)] + "Zn1 Zn 0.333 0.667 0.5 1\n";
        // The three-fold axis at 1/3 2/3 makes one atom of the three images of 4-6 and one of 1-3, after rounding to three digits too.
        string text = zinc.Replace("z+1/3", "z").Replace("z+2/3", "z");
        Crystal crystal = Cif.Parse(text)[0].Crystal;
        Assert.Equal(2, crystal.Count);
        Assert.Equal(1 / 3.0, crystal.FractionalOf(0).X, 1e-12);
    }

    [Fact]
    public void Should_write_the_symmetric_and_the_plain_form_of_the_same_crystal()
    {
        Crystal crystal = SpglibTests.H3S();
        string symmetric = Cif.FormatSymmetric(crystal);
        Assert.Contains("'Im-3m'", symmetric);
        Assert.Equal(2, symmetric.Split('\n').Count(l => l.StartsWith("H1 ", StringComparison.Ordinal) || l.StartsWith("S1 ", StringComparison.Ordinal)));
        Crystal back = Cif.Parse(symmetric)[0].Crystal;
        Assert.Equal(8, back.Count);
        Assert.Equal(229, Spglib.Analyze(back).Number);
        Assert.Equal(2 * crystal.Volume, back.Volume, 1e-6);

        Crystal skewed = new(new Mat3(3, 0.1, 0, 1, 4, 0, -0.5, 0.7, 5), [Element.FromSymbol("O"), Element.FromSymbol("Ti")], [0.1, 1.2, 0.3, 0.4, 0.5, -0.6]);
        Crystal plain = Cif.Parse(Cif.Format(skewed))[0].Crystal;
        Assert.Equal(skewed.Fractional.ToArray(), plain.Fractional.ToArray());
        Assert.True((skewed.Lattice * skewed.Lattice.Transpose - plain.Lattice * plain.Lattice.Transpose).Norm < 1e-12);
    }

    [Theory]
    [InlineData("_cell_length_c 5.4052(4)", "", "cell length c is missing")]
    [InlineData("5.4052(4)", "abc", "'abc' is not a number")]
    [InlineData("120", "220", "between 0 and 180")]
    [InlineData("120", "179.99999", "do not make a cell", 90)]
    [InlineData("0.1188 1.0", "0.1188 0.5", "occupied to 0.5")]
    [InlineData("0.1188 1.0", "0.1188", "5 values for 6 tags")]
    [InlineData("O2-", "Qq", "'Qq' does not name")]
    [InlineData("x-y, z+1/3", "x-y; z+1/3", "not a symmetry operation")]
    [InlineData("'-x, -x+y, -z+1/3'", "'-x, -x+y, -z+1/3", "quote is not closed")]
    [InlineData("_fract_z", "_fract_q", "no fractional coordinates")]
    [InlineData("O1  O2-  0.4133 0.2672 0.1188", "O1  O2-  0.4697 0 0.33333", "on top of another")]
    public void Should_name_the_fault_of_a_cif(string good, string bad, string fault, int alpha = 0)
    {
        string text = Quartz.Replace(good, bad);
        if (alpha > 0)
            text = text.Replace("_cell_angle_alpha 90.", "_cell_angle_alpha 91");
        Assert.Contains(fault, Assert.Throws<StructureFileException>(() => Cif.Parse(text)).Message);
    }

    [Fact]
    public void A_group_that_is_only_named_should_be_refused()
    {
        string text = Quartz[..Quartz.IndexOf("loop_\n_symmetry", StringComparison.Ordinal)] + "_symmetry_space_group_name_H-M 'R -3 m'\n"
            + Quartz[Quartz.IndexOf("loop_\n_atom_site_label", StringComparison.Ordinal)..];
        Assert.Contains("operations are not listed", Assert.Throws<StructureFileException>(() => Cif.Parse(text)).Message);
        Assert.Equal(2, Cif.Parse(text.Replace("R -3 m", "P 1"))[0].Crystal.Count);
        // P6/m has one setting, so its name is enough; a number that contradicts it is not.
        string named = text.Replace("R -3 m", "P 6/m");
        Assert.Equal("O12Si6", Cif.Parse(named.Replace("0.33333", "0.5"))[0].Crystal.Composition.ToString());
        Assert.Throws<StructureFileException>(() => Cif.Parse(named.Replace("_symmetry_space", "_symmetry_Int_Tables_number 191\n_symmetry_space")));
    }

    [Fact]
    public void Poscar_should_read_scales_selective_dynamics_and_cartesian_positions()
    {
        Crystal direct = Poscar.Parse("H3S\n2.0\n1 0 0\n0 1 0\n0 0 1\nS H\n1 2\nSelective dynamics\nDirect\n0 0 0 T T F\n0.5 0 0 F F F\n0 0.25 0.5 T T T\n").Crystal;
        Assert.Equal(8, direct.Volume, 1e-12);
        Assert.Equal("H2S", direct.Composition.ToString());
        Crystal cartesian = Poscar.Parse("c\n-27\n1 0 0\n0 1 0\n0 0 1\nS_pv H\n1 1\nCartesian\n0 0 0\n0.5 0.25 0").Crystal;
        Assert.Equal(27, cartesian.Volume, 1e-9);
        Assert.Equal(new Vec3(1.5, 0.75, 0), cartesian.PositionOf(1), (a, b) => (a - b).Norm < 1e-12);
        Crystal back = Poscar.Parse(Poscar.Format(direct)).Crystal;
        Assert.Equal(direct.Fractional.ToArray(), back.Fractional.ToArray());
        Assert.Equal(direct.Lattice, back.Lattice);
    }

    [Theory]
    [InlineData("c\n1\n1 0 0\n0 1 0\n0 0 1\n1 2\nDirect\n0 0 0\n", 6, "symbols is missing")]
    [InlineData("c\n1\n1 0 0\n0 1 0\n0 0 1\nS Xx\n1 2\nDirect\n0 0 0\n", 6, "'Xx'")]
    [InlineData("c\n1\n1 0 0\n0 1 0\n0 0 1\nS\n1 2\nDirect\n0 0 0\n", 7, "1 numbers of atoms, not 2")]
    [InlineData("c\n1\n1 0 0\n0 1 0\n0 0 1\nS\n2\nDirect\n0 0 0\n", 10, "ends where the position of atom 2 of 2")]
    [InlineData("c\n0\n1 0 0\n0 1 0\n0 0 1\nS\n1\nDirect\n0 0 0\n", 5, "no volume")]
    [InlineData("c\n1\n1 0 0\n0 1 0\n0 0 inf\nS\n1\nDirect\n0 0 0\n", 5, "finite")]
    [InlineData("c\n1\n1 0 0\n0 1 0\n0 0 1\nS\n1\nLater\n0 0 0\n", 8, "Direct or Cartesian")]
    public void Should_name_line_and_fault_of_a_poscar(string text, int line, string fault)
    {
        StructureFileException e = Assert.Throws<StructureFileException>(() => Poscar.Parse(text));
        Assert.Equal(line, e.Line);
        Assert.Contains(fault, e.Message);
    }

    [Fact]
    public void Damaged_text_should_be_read_or_refused_but_never_crash()
    {
        string poscar = Poscar.Format(SpglibTests.H3S());
        Gen.Select(ExtXyzTests.DamagedText(Quartz), ExtXyzTests.DamagedText(poscar)).Sample((cif, vasp) =>
        {
            foreach (Func<object> read in new Func<object>[] { () => Cif.Parse(cif), () => Poscar.Parse(vasp) })
            {
                try
                {
                    Assert.NotNull(read());
                }
                catch (StructureFileException)
                {
                    // A refusal with its sentence is the other right answer.
                }
            }
        }, iter: 2000);
    }
}
