using System.Collections.Immutable;
using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Files;

/// <summary>The crystal of one CIF data block: cell, operations, sites expanded over the operations.</summary>
internal sealed class CifStructure(CifBlock block, CifLoop sites, string file)
{
    /// <summary>Images of one site closer than this are one atom on a special position, Å: far below any bond, far above rounding to three digits.</summary>
    private const double SameSite = 0.05;

    public Frame Build()
    {
        Mat3 lattice = Lattice();
        List<SymmetryOperation> operations = Operations();
        int x = sites.ColumnOf("_atom_site_fract_x"), y = sites.ColumnOf("_atom_site_fract_y"), z = sites.ColumnOf("_atom_site_fract_z");
        if (x < 0 || y < 0 || z < 0)
            throw Error(sites.Line, "the atom sites have no fractional coordinates (_atom_site_fract_x, _y, _z)");
        int symbol = sites.ColumnOf("_atom_site_type_symbol"), label = sites.ColumnOf("_atom_site_label"), occupancy = sites.ColumnOf("_atom_site_occupancy");

        List<Element> elements = [];
        List<Vec3> positions = [];
        foreach (CifValue[] row in sites.Rows)
        {
            Element element = ElementOf(symbol >= 0 && !row[symbol].IsMissing ? row[symbol] : row[Math.Max(label, 0)]);
            if (occupancy >= 0 && !row[occupancy].IsMissing && Math.Abs(Number(row[occupancy], "the occupancy") - 1) > 1e-3)
                throw Error(row[occupancy].Line, $"the site is occupied to {row[occupancy].Text}; Csp reads ordered crystals, whose occupancies are 1");
            Vec3 site = new(Number(row[x], "a coordinate"), Number(row[y], "a coordinate"), Number(row[z], "a coordinate"));
            int before = positions.Count;
            Expand(site, operations, lattice, positions);
            for (int i = before; i < positions.Count; i++)
            {
                for (int j = 0; j < before; j++)
                {
                    if (Distance(positions[i], positions[j], lattice) < SameSite)
                        throw Error(row[x].Line, $"this site lies on top of another one ({elements[j]}): disorder is not supported");
                }
                elements.Add(element);
            }
            if (positions.Count > 100_000)
                throw Error(row[x].Line, "the cell holds more than 100000 atoms");
        }
        if (elements.Count == 0)
            throw Error(sites.Line, "the loop of atom sites is empty");
        double[] fractional = new double[3 * positions.Count];
        for (int i = 0; i < positions.Count; i++)
            positions[i].Store(fractional, i);
        try
        {
            Frame frame = new(new Crystal(lattice, [.. elements], fractional));
            return block.Name.Length > 0 ? frame.With("data_block", block.Name) : frame;
        }
        catch (ArgumentException e)
        {
            throw new StructureFileException(file, block.Line, $"not a crystal: {e.Message}", e);
        }
    }

    /// <summary>All distinct images of a site; images that coincide are averaged, which puts the site exactly on its special position.</summary>
    private static void Expand(Vec3 site, List<SymmetryOperation> operations, Mat3 lattice, List<Vec3> positions)
    {
        if (operations is [SymmetryOperation only])
        {
            positions.Add(only.Apply(site));
            return;
        }
        List<(Vec3 Sum, int Count)> images = [];
        foreach (SymmetryOperation operation in operations)
        {
            Vec3 image = operation.Apply(site);
            int k = images.FindIndex(p => Distance((1.0 / p.Count) * p.Sum, image, lattice) < SameSite);
            if (k < 0)
                images.Add((image, 1));
            else
                images[k] = Joined(images[k], image);
        }
        positions.AddRange(images.Select(p => Wrap((1.0 / p.Count) * p.Sum)));
    }

    private static (Vec3 Sum, int Count) Joined((Vec3 Sum, int Count) images, Vec3 image)
    {
        Vec3 mean = (1.0 / images.Count) * images.Sum;
        return (images.Sum + mean + Nearest(image - mean), images.Count + 1);
    }

    private Mat3 Lattice()
    {
        double a = Length("a"), b = Length("b"), c = Length("c");
        double alpha = Angle("alpha"), beta = Angle("beta"), gamma = Angle("gamma");
        double cosA = Cos(alpha), cosB = Cos(beta), cosG = Cos(gamma), sinG = Math.Sin(gamma * Math.PI / 180);
        double cx = cosB, cy = (cosA - cosB * cosG) / sinG, czSquared = 1 - cx * cx - cy * cy;
        if (!(czSquared > 1e-12))
            throw Error(block.Line, $"angles of {alpha}, {beta} and {gamma} degrees do not make a cell");
        return new Mat3(a, 0, 0, b * cosG, b * sinG, 0, c * cx, c * cy, c * Math.Sqrt(czSquared));
    }

    private double Length(string axis)
    {
        CifValue value = block[$"_cell_length_{axis}"] ?? throw Error(block.Line, $"the cell length {axis} is missing (_cell_length_{axis})");
        double x = Number(value, "a cell length");
        return x > 0 ? x : throw Error(value.Line, $"the cell length {axis} must be positive, not {value.Text}");
    }

    private double Angle(string name)
    {
        CifValue value = block[$"_cell_angle_{name}"] ?? throw Error(block.Line, $"the cell angle {name} is missing (_cell_angle_{name})");
        double x = Number(value, "a cell angle");
        return x is > 0 and < 180 ? x : throw Error(value.Line, $"the cell angle {name} must lie between 0 and 180 degrees, not at {value.Text}");
    }

    /// <summary>Exact at 90, 60 and 120 degrees, so that such lattices get exact zeros.</summary>
    private static double Cos(double degrees) => degrees switch
    {
        90 => 0,
        60 => 0.5,
        120 => -0.5,
        _ => Math.Cos(degrees * Math.PI / 180),
    };

    private List<SymmetryOperation> Operations()
    {
        const string Old = "_symmetry_equiv_pos_as_xyz", New = "_space_group_symop_operation_xyz";
        if (block.LoopWith(New, Old) is CifLoop loop)
        {
            int column = loop.ColumnOf(New, Old);
            return [.. loop.Rows.Select(r => Operation(r[column]))];
        }
        if (block[New, Old] is CifValue single)
            return [Operation(single)];
        CifValue? number = block["_space_group_it_number", "_symmetry_int_tables_number"];
        CifValue? symbol = block["_space_group_name_h-m_alt", "_symmetry_space_group_name_h-m"];
        CifValue? given = symbol ?? number ?? block["_space_group_name_hall", "_symmetry_space_group_name_hall"];
        if (given is null)
            return [SymmetryOperation.Identity];
        return Named(number, symbol) is SpaceGroup { HasOneSetting: true } group
            ? [.. group.Operations]
            : throw Error(given.Value.Line, $"space group {given.Value.Text} is named, but its operations are not listed ({New}), and it has several settings");
    }

    /// <summary>The group that number and symbol name; null when they name none or two.</summary>
    private static SpaceGroup? Named(CifValue? number, CifValue? symbol)
    {
        SpaceGroup? byNumber = number is CifValue n && int.TryParse(n.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int i) && i is >= 1 and <= 230 ? SpaceGroup.Of(i) : null;
        SpaceGroup? bySymbol = symbol is CifValue s ? SpaceGroup.TryFromSymbol(s.Text) : null;
        bool agree = (number is null || byNumber is not null) && (symbol is null || bySymbol is not null) && (byNumber is null || bySymbol is null || byNumber == bySymbol);
        return agree ? byNumber ?? bySymbol : null;
    }

    private SymmetryOperation Operation(CifValue value)
    {
        try
        {
            return XyzOperation.Parse(value.Text);
        }
        catch (FormatException e)
        {
            throw Error(value.Line, e.Message);
        }
    }

    /// <summary>The element of a type symbol or label: S, S2-, Fe3+, H12, O_a.</summary>
    private Element ElementOf(CifValue value)
    {
        string letters = string.Concat(value.Text.TakeWhile(char.IsAsciiLetter));
        Element? two = letters.Length > 1 ? Element.TryFromSymbol(char.ToUpperInvariant(letters[0]).ToString() + char.ToLowerInvariant(letters[1])) : null;
        bool oneLetter = letters.Length == 1 || letters.Length > 1 && char.IsAsciiLetterUpper(letters[1]);
        Element? one = oneLetter ? Element.TryFromSymbol(char.ToUpperInvariant(letters[0]).ToString()) : null;
        if ((two ?? one) is Element element)
            return element;
        throw Error(value.Line, $"'{value.Text}' does not name a chemical element that Csp knows (H to Cm)");
    }

    /// <summary>A number with an optional uncertainty in brackets, 1.234(5).</summary>
    private double Number(CifValue value, string what)
    {
        string text = value.Text;
        int bracket = text.IndexOf('(');
        if (bracket > 0 && text.EndsWith(')'))
            text = text[..bracket];
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double x) && double.IsFinite(x)
            ? x
            : throw Error(value.Line, $"'{value.Text}' is not a number ({what})");
    }

    private static double Distance(Vec3 a, Vec3 b, in Mat3 lattice) => (Nearest(a - b) * lattice).Norm;

    private static Vec3 Nearest(Vec3 d) => new(d.X - Math.Round(d.X), d.Y - Math.Round(d.Y), d.Z - Math.Round(d.Z));

    private static Vec3 Wrap(Vec3 f) => new(Wrap(f.X), Wrap(f.Y), Wrap(f.Z));

    private static double Wrap(double f)
    {
        double w = f - Math.Floor(f);
        return w >= 1 - 1e-12 ? 0 : w;
    }

    private StructureFileException Error(int line, string what) => new(file, line, what);
}
