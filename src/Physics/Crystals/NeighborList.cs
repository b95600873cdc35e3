namespace Csp.Physics.Crystals;

/// <summary>
/// All ordered pairs (i, j, n) with |r_j + n·h − r_i| &lt; cutoff, excluding an atom with itself in the same image.
/// Right for any cell: much smaller than the cutoff (many images), skewed, left-handed. Pairs are grouped by centre i.
/// </summary>
public sealed class NeighborList
{
    private const double MaxFractional = 1e6;

    private readonly int[] _first;
    private readonly int[] _neighbors;
    private readonly int[] _images;

    private NeighborList(double cutoff, int[] first, int[] neighbors, int[] images)
    {
        Cutoff = cutoff;
        _first = first;
        _neighbors = neighbors;
        _images = images;
    }

    /// <summary>Å.</summary>
    public double Cutoff { get; }

    public int AtomCount => _first.Length - 1;

    public int PairCount => _neighbors.Length;

    /// <summary>Shape [N+1]: the pairs of centre i are <c>First[i]..First[i+1]</c>.</summary>
    public ReadOnlySpan<int> First => _first;

    /// <summary>Shape [pairs]: the neighbour atom j.</summary>
    public ReadOnlySpan<int> Neighbors => _neighbors;

    /// <summary>Shape [pairs, 3]: the integer cell vector n, relative to the positions as given (not wrapped).</summary>
    public ReadOnlySpan<int> Images => _images;

    /// <summary>
    /// Builds the list in the reduced cell, see <see cref="PairSearch"/>. Linear in the number of atoms at fixed density.
    /// </summary>
    /// <param name="crystal">Atoms may lie outside the cell.</param>
    /// <param name="cutoff">Å, positive.</param>
    /// <param name="maxPairs">Guard against a needle cell or atoms on top of each other filling the memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cutoff is not positive and finite.</exception>
    /// <exception cref="InvalidOperationException">
    /// More than <paramref name="maxPairs"/> pairs (found before they are listed), an atom more than a million cells away, or a cell too skewed to reduce.
    /// </exception>
    public static NeighborList Build(Crystal crystal, double cutoff, int maxPairs = 50_000_000)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cutoff);
        if (!double.IsFinite(cutoff))
            throw new ArgumentOutOfRangeException(nameof(cutoff), "the cutoff must be finite");
        int n = crystal.Count;
        Mat3 lattice;
        IntMat3 change;
        try
        {
            (lattice, change) = LatticeReduction.Reduce(crystal.Lattice);
        }
        catch (ArgumentException e)
        {
            throw new InvalidOperationException(e.Message, e);
        }
        CheckSize(n, lattice, cutoff, maxPairs);

        // Positions wrapped into the reduced cell, and the integer vectors (in the reduced cell) they were moved by.
        Mat3 toReduced = change.Inverse.ToMat3();
        double[] wrapped = new double[3 * n];
        int[] moved = new int[3 * n];
        for (int i = 0; i < n; i++)
        {
            Vec3 given = crystal.FractionalOf(i);
            if (Math.Max(Math.Abs(given.X), Math.Max(Math.Abs(given.Y), Math.Abs(given.Z))) > MaxFractional)
                throw new InvalidOperationException($"atom {i + 1} lies more than a million cells away from the origin");
            Vec3 f = given * toReduced;
            for (int d = 0; d < 3; d++)
            {
                double floor = Math.Floor(f[d]);
                moved[3 * i + d] = (int)floor;
                wrapped[3 * i + d] = f[d] - floor;
            }
        }

        using PairSearch search = new(lattice, cutoff, wrapped, maxPairs / 2);
        if (!search.Run())
            throw TooMany(maxPairs, cutoff);
        return Expand(search, change, moved, cutoff);
    }

    /// <summary>The vector r_j + n·h − r_i of one pair for the given Cartesian positions (Å).</summary>
    public Vec3 Vector(int pair, int center, ReadOnlySpan<double> cartesian, in Mat3 lattice) =>
        Vec3.At(cartesian, _neighbors[pair]) - Vec3.At(cartesian, center)
        + new Vec3(_images[3 * pair], _images[3 * pair + 1], _images[3 * pair + 2]) * lattice;

    private static InvalidOperationException TooMany(int maxPairs, double cutoff) =>
        new($"more than {maxPairs} pairs within {cutoff} Å: the cell is too flat or too dense");

    /// <summary>Refuses before any work is done what would give too many pairs.</summary>
    private static void CheckSize(int n, Mat3 lattice, double cutoff, int maxPairs)
    {
        // Lattice points inside the sphere; in a flat or thin cell those in the plane or on the line of the short vectors.
        Vec3 a = lattice.Row(0), b = lattice.Row(1);
        double points = Math.Max(2 * cutoff / a.Norm,
            Math.Max(Math.PI * cutoff * cutoff / Vec3.Cross(a, b).Norm, 4 * Math.PI / 3 * Math.Pow(cutoff, 3) / Math.Abs(lattice.Determinant)));
        if (points * n * n > maxPairs + 1000.0 * n)
            throw TooMany(maxPairs, cutoff);
    }

    /// <summary>Every pair that was found once becomes two, i to j and j to i, in the given cell: n' = (n + moved_i − moved_j) · change.</summary>
    private static NeighborList Expand(PairSearch search, IntMat3 change, int[] moved, double cutoff)
    {
        int n = moved.Length / 3;
        int[] first = new int[n + 1];
        ReadOnlySpan<PairSearch.Pair> pairs = search.Pairs;
        foreach (PairSearch.Pair pair in pairs)
        {
            first[pair.I + 1]++;
            first[pair.J + 1]++;
        }
        for (int i = 0; i < n; i++)
            first[i + 1] += first[i];
        int[] next = first[..n];
        int[] neighbors = new int[first[n]];
        int[] images = new int[3 * first[n]];
        foreach (PairSearch.Pair pair in pairs)
        {
            (int i, int j) = (pair.I, pair.J);
            int x = pair.X + moved[3 * i] - moved[3 * j], y = pair.Y + moved[3 * i + 1] - moved[3 * j + 1], z = pair.Z + moved[3 * i + 2] - moved[3 * j + 2];
            int a = x * change.XX + y * change.YX + z * change.ZX;
            int b = x * change.XY + y * change.YY + z * change.ZY;
            int c = x * change.XZ + y * change.YZ + z * change.ZZ;
            int forward = next[i]++, back = next[j]++;
            neighbors[forward] = j;
            neighbors[back] = i;
            (images[3 * forward], images[3 * forward + 1], images[3 * forward + 2]) = (a, b, c);
            (images[3 * back], images[3 * back + 1], images[3 * back + 2]) = (-a, -b, -c);
        }
        return new NeighborList(cutoff, first, neighbors, images);
    }
}
