using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>
/// The same crystal described by short, right-handed lattice vectors in the same Cartesian frame, so that energy, forces and
/// stress carry over unchanged and neither k-mesh nor FFT grid depends on how skewed the given cell was.
/// </summary>
public static class ReducedCell
{
    /// <summary>The reduced cell, every atom inside it.</summary>
    public static Crystal Of(Crystal crystal)
    {
        Crystal reduced = LatticeReduction.Reduce(crystal);
        Mat3 m = reduced.Lattice;
        return m.Determinant > 0
            ? reduced
            : Crystal.FromCartesian(Mat3.FromRows(m.Row(1), m.Row(0), m.Row(2)), crystal.Elements, reduced.Cartesian()).Wrapped();
    }
}
