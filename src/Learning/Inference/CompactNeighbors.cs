using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>
/// A neighbour list for the kernel: pairs of each centre grouped by the neighbour's species and sorted by distance, with a skin, so that it
/// serves many slightly different crystals (steps of a relaxation, copies of an ensemble).
/// </summary>
internal sealed class CompactNeighbors
{
    private const int MaxPairs = 20_000_000;

    private readonly Crystal _reference;

    private CompactNeighbors(Crystal reference, double reach, int[] first, int[] neighbors, int[] shiftOf, int[] shifts, int largest)
    {
        _reference = reference;
        Reach = reach;
        First = first;
        Neighbors = neighbors;
        ShiftOf = shiftOf;
        Shifts = shifts;
        Largest = largest;
    }

    /// <summary>All pairs closer than this in the reference are in the list, Å.</summary>
    public double Reach { get; }

    /// <summary>Shape [N·species + 1]: pairs of centre i with neighbours of species t are First[i·S+t] .. First[i·S+t+1].</summary>
    public int[] First { get; }

    /// <summary>Shape [pairs].</summary>
    public int[] Neighbors { get; }

    /// <summary>Shape [pairs]: index of the pair's cell vector in <see cref="Shifts"/>.</summary>
    public int[] ShiftOf { get; }

    /// <summary>Shape [distinct cell vectors, 3].</summary>
    public int[] Shifts { get; }

    /// <summary>Largest number of neighbours of one atom.</summary>
    public int Largest { get; }

    /// <param name="reference">Crystal at whose positions the distances are taken.</param>
    /// <param name="species">Species index of every atom.</param>
    /// <param name="speciesCount">S.</param>
    /// <param name="cutoff">Distance at which atoms stop to interact, Å.</param>
    /// <param name="slack">How far each atom may move, Å: pairs are kept up to cutoff + slack_i + slack_j.</param>
    /// <exception cref="PotentialException">Too many pairs.</exception>
    public static CompactNeighbors Build(Crystal reference, int[] species, int speciesCount, double cutoff, ReadOnlySpan<double> slack)
    {
        double largestSlack = 0;
        foreach (double s in slack)
            largestSlack = Math.Max(largestSlack, s);
        double reach = cutoff + 2 * largestSlack;
        NeighborList list;
        try
        {
            list = NeighborList.Build(reference, reach, MaxPairs);
        }
        catch (InvalidOperationException e)
        {
            throw new PotentialException($"{reference} cannot be evaluated: {e.Message}", e);
        }
        int atoms = reference.Count;
        double[] positions = reference.Cartesian();
        int[] first = new int[atoms * speciesCount + 1];
        List<int> neighbors = new(list.PairCount), shiftOf = new(list.PairCount), shifts = [];
        Dictionary<(int, int, int), int> shiftIndex = [];
        List<(double Distance, int Pair)>[] bySpecies = [.. Enumerable.Range(0, speciesCount).Select(_ => new List<(double, int)>())];
        int largest = 0;
        for (int i = 0; i < atoms; i++)
        {
            foreach (List<(double, int)> group in bySpecies)
                group.Clear();
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                int j = list.Neighbors[p];
                double distance = list.Vector(p, i, positions, reference.Lattice).Norm;
                if (distance < cutoff + slack[i] + slack[j])
                    bySpecies[species[j]].Add((distance, p));
            }
            for (int t = 0; t < speciesCount; t++)
            {
                bySpecies[t].Sort();
                foreach ((_, int p) in bySpecies[t])
                {
                    (int, int, int) image = (list.Images[3 * p], list.Images[3 * p + 1], list.Images[3 * p + 2]);
                    if (!shiftIndex.TryGetValue(image, out int index))
                    {
                        index = shiftIndex.Count;
                        shiftIndex.Add(image, index);
                        shifts.AddRange(image.Item1, image.Item2, image.Item3);
                    }
                    neighbors.Add(list.Neighbors[p]);
                    shiftOf.Add(index);
                }
                first[i * speciesCount + t + 1] = neighbors.Count;
            }
            largest = Math.Max(largest, first[(i + 1) * speciesCount] - first[i * speciesCount]);
        }
        return new CompactNeighbors(reference, reach, first, [.. neighbors], [.. shiftOf], [.. shifts], largest);
    }

    /// <summary>
    /// Whether every pair of another crystal that is closer than the cutoff is surely in the list. With F = h_ref⁻¹ h the deformation of the
    /// cell and u_i the displacements on top of it, |r_ref| ≤ ‖F⁻¹‖ (|r| + 2 max|u|).
    /// </summary>
    public bool Covers(Crystal crystal, double cutoff)
    {
        if (crystal.Count != _reference.Count || crystal.Elements != _reference.Elements && !crystal.Elements.AsSpan().SequenceEqual(_reference.Elements.AsSpan()))
            return false;
        double stretch = 1;
        if (crystal.Lattice != _reference.Lattice)
            stretch += (crystal.Lattice.Inverse * _reference.Lattice - Mat3.Identity).Norm;
        ReadOnlySpan<double> now = crystal.Fractional, then = _reference.Fractional;
        Vec3 mean = Vec3.Zero;
        for (int i = 0; i < crystal.Count; i++)
            mean += Vec3.At(now, i) - Vec3.At(then, i);
        mean = 1.0 / crystal.Count * mean;
        double farthest = 0;
        Mat3 lattice = crystal.Lattice;
        for (int i = 0; i < crystal.Count; i++)
            farthest = Math.Max(farthest, ((Vec3.At(now, i) - Vec3.At(then, i) - mean) * lattice).NormSquared);
        return stretch * (cutoff + 2 * Math.Sqrt(farthest)) <= Reach;
    }

    /// <summary>Cartesian cell vectors for a lattice, shape [distinct cell vectors, 3].</summary>
    public void ShiftVectors(in Mat3 lattice, Span<double> vectors)
    {
        for (int s = 0; s < Shifts.Length / 3; s++)
            (new Vec3(Shifts[3 * s], Shifts[3 * s + 1], Shifts[3 * s + 2]) * lattice).Store(vectors, s);
    }
}
