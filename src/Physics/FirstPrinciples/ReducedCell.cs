using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>
/// The same crystal described by short, right-handed lattice vectors in the same Cartesian frame, so that energy, forces and
/// stress carry over unchanged and neither k-mesh nor FFT grid depends on how skewed the given cell was. Pairwise (Gauss)
/// reduction followed by the body-diagonal step of Semaev's three-dimensional reduction (Lect. Notes Comput. Sci. 2146, 181
/// (2001)). A cell that is already reduced keeps its vectors.
/// </summary>
public static class ReducedCell
{
    // A vector is replaced only by one shorter by this factor, so that ties of symmetric cells are never turned by rounding.
    private const double Shorter = 1 - 1e-7;

    public static Crystal Of(Crystal crystal)
    {
        Vec3[] v = [crystal.Lattice.Row(0), crystal.Lattice.Row(1), crystal.Lattice.Row(2)];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = 0; i < 3; i++)
            {
                int j = (i + 1) % 3, k = (i + 2) % 3;
                changed |= TryReplace(v, i, v[i] - Math.Round(Vec3.Dot(v[i], v[j]) / v[j].NormSquared) * v[j]);
                changed |= TryReplace(v, i, v[i] - Math.Round(Vec3.Dot(v[i], v[k]) / v[k].NormSquared) * v[k]);
                foreach ((int a, int b) in ((int, int)[])[(1, 1), (1, -1), (-1, 1), (-1, -1)])
                    changed |= TryReplace(v, i, v[i] + (double)a * v[j] + (double)b * v[k]);
            }
        }
        Mat3 lattice = Mat3.FromRows(v[0], v[1], v[2]);
        if (lattice.Determinant < 0)
            lattice = Mat3.FromRows(v[1], v[0], v[2]);
        return lattice == crystal.Lattice ? crystal : Crystal.FromCartesian(lattice, crystal.Elements, crystal.Cartesian()).Wrapped();
    }

    private static bool TryReplace(Vec3[] v, int i, Vec3 candidate)
    {
        if (!(candidate.NormSquared < Shorter * v[i].NormSquared))
            return false;
        v[i] = candidate;
        return true;
    }
}
