using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Relaxation;

/// <summary>
/// Averages forces and tensors over the operations of a crystal, so that a relaxation cannot leave its space group. Operations are kept as
/// Cartesian rotations and permutations of atoms: both stay the same while the crystal deforms with its symmetry.
/// </summary>
internal sealed class SymmetryProjector
{
    private readonly (Mat3 Rotation, int[] Image)[] _operations;

    private SymmetryProjector((Mat3, int[])[] operations) => _operations = operations;

    /// <summary>The projector and the crystal moved onto its exact symmetry (by at most about the tolerance).</summary>
    /// <exception cref="SymmetryException">spglib finds none.</exception>
    public static (SymmetryProjector Projector, Crystal Crystal) Of(Crystal crystal, double tolerance) =>
        Of(crystal, Spglib.Analyze(crystal, tolerance).Operations, tolerance);

    /// <summary>The same for given operations, which must form a group (modulo lattice vectors).</summary>
    /// <exception cref="SymmetryException">An operation does not map the crystal onto itself.</exception>
    public static (SymmetryProjector Projector, Crystal Crystal) Of(Crystal crystal, IReadOnlyList<SymmetryOperation> operations, double tolerance)
    {
        Mat3 metric = Mat3.Zero;
        Mat3 own = crystal.Lattice * crystal.Lattice.Transpose;
        foreach (SymmetryOperation operation in operations)
        {
            Mat3 w = operation.Rotation.ToMat3();
            metric += 1.0 / operations.Count * (w.Transpose * own * w);
        }
        Mat3 lattice = crystal.Lattice * NearIdentityRoot(crystal.Lattice.Inverse * metric * crystal.Lattice.Inverse.Transpose);

        int n = crystal.Count;
        double[] average = new double[3 * n];
        (Mat3, int[])[] cartesian = new (Mat3, int[])[operations.Count];
        for (int o = 0; o < operations.Count; o++)
        {
            int[] image = new int[n];
            for (int i = 0; i < n; i++)
            {
                Vec3 moved = operations[o].Apply(crystal.FractionalOf(i));
                (int target, Vec3 shift) = Nearest(crystal, i, moved, tolerance);
                image[i] = target;
                (Vec3.At(average, target) + 1.0 / operations.Count * (moved - shift)).Store(average, target);
            }
            cartesian[o] = (operations[o].CartesianRotation(lattice), image);
        }
        return (new SymmetryProjector(cartesian), new Crystal(lattice, crystal.Elements, average));
    }

    /// <summary>The part of a field of vectors (3N) that has the symmetry.</summary>
    public double[] Forces(double[] forces)
    {
        double[] average = new double[forces.Length];
        double share = 1.0 / _operations.Length;
        foreach ((Mat3 rotation, int[] image) in _operations)
        {
            for (int i = 0; i < image.Length; i++)
                (Vec3.At(average, image[i]) + share * (rotation * Vec3.At(forces, i))).Store(average, image[i]);
        }
        return average;
    }

    /// <summary>The part of a Cartesian tensor that has the symmetry.</summary>
    public Mat3 Tensor(Mat3 tensor)
    {
        Mat3 average = Mat3.Zero;
        foreach ((Mat3 rotation, _) in _operations)
            average += 1.0 / _operations.Length * (rotation * tensor * rotation.Transpose);
        return average;
    }

    private static (int Atom, Vec3 Shift) Nearest(Crystal crystal, int atom, Vec3 moved, double tolerance)
    {
        (int best, Vec3 bestShift, double bestDistance) = (-1, Vec3.Zero, double.PositiveInfinity);
        for (int j = 0; j < crystal.Count; j++)
        {
            if (crystal.Elements[j] != crystal.Elements[atom])
                continue;
            Vec3 difference = moved - crystal.FractionalOf(j);
            Vec3 shift = new(Math.Round(difference.X), Math.Round(difference.Y), Math.Round(difference.Z));
            double distance = ((difference - shift) * crystal.Lattice).Norm;
            if (distance < bestDistance)
                (best, bestShift, bestDistance) = (j, shift, distance);
        }
        if (bestDistance > Math.Max(10 * tolerance, 1e-6))
            throw new SymmetryException($"an operation moves atom {atom + 1} {bestDistance:G2} Å away from every atom of its element");
        return (best, bestShift);
    }

    /// <summary>Square root of a symmetric matrix close to 1 (Denman and Beavers' iteration).</summary>
    private static Mat3 NearIdentityRoot(Mat3 matrix)
    {
        Mat3 y = matrix, z = Mat3.Identity;
        for (int i = 0; i < 12; i++)
            (y, z) = (0.5 * (y + z.Inverse), 0.5 * (z + y.Inverse));
        return 0.5 * (y + y.Transpose);
    }
}
