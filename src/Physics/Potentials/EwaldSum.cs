using Csp.Physics.Crystals;
using MathNet.Numerics;

namespace Csp.Physics.Potentials;

/// <summary>
/// Coulomb energy of point charges in a periodic neutral cell, k_e Σ q_i q_j / r_ij, with tin-foil boundary: P. P. Ewald, Ann. Phys. 369, 253
/// (1921); stress after Nosé and Klein, Mol. Phys. 50, 1055 (1983). Both sums stop where their terms are below exp(−s²), s = 3.6.
/// </summary>
internal static class EwaldSum
{
    /// <summary>e²/(4πε0) in eV Å (CODATA 2018).</summary>
    private const double CoulombEvAngstrom = 14.3996454784255;
    private const double Precision = 3.6;

    /// <summary>Adds forces (eV/Å) and returns the energy (eV).</summary>
    /// <param name="crystal">Lattice; its own positions are not used.</param>
    /// <param name="charges">In elementary charges, one per atom, adding up to zero.</param>
    /// <param name="list">Holds at least all pairs within <paramref name="cutoff"/>.</param>
    /// <param name="positions">Cartesian, Å, 3N.</param>
    /// <param name="cutoff">Å, of the real-space sum.</param>
    /// <param name="forces">Added to.</param>
    /// <param name="virial">Out: dE/d(strain), eV.</param>
    public static double Accumulate(
        Crystal crystal, double[] charges, NeighborList list, ReadOnlySpan<double> positions, double cutoff, Span<double> forces, out Mat3 virial)
    {
        double alpha = Precision / cutoff;
        double energy = RealSpace(crystal, charges, list, positions, cutoff, alpha, forces, out Mat3 real);
        energy += ReciprocalSpace(crystal, charges, positions, alpha, forces, out Mat3 reciprocal);
        foreach (double q in charges)
            energy -= CoulombEvAngstrom * alpha / Math.Sqrt(Math.PI) * q * q;
        virial = real + reciprocal;
        return energy;
    }

    private static double RealSpace(
        Crystal crystal, double[] charges, NeighborList list, ReadOnlySpan<double> positions, double cutoff, double alpha, Span<double> forces, out Mat3 virial)
    {
        double energy = 0;
        virial = Mat3.Zero;
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                Vec3 r = list.Vector(p, i, positions, crystal.Lattice);
                double d = r.Norm;
                if (d >= cutoff)
                    continue;
                int j = list.Neighbors[p];
                double qq = CoulombEvAngstrom * charges[i] * charges[j] / 2;
                double screened = SpecialFunctions.Erfc(alpha * d) / d;
                double slope = -qq * (screened + 2 * alpha / Math.Sqrt(Math.PI) * Math.Exp(-alpha * alpha * d * d)) / (d * d);
                energy += qq * screened;
                (Vec3.At(forces, i) + slope * r).Store(forces, i);
                (Vec3.At(forces, j) - slope * r).Store(forces, j);
                virial += Outer(slope, r);
            }
        }
        return energy;
    }

    private static double ReciprocalSpace(
        Crystal crystal, double[] charges, ReadOnlySpan<double> positions, double alpha, Span<double> forces, out Mat3 virial)
    {
        int n = crystal.Count;
        double volume = crystal.Volume, limit = 2 * alpha * Precision;
        Mat3 reciprocal = 2 * Math.PI * crystal.Lattice.Inverse.Transpose;
        // |k| < limit bounds the index along each vector by limit·|a_d|/2π.
        Span<int> reach = stackalloc int[3];
        for (int d = 0; d < 3; d++)
            reach[d] = (int)(limit * crystal.Lattice.Row(d).Norm / (2 * Math.PI));
        double[] cos = new double[n], sin = new double[n];
        double energy = 0;
        virial = Mat3.Zero;
        for (int h = 0; h <= reach[0]; h++)
        {
            for (int k = -reach[1]; k <= reach[1]; k++)
            {
                for (int l = -reach[2]; l <= reach[2]; l++)
                {
                    // Half of the vectors; the other half adds the same.
                    if (h == 0 && (k < 0 || (k == 0 && l <= 0)))
                        continue;
                    Vec3 g = new Vec3(h, k, l) * reciprocal;
                    double g2 = g.NormSquared;
                    if (g2 > limit * limit)
                        continue;
                    double re = 0, im = 0;
                    for (int i = 0; i < n; i++)
                    {
                        (sin[i], cos[i]) = Math.SinCos(Vec3.Dot(g, Vec3.At(positions, i)));
                        re += charges[i] * cos[i];
                        im += charges[i] * sin[i];
                    }
                    double weight = CoulombEvAngstrom * 4 * Math.PI / volume * Math.Exp(-g2 / (4 * alpha * alpha)) / g2;
                    double term = weight * (re * re + im * im);
                    energy += term;
                    virial += term * (Outer(2 / g2 + 1 / (2 * alpha * alpha), g) - Mat3.Identity);
                    for (int i = 0; i < n; i++)
                        (Vec3.At(forces, i) + 2 * weight * charges[i] * (re * sin[i] - im * cos[i]) * g).Store(forces, i);
                }
            }
        }
        return energy;
    }

    private static Mat3 Outer(double s, Vec3 v) => Mat3.FromRows(s * v.X * v, s * v.Y * v, s * v.Z * v);
}
