using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Operators;

/// <summary>Swaps the elements of a few pairs of atoms.</summary>
internal sealed class Permutation : IVariationOperator
{
    public string Name => OperatorNames.Permutation;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => settings.Cells.Any(c => c.Counts.Length > 1);

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        Element[] elements = [.. parent.Elements];
        int swaps = 1 + random.Next(Math.Max(1, parent.Count / 4));
        for (int s = 0; s < swaps; s++)
        {
            int i = random.Next(elements.Length);
            int[] others = [.. Enumerable.Range(0, elements.Length).Where(k => elements[k] != elements[i])];
            if (others.Length == 0)
                return null;
            int j = random.Pick(others);
            (elements[i], elements[j]) = (elements[j], elements[i]);
        }
        return new Crystal(parent.Lattice, ImmutableArray.Create(elements), parent.Fractional);
    }
}
