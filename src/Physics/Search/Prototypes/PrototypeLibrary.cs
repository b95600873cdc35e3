using System.Collections.Immutable;
using System.Globalization;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Prototypes;

/// <summary>
/// Common structure types as seeds of a search. Positions follow from the space group and Wyckoff sites; free parameters and axial ratios are those
/// of the example, and relax anyway. Symbols after Strukturbericht; H3S and CaH6 after Duan et al., Sci. Rep. 4, 6968 (2014) and Wang et al.,
/// PNAS 109, 6463 (2012).
/// </summary>
public static class PrototypeLibrary
{
    private const string Simple = "1 0 0  0 1 0  0 0 1";
    private const string FaceCentred = "0 0.5 0.5  0.5 0 0.5  0.5 0.5 0";
    private const string BodyCentred = "-0.5 0.5 0.5  0.5 -0.5 0.5  0.5 0.5 -0.5";

    public static ImmutableArray<Prototype> All { get; } =
    [
        Type("A1", "Cu", FaceCentred, "A 0 0 0"),
        Type("A2", "W", BodyCentred, "A 0 0 0"),
        Type("A3", "Mg", Hexagonal(1.633), "A 1/3 2/3 1/4  A 2/3 1/3 3/4"),
        Type("A4", "diamond", FaceCentred, "A 0 0 0  A 1/4 1/4 1/4"),
        Type("A5", "white tin", Tetragonal(0.546), "A 0 0 0  A 1/2 1/2 1/2  A 0 1/2 1/4  A 1/2 0 3/4"),
        Type("A9", "graphite", Hexagonal(2.726), "A 0 0 1/4  A 0 0 3/4  A 1/3 2/3 1/4  A 2/3 1/3 3/4"),
        Type("Ah", "Po", Simple, "A 0 0 0"),
        Type("B1", "NaCl", FaceCentred, "A 0 0 0  B 1/2 1/2 1/2"),
        Type("B2", "CsCl", Simple, "A 0 0 0  B 1/2 1/2 1/2"),
        Type("B3", "zincblende", FaceCentred, "A 0 0 0  B 1/4 1/4 1/4"),
        Type("B4", "wurtzite", Hexagonal(1.633), "A 1/3 2/3 0  A 2/3 1/3 1/2  B 1/3 2/3 3/8  B 2/3 1/3 7/8"),
        Type("B8_1", "NiAs", Hexagonal(1.39), "A 0 0 0  A 0 0 1/2  B 1/3 2/3 1/4  B 2/3 1/3 3/4"),
        Type("Bh", "WC", Hexagonal(0.976), "A 0 0 0  B 1/3 2/3 1/2"),
        Type("L1_0", "CuAu", Tetragonal(0.926 * 1.4142), "A 0 0 0  B 1/2 1/2 1/2"),
        Type("C1", "fluorite", FaceCentred, "A 0 0 0  B 1/4 1/4 1/4  B 3/4 3/4 3/4"),
        Type("C2", "pyrite", Simple,
            "A 0 0 0  A 0 1/2 1/2  A 1/2 0 1/2  A 1/2 1/2 0  B 0.385 0.385 0.385  B 0.615 0.615 0.615  B 0.115 0.615 0.885  B 0.885 0.385 0.115 "
            + " B 0.615 0.885 0.115  B 0.385 0.115 0.885  B 0.885 0.115 0.615  B 0.115 0.885 0.385"),
        Type("C4", "rutile", Tetragonal(0.644), "A 0 0 0  A 1/2 1/2 1/2  B 0.305 0.305 0  B 0.695 0.695 0  B 0.195 0.805 1/2  B 0.805 0.195 1/2"),
        Type("C5", "anatase", Tetragonal(2.514),
            "A 0 0 0  A 1/2 1/2 1/2  A 0 1/2 1/4  A 1/2 0 3/4  B 0 0 0.208  B 0 0 0.792  B 1/2 1/2 0.708  B 1/2 1/2 0.292  B 0 1/2 0.458  B 0 1/2 0.042 "
            + " B 1/2 0 0.958  B 1/2 0 0.542"),
        Type("C6", "CdI2", Hexagonal(1.61), "A 0 0 0  B 1/3 2/3 1/4  B 2/3 1/3 3/4"),
        Type("C32", "AlB2", Hexagonal(1.083), "A 0 0 0  B 1/3 2/3 1/2  B 2/3 1/3 1/2"),
        Type("A15", "Cr3Si", Simple, "A 1/4 0 1/2  A 3/4 0 1/2  A 1/2 1/4 0  A 1/2 3/4 0  A 0 1/2 1/4  A 0 1/2 3/4  B 0 0 0  B 1/2 1/2 1/2"),
        Type("D0_3", "BiF3", FaceCentred, "A 1/4 1/4 1/4  A 1/2 1/2 1/2  A 3/4 3/4 3/4  B 0 0 0"),
        Type("D0_9", "ReO3", Simple, "A 1/2 0 0  A 0 1/2 0  A 0 0 1/2  B 0 0 0"),
        Type("L1_2", "Cu3Au", Simple, "A 0 1/2 1/2  A 1/2 0 1/2  A 1/2 1/2 0  B 0 0 0"),
        Type("H3S-Im-3m", "H3S", BodyCentred, "A 0 1/2 1/2  A 1/2 0 1/2  A 1/2 1/2 0  B 0 0 0"),
        Type("CaH6-Im-3m", "CaH6", BodyCentred, "A 1/4 1/2 3/4  A 3/4 1/2 1/4  A 1/2 1/4 3/4  A 1/2 3/4 1/4  A 1/4 3/4 1/2  A 3/4 1/4 1/2  B 0 0 0"),
        Type("E2_1", "perovskite", Simple, "A 0 0 0  B 1/2 1/2 1/2  C 0 1/2 1/2  C 1/2 0 1/2  C 1/2 1/2 0"),
    ];

    /// <summary>Types by name, or <c>all</c> of them.</summary>
    /// <param name="names">Separated by commas; case does not matter.</param>
    /// <exception cref="FormatException">There is no such type.</exception>
    public static ImmutableArray<Prototype> Named(string names)
    {
        if (names.Trim().Equals("all", StringComparison.OrdinalIgnoreCase))
            return All;
        return [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name =>
            All.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || p.Example.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"there is no prototype '{name}'; there are {string.Join(", ", All.Select(p => p.Name))}"))];
    }

    /// <summary>Types by name on every composition of a search that they fit, with every distribution of its elements, in the middle of its volume window.</summary>
    /// <param name="names">As in <see cref="Named"/>.</param>
    /// <param name="settings">The search.</param>
    /// <exception cref="FormatException">There is no such type, or none of them fits.</exception>
    public static ImmutableArray<Crystal> Seeds(string names, SearchSettings settings)
    {
        ImmutableArray<Prototype> types = Named(names);
        ImmutableArray<Crystal> seeds = [.. settings.Cells.Select(c => c.Reduced).Distinct().SelectMany(c =>
        {
            (double lo, double hi) = settings.VolumeWindow(c);
            return types.SelectMany(t => t.Of(c, (lo + hi) / 2 / c.Total));
        })];
        return seeds.IsEmpty ? throw new FormatException($"none of {names} has the stoichiometry of {settings.Formula}") : seeds;
    }

    private static string Hexagonal(double ratio) => string.Create(CultureInfo.InvariantCulture, $"1 0 0  -0.5 {Math.Sqrt(0.75)} 0  0 0 {ratio}");

    private static string Tetragonal(double ratio) => string.Create(CultureInfo.InvariantCulture, $"1 0 0  0 1 0  0 0 {ratio}");

    private static Prototype Type(string name, string example, string lattice, string sites)
    {
        double[] l = [.. Words(lattice).Select(Number)];
        string[] words = Words(sites);
        return new Prototype(name, example, new Mat3(l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7], l[8]), [.. Enumerable.Range(0, words.Length / 4)
            .Select(i => (words[4 * i][0], new Vec3(Number(words[4 * i + 1]), Number(words[4 * i + 2]), Number(words[4 * i + 3]))))]);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static double Number(string text) => text.Split('/') is [string over, string under]
        ? Number(over) / Number(under)
        : double.Parse(text, CultureInfo.InvariantCulture);
}
