using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// A sum over pairs of atoms of polynomials in s = (d² - r²)/(2rσ), where d is the pair's vector, r the mean length of its group and σ the spread: the known
/// part that <see cref="PairControlFit"/> finds. s is a polynomial in the displacements, so Gauss quadrature averages it exactly. Rydberg atomic units.
/// </summary>
/// <param name="bonds">Pairs and groups.</param>
/// <param name="spreads">σ of each group.</param>
/// <param name="coefficients">Of s², s³, …, shape [groups][<see cref="Powers"/>], Ry.</param>
internal sealed class PairControl(PairBonds bonds, double[] spreads, double[][] coefficients) : IKnownPart
{
    /// <summary>Powers of s from the second on; the first is a harmonic spring, which the trial state has already.</summary>
    public const int Powers = 5;

    private const int FirstPower = 2;

    /// <summary>Seven nodes are exact to degree 13, and s⁶ has degree 12.</summary>
    private static readonly (Vec3 Node, double Weight)[] Nodes = GaussHermite.Cube(FirstPower + Powers);

    public KnownAverages Under(TrialState state)
    {
        BlochBasis basis = state.Basis;
        int bands = basis.Bands;
        PairGeometry[] geometry = PairGeometry.Of(bonds.Bonds, state);
        (double[] Re, double[] Im)[] constants = [.. Enumerable.Range(0, basis.Cells).Select(_ => (new double[bands * bands], new double[bands * bands]))];
        double[] force = new double[bands];
        double energy = 0;
        Mat3 virial = Mat3.Zero;
        for (int b = 0; b < geometry.Length; b++)
        {
            PairBond bond = bonds.Bonds[b];
            (double e, Vec3 slope, Mat3 curvature) = Average(bond.Group, geometry[b], coefficients[bond.Group]);
            energy += e;
            virial += Outer(slope, geometry[b].Mean);
            (Vec3.At(force, bond.I) + slope).Store(force, bond.I);
            (Vec3.At(force, bond.J) - slope).Store(force, bond.J);
            for (int q = 0; q < basis.Cells; q++)
            {
                double angle = 2 * Math.PI * basis.Phase(q, bond.Cell.X, bond.Cell.Y, bond.Cell.Z);
                double cos = Math.Cos(angle), sin = Math.Sin(angle);
                (double[] re, double[] im) = constants[q];
                for (int k = 0; k < 9; k++)
                {
                    int x = k / 3, y = k % 3;
                    double c = curvature[x, y];
                    re[(3 * bond.I + x) * bands + 3 * bond.I + y] += c;
                    re[(3 * bond.J + x) * bands + 3 * bond.J + y] += c;
                    re[(3 * bond.I + x) * bands + 3 * bond.J + y] -= c * cos;
                    im[(3 * bond.I + x) * bands + 3 * bond.J + y] -= c * sin;
                    re[(3 * bond.J + x) * bands + 3 * bond.I + y] -= c * cos;
                    im[(3 * bond.J + x) * bands + 3 * bond.I + y] += c * sin;
                }
            }
        }
        return new KnownAverages(
            new Estimate(energy * basis.Cells, 0), BlochMatrix.FromDynamical(basis, constants), force, -1 / bonds.CellVolume * virial, Mat3.Zero);
    }

    public (double[] Energies, double[] Forces, double[] Stresses) RestOf(SampledEnsemble ensemble)
    {
        BlochBasis basis = ensemble.Basis;
        int count = ensemble.Count, n = basis.Modes;
        double[] u = basis.ToSupercellRows(ensemble.Displacements, count);
        double[] energies = (double[])ensemble.Energies.Clone(), stresses = (double[])ensemble.Stresses.Clone(), forces = new double[n * count];
        double[] centroids = ensemble.Generating.Centroids;
        foreach (PairBond bond in bonds.Bonds)
        {
            Vec3 mean = Vec3.At(centroids, bond.J) - Vec3.At(centroids, bond.I) + bond.Translation;
            double r = bonds.Lengths[bond.Group], scale = 1 / (2 * r * spreads[bond.Group]), slopeScale = 2 * scale;
            double[] c = coefficients[bond.Group];
            for (int cell = 0; cell < basis.Cells; cell++)
            {
                int i = count * basis.ComponentOf(cell, bond.I, 0), j = count * basis.ComponentOf(CellOf(basis, cell, bond.Cell), bond.J, 0);
                for (int k = 0; k < count; k++)
                {
                    double x = mean.X + u[j + k] - u[i + k], y = mean.Y + u[j + count + k] - u[i + count + k], z = mean.Z + u[j + 2 * count + k] - u[i + 2 * count + k];
                    double s = (x * x + y * y + z * z - r * r) * scale;
                    (double value, double derivative) = Polynomial(c, s);
                    energies[k] -= value;
                    double g = derivative * slopeScale;
                    (double gx, double gy, double gz) = (g * x, g * y, g * z);
                    forces[i + k] += gx;
                    forces[i + count + k] += gy;
                    forces[i + 2 * count + k] += gz;
                    forces[j + k] -= gx;
                    forces[j + count + k] -= gy;
                    forces[j + 2 * count + k] -= gz;
                    Span<double> stress = stresses.AsSpan(9 * k, 9);
                    double perVolume = 1 / ensemble.Volume;
                    (gx, gy, gz) = (gx * perVolume, gy * perVolume, gz * perVolume);
                    stress[0] -= gx * x;
                    stress[1] -= gx * y;
                    stress[2] -= gx * z;
                    stress[3] -= gy * x;
                    stress[4] -= gy * y;
                    stress[5] -= gy * z;
                    stress[6] -= gz * x;
                    stress[7] -= gz * y;
                    stress[8] -= gz * z;
                }
            }
        }
        double[] rest = basis.FromSupercellRows(forces, count);
        System.Numerics.Tensors.TensorPrimitives.Subtract(ensemble.Forces, rest, rest);
        return (energies, rest, stresses);
    }

    /// <summary>⟨p⟩, ⟨∂p⟩ and ⟨∂²p⟩ of one pair's function with the given coefficients.</summary>
    public (double Value, Vec3 Slope, Mat3 Curvature) Average(int group, PairGeometry geometry, double[] c)
    {
        double r = bonds.Lengths[group], spread = spreads[group], scale = 1 / (2 * r * spread), unit = 1 / (r * spread);
        double value = 0, isotropic = 0;
        double sx = 0, sy = 0, sz = 0, xx = 0, xy = 0, xz = 0, yy = 0, yz = 0, zz = 0;
        Mat3 root = geometry.Root;
        foreach ((Vec3 node, double weight) in Nodes)
        {
            Vec3 d = geometry.Mean + root * node;
            double s = (d.NormSquared - r * r) * scale, power = 1, p = 0, p1 = 0, p2 = 0;
            for (int k = 0; k < Powers; k++)
            {
                int m = k + FirstPower;
                p2 += c[k] * m * (m - 1) * power;
                p1 += c[k] * m * power * s;
                p += c[k] * power * s * s;
                power *= s;
            }
            value += weight * p;
            double g = weight * p1 * unit, h = weight * p2 * unit * unit;
            isotropic += g;
            sx += g * d.X;
            sy += g * d.Y;
            sz += g * d.Z;
            xx += h * d.X * d.X;
            xy += h * d.X * d.Y;
            xz += h * d.X * d.Z;
            yy += h * d.Y * d.Y;
            yz += h * d.Y * d.Z;
            zz += h * d.Z * d.Z;
        }
        return (value, new Vec3(sx, sy, sz), new Mat3(xx + isotropic, xy, xz, xy, yy + isotropic, yz, xz, yz, zz + isotropic));
    }

    internal static int CellOf(BlochBasis basis, int cell, (int X, int Y, int Z) offset)
    {
        (_, int b, int c) = basis.Size;
        return basis.CellIndex(cell / (b * c) + offset.X, cell / c % b + offset.Y, cell % c + offset.Z);
    }

    internal static Mat3 Outer(Vec3 a, Vec3 b) => Mat3.FromRows(a.X * b, a.Y * b, a.Z * b);

    private static (double Value, double Derivative) Polynomial(double[] c, double s)
    {
        double value = 0, derivative = 0;
        for (int k = Powers - 1; k >= 0; k--)
        {
            value = value * s + c[k];
            derivative = derivative * s + (k + FirstPower) * c[k];
        }
        return (value * s * s, derivative * s);
    }
}
