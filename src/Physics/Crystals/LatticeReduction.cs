namespace Csp.Physics.Crystals;

/// <summary>
/// Minkowski reduction in three dimensions: the shortest possible lattice vectors, greedily (Nguyen and Stehlé, ACM Trans. Algorithms 5, 46 (2009)).
/// In a reduced cell the nearest image of a point lies among the 27 images around the rounded one.
/// </summary>
public static class LatticeReduction
{
    private const int MaxSteps = 10_000;

    /// <summary>The reduced lattice, |a| ≤ |b| ≤ |c|, and the change of cell: reduced = change · lattice, det(change) = +1 (handedness is kept).</summary>
    /// <param name="lattice">Rows are the lattice vectors.</param>
    /// <exception cref="ArgumentException">The cell is so skewed that its vectors cannot be told apart in double precision.</exception>
    public static (Mat3 Lattice, IntMat3 Change) Reduce(Mat3 lattice)
    {
        Span<Vec3> v = [lattice.Row(0), lattice.Row(1), lattice.Row(2)];
        Span<Vec3> n = [new(1, 0, 0), new(0, 1, 0), new(0, 0, 1)];
        for (int step = 0; ; step++)
        {
            Sort(v, n);
            ReducePair(v, n);
            Vec3 shift = NearestInPlane(v);
            if (shift == Vec3.Zero)
                break;
            v[2] += shift.X * v[0] + shift.Y * v[1];
            n[2] += shift.X * n[0] + shift.Y * n[1];
            if (step == MaxSteps)
                throw TooSkewed();
        }
        if (Vec3.Dot(n[0], Vec3.Cross(n[1], n[2])) < 0)
        {
            v[2] = -v[2];
            n[2] = -n[2];
        }
        IntMat3 change = Integer(Mat3.FromRows(n[0], n[1], n[2]));
        return change.Determinant == 1 ? (change * lattice, change) : throw TooSkewed();
    }

    /// <summary>The same crystal in the reduced cell (in its own cell when that is too skewed to reduce), every atom inside it.</summary>
    public static Crystal Reduce(Crystal crystal)
    {
        IntMat3 change = ChangeOf(crystal.Lattice);
        Mat3 toReduced = change.Inverse.ToMat3();
        double[] fractional = new double[3 * crystal.Count];
        for (int i = 0; i < crystal.Count; i++)
            (crystal.FractionalOf(i) * toReduced).Store(fractional, i);
        return new Crystal(change * crystal.Lattice, crystal.Elements, fractional).Wrapped();
    }

    /// <summary>The change of cell of <see cref="Reduce(Mat3)"/>; none (the identity) for a cell that is too skewed to reduce.</summary>
    public static IntMat3 ChangeOf(Mat3 lattice)
    {
        try
        {
            return Reduce(lattice).Change;
        }
        catch (ArgumentException)
        {
            return IntMat3.Identity;
        }
    }

    /// <summary>Longest over shortest height of the cell; 1 for a cube.</summary>
    public static double Aspect(Mat3 lattice)
    {
        Mat3 inverse = lattice.Inverse;
        double a = inverse.Column(0).Norm, b = inverse.Column(1).Norm, c = inverse.Column(2).Norm;
        return Math.Max(a, Math.Max(b, c)) / Math.Min(a, Math.Min(b, c));
    }

    /// <summary>How oblique a cell is: product of the lengths over the volume; 1 for an orthogonal cell, at most √2 for a reduced one.</summary>
    public static double Skew(Mat3 lattice) =>
        lattice.Row(0).Norm * lattice.Row(1).Norm * lattice.Row(2).Norm / Math.Abs(lattice.Determinant);

    /// <summary>Bubble sort of three vectors by length.</summary>
    private static void Sort(Span<Vec3> v, Span<Vec3> n)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < 2 - pass; i++)
            {
                if (v[i].NormSquared <= v[i + 1].NormSquared)
                    continue;
                (v[i], v[i + 1]) = (v[i + 1], v[i]);
                (n[i], n[i + 1]) = (n[i + 1], n[i]);
            }
        }
    }

    /// <summary>Gauss reduction of the two shorter vectors.</summary>
    private static void ReducePair(Span<Vec3> v, Span<Vec3> n)
    {
        for (int step = 0; step < MaxSteps; step++)
        {
            double k = Math.Round(Vec3.Dot(v[0], v[1]) / v[0].NormSquared);
            Vec3 shorter = v[1] - k * v[0];
            if (!(shorter.NormSquared < v[1].NormSquared * (1 - 1e-12)))
                return;
            v[1] = shorter;
            n[1] -= k * n[0];
            if (v[1].NormSquared >= v[0].NormSquared)
                continue;
            (v[0], v[1]) = (v[1], v[0]);
            (n[0], n[1]) = (n[1], n[0]);
        }
    }

    /// <summary>The combination of the two shorter vectors that shortens the longest one most, or zero.</summary>
    private static Vec3 NearestInPlane(ReadOnlySpan<Vec3> v)
    {
        double aa = v[0].NormSquared, bb = v[1].NormSquared, ab = Vec3.Dot(v[0], v[1]), ac = Vec3.Dot(v[0], v[2]), bc = Vec3.Dot(v[1], v[2]);
        double det = aa * bb - ab * ab;
        double x0 = Math.Round(-(bb * ac - ab * bc) / det), y0 = Math.Round(-(aa * bc - ab * ac) / det);
        double best = v[2].NormSquared * (1 - 1e-12);
        Vec3 shift = Vec3.Zero;
        for (double x = x0 - 1; x <= x0 + 1; x++)
        {
            for (double y = y0 - 1; y <= y0 + 1; y++)
            {
                double length = (v[2] + x * v[0] + y * v[1]).NormSquared;
                if (length < best)
                    (best, shift) = (length, new Vec3(x, y, 0));
            }
        }
        return shift;
    }

    private static IntMat3 Integer(Mat3 m)
    {
        Span<int> n = stackalloc int[9];
        for (int i = 0; i < 9; i++)
        {
            double x = m[i / 3, i % 3];
            if (!(Math.Abs(x) < 20_000))
                throw TooSkewed();
            n[i] = (int)x;
        }
        return IntMat3.FromSpan(n);
    }

    private static ArgumentException TooSkewed() => new("the cell is so skewed that no reduced cell can be found in double precision");
}
