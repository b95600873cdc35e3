using System.Collections.Immutable;
using System.Globalization;
using Csp.Physics.Crystals;

namespace Csp.Physics.Files;

/// <summary>Reads one extended XYZ frame after the other; every error names the line.</summary>
internal sealed class ExtXyzReader(TextReader text, string name)
{
    private int _line;

    /// <summary>The next frame, or null at the end.</summary>
    public Frame? Next()
    {
        string? first = ReadLine();
        while (first is not null && string.IsNullOrWhiteSpace(first))
            first = ReadLine();
        if (first is null)
            return null;
        if (!int.TryParse(first.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1)
            throw Error($"a frame begins with its number of atoms, not with '{Shorten(first)}'");
        string comment = ReadLine() ?? throw Error($"the file ends before the comment line of a frame of {count} atoms", _line + 1);
        Header header = ReadHeader(comment);

        Element[] elements = new Element[Math.Min(count, 1 << 16)];
        double[] positions = new double[3 * elements.Length];
        double[]? forces = header.Columns.Forces >= 0 ? new double[3 * elements.Length] : null;
        for (int atom = 0; atom < count; atom++)
        {
            if (atom == elements.Length)
            {
                int size = Math.Min(count, 2 * atom);
                Array.Resize(ref elements, size);
                Array.Resize(ref positions, 3 * size);
                if (forces is not null)
                    Array.Resize(ref forces, 3 * size);
            }
            string line = ReadLine() ?? throw Error($"the file ends after {atom} of {count} atoms", _line + 1);
            ReadAtom(line, header.Columns, atom, count, elements, positions, forces);
        }
        try
        {
            Crystal crystal = Crystal.FromCartesian(header.Lattice, ImmutableArray.Create(elements, 0, count), positions);
            return new Frame(crystal, header.Energy, forces, header.Stress, header.Info.IsEmpty ? null : header.Info);
        }
        catch (ArgumentException e)
        {
            throw Error($"not a crystal: {e.Message}", _line - count);
        }
    }

    private Header ReadHeader(string comment)
    {
        Mat3? lattice = null, stress = null;
        double? energy = null;
        Columns columns = Columns.Default;
        ImmutableDictionary<string, string>.Builder info = ImmutableDictionary.CreateBuilder<string, string>();
        HashSet<string> seen = [];
        try
        {
            foreach ((string key, string value) in ExtXyzComment.Parse(comment))
            {
                if (!seen.Add(key))
                    throw Error($"{key} is given twice");
                switch (key)
                {
                    case "Lattice":
                        lattice = Mat3.FromSpan(Numbers(value, key, 9));
                        break;
                    case "Properties":
                        columns = Columns.Parse(value);
                        break;
                    case "pbc":
                        if (!IsPeriodic(value))
                            throw Error($"pbc is '{value}': Csp reads crystals, periodic in all three directions");
                        break;
                    case "energy":
                        energy = Number(value, key);
                        break;
                    case "stress":
                        stress = Stress(value);
                        break;
                    default:
                        info[key] = value;
                        break;
                }
            }
        }
        catch (FormatException e)
        {
            throw Error(e.Message);
        }
        return new Header(lattice ?? throw Error("the comment line has no Lattice=\"…\": Csp reads crystals"), columns, energy, stress, info.ToImmutable());
    }

    private void ReadAtom(string line, Columns columns, int atom, int count, Element[] elements, double[] positions, double[]? forces)
    {
        int column = 0;
        foreach (Range range in new Blanks(line))
        {
            ReadOnlySpan<char> token = line.AsSpan(range);
            if (column == columns.Species)
            {
                elements[atom] = columns.ByNumber
                    ? int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int z) && z >= 1 && z <= Element.All.Count
                        ? Element.FromNumber(z)
                        : throw Error($"'{token}' is not an atomic number that Csp knows (1 to {Element.All.Count})")
                    : Element.TryFromSymbol(token.ToString()) ?? throw Error($"'{token}' is not a chemical element that Csp knows (H to Cm)");
            }
            else if (column >= columns.Positions && column < columns.Positions + 3)
            {
                positions[3 * atom + column - columns.Positions] = Number(token, "a position");
            }
            else if (forces is not null && column >= columns.Forces && column < columns.Forces + 3)
            {
                forces[3 * atom + column - columns.Forces] = Number(token, "a force");
            }
            column++;
        }
        if (column != columns.Count)
        {
            throw Error(column == 0
                ? $"a blank line where atom {atom + 1} of {count} should stand"
                : $"atom {atom + 1} has {column} columns; Properties announces {columns.Count}");
        }
    }

    private Mat3 Stress(string value)
    {
        double[] s = Numbers(value, "stress", 9, 6);
        return s.Length == 9 ? Mat3.FromSpan(s) : new Mat3(s[0], s[5], s[4], s[5], s[1], s[3], s[4], s[3], s[2]);
    }

    private static bool IsPeriodic(string value)
    {
        string[] flags = value.Trim('[', ']').Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return flags.Length is 1 or 3 && flags.All(f => f is "T" or "True" or "true" or "TRUE" or "1");
    }

    private double[] Numbers(string value, string key, params ReadOnlySpan<int> sizes)
    {
        string[] tokens = value.Split([' ', '\t', ',', '[', ']', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (!sizes.Contains(tokens.Length))
            throw Error($"{key} needs {string.Join(" or ", sizes.ToArray())} numbers, not {tokens.Length}");
        return [.. tokens.Select(t => Number(t, key))];
    }

    private double Number(ReadOnlySpan<char> token, string what)
    {
        if (!double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out double x))
            throw Error($"'{Shorten(token)}' is not a number ({what})");
        return double.IsFinite(x) ? x : throw Error($"'{Shorten(token)}' is not a finite number ({what})");
    }

    private string? ReadLine()
    {
        string? line;
        try
        {
            line = text.ReadLine();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StructureFileException(name, _line, $"cannot be read: {e.Message}", e);
        }
        if (line is not null)
            _line++;
        return line;
    }

    private static string Shorten(ReadOnlySpan<char> text) => text.Length > 40 ? $"{text[..40]}…" : text.ToString();

    private StructureFileException Error(string what, int? line = null) => new(name, line ?? _line, what);

    private sealed record Header(Mat3 Lattice, Columns Columns, double? Energy, Mat3? Stress, ImmutableDictionary<string, string> Info);

    /// <summary>Where the columns that matter begin (0-based; -1: absent) and how many there are.</summary>
    private sealed record Columns(int Species, bool ByNumber, int Positions, int Forces, int Count)
    {
        public static readonly Columns Default = new(0, false, 1, -1, 4);

        /// <exception cref="FormatException">Not name:type:count triples, or without species and positions.</exception>
        public static Columns Parse(string properties)
        {
            string[] parts = properties.Split(':');
            if (parts.Length % 3 != 0)
                throw new FormatException($"Properties '{Shorten(properties)}' is not a list of name:type:columns");
            int species = -1, numbers = -1, positions = -1, forces = -1, count = 0;
            for (int i = 0; i < parts.Length; i += 3)
            {
                if (!int.TryParse(parts[i + 2], NumberStyles.None, CultureInfo.InvariantCulture, out int width) || width is < 1 or > 10_000)
                    throw new FormatException($"'{Shorten(parts[i + 2])}' is not a number of columns in Properties");
                if (parts[i + 1] is not ("S" or "R" or "I" or "L"))
                    throw new FormatException($"'{Shorten(parts[i + 1])}' is not a type of columns in Properties (S, R, I, L)");
                (int wanted, string type) = parts[i] switch
                {
                    "species" => (1, "S"),
                    "Z" => (1, "I"),
                    "pos" or "forces" => (3, "R"),
                    _ => (width, parts[i + 1]),
                };
                if (width != wanted || parts[i + 1] != type)
                    throw new FormatException($"{parts[i]} must be {parts[i]}:{type}:{wanted} in Properties");
                switch (parts[i])
                {
                    case "species":
                        species = count;
                        break;
                    case "Z":
                        numbers = count;
                        break;
                    case "pos":
                        positions = count;
                        break;
                    case "forces":
                        forces = count;
                        break;
                }
                count += width;
            }
            if (positions < 0 || species < 0 && numbers < 0)
                throw new FormatException("Properties needs species:S:1 and pos:R:3");
            return new Columns(species >= 0 ? species : numbers, species < 0, positions, forces, count);
        }
    }

    /// <summary>The words of a line, without allocation.</summary>
    private ref struct Blanks(string line)
    {
        private int _at;

        public Range Current { get; private set; }

        public readonly Blanks GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_at < line.Length && char.IsWhiteSpace(line[_at]))
                _at++;
            int start = _at;
            while (_at < line.Length && !char.IsWhiteSpace(line[_at]))
                _at++;
            Current = start.._at;
            return _at > start;
        }
    }
}
