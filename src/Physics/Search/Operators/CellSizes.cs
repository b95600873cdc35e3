using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Operators;

/// <summary>Repeats the parent along one vector and displaces the copies against each other.</summary>
internal sealed class DoubledCell : IVariationOperator
{
    public string Name => OperatorNames.Supercell;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => CellSizes.SeveralOfOneFormula(settings);

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        int[] factors = [.. Enumerable.Range(2, 3).Where(k => settings.Cells.Contains(parent.Composition.Times(k)))];
        if (factors.Length == 0)
            return null;
        int factor = random.Pick(factors), along = random.Next(3);
        Supercell supercell = Supercell.Build(parent, along == 0 ? factor : 1, along == 1 ? factor : 1, along == 2 ? factor : 1);
        double sigma = reach * random.Between(0.05, 0.25) * Chance.Spacing(parent);
        Vec3[] pattern = [.. Enumerable.Range(0, parent.Count).Select(_ => sigma * random.GaussianVector())];
        double[] moved = supercell.Crystal.Cartesian();
        for (int i = 0; i < supercell.Crystal.Count; i++)
        {
            double phase = Math.Cos(2 * Math.PI * supercell.CopyOf(i) / factor);
            (Vec3.At(moved, i) + phase * pattern[supercell.CellAtomOf(i)]).Store(moved, i);
        }
        return supercell.Crystal.WithCartesian(moved);
    }
}

/// <summary>Cuts a slab out of the parent and closes it to a smaller cell.</summary>
internal sealed class SubCell : IVariationOperator
{
    public string Name => OperatorNames.SubCell;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => CellSizes.SeveralOfOneFormula(settings);

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        int units = parent.Composition.FormulaUnits;
        int[] divisors = [.. Enumerable.Range(2, 7).Where(k => units % k == 0 && settings.Cells.Contains(parent.Composition.Reduced.Times(units / k)))];
        if (divisors.Length == 0)
            return null;
        int divisor = random.Pick(divisors), normal = random.Next(3);
        double start = random.NextDouble();
        List<(Element, Vec3, double)> taken = [], left = [];
        for (int i = 0; i < parent.Count; i++)
        {
            Vec3 f = parent.FractionalOf(i);
            double x = f[normal] - start;
            x = (x - Math.Floor(x)) * divisor;
            Vec3 inside = normal switch { 0 => f with { X = x }, 1 => f with { Y = x }, _ => f with { Z = x } };
            (x < 1 ? taken : left).Add((parent.Elements[i], inside, x < 1 ? Math.Min(x, 1 - x) : Math.Min(x - 1, divisor - x)));
        }
        Vec3[] rows = [parent.Lattice.Row(0), parent.Lattice.Row(1), parent.Lattice.Row(2)];
        rows[normal] *= 1.0 / divisor;
        return CompositionRepair.Complete(Mat3.FromRows(rows[0], rows[1], rows[2]), taken, left, parent.Composition.Reduced.Times(units / divisor));
    }
}

/// <summary>Which sizes of cell a search has.</summary>
internal static class CellSizes
{
    /// <summary>Whether some formula comes in cells of different size.</summary>
    public static bool SeveralOfOneFormula(SearchSettings settings) => settings.Cells.GroupBy(c => c.Reduced).Any(g => g.Count() > 1);
}
