namespace Csp.Physics.Crystals;

/// <summary>
/// All ordered pairs (i, j, n) with |r_j + n·h − r_i| &lt; cutoff, excluding an atom with itself in the same image.
/// Right for any cell, also one much smaller than the cutoff (many images). Pairs are grouped by centre i.
/// </summary>
public sealed class NeighborList
{
    private NeighborList(double cutoff, int[] first, int[] neighbors, int[] images)
    {
        Cutoff = cutoff;
        _first = first;
        _neighbors = neighbors;
        _images = images;
    }

    private readonly int[] _first;
    private readonly int[] _neighbors;
    private readonly int[] _images;

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

    /// <summary>Builds the list; linear in the number of atoms at fixed density.</summary>
    /// <param name="crystal">Atoms may lie outside the cell.</param>
    /// <param name="cutoff">Å, positive.</param>
    /// <param name="maxPairs">Guard against a needle cell or atoms on top of each other filling the memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cutoff is not positive.</exception>
    /// <exception cref="InvalidOperationException">More than <paramref name="maxPairs"/> pairs.</exception>
    public static NeighborList Build(Crystal crystal, double cutoff, int maxPairs = 50_000_000)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cutoff);
        int n = crystal.Count;
        Mat3 lattice = crystal.Lattice;
        Mat3 inverse = lattice.Inverse;

        // Wrapped positions and the cell each atom was moved by.
        double[] wrapped = new double[3 * n];
        int[] moved = new int[3 * n];
        for (int i = 0; i < 3 * n; i++)
        {
            double floor = Math.Floor(crystal.Fractional[i]);
            moved[i] = (int)floor;
            wrapped[i] = crystal.Fractional[i] - floor;
        }

        // The cell is cut in bins at least one cutoff high where it is larger than that; a small cell is one bin that reaches over many images.
        Span<int> bins = stackalloc int[3];
        Span<int> reach = stackalloc int[3];
        for (int d = 0; d < 3; d++)
        {
            double height = 1 / inverse.Column(d).Norm;
            bins[d] = Math.Clamp((int)(height / cutoff), 1, 64);
            reach[d] = (int)Math.Ceiling(cutoff * bins[d] / height);
        }

        int binCount = bins[0] * bins[1] * bins[2];
        int[] binOf = new int[n];
        int[] binStart = new int[binCount + 1];
        for (int i = 0; i < n; i++)
        {
            int b = 0;
            for (int d = 0; d < 3; d++)
                b = b * bins[d] + Math.Min((int)(wrapped[3 * i + d] * bins[d]), bins[d] - 1);
            binOf[i] = b;
            binStart[b + 1]++;
        }
        for (int b = 0; b < binCount; b++)
            binStart[b + 1] += binStart[b];
        int[] ordered = new int[n];
        int[] cursor = binStart[..binCount];
        for (int i = 0; i < n; i++)
            ordered[cursor[binOf[i]]++] = i;

        double[] cartesian = new double[3 * n];
        for (int i = 0; i < n; i++)
            (Vec3.At(wrapped, i) * lattice).Store(cartesian, i);

        int[] first = new int[n + 1];
        List<int> neighbors = [];
        List<int> images = [];
        double cutoffSquared = cutoff * cutoff;
        for (int i = 0; i < n; i++)
        {
            int bin = binOf[i];
            int bz = bin % bins[2], by = bin / bins[2] % bins[1], bx = bin / (bins[1] * bins[2]);
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
                        for (int k = binStart[target]; k < binStart[target + 1]; k++)
                        {
                            int j = ordered[k];
                            if (sameImage && j == i)
                                continue;
                            if ((Vec3.At(cartesian, j) + offset).NormSquared >= cutoffSquared)
                                continue;
                            neighbors.Add(j);
                            images.Add(imageX + moved[3 * i] - moved[3 * j]);
                            images.Add(imageY + moved[3 * i + 1] - moved[3 * j + 1]);
                            images.Add(imageZ + moved[3 * i + 2] - moved[3 * j + 2]);
                        }
                    }
                }
            }
            first[i + 1] = neighbors.Count;
            if (neighbors.Count > maxPairs)
                throw new InvalidOperationException($"more than {maxPairs} pairs within {cutoff} Å: the cell is too flat or too dense");
        }
        return new NeighborList(cutoff, first, [.. neighbors], [.. images]);
    }

    /// <summary>The vector r_j + n·h − r_i of one pair for the given Cartesian positions (Å).</summary>
    public Vec3 Vector(int pair, int center, ReadOnlySpan<double> cartesian, in Mat3 lattice) =>
        Vec3.At(cartesian, _neighbors[pair]) - Vec3.At(cartesian, center)
        + new Vec3(_images[3 * pair], _images[3 * pair + 1], _images[3 * pair + 2]) * lattice;

    private static (int Quotient, int Remainder) FloorDivide(int a, int b)
    {
        int q = (int)Math.Floor((double)a / b);
        return (q, a - q * b);
    }
}
