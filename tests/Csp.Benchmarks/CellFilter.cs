using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Benchmarks;

/// <summary>
/// Atoms and cell as one vector, as usual scripts relax them: undeformed positions u and N times the deformation D, with x = u D and L = L0 D
/// (Tadmor et al., Phys. Rev. B 59, 235 (1999)). Forces are minus the derivatives of H = E + P V.
/// </summary>
internal sealed class CellFilter(Crystal start, IPotential potential, double pressureGPa)
{
    private readonly double _pressure = pressureGPa / Units.EvPerCubicAngstromInGPa;

    public int Rows { get; } = start.Count + 3;

    public int Evaluations { get; private set; }

    public double EnthalpyPerAtom { get; private set; }

    /// <summary>Largest force component, eV/Å, and largest component of sigma + P, GPa, of the last evaluation.</summary>
    public (double Force, double StressGPa) Left { get; private set; }

    public double[] Origin()
    {
        double[] x = [.. start.Cartesian(), .. new double[9]];
        for (int k = 0; k < 3; k++)
            x[3 * start.Count + 4 * k] = start.Count;
        return x;
    }

    /// <exception cref="PotentialException">No answer, or the cell is gone.</exception>
    public double[] Forces(double[] x)
    {
        int n = start.Count;
        Mat3 d = 1.0 / n * Mat3.FromRows(Vec3.At(x, n), Vec3.At(x, n + 1), Vec3.At(x, n + 2));
        if (!(d.Determinant > 0.05 && d.Determinant < 20))
            throw new PotentialException("the cell is gone");
        double[] fractional = new double[3 * n];
        Mat3 inverse = start.Lattice.Inverse;
        for (int i = 0; i < n; i++)
            (Vec3.At(x, i) * inverse).Store(fractional, i);
        Crystal crystal = new(start.Lattice * d, start.Elements, fractional);
        Evaluations++;
        PotentialResult result = potential.Evaluate(crystal);
        EnthalpyPerAtom = (result.Energy + _pressure * crystal.Volume) / n;
        Mat3 excess = result.Stress + Mat3.Diagonal(_pressure, _pressure, _pressure);
        Left = (result.Forces.Max(Math.Abs), excess.ToArray().Max(Math.Abs) * Units.EvPerCubicAngstromInGPa);
        double[] forces = new double[x.Length];
        Mat3 transposed = d.Transpose;
        for (int i = 0; i < n; i++)
            (Vec3.At(result.Forces, i) * transposed).Store(forces, i);
        Mat3 cell = -crystal.Volume / n * (d.Inverse.Transpose * excess);
        for (int k = 0; k < 3; k++)
            cell.Row(k).Store(forces, n + k);
        return forces;
    }
}
