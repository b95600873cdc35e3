using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;

namespace Csp.Physics.Files;

/// <summary>
/// VASP 5 POSCAR: comment, scale (one or three numbers; one negative number is the cell volume in Å^3), lattice vectors, element symbols, counts,
/// optionally "Selective dynamics", Direct or Cartesian, positions. What follows the positions (flags, velocities) is ignored. The VASP 4
/// form without element symbols is refused.
/// </summary>
public static class Poscar
{
    /// <exception cref="StructureFileException">Missing, unreadable or malformed; names file and line.</exception>
    public static Frame Read(string path) => Parse(StructureFile.ReadText(path), path);

    /// <summary>One structure from text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What to call it in errors.</param>
    public static Frame Parse(string text, string name = "POSCAR")
    {
        Lines lines = new(text.Split('\n'), name);
        string comment = lines.Next("the comment line").Trim();
        double[] scale = lines.Numbers("the scale", 1, 3);
        Mat3 lattice = Mat3.FromRows(Vec3.At(lines.Numbers("the first lattice vector", 3), 0),
            Vec3.At(lines.Numbers("the second lattice vector", 3), 0), Vec3.At(lines.Numbers("the third lattice vector", 3), 0));
        Vec3 factor = Factor(scale, lattice, lines);
        lattice = lattice * Mat3.Diagonal(factor.X, factor.Y, factor.Z);

        string[] symbols = lines.Words("the element symbols");
        if (symbols.Length == 0 || char.IsAsciiDigit(symbols[0][0]))
            throw lines.Error("the line of element symbols is missing (VASP 5 writes it before the counts)");
        Element[] kinds = [.. symbols.Select(s => Element.TryFromSymbol(s.Split('_', '/')[0])
            ?? throw lines.Error($"'{s}' is not a chemical element that Csp knows (H to Cm)"))];
        string[] counts = lines.Words("the numbers of atoms");
        if (counts.Length != kinds.Length)
            throw lines.Error($"{kinds.Length} elements need {kinds.Length} numbers of atoms, not {counts.Length}");
        ImmutableArray<Element>.Builder elements = ImmutableArray.CreateBuilder<Element>();
        for (int i = 0; i < kinds.Length; i++)
        {
            if (!int.TryParse(counts[i], NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count > 1_000_000)
                throw lines.Error($"'{counts[i]}' is not a number of atoms");
            elements.AddRange(Enumerable.Repeat(kinds[i], count));
        }

        string mode = lines.Next("Direct or Cartesian").Trim();
        if (mode.StartsWith('S') || mode.StartsWith('s'))
            mode = lines.Next("Direct or Cartesian").Trim();
        bool cartesian = mode.Length > 0 && "CcKk".Contains(mode[0]);
        if (!cartesian && !(mode.Length > 0 && "Dd".Contains(mode[0])))
            throw lines.Error($"Direct or Cartesian is expected, not '{mode}'");

        double[] positions = new double[3 * elements.Count];
        for (int i = 0; i < elements.Count; i++)
        {
            double[] p = lines.Leading($"the position of atom {i + 1} of {elements.Count}", 3);
            Vec3 v = new(p[0], p[1], p[2]);
            (cartesian ? v * Mat3.Diagonal(factor.X, factor.Y, factor.Z) : v).Store(positions, i);
        }
        try
        {
            Crystal crystal = cartesian ? Crystal.FromCartesian(lattice, elements.ToImmutable(), positions) : new Crystal(lattice, elements.ToImmutable(), positions);
            Frame frame = new(crystal);
            return comment.Length > 0 ? frame.With("comment", comment) : frame;
        }
        catch (ArgumentException e)
        {
            throw new StructureFileException(name, null, $"not a crystal: {e.Message}", e);
        }
    }

    /// <summary>Writes one structure, replacing the file.</summary>
    /// <exception cref="StructureFileException">The file cannot be written.</exception>
    public static void Write(string path, Crystal crystal, string? comment = null) =>
        StructureFile.WriteText(path, append: false, writer => writer.Write(Format(crystal, comment)));

    /// <summary>The text of a POSCAR in direct coordinates; atoms are grouped by element in the order in which the elements first appear.</summary>
    public static string Format(Crystal crystal, string? comment = null)
    {
        IGrouping<Element, int>[] groups = [.. Enumerable.Range(0, crystal.Count).GroupBy(i => crystal.Elements[i])];
        StringBuilder text = new();
        text.Append((comment ?? crystal.Composition.ToString()).ReplaceLineEndings(" ")).Append("\n1.0\n");
        for (int i = 0; i < 3; i++)
            Row(text, crystal.Lattice.Row(i));
        text.Append(string.Join(' ', groups.Select(g => g.Key.Symbol))).Append('\n');
        text.Append(string.Join(' ', groups.Select(g => g.Count().ToString(CultureInfo.InvariantCulture)))).Append("\nDirect\n");
        foreach (int atom in groups.SelectMany(g => g))
            Row(text, crystal.FractionalOf(atom));
        return text.ToString();
    }

    private static void Row(StringBuilder text, Vec3 v) => text.Append(CultureInfo.InvariantCulture, $"{v.X:R} {v.Y:R} {v.Z:R}\n");

    private static Vec3 Factor(double[] scale, Mat3 lattice, Lines lines)
    {
        if (scale.Length == 3)
            return scale.All(s => s > 0) ? new Vec3(scale[0], scale[1], scale[2]) : throw lines.Error("three scale factors must be positive");
        double volume = Math.Abs(lattice.Determinant);
        if (scale[0] == 0 || volume == 0)
            throw lines.Error("the cell has no volume");
        double s = scale[0] > 0 ? scale[0] : Math.Cbrt(-scale[0] / volume);
        return new Vec3(s, s, s);
    }

    /// <summary>The lines of the file, one after the other.</summary>
    private sealed class Lines(string[] all, string name)
    {
        private int _next;

        public string Next(string what) => _next < all.Length && !(_next == all.Length - 1 && all[_next].Length == 0)
            ? all[_next++]
            : throw new StructureFileException(name, _next + 1, $"the file ends where {what} should stand");

        public string[] Words(string what) => Next(what).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);

        public double[] Numbers(string what, params ReadOnlySpan<int> sizes)
        {
            string[] words = [.. Words(what).TakeWhile(w => w[0] is not ('!' or '#'))];
            return sizes.Contains(words.Length)
                ? [.. words.Select(w => Number(w, what))]
                : throw Error($"{what} needs {string.Join(" or ", sizes.ToArray())} numbers, not {words.Length}");
        }

        public double[] Leading(string what, int size)
        {
            string[] words = Words(what);
            return words.Length >= size ? [.. words.Take(size).Select(w => Number(w, what))] : throw Error($"{what} needs {size} numbers, not {words.Length}");
        }

        public StructureFileException Error(string what) => new(name, _next, what);

        private double Number(string word, string what) =>
            double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double x) && double.IsFinite(x)
                ? x
                : throw Error($"'{word}' is not a finite number ({what})");
    }
}
