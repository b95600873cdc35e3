using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Relaxation;

/// <summary>One evaluated point of an enthalpy surface.</summary>
/// <param name="Variables">See <see cref="EnthalpySurface"/>.</param>
/// <param name="Crystal">The structure there.</param>
/// <param name="Result">The potential's answer.</param>
/// <param name="Enthalpy">E + P V of the cell, eV.</param>
/// <param name="Gradient">dH/d(variables), symmetrised where symmetry is kept.</param>
/// <param name="MaxForce">Largest force component, eV/Å.</param>
/// <param name="MaxStress">Largest component of sigma + P, eV/Å^3; 0 when the cell is fixed.</param>
internal sealed record SurfacePoint(
    double[] Variables, Crystal Crystal, PotentialResult Result, double Enthalpy, double[] Gradient, double MaxForce, double MaxStress);

/// <summary>
/// The enthalpy H = E + P V as a function of atoms and cell together. Against a fixed reference lattice L0 a structure is
/// L = L0 (1 + ε), x_i = u_i (1 + ε) with symmetric ε, so rigid rotations are no variables; variables are the 3N undeformed positions u (Å),
/// then six strains (ε_xx, ε_yy, ε_zz, √2 ε_yz, √2 ε_xz, √2 ε_xy) whose norm is that of ε. Gradient (rows are vectors):
/// dH/du_i = −F_i (1 + ε)ᵀ, dH/dε = V (1 + ε)^-1 (σ + P), symmetrised. Same idea as Tadmor et al., Phys. Rev. B 59, 235 (1999).
/// </summary>
internal sealed class EnthalpySurface
{
    public const int StrainCount = 6;

    private static readonly double Half = Math.Sqrt(0.5);

    private readonly IPotential _potential;
    private readonly double _pressure;
    private readonly bool _relaxCell;
    private readonly SymmetryProjector? _symmetry;
    private Crystal _reference;

    public EnthalpySurface(Crystal reference, IPotential potential, RelaxationSettings settings, SymmetryProjector? symmetry)
    {
        _reference = reference;
        _potential = potential;
        _pressure = settings.PressureGPa / Units.EvPerCubicAngstromInGPa;
        _relaxCell = settings.RelaxCell;
        _symmetry = symmetry;
        AtomCount = reference.Count;
    }

    public int AtomCount { get; }

    /// <summary>3N + 6; the strains stay zero when the cell is fixed.</summary>
    public int Size => 3 * AtomCount + StrainCount;

    /// <summary>The variables of the reference.</summary>
    public double[] Origin() => [.. _reference.Cartesian(), .. new double[StrainCount]];

    /// <summary>The symmetric matrix ε of the last six variables.</summary>
    public static Mat3 Strain(ReadOnlySpan<double> variables)
    {
        ReadOnlySpan<double> e = variables[^StrainCount..];
        return new Mat3(e[0], Half * e[5], Half * e[4], Half * e[5], e[1], Half * e[3], Half * e[4], Half * e[3], e[2]);
    }

    /// <summary>The structure at some variables, without evaluating it; null when it has no proper cell.</summary>
    public Crystal? CrystalAt(ReadOnlySpan<double> variables)
    {
        foreach (double x in variables)
        {
            if (!double.IsFinite(x))
                return null;
        }
        Mat3 lattice = _reference.Lattice * (Mat3.Identity + Strain(variables));
        if (lattice.Determinant * _reference.Lattice.Determinant <= 0 || Math.Abs(lattice.Determinant) < 1e-6)
            return null;
        Mat3 inverse = _reference.Lattice.Inverse;
        double[] fractional = new double[3 * AtomCount];
        for (int i = 0; i < AtomCount; i++)
            (Vec3.At(variables, i) * inverse).Store(fractional, i);
        return new Crystal(lattice, _reference.Elements, fractional);
    }

    /// <exception cref="PotentialException">The potential has no answer.</exception>
    public SurfacePoint Evaluate(double[] variables, Crystal crystal) => PointOf(variables, crystal, _potential.Evaluate(crystal));

    /// <summary>A point of another surface of the same crystal, whose structure is the reference of this one, in these variables.</summary>
    public SurfacePoint Reread(SurfacePoint point) => PointOf(Origin(), _reference, point.Result);

    private SurfacePoint PointOf(double[] variables, Crystal crystal, PotentialResult result)
    {
        double[] forces = result.Forces;
        Mat3 stress = result.Stress;
        if (_symmetry is not null)
        {
            forces = _symmetry.Forces(forces);
            stress = _symmetry.Tensor(stress);
        }
        Mat3 deformation = Mat3.Identity + Strain(variables);
        double[] gradient = new double[Size];
        Vec3 mean = Vec3.Zero;
        for (int i = 0; i < AtomCount; i++)
            mean += 1.0 / AtomCount * Vec3.At(forces, i);
        double maxForce = 0;
        for (int i = 0; i < AtomCount; i++)
        {
            // A net force (rounding of the potential) would only make the crystal drift.
            Vec3 force = Vec3.At(forces, i) - mean;
            maxForce = Math.Max(maxForce, Math.Max(Math.Abs(force.X), Math.Max(Math.Abs(force.Y), Math.Abs(force.Z))));
            (-(force * deformation)).Store(gradient, i);
        }
        double maxStress = 0;
        if (_relaxCell)
        {
            Mat3 excess = stress + Mat3.Diagonal(_pressure, _pressure, _pressure);
            foreach (double s in excess.ToArray())
                maxStress = Math.Max(maxStress, Math.Abs(s));
            Mat3 slope = crystal.Volume * (deformation.Inverse * excess);
            Mat3 g = 0.5 * (slope + slope.Transpose);
            Span<double> strains = gradient.AsSpan(3 * AtomCount);
            (strains[0], strains[1], strains[2]) = (g.XX, g.YY, g.ZZ);
            (strains[3], strains[4], strains[5]) = (2 * Half * g.YZ, 2 * Half * g.XZ, 2 * Half * g.XY);
        }
        return new SurfacePoint(variables, crystal, result, result.Energy + _pressure * crystal.Volume, gradient, maxForce, maxStress);
    }

    /// <summary>
    /// Takes another cell of the same lattice as the reference. Positions, strains and gradients are Cartesian and so keep their meaning.
    /// </summary>
    public SurfacePoint Recell(SurfacePoint point, IntMat3 change)
    {
        _reference = Crystal.FromCartesian(change * _reference.Lattice, _reference.Elements, _reference.Cartesian());
        return point with { Crystal = CrystalAt(point.Variables) ?? point.Crystal };
    }
}
