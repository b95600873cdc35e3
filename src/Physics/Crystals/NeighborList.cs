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
    /// Builds the list. Linear in the number of atoms at fixed density: the reduced cell is cut in bins of at least one cutoff; a cell smaller than
    /// that is one bin, searched over its images.
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
        Mat3 inverse = lattice.Inverse;

        Span<int> bins = stackalloc int[3];
        Span<int> reach = stackalloc int[3];
        double candidates = n;
        for (int d = 0; d < 3; d++)
        {
            double height = 1 / inverse.Column(d).Norm;
            bins[d] = (int)Math.Clamp(height / cutoff, 1, 64);
            candidates *= (2 * Math.Ceiling(cutoff * bins[d] / height) + 1) / bins[d];
            reach[d] = (int)Math.Min(Math.Ceiling(cutoff * bins[d] / height), 1e6);
        }
        candidates *= n;
        // Lattice points inside the sphere; in a flat or thin cell those in the plane or on the line of the short vectors.
        Vec3 a = lattice.Row(0), b = lattice.Row(1);
        double points = Math.Max(2 * cutoff / a.Norm, Math.Max(Math.PI * cutoff * cutoff / Vec3.Cross(a, b).Norm, 4 * Math.PI / 3 * Math.Pow(cutoff, 3) / crystal.Volume));
        double expected = points * n * n;
        if (expected > maxPairs + 1000.0 * n || candidates > 20.0 * maxPairs + 1e7)
            throw TooMany(maxPairs, cutoff);

        // Positions wrapped into the reduced cell, and the integer vectors (in the reduced cell) they were moved by.
        Mat3 toReduced = change.Inverse.ToMat3();
        double[] wrapped = new double[3 * n];
        int[] moved = new int[3 * n];
        double[] cartesian = new double[3 * n];
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
            (Vec3.At(wrapped, i) * lattice).Store(cartesian, i);
        }

        Search search = new(lattice, change, cutoff, maxPairs, bins.ToArray(), reach.ToArray(), wrapped, moved, cartesian);
        search.Run();
        return new NeighborList(cutoff, search.First, search.Neighbors.ToArray(), search.Images.ToArray());
    }

    /// <summary>The vector r_j + n·h − r_i of one pair for the given Cartesian positions (Å).</summary>
    public Vec3 Vector(int pair, int center, ReadOnlySpan<double> cartesian, in Mat3 lattice) =>
        Vec3.At(cartesian, _neighbors[pair]) - Vec3.At(cartesian, center)
        + new Vec3(_images[3 * pair], _images[3 * pair + 1], _images[3 * pair + 2]) * lattice;

    private static InvalidOperationException TooMany(int maxPairs, double cutoff) =>
        new($"more than {maxPairs} pairs within {cutoff} Å: the cell is too flat or too dense");

    /// <summary>The loop over bins and images in the reduced cell.</summary>
    private sealed class Search(
        Mat3 lattice, IntMat3 change, double cutoff, int maxPairs, int[] bins, int[] reach, double[] wrapped, int[] moved, double[] cartesian)
    {
        private readonly int _n = cartesian.Length / 3;

        public int[] First { get; } = new int[cartesian.Length / 3 + 1];

        public List<int> Neighbors { get; } = [];

        public List<int> Images { get; } = [];

        public void Run()
        {
            (int[] start, int[] ordered, int[] binOf) = SortIntoBins();
            double cutoffSquared = cutoff * cutoff;
            for (int i = 0; i < _n; i++)
            {
                int bz = binOf[i] % bins[2], by = binOf[i] / bins[2] % bins[1], bx = binOf[i] / (bins[1] * bins[2]);
                Vec3 ri = Vec3.At(cartesian, i);
                for (int x = bx - reach[0]; x <= bx + reach[0]; x++)
                {
                    (int imageX, int binX) = FloorDivide(x, bins[0]);
                    for (int y = by - reach[1]; y <= by + reach[1]; y++)
                    {
                        (int imageY, int binY) = FloorDivide(y, bins[1]);
                        for (int z = bz - reach[2]; z <= bz + reach[2]; z++)
                        {
                            (int imageZ, int binZ) = FloorDivide(z, bins[2]);
                            Vec3 offset = new Vec3(imageX, imageY, imageZ) * lattice - ri;
                            int target = (binX * bins[1] + binY) * bins[2] + binZ;
                            bool sameImage = imageX == 0 && imageY == 0 && imageZ == 0;
                            for (int k = start[target]; k < start[target + 1]; k++)
                            {
                                int j = ordered[k];
                                double dx = cartesian[3 * j] + offset.X, dy = cartesian[3 * j + 1] + offset.Y, dz = cartesian[3 * j + 2] + offset.Z;
                                if (dx * dx + dy * dy + dz * dz < cutoffSquared && !(sameImage && j == i))
                                    Add(i, j, imageX, imageY, imageZ);
                            }
                        }
                    }
                }
                First[i + 1] = Neighbors.Count;
            }
        }

        /// <summary>The image vector in the given cell: (n + moved_i − moved_j) · change.</summary>
        private void Add(int i, int j, int imageX, int imageY, int imageZ)
        {
            if (Neighbors.Count == maxPairs)
                throw TooMany(maxPairs, cutoff);
            int x = imageX + moved[3 * i] - moved[3 * j];
            int y = imageY + moved[3 * i + 1] - moved[3 * j + 1];
            int z = imageZ + moved[3 * i + 2] - moved[3 * j + 2];
            Neighbors.Add(j);
            Images.Add(x * change.XX + y * change.YX + z * change.ZX);
            Images.Add(x * change.XY + y * change.YY + z * change.ZY);
            Images.Add(x * change.XZ + y * change.YZ + z * change.ZZ);
        }

        private (int[] Start, int[] Ordered, int[] BinOf) SortIntoBins()
        {
            int binCount = bins[0] * bins[1] * bins[2];
            int[] binOf = new int[_n];
            int[] start = new int[binCount + 1];
            for (int i = 0; i < _n; i++)
            {
                int b = 0;
                for (int d = 0; d < 3; d++)
                    b = b * bins[d] + Math.Min((int)(wrapped[3 * i + d] * bins[d]), bins[d] - 1);
                binOf[i] = b;
                start[b + 1]++;
            }
            for (int b = 0; b < binCount; b++)
                start[b + 1] += start[b];
            int[] ordered = new int[_n];
            int[] cursor = start[..binCount];
            for (int i = 0; i < _n; i++)
                ordered[cursor[binOf[i]]++] = i;
            return (start, ordered, binOf);
        }

        private static (int Quotient, int Remainder) FloorDivide(int a, int b)
        {
            int q = a >= 0 ? a / b : -((b - 1 - a) / b);
            return (q, a - q * b);
        }
    }
}
