using System.Buffers;

namespace Csp.Physics.Crystals;

/// <summary>
/// Finds every pair of atoms and images within a cutoff once (i before j, or the same atom with one of two opposite images). In triangular
/// axes, a along x and b in the xy plane, the images inside a sphere are read off row by row: the range of z gives the rows of c, what is left of the
/// radius those of b, then those of a, so hardly an image is looked at in vain. Large cells are cut in bins of at least one cutoff first.
/// </summary>
internal sealed class PairSearch : IDisposable
{
    /// <summary>A larger cell than this many bins is worth cutting; below, nearly all bins touch each other.</summary>
    private const int WorthCutting = 64;

    private readonly double _ax, _bx, _by, _cx, _cy, _cz;
    private readonly double _perAx, _perBy, _perCz;
    private readonly double _cutoff;
    private readonly double[] _fractional;
    private readonly int _maxPairs;
    private Pair[] _pairs = ArrayPool<Pair>.Shared.Rent(1024);
    private int _count;

    /// <param name="lattice">A reduced lattice, rows are the vectors; either handedness.</param>
    /// <param name="cutoff">Å.</param>
    /// <param name="fractional">3N coordinates in [0, 1].</param>
    /// <param name="maxPairs">Pairs, each counted once, at which the search gives up.</param>
    public PairSearch(Mat3 lattice, double cutoff, double[] fractional, int maxPairs)
    {
        Vec3 a = lattice.Row(0), b = lattice.Row(1), c = lattice.Row(2);
        _ax = a.Norm;
        _bx = Vec3.Dot(a, b) / _ax;
        _by = Vec3.Cross(a, b).Norm / _ax;
        _cx = Vec3.Dot(a, c) / _ax;
        _cy = (Vec3.Dot(b, c) - _bx * _cx) / _by;
        _cz = Math.Abs(lattice.Determinant) / (_ax * _by);
        (_perAx, _perBy, _perCz) = (1 / _ax, 1 / _by, 1 / _cz);
        (_cutoff, _fractional, _maxPairs) = (cutoff, fractional, maxPairs);
    }

    /// <summary>Atom j in image (x, y, z) of the cell is a neighbour of atom i.</summary>
    public readonly record struct Pair(int I, int J, int X, int Y, int Z);

    public ReadOnlySpan<Pair> Pairs => _pairs.AsSpan(0, _count);

    private int AtomCount => _fractional.Length / 3;

    /// <summary>False when there are more pairs than allowed.</summary>
    public bool Run()
    {
        // Heights of the cell along its three reciprocal directions.
        double volume = _ax * _by * _cz;
        double heightA = volume / Vec3.Cross(new(_bx, _by, 0), new(_cx, _cy, _cz)).Norm, heightB = volume / Vec3.Cross(new(_ax, 0, 0), new(_cx, _cy, _cz)).Norm;
        int[] bins = [Bins(heightA), Bins(heightB), Bins(_cz)];
        return bins[0] * bins[1] * bins[2] >= WorthCutting ? RunBinned(bins, [Reach(heightA), Reach(heightB), Reach(_cz)]) : RunAll();
    }

    public void Dispose()
    {
        ArrayPool<Pair>.Shared.Return(_pairs);
        _pairs = [];
        _count = 0;
    }

    private int Bins(double height) => (int)Math.Clamp(height / _cutoff, 1, 100);

    /// <summary>Bins to look at on either side: one, or as many images as the sphere reaches over where the cell itself is lower than the cutoff.</summary>
    private int Reach(double height) => height >= _cutoff ? 1 : (int)Math.Ceiling(_cutoff / height);

    private bool RunAll()
    {
        for (int i = 0; i < AtomCount; i++)
        {
            for (int j = i; j < AtomCount; j++)
            {
                if (!AddImages(i, j))
                    return false;
            }
        }
        return true;
    }

    /// <summary>All images of atom j within the cutoff of atom i; of an atom's own images one of each opposite pair.</summary>
    private bool AddImages(int i, int j)
    {
        double a = _fractional[3 * j] - _fractional[3 * i], b = _fractional[3 * j + 1] - _fractional[3 * i + 1], c = _fractional[3 * j + 2] - _fractional[3 * i + 2];
        double limit = _cutoff * _cutoff;
        double reachC = _cutoff * _perCz;
        int firstC = (int)Math.Ceiling(-reachC - c), lastC = (int)Math.Floor(reachC - c);
        for (int nc = i == j ? 0 : firstC; nc <= lastC; nc++)
        {
            double z = (c + nc) * _cz, shiftY = (c + nc) * _cy * _perBy + b, inPlane = limit - z * z;
            double reachB = Math.Sqrt(Math.Max(inPlane, 0)) * _perBy;
            int firstB = (int)Math.Ceiling(-reachB - shiftY), lastB = (int)Math.Floor(reachB - shiftY);
            for (int nb = i == j && nc == 0 ? Math.Max(firstB, 0) : firstB; nb <= lastB; nb++)
            {
                double y = (shiftY + nb) * _by, shiftX = ((b + nb) * _bx + (c + nc) * _cx) * _perAx + a, onLine = inPlane - y * y;
                double reachA = Math.Sqrt(Math.Max(onLine, 0)) * _perAx;
                int firstA = (int)Math.Ceiling(-reachA - shiftX), lastA = (int)Math.Floor(reachA - shiftX);
                for (int na = i == j && nc == 0 && nb == 0 ? Math.Max(firstA, 1) : firstA; na <= lastA; na++)
                {
                    double x = (shiftX + na) * _ax;
                    if (x * x < onLine && !Add(i, j, na, nb, nc))
                        return false;
                }
            }
        }
        return true;
    }

    /// <summary>Each atom with its own bin and those around it, which may be images of one another.</summary>
    private bool RunBinned(int[] bins, int[] reach)
    {
        (int[] start, int[] ordered, int[] binOf) = SortIntoBins(bins);
        for (int i = 0; i < AtomCount; i++)
        {
            int bz = binOf[i] % bins[2], by = binOf[i] / bins[2] % bins[1], bx = binOf[i] / (bins[1] * bins[2]);
            for (int x = bx - reach[0]; x <= bx + reach[0]; x++)
            {
                for (int y = by - reach[1]; y <= by + reach[1]; y++)
                {
                    for (int z = bz - reach[2]; z <= bz + reach[2]; z++)
                    {
                        if (!AddBin(i, x, y, z, bins, start, ordered))
                            return false;
                    }
                }
            }
        }
        return true;
    }

    private bool AddBin(int i, int x, int y, int z, int[] bins, int[] start, int[] ordered)
    {
        (int na, int binX) = FloorDivide(x, bins[0]);
        (int nb, int binY) = FloorDivide(y, bins[1]);
        (int nc, int binZ) = FloorDivide(z, bins[2]);
        int bin = (binX * bins[1] + binY) * bins[2] + binZ;
        double limit = _cutoff * _cutoff;
        for (int k = start[bin]; k < start[bin + 1]; k++)
        {
            int j = ordered[k];
            if (j < i || j == i && (nc < 0 || nc == 0 && (nb < 0 || nb == 0 && na <= 0)))
                continue;
            double a = _fractional[3 * j] - _fractional[3 * i] + na, b = _fractional[3 * j + 1] - _fractional[3 * i + 1] + nb, c = _fractional[3 * j + 2] - _fractional[3 * i + 2] + nc;
            double rx = a * _ax + b * _bx + c * _cx, ry = b * _by + c * _cy, rz = c * _cz;
            if (rx * rx + ry * ry + rz * rz < limit && !Add(i, j, na, nb, nc))
                return false;
        }
        return true;
    }

    private (int[] Start, int[] Ordered, int[] BinOf) SortIntoBins(int[] bins)
    {
        int[] binOf = new int[AtomCount];
        int[] start = new int[bins[0] * bins[1] * bins[2] + 1];
        for (int i = 0; i < AtomCount; i++)
        {
            int b = 0;
            for (int d = 0; d < 3; d++)
                b = b * bins[d] + Math.Min((int)(_fractional[3 * i + d] * bins[d]), bins[d] - 1);
            binOf[i] = b;
            start[b + 1]++;
        }
        for (int b = 1; b < start.Length; b++)
            start[b] += start[b - 1];
        int[] ordered = new int[AtomCount];
        int[] next = start[..^1];
        for (int i = 0; i < AtomCount; i++)
            ordered[next[binOf[i]]++] = i;
        return (start, ordered, binOf);
    }

    private bool Add(int i, int j, int x, int y, int z)
    {
        if (_count >= _maxPairs)
            return false;
        if (_count == _pairs.Length)
        {
            Pair[] larger = ArrayPool<Pair>.Shared.Rent(2 * _count);
            Pairs.CopyTo(larger);
            ArrayPool<Pair>.Shared.Return(_pairs);
            _pairs = larger;
        }
        _pairs[_count++] = new Pair(i, j, x, y, z);
        return true;
    }

    private static (int Quotient, int Remainder) FloorDivide(int a, int b)
    {
        int q = a >= 0 ? a / b : -((b - 1 - a) / b);
        return (q, a - q * b);
    }
}
