using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// Force constants at any q: each pair of atoms is put at its nearest images (several with equal weight when they tie), the Wigner-Seitz rule, which keeps the
/// symmetry and is exact at the commensurate q points.
/// </summary>
public sealed class FourierInterpolation
{
    private readonly BlochBasis _basis;
    private readonly List<(int S, int T, int X, int Y, int Z, double[] Block)> _terms = [];

    /// <param name="phi">Force constants of the supercell.</param>
    /// <param name="cell">The unit cell (Å), whose distances decide about images.</param>
    public FourierInterpolation(BlochMatrix phi, Crystal cell)
    {
        _basis = phi.Basis;
        (int a, int b, int c) = _basis.Size;
        int atoms = _basis.CellAtoms, cells = _basis.Cells, bands = _basis.Bands;
        (double[] Re, double[] Im)[] dynamical = [.. Enumerable.Range(0, cells).Select(phi.Dynamical)];
        Mat3 super = Mat3.FromRows(a * cell.Lattice.Row(0), b * cell.Lattice.Row(1), c * cell.Lattice.Row(2));
        int reach = ImageReach(super);
        for (int index = 0; index < cells; index++)
        {
            (int x, int y, int z) = (index / (b * c), index / c % b, index % c);
            // Φ[(s,0),(t,R)] = 1/Nq Σ D(q) exp(-2πi q·R).
            double[] real = new double[bands * bands];
            for (int q = 0; q < cells; q++)
            {
                double angle = -2 * Math.PI * _basis.Phase(q, x, y, z);
                (double cos, double sin) = (Math.Cos(angle) / cells, Math.Sin(angle) / cells);
                for (int k = 0; k < real.Length; k++)
                    real[k] += cos * dynamical[q].Re[k] - sin * dynamical[q].Im[k];
            }
            for (int s = 0; s < atoms; s++)
            {
                for (int t = 0; t < atoms; t++)
                {
                    Vec3 offset = (cell.FractionalOf(t) - cell.FractionalOf(s) + new Vec3(x, y, z)) * cell.Lattice;
                    List<(int X, int Y, int Z)> images = NearestImages(offset, super, reach);
                    double[] block = new double[9];
                    for (int k = 0; k < 9; k++)
                        block[k] = real[(3 * s + k / 3) * bands + 3 * t + k % 3] / images.Count;
                    foreach ((int ix, int iy, int iz) in images)
                        _terms.Add((s, t, x + a * ix, y + b * iy, z + c * iz, block));
                }
            }
        }
    }

    /// <summary>D(q), row-major [Bands, Bands], phases by cell vectors. Hermitian.</summary>
    /// <param name="q">Fractions of the reciprocal lattice.</param>
    public (double[] Re, double[] Im) Dynamical(Vec3 q)
    {
        int bands = _basis.Bands;
        double[] re = new double[bands * bands], im = new double[bands * bands];
        foreach ((int s, int t, int x, int y, int z, double[] block) in _terms)
        {
            (double sin, double cos) = Math.SinCos(2 * Math.PI * (q.X * x + q.Y * y + q.Z * z));
            for (int k = 0; k < 9; k++)
            {
                int at = (3 * s + k / 3) * bands + 3 * t + k % 3;
                re[at] += cos * block[k];
                im[at] += sin * block[k];
            }
        }
        return (re, im);
    }

    /// <summary>Frequencies in Ry, ascending, negative = imaginary.</summary>
    public double[] Frequencies(Vec3 q, double[] masses) => BlochFrequencies.Of(Dynamical(q), masses);

    private static int ImageReach(in Mat3 super)
    {
        // Enough images to hold the nearest one even in a skewed cell.
        double longest = Math.Max(super.Row(0).Norm, Math.Max(super.Row(1).Norm, super.Row(2).Norm));
        Mat3 inverse = super.Inverse;
        double lowest = 1 / Math.Max(inverse.Column(0).Norm, Math.Max(inverse.Column(1).Norm, inverse.Column(2).Norm));
        return Math.Clamp((int)Math.Ceiling(longest / lowest) + 1, 2, 6);
    }

    private static List<(int X, int Y, int Z)> NearestImages(Vec3 offset, in Mat3 super, int reach)
    {
        Vec3 fractional = offset * super.Inverse;
        (int cx, int cy, int cz) = (-(int)Math.Round(fractional.X), -(int)Math.Round(fractional.Y), -(int)Math.Round(fractional.Z));
        double best = double.MaxValue;
        List<(int, int, int)> images = [];
        for (int x = cx - reach; x <= cx + reach; x++)
        {
            for (int y = cy - reach; y <= cy + reach; y++)
            {
                for (int z = cz - reach; z <= cz + reach; z++)
                {
                    double distance = (offset + new Vec3(x, y, z) * super).Norm;
                    if (distance > best + 1e-5)
                        continue;
                    if (distance < best - 1e-5)
                        images.Clear();
                    best = Math.Min(best, distance);
                    images.Add((x, y, z));
                }
            }
        }
        return images;
    }
}
