using System.Collections.Immutable;
using System.Numerics.Tensors;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>
/// A crystal reduced to numbers that do not depend on cell choice, rotation, reflection, numbering or a multiple of the cell: per atom the
/// sorted distances to its nearest neighbours of each element, and the multiset of these rows over the atoms. This is the pointwise distance
/// distribution of Widdowson and Kurlin (NeurIPS 2022, arXiv:2108.04798), resolved by element; it is continuous (moving every atom by at most
/// δ changes it by at most 2δ) and generically complete. Equal rows of symmetric atoms are kept once, with their number.
/// </summary>
public sealed class Fingerprint
{
    /// <summary>Neighbours per row, shared out among the elements by composition.</summary>
    private const int Neighbors = 40;

    /// <summary>Every element gets at least so many.</summary>
    private const int MinNeighbors = 8;

    private readonly ImmutableArray<(Element Element, ImmutableArray<Environments> Rows)> _species;
    private readonly double[][] _means;

    private Fingerprint(Composition reduced, double volumePerAtom, ImmutableArray<(Element, ImmutableArray<Environments>)> species) =>
        (Composition, VolumePerAtom, _species, _means) = (reduced, volumePerAtom, species, [.. species.Select(s => Mean(s.Item2))]);

    /// <summary>Reduced formula.</summary>
    public Composition Composition { get; }

    /// <summary>Å^3.</summary>
    public double VolumePerAtom { get; }

    /// <exception cref="InvalidOperationException">The cell is too flat or too dense to list its neighbours.</exception>
    public static Fingerprint Of(Crystal crystal)
    {
        Composition reduced = crystal.Composition.Reduced;
        ImmutableArray<(Element Element, int Count)> share =
            [.. reduced.Counts.Select(c => (c.Element, Math.Max(MinNeighbors, (int)Math.Round((double)Neighbors * c.Count / reduced.Total))))];
        List<double>[][] distances = NearestBySpecies(LatticeReduction.Reduce(crystal), crystal.Elements, share);
        ImmutableArray<(Element, ImmutableArray<Environments>)>.Builder species = ImmutableArray.CreateBuilder<(Element, ImmutableArray<Environments>)>();
        foreach ((Element element, _) in share)
        {
            List<Environments> rows = [];
            for (int i = 0; i < crystal.Count; i++)
            {
                if (crystal.Elements[i] != element)
                    continue;
                double[] row = [.. share.SelectMany((s, k) => distances[i][k].Take(s.Count))];
                int same = rows.FindIndex(r => Same(r.Distances, row));
                if (same >= 0)
                    rows[same] = rows[same] with { Weight = rows[same].Weight + 1 };
                else
                    rows.Add(new Environments(row, 1));
            }
            species.Add((element, [.. rows]));
        }
        return new Fingerprint(reduced, crystal.Volume / crystal.Count, species.ToImmutable());
    }

    /// <summary>As <see cref="Of"/>; null where that throws.</summary>
    public static Fingerprint? TryOf(Crystal crystal)
    {
        try
        {
            return Of(crystal);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>
    /// How different two crystals are, Å: the earth mover's distance between their rows, which differ by the root mean square of their sorted
    /// distances. Symmetric, obeys the triangle inequality, 0 for the same crystal; infinite for different compositions.
    /// </summary>
    public static double Distance(Fingerprint a, Fingerprint b)
    {
        if (!a.Composition.Equals(b.Composition))
            return double.PositiveInfinity;
        double total = 0;
        for (int s = 0; s < a._species.Length; s++)
        {
            ImmutableArray<Environments> rowsA = a._species[s].Rows, rowsB = b._species[s].Rows;
            double[,] cost = new double[rowsA.Length, rowsB.Length];
            for (int i = 0; i < rowsA.Length; i++)
            {
                for (int j = 0; j < rowsB.Length; j++)
                    cost[i, j] = Deviation(rowsA[i].Distances, rowsB[j].Distances);
            }
            double mean = Transport.MeanCost([.. rowsA.Select(r => r.Weight)], [.. rowsB.Select(r => r.Weight)], cost);
            total += mean * a.Composition.Counts[s].Count / a.Composition.Total;
        }
        return total;
    }

    /// <summary>Whether two crystals are closer than a tolerance (Å); cheaper than <see cref="Distance"/> where they are not.</summary>
    public static bool Same(Fingerprint a, Fingerprint b, double tolerance)
    {
        // The mean rows are never further apart than the rows.
        return a.Composition.Equals(b.Composition) && MeanDistance(a, b) < tolerance && Distance(a, b) < tolerance;
    }

    private static double MeanDistance(Fingerprint a, Fingerprint b)
    {
        double total = 0;
        for (int s = 0; s < a._means.Length; s++)
            total += Deviation(a._means[s], b._means[s]) * a.Composition.Counts[s].Count / a.Composition.Total;
        return total;
    }

    private static double[] Mean(ImmutableArray<Environments> rows)
    {
        double[] mean = new double[rows[0].Distances.Length];
        double total = rows.Sum(r => r.Weight);
        foreach (Environments row in rows)
            TensorPrimitives.MultiplyAdd(row.Distances, row.Weight / total, mean, mean);
        return mean;
    }

    private static double Deviation(double[] a, double[] b) => TensorPrimitives.Distance<double>(a, b) / Math.Sqrt(a.Length);

    private static bool Same(double[] a, double[] b) => Math.Abs(a[0] - b[0]) < 1e-7 && TensorPrimitives.Distance<double>(a, b) < 1e-7;

    /// <summary>[atom][species]: at least as many ascending distances as wanted.</summary>
    private static List<double>[][] NearestBySpecies(Crystal crystal, ImmutableArray<Element> elements, ImmutableArray<(Element Element, int Count)> share)
    {
        double scarcest = share.Max(s => s.Count / (double)elements.Count(e => e == s.Element));
        double cutoff = 1.15 * Math.Cbrt(0.75 / Math.PI * scarcest * crystal.Volume);
        double[] cartesian = crystal.Cartesian();
        int[] index = [.. elements.Select(e => share.TakeWhile(s => s.Element != e).Count())];
        while (true)
        {
            NeighborList list = NeighborList.Build(crystal, cutoff, 5_000_000);
            List<double>[][] distances = new List<double>[crystal.Count][];
            bool enough = true;
            for (int i = 0; i < crystal.Count && enough; i++)
            {
                distances[i] = [.. share.Select(_ => new List<double>(64))];
                for (int p = list.First[i]; p < list.First[i + 1]; p++)
                    distances[i][index[list.Neighbors[p]]].Add(list.Vector(p, i, cartesian, crystal.Lattice).Norm);
                for (int s = 0; s < share.Length; s++)
                {
                    enough &= distances[i][s].Count >= share[s].Count;
                    distances[i][s].Sort();
                }
            }
            if (enough)
                return distances;
            cutoff *= 1.25;
        }
    }

    /// <param name="Distances">Å, ascending within each element.</param>
    /// <param name="Weight">Number of atoms that have them.</param>
    private sealed record Environments(double[] Distances, int Weight);
}
