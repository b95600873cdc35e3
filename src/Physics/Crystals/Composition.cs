using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Csp.Physics.Crystals;

/// <summary>How many atoms of each element a cell holds, ordered by atomic number. Two compositions are equal when all counts are.</summary>
public sealed class Composition : IEquatable<Composition>
{
    private Composition(ImmutableArray<(Element Element, int Count)> counts) => Counts = counts;

    public ImmutableArray<(Element Element, int Count)> Counts { get; }

    public int Total => Counts.Sum(c => c.Count);

    /// <summary>Greatest common divisor of the counts: the number of formula units.</summary>
    public int FormulaUnits => Counts.Aggregate(0, (g, c) => Gcd(g, c.Count));

    /// <summary>The smallest whole-number formula.</summary>
    public Composition Reduced => new([.. Counts.Select(c => (c.Element, c.Count / FormulaUnits))]);

    public int this[Element element] => Counts.FirstOrDefault(c => c.Element == element).Count;

    public static Composition Of(IEnumerable<Element> elements) => From(elements.GroupBy(e => e).Select(g => (g.Key, g.Count())));

    public static Composition From(IEnumerable<(Element Element, int Count)> counts) =>
        new([.. counts.Where(c => c.Count > 0).GroupBy(c => c.Element).Select(g => (g.Key, g.Sum(c => c.Count))).OrderBy(c => c.Key.Number)]);

    public Composition Times(int units) => new([.. Counts.Select(c => (c.Element, c.Count * units))]);

    /// <summary>Reads a formula such as <c>H3S</c> or <c>S4H12</c>.</summary>
    /// <exception cref="FormatException">Not a formula, or an element that is not known.</exception>
    public static Composition Parse(string formula)
    {
        List<(Element, int)> counts = [];
        int i = 0;
        while (i < formula.Length)
        {
            if (!char.IsAsciiLetterUpper(formula[i]))
                throw new FormatException($"'{formula}' is not a chemical formula: an element was expected at '{formula[i..]}'");
            int start = i++;
            while (i < formula.Length && char.IsAsciiLetterLower(formula[i]))
                i++;
            string symbol = formula[start..i];
            Element element = Element.TryFromSymbol(symbol)
                ?? throw new FormatException($"'{symbol}' in formula '{formula}' is not a chemical element that Csp knows (H to Cm)");
            start = i;
            while (i < formula.Length && char.IsAsciiDigit(formula[i]))
                i++;
            int count = 1;
            if (i > start && (!int.TryParse(formula.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > 100_000))
                throw new FormatException($"the number of {symbol} atoms in formula '{formula}' must be between 1 and 100000");
            counts.Add((element, count));
        }
        if (counts.Count == 0)
            throw new FormatException("the chemical formula is empty");
        return From(counts);
    }

    public bool Equals(Composition? other) => other is not null && Counts.SequenceEqual(other.Counts);

    public override bool Equals(object? obj) => Equals(obj as Composition);

    public override int GetHashCode() => Counts.Aggregate(17, (h, c) => HashCode.Combine(h, c.Element.Number, c.Count));

    public override string ToString()
    {
        StringBuilder text = new();
        foreach ((Element element, int count) in Counts)
            text.Append(element.Symbol).Append(count == 1 ? "" : count.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
