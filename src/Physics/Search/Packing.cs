using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>
/// What the best structures of a pool say about how atoms pack: the shortest distance of every pair of elements and the volume. Random crystals
/// drawn with these instead of the request's lax limits start much closer to good ones (the usual practice of random searching: Pickard and
/// Needs, J. Phys.: Condens. Matter 23, 053201 (2011), section 3).
/// </summary>
/// <param name="Distances">Å, smallest distances of a new crystal.</param>
/// <param name="Volumes">Å^3 per atom of a new crystal, by reduced composition.</param>
internal sealed record Packing(
    ImmutableDictionary<(Element, Element), double> Distances, ImmutableDictionary<Composition, (double Min, double Max)> Volumes)
{
    /// <summary>So many of the best members teach.</summary>
    private const int Teachers = 3;

    /// <summary>A new crystal may be this much tighter than they are; its relaxation pushes pairs together.</summary>
    private const double Tightest = 0.9;

    /// <summary>Limits of the volume of a new crystal, in units of theirs: it shrinks as its atoms find their places.</summary>
    private const double Smallest = 0.97, Largest = 1.2;

    /// <summary>Null while the pool holds too few members to learn from.</summary>
    public static Packing? Of(Pool pool)
    {
        if (pool.Ranked.Count < Teachers)
            return null;
        ImmutableDictionary<(Element, Element), double>.Builder distances = ImmutableDictionary.CreateBuilder<(Element, Element), double>();
        ImmutableDictionary<Composition, (double Min, double Max)>.Builder volumes = ImmutableDictionary.CreateBuilder<Composition, (double Min, double Max)>();
        foreach (PoolEntry teacher in pool.Ranked.Take(Teachers))
        {
            foreach (((Element, Element) pair, double distance) in Shortest(teacher.Crystal))
                distances[pair] = Math.Min(Tightest * distance, distances.GetValueOrDefault(pair, double.PositiveInfinity));
            double volume = teacher.Crystal.Volume / teacher.Crystal.Count;
            (double min, double max) = volumes.GetValueOrDefault(teacher.Crystal.Composition.Reduced, (double.PositiveInfinity, 0));
            volumes[teacher.Crystal.Composition.Reduced] = (Math.Min(min, Smallest * volume), Math.Max(max, Largest * volume));
        }
        return new Packing(distances.ToImmutable(), volumes.ToImmutable());
    }

    /// <summary>The smallest distances of the settings, and where these structures keep larger ones, theirs.</summary>
    public SearchSettings Sharpen(SearchSettings settings)
    {
        DistanceRules least = DistanceRules.Of(settings);
        return settings with { MinDistances = settings.MinDistances.SetItems(Distances.Where(d => d.Value > least.Minimum(d.Key.Item1, d.Key.Item2))) };
    }

    private static Dictionary<(Element, Element), double> Shortest(Crystal crystal)
    {
        Dictionary<(Element, Element), double> shortest = [];
        double[] cartesian = crystal.Cartesian();
        NeighborList list = NeighborList.Build(crystal, 2.5 * Math.Cbrt(crystal.Volume / crystal.Count), 1_000_000);
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                (Element, Element) pair = (crystal.Elements[i], crystal.Elements[list.Neighbors[p]]);
                shortest[pair] = Math.Min(list.Vector(p, i, cartesian, crystal.Lattice).Norm, shortest.GetValueOrDefault(pair, double.PositiveInfinity));
            }
        }
        return shortest;
    }
}
