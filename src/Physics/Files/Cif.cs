using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Files;

/// <summary>
/// Crystallographic information files. Reading expands the listed symmetry operations; sites that are partly occupied are refused, and so are
/// files that name a space group of several settings without listing its operations. Writing keeps the crystal as it is, in P1, or writes the standard conventional
/// cell with its space group, operations and one site per orbit.
/// </summary>
public static class Cif
{
    /// <summary>All structures of a file, one per data block that has atoms.</summary>
    /// <exception cref="StructureFileException">Missing, unreadable, without structure or malformed; names file and line.</exception>
    public static IReadOnlyList<Frame> Read(string path) => Parse(StructureFile.ReadText(path), path);

    /// <summary>All structures of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What to call it in errors.</param>
    public static IReadOnlyList<Frame> Parse(string text, string name = "CIF")
    {
        List<Frame> frames = [];
        foreach (CifBlock block in CifDocument.Parse(text, name))
        {
            if (block.LoopWith("_atom_site_fract_x", "_atom_site_cartn_x", "_atom_site_label", "_atom_site_type_symbol") is CifLoop sites)
                frames.Add(new CifStructure(block, sites, name).Build());
        }
        return frames.Count > 0 ? frames : throw new StructureFileException(name, null, "the CIF holds no atom sites");
    }

    /// <summary>Writes all structures as they are, in P1, one data block each, replacing the file.</summary>
    /// <exception cref="StructureFileException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Frame> frames) => StructureFile.WriteText(path, append: false, writer =>
    {
        int index = 0;
        foreach (Frame frame in frames)
            writer.Write(Format(frame.Crystal, $"{++index}_{frame.Crystal.Composition}"));
    });

    /// <summary>Writes the standard conventional cell with its symmetry, replacing the file.</summary>
    /// <exception cref="StructureFileException">The file cannot be written.</exception>
    /// <exception cref="SymmetryException">The symmetry cannot be found.</exception>
    public static void WriteSymmetric(string path, Crystal crystal, double symprec = 0.01) =>
        StructureFile.WriteText(path, append: false, writer => writer.Write(FormatSymmetric(crystal, null, symprec)));

    /// <summary>One data block in P1: every atom of the cell, in order, with all digits. Orientation is not part of a CIF.</summary>
    public static string Format(Crystal crystal, string? name = null)
    {
        StringBuilder text = new();
        Head(text, name ?? crystal.Composition.ToString(), crystal);
        text.Append("_space_group_name_H-M_alt 'P 1'\n_space_group_IT_number 1\nloop_\n_space_group_symop_operation_xyz\n'x,y,z'\n");
        Sites(text, crystal, Enumerable.Range(0, crystal.Count).Select(i => (i, 1, 'a')));
        return text.ToString();
    }

    /// <summary>One data block of the standard conventional cell: space group, all operations, one site per orbit.</summary>
    /// <exception cref="SymmetryException">The symmetry cannot be found.</exception>
    public static string FormatSymmetric(Crystal crystal, string? name = null, double symprec = 0.01)
    {
        Crystal standard = Spglib.Standardize(crystal, primitive: false, idealize: true, symprec);
        SymmetryDataset data = Spglib.Analyze(standard, symprec);
        StringBuilder text = new();
        Head(text, name ?? crystal.Composition.ToString(), standard);
        text.Append(CultureInfo.InvariantCulture, $"_space_group_name_H-M_alt '{data.International}'\n_space_group_IT_number {data.Number}\n");
        text.Append("loop_\n_space_group_symop_operation_xyz\n");
        foreach (SymmetryOperation operation in data.Operations)
            text.Append('\'').Append(XyzOperation.Format(operation)).Append("'\n");
        Sites(text, standard, data.EquivalentAtoms.Select((first, i) => (first, i)).GroupBy(p => p.first)
            .Select(g => (g.Key, g.Count(), data.Wyckoffs[g.Key])));
        return text.ToString();
    }

    private static void Head(StringBuilder text, string name, Crystal crystal)
    {
        Vec3 a = crystal.Lattice.Row(0), b = crystal.Lattice.Row(1), c = crystal.Lattice.Row(2);
        text.Append("data_").Append(string.Concat(name.Select(ch => char.IsWhiteSpace(ch) ? '_' : ch))).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"_chemical_formula_sum '{string.Join(' ', crystal.Composition.Counts.Select(n => $"{n.Element}{n.Count}"))}'\n");
        text.Append(CultureInfo.InvariantCulture, $"_cell_length_a {a.Norm:R}\n_cell_length_b {b.Norm:R}\n_cell_length_c {c.Norm:R}\n");
        text.Append(CultureInfo.InvariantCulture, $"_cell_angle_alpha {Angle(b, c):R}\n_cell_angle_beta {Angle(a, c):R}\n_cell_angle_gamma {Angle(a, b):R}\n");
        text.Append(CultureInfo.InvariantCulture, $"_cell_volume {crystal.Volume:R}\n");
    }

    private static void Sites(StringBuilder text, Crystal crystal, IEnumerable<(int Atom, int Multiplicity, char Wyckoff)> sites)
    {
        text.Append("loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_symmetry_multiplicity\n_atom_site_Wyckoff_symbol\n");
        text.Append("_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n");
        Dictionary<Element, int> numbers = [];
        foreach ((int atom, int multiplicity, char wyckoff) in sites)
        {
            Element element = crystal.Elements[atom];
            int number = numbers[element] = numbers.GetValueOrDefault(element) + 1;
            Vec3 f = crystal.FractionalOf(atom);
            text.Append(CultureInfo.InvariantCulture, $"{element}{number} {element} {multiplicity} {wyckoff} {f.X:R} {f.Y:R} {f.Z:R} 1\n");
        }
        text.Append('\n');
    }

    /// <summary>Degrees; atan2 keeps 90° exact where acos would not.</summary>
    private static double Angle(Vec3 a, Vec3 b) => Math.Atan2(Vec3.Cross(a, b).Norm, Vec3.Dot(a, b)) * (180 / Math.PI);
}
