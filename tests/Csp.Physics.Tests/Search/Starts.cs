using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Search;

namespace Csp.Physics.Tests.Search;

/// <summary>Random cells without symmetry whose atoms keep a distance, as starts for relaxations.</summary>
internal static class Starts
{
    public static ImmutableArray<Element> Elements(string formula) =>
        [.. Composition.Parse(formula).Counts.SelectMany(c => Enumerable.Repeat(c.Element, c.Count))];

    /// <param name="formula">All atoms of the cell.</param>
    /// <param name="volume">Å^3 of the cell.</param>
    /// <param name="distance">Smallest distance, Å.</param>
    /// <param name="seed">Same seed, same cell.</param>
    public static Crystal Random(string formula, double volume, double distance, int seed)
    {
        Random random = new(seed);
        ImmutableArray<Element> elements = Elements(formula);
        while (true)
        {
            double[] l = [.. Enumerable.Range(0, 9).Select(i => (i % 4 == 0 ? 1.0 : 0) + 0.6 * (random.NextDouble() - 0.5))];
            Mat3 lattice = Mat3.FromSpan(l);
            if (lattice.Determinant < 0.4)
                continue;
            double[] fractional = [.. Enumerable.Range(0, 3 * elements.Length).Select(_ => random.NextDouble())];
            Crystal crystal = new Crystal(lattice, elements, fractional).ScaledToVolume(volume);
            if (new DistanceRules(0, distance).Repair(crystal, 200) is Crystal start)
                return LatticeReduction.Reduce(start);
        }
    }
}
