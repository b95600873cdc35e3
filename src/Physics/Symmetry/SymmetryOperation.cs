using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>A space-group operation on fractional coordinates (columns): x' = W x + w.</summary>
/// <param name="Rotation">W, integers.</param>
/// <param name="Translation">w, fractions of the lattice vectors.</param>
public readonly record struct SymmetryOperation(IntMat3 Rotation, Vec3 Translation)
{
    public static readonly SymmetryOperation Identity = new(IntMat3.Identity, Vec3.Zero);

    public Vec3 Apply(Vec3 fractional) => Rotation * fractional + Translation;

    /// <summary>The operation that does <paramref name="first"/> and then this one; translations are not wrapped.</summary>
    public SymmetryOperation After(SymmetryOperation first) => new(Rotation * first.Rotation, Rotation * first.Translation + Translation);

    /// <summary>The Cartesian rotation Q (x'_cart = Q x_cart as columns) for a lattice whose rows are the lattice vectors.</summary>
    public Mat3 CartesianRotation(in Mat3 lattice) => lattice.Transpose * Rotation.ToMat3() * lattice.Inverse.Transpose;
}
