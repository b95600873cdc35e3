using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Sscha;

/// <summary>A crystal whose lattice and positions obey its space group to the last digit, in the setting it was given in.</summary>
/// <param name="Cell">The crystal.</param>
/// <param name="Operations">Its operations.</param>
public sealed record SymmetricStructure(Crystal Cell, ImmutableArray<SymmetryOperation> Operations)
{
    /// <param name="crystal">The crystal.</param>
    /// <param name="tolerance">Å; smaller deviations from the space group are averaged away.</param>
    /// <exception cref="SymmetryException">spglib finds no symmetry.</exception>
    public static SymmetricStructure Of(Crystal crystal, double tolerance)
    {
        ImmutableArray<SymmetryOperation> operations = Spglib.Analyze(crystal, tolerance).Operations;
        return new SymmetricStructure(WithSymmetricPositions(crystal.WithLattice(SymmetricLattice(crystal.Lattice, operations)), operations, 3 * tolerance), operations);
    }

    /// <summary>The lattice with the metric tensor averaged over the rotations.</summary>
    public static Mat3 SymmetricLattice(Mat3 lattice, IReadOnlyCollection<SymmetryOperation> operations)
    {
        Mat3 metric = lattice * lattice.Transpose, sum = Mat3.Zero;
        foreach (SymmetryOperation operation in operations)
        {
            Mat3 w = operation.Rotation.ToMat3();
            sum += 1.0 / operations.Count * (w.Transpose * metric * w);
        }
        // Lattices L and A·L have metrics G and A G Aᵀ; triangular factors of both metrics give A.
        return TriangularFactor.Of(sum) * TriangularFactor.Of(metric).Inverse * lattice;
    }

    private static Crystal WithSymmetricPositions(Crystal crystal, IReadOnlyCollection<SymmetryOperation> operations, double tolerance)
    {
        double[] sum = new double[3 * crystal.Count];
        foreach (SymmetryOperation operation in operations)
        {
            for (int s = 0; s < crystal.Count; s++)
            {
                Vec3 image = operation.Apply(crystal.FractionalOf(s));
                for (int t = 0; t < crystal.Count; t++)
                {
                    Vec3 d = image - crystal.FractionalOf(t);
                    d -= new Vec3(Math.Round(d.X), Math.Round(d.Y), Math.Round(d.Z));
                    if (crystal.Elements[t] != crystal.Elements[s] || (d * crystal.Lattice).Norm > tolerance)
                        continue;
                    (Vec3.At(sum, t) + 1.0 / operations.Count * d).Store(sum, t);
                    break;
                }
            }
        }
        for (int i = 0; i < sum.Length; i++)
            sum[i] += crystal.Fractional[i];
        return crystal.WithFractional(sum);
    }
}
