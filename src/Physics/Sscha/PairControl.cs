using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// A sum over pairs of atoms of polynomials in s = (d² - r²)/(2rσ), where d is the pair's vector, r the mean length of its group and σ the spread: the known
/// part that <see cref="PairControlFit"/> finds. s is a polynomial in the displacements, so Gauss quadrature averages it exactly. What a polynomial has of
/// constant force and harmonic spring under the reference state is taken off each pair: the trial state has it already, and it would only be noise.
/// Cross-fitted: the configurations of each fold meet coefficients that were fitted without them, so what is left is no smaller than it would be for new
/// configurations, and the averages are those of the mean coefficients. Rydberg atomic units.
/// </summary>
/// <param name="bonds">Pairs and groups.</param>
/// <param name="spreads">σ of each group.</param>
/// <param name="folds">Coefficients of s², s³, …, shape [folds][groups][<see cref="PairPolynomial.Powers"/>], Ry; sample k belongs to fold k modulo their number.</param>
/// <param name="reference">Each pair under the reference state.</param>
internal sealed class PairControl(PairBonds bonds, double[] spreads, double[][][] folds, PairGeometry[] reference) : IKnownPart
{
    private readonly double[][] _mean = [.. folds[0].Select((c, g) => c.Select((_, k) => folds.Average(f => f[g][k])).ToArray())];
    private readonly (Vec3 Slope, Mat3 Curvature)[][] _springs = [.. folds.Select(f => Springs(bonds, spreads, f, reference))];
    private (Vec3 Slope, Mat3 Curvature)[] MeanSprings => field ??= Springs(bonds, spreads, _mean, reference);

    private static (Vec3, Mat3)[] Springs(PairBonds bonds, double[] spreads, double[][] coefficients, PairGeometry[] reference) =>
    [
        .. reference.Select((g, b) =>
        {
            int group = bonds.Bonds[b].Group;
            (_, Vec3 slope, Mat3 curvature) = PairPolynomial.Average(bonds.Lengths[group], spreads[group], g, coefficients[group]);
            return (slope, curvature);
        }),
    ];


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
            (double e, Vec3 slope, Mat3 curvature) = PairPolynomial.Average(bonds.Lengths[bond.Group], spreads[bond.Group], geometry[b], _mean[bond.Group]);
            Mat3 spring = MeanSprings[b].Curvature;
            Vec3 moved = geometry[b].Mean - reference[b].Mean, pull = spring * moved;
            energy += e - Vec3.Dot(MeanSprings[b].Slope, moved) - 0.5 * ((spring * geometry[b].Covariance).Trace + Vec3.Dot(moved, pull));
            slope -= MeanSprings[b].Slope + pull;
            curvature -= spring;
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

    public (double[] Energies, double[] Forces, double[] Stresses) RestOf(SampledEnsemble ensemble, int firstSample)
    {
        BlochBasis basis = ensemble.Basis;
        int count = ensemble.Count, n = basis.Modes;
        double[] u = basis.ToSupercellRows(ensemble.Displacements, count);
        double[] energies = (double[])ensemble.Energies.Clone(), stresses = (double[])ensemble.Stresses.Clone(), forces = new double[n * count];
        double[] centroids = ensemble.Generating.Centroids;
        double perVolume = 1 / ensemble.Volume;
        int[] foldOf = Array.ConvertAll(ensemble.SampleOf, s => (s + firstSample) % folds.Length);
        for (int b = 0; b < bonds.Bonds.Count; b++)
        {
            PairBond bond = bonds.Bonds[b];
            Vec3 mean = Vec3.At(centroids, bond.J) - Vec3.At(centroids, bond.I) + bond.Translation;
            double r = bonds.Lengths[bond.Group], scale = 1 / (2 * r * spreads[bond.Group]), slopeScale = 2 * scale;
            Vec3 origin = reference[b].Mean;
            for (int cell = 0; cell < basis.Cells; cell++)
            {
                int i = count * basis.ComponentOf(cell, bond.I, 0), j = count * basis.ComponentOf(CellOf(basis, cell, bond.Cell), bond.J, 0);
                for (int k = 0; k < count; k++)
                {
                    int fold = foldOf[k];
                    double[] c = folds[fold][bond.Group];
                    (Vec3 slope, Mat3 a) = _springs[fold][b];
                    double x = mean.X + u[j + k] - u[i + k], y = mean.Y + u[j + count + k] - u[i + count + k], z = mean.Z + u[j + 2 * count + k] - u[i + 2 * count + k];
                    double s = (x * x + y * y + z * z - r * r) * scale;
                    (double value, double derivative) = PairPolynomial.At(c, s);
                    double g = derivative * slopeScale, wx = x - origin.X, wy = y - origin.Y, wz = z - origin.Z;
                    double ax = a.XX * wx + a.XY * wy + a.XZ * wz, ay = a.YX * wx + a.YY * wy + a.YZ * wz, az = a.ZX * wx + a.ZY * wy + a.ZZ * wz;
                    energies[k] -= value - slope.X * wx - slope.Y * wy - slope.Z * wz - 0.5 * (wx * ax + wy * ay + wz * az);
                    (double gx, double gy, double gz) = (g * x - slope.X - ax, g * y - slope.Y - ay, g * z - slope.Z - az);
                    forces[i + k] += gx;
                    forces[i + count + k] += gy;
                    forces[i + 2 * count + k] += gz;
                    forces[j + k] -= gx;
                    forces[j + count + k] -= gy;
                    forces[j + 2 * count + k] -= gz;
                    Span<double> stress = stresses.AsSpan(9 * k, 9);
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

    internal static int CellOf(BlochBasis basis, int cell, (int X, int Y, int Z) offset)
    {
        (_, int b, int c) = basis.Size;
        return basis.CellIndex(cell / (b * c) + offset.X, cell / c % b + offset.Y, cell % c + offset.Z);
    }

    internal static Mat3 Outer(Vec3 a, Vec3 b) => Mat3.FromRows(a.X * b, a.Y * b, a.Z * b);
}
