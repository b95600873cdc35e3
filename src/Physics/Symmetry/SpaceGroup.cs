using System.Collections.Immutable;
using System.Globalization;

namespace Csp.Physics.Symmetry;

/// <summary>One of the 230 space-group types in spglib's default setting (unique axis b, origin choice 1, hexagonal axes).</summary>
public sealed record SpaceGroup
{
    private static readonly Lazy<ImmutableArray<SpaceGroup>> Table = new(Build);

    private static readonly Lazy<Dictionary<string, int>> Symbols = new(() =>
    {
        Dictionary<string, int> symbols = All.ToDictionary(g => Plain(g.Symbol), g => g.Number, StringComparer.OrdinalIgnoreCase);
        // The names before 1992, still common in the literature.
        (string, int)[] old = [("Abm2", 39), ("Aba2", 41), ("Cmca", 64), ("Cmma", 67), ("Ccca", 68)];
        foreach ((string symbol, int number) in old)
            symbols[symbol] = number;
        return symbols;
    });

    private readonly Lazy<ImmutableArray<SymmetryOperation>> _operations;

    private SpaceGroup(int number, string symbol, int hallNumber)
    {
        Number = number;
        Symbol = symbol;
        HallNumber = hallNumber;
        _operations = new(() => Spglib.OperationsOfHall(hallNumber));
    }

    /// <summary>All 230, by number.</summary>
    /// <exception cref="SymmetryException">spglib is not installed.</exception>
    public static ImmutableArray<SpaceGroup> All => Table.Value;

    /// <summary>1 … 230.</summary>
    public int Number { get; }

    /// <summary>Short Hermann-Mauguin symbol without spaces, e.g. <c>Im-3m</c>, <c>P2_1/c</c>.</summary>
    public string Symbol { get; }

    /// <summary>spglib's default setting, 1 … 530.</summary>
    public int HallNumber { get; }

    /// <summary>All operations of the conventional cell, centring included; the first one is the identity.</summary>
    public ImmutableArray<SymmetryOperation> Operations => _operations.Value;

    /// <summary>Whether International Tables know one setting only: no choice of origin, axes or cell that a bare symbol would leave open.</summary>
    public bool HasOneSetting => Number == 230 ? HallNumber == 530 : Number <= 2 || All[Number].HallNumber == HallNumber + 1;

    public CrystalSystem System => Number switch
    {
        <= 2 => CrystalSystem.Triclinic,
        <= 15 => CrystalSystem.Monoclinic,
        <= 74 => CrystalSystem.Orthorhombic,
        <= 142 => CrystalSystem.Tetragonal,
        <= 167 => CrystalSystem.Trigonal,
        <= 194 => CrystalSystem.Hexagonal,
        _ => CrystalSystem.Cubic,
    };

    /// <summary>The group of a short Hermann-Mauguin symbol (any case, with or without spaces and underscores), or null.</summary>
    /// <exception cref="SymmetryException">spglib is not installed.</exception>
    public static SpaceGroup? TryFromSymbol(string symbol) => Symbols.Value.TryGetValue(Plain(symbol), out int number) ? Of(number) : null;

    /// <exception cref="ArgumentOutOfRangeException">Not 1 … 230.</exception>
    /// <exception cref="SymmetryException">spglib is not installed.</exception>
    public static SpaceGroup Of(int number) => number is >= 1 and <= 230
        ? All[number - 1]
        : throw new ArgumentOutOfRangeException(nameof(number), $"space groups run from 1 to 230, not to {number}");

    /// <summary>Reads a list such as <c>1-15,Im-3m,R3m,225</c> (symbols in any case, with or without spaces and underscores).</summary>
    /// <returns>Numbers, ascending, without repeats.</returns>
    /// <exception cref="FormatException">Not a number from 1 to 230 or a symbol; the sentence names it.</exception>
    public static ImmutableArray<int> ParseList(string text)
    {
        SortedSet<int> numbers = [];
        foreach (string part in text.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] range = part.Split('-', StringSplitOptions.TrimEntries);
            if (TryNumber(part, out int single))
                numbers.Add(Checked(single, part));
            else if (range.Length == 2 && TryNumber(range[0], out int low) && TryNumber(range[1], out int high))
                numbers.UnionWith(Enumerable.Range(Checked(low, part), Math.Max(Checked(high, part) - low + 1, 0)));
            else if (Symbols.Value.TryGetValue(Plain(part), out int number))
                numbers.Add(number);
            else
                throw new FormatException($"'{part}' is not a space group: a number from 1 to 230, a range such as 1-15, or a symbol such as Im-3m is expected");
        }
        return numbers.Count > 0 ? [.. numbers] : throw new FormatException($"'{text}' names no space group");
    }

    public override string ToString() => $"{Symbol} ({Number})";

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static int Checked(int number, string text) => number is >= 1 and <= 230
        ? number
        : throw new FormatException($"'{text}' is not a space group: numbers run from 1 to 230");

    private static string Plain(string symbol) => symbol.Replace(" ", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);

    private static ImmutableArray<SpaceGroup> Build()
    {
        ImmutableArray<SpaceGroup>.Builder groups = ImmutableArray.CreateBuilder<SpaceGroup>(230);
        for (int hall = 1; hall <= 530; hall++)
        {
            (int number, string symbol) = Spglib.TypeOfHall(hall);
            if (number == groups.Count + 1)
                groups.Add(new SpaceGroup(number, symbol.Replace(" ", "", StringComparison.Ordinal), hall));
        }
        return groups.MoveToImmutable();
    }
}

public enum CrystalSystem
{
    Triclinic,
    Monoclinic,
    Orthorhombic,
    Tetragonal,
    Trigonal,
    Hexagonal,
    Cubic,
}
