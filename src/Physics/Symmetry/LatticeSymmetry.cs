using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>The operations that map a lattice or a crystal onto itself within a tolerance, counted directly: a quick test, not an analysis.</summary>
public static class LatticeSymmetry
{
    /// <summary>All rotations (fractional, x' = W x) that keep the metric of a Minkowski-reduced lattice; their entries are −1, 0, 1.</summary>
    /// <param name="reduced">Rows are the reduced lattice vectors.</param>
    /// <param name="tolerance">Å, on the lengths of the lattice vectors and of their sums.</param>
    public static List<IntMat3> Rotations(Mat3 reduced, double tolerance)
    {
        List<IntMat3> rotations = [];
        Span<double> lengths = stackalloc double[27];
        for (int k = 0; k < 27; k++)
            lengths[k] = (Vector(k) * reduced).Norm;
        double a = reduced.Row(0).Norm, b = reduced.Row(1).Norm, c = reduced.Row(2).Norm;
        double ab = (reduced.Row(0) + reduced.Row(1)).Norm, ac = (reduced.Row(0) + reduced.Row(2)).Norm, bc = (reduced.Row(1) + reduced.Row(2)).Norm;
        for (int i = 0; i < 27; i++)
        {
            if (Math.Abs(lengths[i] - a) > tolerance)
                continue;
            for (int j = 0; j < 27; j++)
            {
                if (Math.Abs(lengths[j] - b) > tolerance || Math.Abs(((Vector(i) + Vector(j)) * reduced).Norm - ab) > tolerance)
                    continue;
                for (int k = 0; k < 27; k++)
                {
                    if (Math.Abs(lengths[k] - c) > tolerance
                        || Math.Abs(((Vector(i) + Vector(k)) * reduced).Norm - ac) > tolerance
                        || Math.Abs(((Vector(j) + Vector(k)) * reduced).Norm - bc) > tolerance)
                    {
                        continue;
                    }
                    // The images of the basis vectors are the columns of W.
                    IntMat3 w = new(i % 3 - 1, j % 3 - 1, k % 3 - 1, i / 3 % 3 - 1, j / 3 % 3 - 1, k / 3 % 3 - 1, i / 9 - 1, j / 9 - 1, k / 9 - 1);
                    if (w.Determinant is 1 or -1)
                        rotations.Add(w);
                }
            }
        }
        return rotations;
    }

    /// <summary>
    /// Number of operations of a crystal given in its reduced cell, translations inside the cell included. With exact positions this is the order of the
    /// space group modulo the lattice; close pseudo-symmetries count too.
    /// </summary>
    /// <param name="reduced">Rows are the reduced lattice vectors, Å.</param>
    /// <param name="fractional">3N fractional coordinates.</param>
    /// <param name="kinds">Per atom: its element as a small number; atoms of one kind stand together.</param>
    /// <param name="tolerance">Å.</param>
    /// <param name="enough">Counting stops above this number.</param>
    public static int CountOperations(Mat3 reduced, ReadOnlySpan<double> fractional, ReadOnlySpan<int> kinds, double tolerance, int enough = int.MaxValue)
    {
        (int start, int end) = Rarest(kinds);
        int count = 0;
        foreach (IntMat3 w in Rotations(reduced, tolerance))
        {
            Vec3 first = w * Vec3.At(fractional, start);
            for (int target = start; target < end; target++)
            {
                if (Maps(w, Vec3.At(fractional, target) - first, reduced, fractional, kinds, tolerance) && ++count > enough)
                    return count;
            }
        }
        return count;
    }

    private static bool Maps(IntMat3 w, Vec3 t, in Mat3 reduced, ReadOnlySpan<double> fractional, ReadOnlySpan<int> kinds, double tolerance)
    {
        double limit = tolerance * tolerance;
        for (int i = 0; i < kinds.Length; i++)
        {
            Vec3 image = w * Vec3.At(fractional, i) + t;
            bool found = false;
            for (int j = 0; j < kinds.Length && !found; j++)
            {
                if (kinds[j] != kinds[i])
                    continue;
                Vec3 d = image - Vec3.At(fractional, j);
                d = new Vec3(d.X - Math.Round(d.X), d.Y - Math.Round(d.Y), d.Z - Math.Round(d.Z));
                found = (d * reduced).NormSquared < limit;
            }
            if (!found)
                return false;
        }
        return true;
    }

    private static (int Start, int End) Rarest(ReadOnlySpan<int> kinds)
    {
        (int start, int end) = (0, kinds.Length);
        for (int i = 0, j; i < kinds.Length; i = j)
        {
            for (j = i; j < kinds.Length && kinds[j] == kinds[i]; j++)
            {
            }
            if (j - i < end - start)
                (start, end) = (i, j);
        }
        return (start, end);
    }

    private static Vec3 Vector(int k) => new(k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1);
}
