using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>The smallest distances that a proposal may have, by pair of elements, and how to push atoms apart that are closer.</summary>
public sealed class DistanceRules
{
    private readonly double _factor;
    private readonly double _floor;
    private readonly IReadOnlyDictionary<(Element, Element), double> _pairs;

    /// <param name="factor">Fraction of the sum of covalent radii.</param>
    /// <param name="floor">Å, for pairs that are not listed.</param>
    /// <param name="pairs">Å, single pairs of elements; either order counts.</param>
    public DistanceRules(double factor, double floor = 0, IReadOnlyDictionary<(Element, Element), double>? pairs = null) =>
        (_factor, _floor, _pairs) = (factor, floor, pairs ?? new Dictionary<(Element, Element), double>());

    public static DistanceRules Of(SearchSettings settings) => new(settings.MinDistanceFactor, settings.MinDistanceFloor, settings.MinDistances);

    /// <summary>Å.</summary>
    public double Minimum(Element a, Element b) =>
        _pairs.TryGetValue((a, b), out double ab) ? ab
        : _pairs.TryGetValue((b, a), out double ba) ? ba
        : Math.Max(_floor, _factor * (a.CovalentRadius + b.CovalentRadius));

    /// <summary>Shortest distance in units of its minimum; at least 1 when the crystal respects the rules, and never more than 1.5.</summary>
    /// <exception cref="InvalidOperationException">The cell is too flat or too dense to list its neighbours.</exception>
    public double Worst(Crystal crystal)
    {
        double worst = 1.5;
        NeighborList list = NeighborList.Build(crystal, 1.5 * Largest(crystal), 1_000_000);
        double[] cartesian = crystal.Cartesian();
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                double minimum = Minimum(crystal.Elements[i], crystal.Elements[list.Neighbors[p]]);
                worst = Math.Min(worst, list.Vector(p, i, cartesian, crystal.Lattice).Norm / minimum);
            }
        }
        return worst;
    }

    /// <summary>
    /// Pushes atoms apart, and the cell open where an atom is too close to its own image, until the rules hold; null when that does not work out
    /// within <paramref name="rounds"/> rounds or the volume would grow by more than a half.
    /// </summary>
    public Crystal? Repair(Crystal crystal, int rounds = 60)
    {
        double volumeLimit = 1.5 * crystal.Volume;
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                (Crystal moved, bool clean) = Push(crystal, round);
                if (clean)
                    return crystal;
                if (moved.Volume > volumeLimit)
                    return null;
                crystal = moved;
            }
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return null;
        }
        return null;
    }

    private (Crystal Moved, bool Clean) Push(Crystal crystal, int round)
    {
        NeighborList list = NeighborList.Build(crystal, Largest(crystal), 1_000_000);
        double[] cartesian = crystal.Cartesian();
        double[] moved = [.. cartesian];
        Mat3 strain = Mat3.Identity;
        bool clean = true;
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                int j = list.Neighbors[p];
                double minimum = Minimum(crystal.Elements[i], crystal.Elements[j]);
                Vec3 r = list.Vector(p, i, cartesian, crystal.Lattice);
                double d = r.Norm;
                if (d >= minimum)
                    continue;
                clean = false;
                double missing = 1.02 * minimum - d;
                // Atoms exactly on top of each other part along a direction that depends on their numbers only.
                Vec3 u = d > 1e-6 ? 1 / d * r : new Vec3(Math.Sin(i + 1), Math.Sin(j + 2.5), Math.Cos(i + j)) is { Norm: var n } v ? 1 / n * v : default;
                if (i == j)
                    strain += 0.25 * missing / Math.Max(d, 0.1) * Mat3.FromRows(u.X * u, u.Y * u, u.Z * u);
                else
                    (Vec3.At(moved, i) - 0.5 * missing * u).Store(moved, i);
            }
        }
        if (round % 4 == 3)
            strain = 1.02 * strain;
        Crystal pushed = crystal.WithCartesian(moved);
        return (pushed.WithLattice(pushed.Lattice * strain), clean);
    }

    private double Largest(Crystal crystal)
    {
        double largest = 0;
        List<Element> elements = [.. crystal.Elements.Distinct()];
        foreach (Element a in elements)
        {
            foreach (Element b in elements)
                largest = Math.Max(largest, Minimum(a, b));
        }
        return largest;
    }
}
