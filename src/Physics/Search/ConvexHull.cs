using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>A phase for a convex hull.</summary>
/// <param name="Id">Of the structure.</param>
/// <param name="Composition">Any multiple of the formula unit.</param>
/// <param name="EnthalpyPerAtom">eV (or a free energy), all from one source.</param>
public sealed record HullPhase(ulong Id, Composition Composition, double EnthalpyPerAtom);

/// <summary>How a composition splits into phases at the lowest enthalpy.</summary>
/// <param name="EnthalpyPerAtom">Of the mixture, eV.</param>
/// <param name="Phases">With the fraction of atoms that each one takes.</param>
public sealed record HullMixture(double EnthalpyPerAtom, ImmutableArray<(HullPhase Phase, double Fraction)> Phases);

/// <summary>
/// The convex hull of enthalpy over composition, any number of elements: what a composition decomposes into is the linear programme
/// min Σ λ_j h_j with Σ λ_j x_j = x, λ ≥ 0, over the phases' atomic fractions x_j (simplex method, Bland's rule).
/// </summary>
public sealed class ConvexHull
{
    private const double Tolerance = 1e-11;

    /// <summary>eV/atom of what is missing from a mixture; far above any enthalpy.</summary>
    private const double Penalty = 1e6;

    private readonly ImmutableArray<Element> _elements;
    private readonly ImmutableArray<HullPhase> _phases;
    private readonly double[][] _fractions;

    public ConvexHull(IEnumerable<HullPhase> phases)
    {
        // Of every formula only the lowest phase matters.
        _phases = [.. phases.GroupBy(p => p.Composition.Reduced).Select(g => g.MinBy(p => p.EnthalpyPerAtom)!)];
        _elements = [.. _phases.SelectMany(p => p.Composition.Counts.Select(c => c.Element)).Distinct().OrderBy(e => e.Number)];
        _fractions = [.. _phases.Select(p => Fractions(p.Composition))];
    }

    /// <summary>The phases that no mixture of others beats.</summary>
    public ImmutableArray<HullPhase> Stable => [.. _phases.Where(p => Above(p.Composition, p.EnthalpyPerAtom) <= 1e-9)];

    /// <summary>The best mixture of a composition; null where the phases cannot make it up.</summary>
    public HullMixture? MixtureOf(Composition composition)
    {
        if (composition.Counts.Any(c => !_elements.Contains(c.Element)))
            return null;
        int m = _elements.Length;
        double[] target = Fractions(composition);
        // The basis starts with nothing but penalties; column −1 − k is the penalty of element k.
        int[] basis = [.. Enumerable.Range(0, m).Select(k => -1 - k)];
        double[] amount = [.. target];
        double[,] inverse = new double[m, m];
        for (int k = 0; k < m; k++)
            inverse[k, k] = 1;
        for (int iteration = 0; iteration < 10_000; iteration++)
        {
            double[] price = new double[m];
            for (int k = 0; k < m; k++)
            {
                for (int r = 0; r < m; r++)
                    price[k] += (basis[r] < 0 ? Penalty : _phases[basis[r]].EnthalpyPerAtom) * inverse[r, k];
            }
            int entering = Enumerable.Range(0, _phases.Length).FirstOrDefault(j => !basis.Contains(j) && Reduced(j, price) < -Tolerance * Penalty * 1e-2, -1);
            if (entering < 0)
                break;
            double[] column = new double[m];
            for (int r = 0; r < m; r++)
            {
                for (int k = 0; k < m; k++)
                    column[r] += inverse[r, k] * _fractions[entering][k];
            }
            int leaving = -1;
            for (int r = 0; r < m; r++)
            {
                if (column[r] > 1e-12 && (leaving < 0 || amount[r] / column[r] < amount[leaving] / column[leaving] - 1e-15))
                    leaving = r;
            }
            if (leaving < 0)
                break;
            Pivot(basis, amount, inverse, column, entering, leaving);
        }
        double enthalpy = 0;
        for (int r = 0; r < m; r++)
        {
            if (basis[r] < 0 && amount[r] > 1e-9)
                return null;
            enthalpy += basis[r] < 0 ? 0 : amount[r] * _phases[basis[r]].EnthalpyPerAtom;
        }
        return new HullMixture(enthalpy, [.. Enumerable.Range(0, m).Where(r => basis[r] >= 0 && amount[r] > 1e-9).Select(r => (_phases[basis[r]], amount[r]))]);
    }

    /// <summary>eV/atom above the best mixture: 0 on the hull, negative for what would break it; 0 where no mixture makes the composition up.</summary>
    public double Above(Composition composition, double enthalpyPerAtom) =>
        MixtureOf(composition) is HullMixture mixture ? enthalpyPerAtom - mixture.EnthalpyPerAtom : 0;

    private double Reduced(int phase, double[] price)
    {
        double cost = _phases[phase].EnthalpyPerAtom;
        for (int k = 0; k < price.Length; k++)
            cost -= price[k] * _fractions[phase][k];
        return cost;
    }

    private static void Pivot(int[] basis, double[] amount, double[,] inverse, double[] column, int entering, int leaving)
    {
        int m = basis.Length;
        double pivot = column[leaving], taken = amount[leaving] / pivot;
        for (int k = 0; k < m; k++)
            inverse[leaving, k] /= pivot;
        for (int r = 0; r < m; r++)
        {
            if (r == leaving)
                continue;
            amount[r] = Math.Max(0, amount[r] - taken * column[r]);
            for (int k = 0; k < m; k++)
                inverse[r, k] -= column[r] * inverse[leaving, k];
        }
        amount[leaving] = taken;
        basis[leaving] = entering;
    }

    private double[] Fractions(Composition composition) => [.. _elements.Select(e => (double)composition[e] / composition.Total)];
}
