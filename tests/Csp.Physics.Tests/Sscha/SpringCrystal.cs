using Csp.Physics.Crystals;
using Csp.Physics.Sscha;

namespace Csp.Physics.Tests.Sscha;

/// <summary>
/// Atoms joined by springs ½ w·A·w + c/6 (w·r̂)³ + q/24 (w·r̂)⁴ about their reference distances, A = k (r̂ r̂ᵀ + 0.3) with k falling with the distance: with the
/// symmetry of the crystal, in any supercell, and exactly harmonic where c = q = 0.
/// </summary>
/// <param name="cell">The crystal.</param>
/// <param name="reach">Longest spring, Å.</param>
/// <param name="cubic">c, eV/Å^3.</param>
/// <param name="quartic">q, eV/Å^4.</param>
internal sealed class SpringCrystal(Crystal cell, double reach = 3.6, double cubic = 0, double quartic = 0) : IEnsembleEvaluator
{
    public Task<EnsembleForces> EvaluateAsync(Crystal supercell, ReadOnlyMemory<double> positions, CancellationToken cancellation)
    {
        int n = 3 * supercell.Count, copies = positions.Length / n;
        (int I, int J, Mat3 A, Vec3 D)[] springs = Springs(supercell);
        double[] reference = Reference(supercell);
        EnsembleForces result = new(new double[copies], new double[copies * n], new double[9 * copies]);
        for (int k = 0; k < copies; k++)
        {
            ReadOnlySpan<double> x = positions.Span.Slice(k * n, n);
            Span<double> forces = result.Forces.AsSpan(k * n, n);
            foreach ((int i, int j, Mat3 a, Vec3 d) in springs)
            {
                Vec3 w = Vec3.At(x, j) - Vec3.At(reference, j) - (Vec3.At(x, i) - Vec3.At(reference, i)), g = a * w, whole = d + w, along = 1 / d.Norm * d;
                double s = Vec3.Dot(w, along);
                result.Energies[k] += 0.5 * Vec3.Dot(w, g) + s * s * s * (cubic / 6 + quartic / 24 * s);
                g += s * s * (cubic / 2 + quartic / 6 * s) * along;
                (Vec3.At(forces, i) + g).Store(forces, i);
                (Vec3.At(forces, j) - g).Store(forces, j);
                for (int ij = 0; ij < 9; ij++)
                    result.Stresses[9 * k + ij] += g[ij / 3] * whole[ij % 3] / supercell.Volume;
            }
        }
        return Task.FromResult(result);
    }

    /// <summary>All frequencies of the supercell from its dense force constants, cm^-1, ascending, the three translations included.</summary>
    public double[] Frequencies(int a, int b, int c)
    {
        Crystal supercell = Supercell.Build(cell, a, b, c).Crystal;
        int n = 3 * supercell.Count;
        double[] matrix = new double[n * n];
        SschaConstants units = SschaConstants.Default;
        foreach ((int i, int j, Mat3 spring, Vec3 _) in Springs(supercell))
        {
            for (int k = 0; k < 9; k++)
            {
                (int x, int y) = (k / 3, k % 3);
                double v = spring[x, y] * units.ForceToRydberg / units.AngstromInBohr;
                foreach ((int s, int t, double sign) in (ReadOnlySpan<(int, int, double)>)[(i, i, 1), (j, j, 1), (i, j, -1), (j, i, -1)])
                    matrix[(3 * s + x) * n + 3 * t + y] += sign * v / Math.Sqrt(Mass(supercell, s) * Mass(supercell, t));
            }
        }
        return Array.ConvertAll(SymmetricEigen.Of(matrix, n).Values, w => Math.Sqrt(Math.Max(w, 0)) * units.RydbergInInverseCm);
    }

    private static double Mass(Crystal crystal, int atom) => crystal.Elements[atom].Mass * SschaConstants.Default.AmuInRydbergMass;

    /// <summary>The atoms of the cell, repeated, whatever the centroids of the supercell are.</summary>
    private double[] Reference(Crystal supercell)
    {
        double[] moved = supercell.Cartesian();
        double[] start = cell.Cartesian();
        double[] result = new double[moved.Length];
        int atoms = cell.Count;
        for (int i = 0; i < supercell.Count; i++)
        {
            // Copies are shifted by lattice vectors of the cell: the nearest one.
            Vec3 shift = Vec3.At(moved, i) - Vec3.At(start, i % atoms);
            Vec3 f = shift * cell.Lattice.Inverse;
            (Vec3.At(start, i % atoms) + new Vec3(Math.Round(f.X), Math.Round(f.Y), Math.Round(f.Z)) * cell.Lattice).Store(result, i);
        }
        return result;
    }

    private (int, int, Mat3, Vec3)[] Springs(Crystal supercell)
    {
        double[] x = Reference(supercell);
        List<(int, int, Mat3, Vec3)> springs = [];
        for (int i = 0; i < supercell.Count; i++)
        {
            for (int j = 0; j < supercell.Count; j++)
            {
                for (int image = 0; image < 343; image++)
                {
                    Vec3 d = Vec3.At(x, j) - Vec3.At(x, i) + new Vec3(image / 49 - 3, image / 7 % 7 - 3, image % 7 - 3) * supercell.Lattice;
                    double r = d.Norm;
                    if (r > reach || r < 1e-6 || i == j)
                        continue;
                    // Each pair comes twice, from both ends.
                    double k = 0.5 * 12 * Math.Exp(-(r - 2)) * (supercell.Elements[i] == supercell.Elements[j] ? 0.6 : 1);
                    Vec3 e = 1 / r * d;
                    springs.Add((i, j, k * (PairControl.Outer(e, e) + 0.3 * Mat3.Identity), d));
                }
            }
        }
        return [.. springs];
    }
}
