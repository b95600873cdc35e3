using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>The cells of a variable-composition search: whole-number combinations of building blocks.</summary>
public static class CompositionSpace
{
    /// <summary>All cells of minAtoms to maxAtoms atoms, small to large, the pure blocks included.</summary>
    /// <param name="blocks">E.g. S and H, or MgO and SiO2.</param>
    /// <param name="minAtoms">At least 1.</param>
    /// <param name="maxAtoms">At least the size of the smallest block.</param>
    /// <exception cref="ArgumentException">No blocks, no cell of that size, or more than 10000.</exception>
    public static ImmutableArray<Composition> Cells(IReadOnlyList<Composition> blocks, int minAtoms, int maxAtoms)
    {
        if (blocks.Count == 0)
            throw new ArgumentException("a variable-composition search needs at least one building block");
        HashSet<Composition> cells = [];
        Combine(blocks, 0, [], minAtoms, maxAtoms, cells);
        return cells.Count > 0
            ? [.. cells.OrderBy(c => c.Total).ThenBy(c => c.ToString(), StringComparer.Ordinal)]
            : throw new ArgumentException($"no combination of {string.Join(", ", blocks)} has {minAtoms} to {maxAtoms} atoms");
    }

    private static void Combine(
        IReadOnlyList<Composition> blocks, int next, List<(Element, int)> atoms, int minAtoms, int maxAtoms, HashSet<Composition> cells)
    {
        if (next == blocks.Count)
        {
            int total = atoms.Sum(a => a.Item2);
            if (total > 0 && total >= minAtoms && cells.Add(Composition.From(atoms)) && cells.Count > 10_000)
                throw new ArgumentException($"{string.Join(", ", blocks)} up to {maxAtoms} atoms make more than 10000 cells");
            return;
        }
        for (int times = 0; atoms.Sum(a => a.Item2) + times * blocks[next].Total <= maxAtoms; times++)
            Combine(blocks, next + 1, [.. atoms, .. blocks[next].Counts.Select(c => (c.Element, c.Count * times))], minAtoms, maxAtoms, cells);
    }
}
