namespace Csp.Physics.Crystals;

/// <summary>
/// Minkowski reduction of the cell: the same lattice by its shortest vectors, shortest first.
/// Greedy algorithm of Nguyen and Stehlé, ACM Trans. Algorithms 5, 46 (2009), exact in three dimensions.
/// </summary>
public static class CellReduction
{
    private const int MaxRounds = 200;

    /// <summary>The same crystal (same Cartesian positions up to lattice vectors, same orientation, right-handed) in its reduced cell, atoms inside it.</summary>
    public static Crystal Reduce(Crystal crystal)
    {
        IntMat3 change = ChangeToReduced(crystal.Lattice);
        if (change == IntMat3.Identity)
            return crystal.Wrapped();
        Mat3 inverse = change.Inverse.ToMat3();
        double[] fractional = new double[3 * crystal.Count];
        for (int i = 0; i < crystal.Count; i++)
            (crystal.FractionalOf(i) * inverse).Store(fractional, i);
        return new Crystal(change * crystal.Lattice, crystal.Elements, fractional).Wrapped();
    }

    /// <summary>The unimodular M whose product M·lattice is reduced and right-handed.</summary>
    public static IntMat3 ChangeToReduced(Mat3 lattice)
    {
        Vec3[] v = [lattice.Row(0), lattice.Row(1), lattice.Row(2)];
        long[][] m = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        for (int round = 0; round < MaxRounds; round++)
        {
            Sort(v, m);
            ReducePair(v, m);
            if (!ReduceThird(v, m))
                break;
        }
        Sort(v, m);
        if (Vec3.Dot(v[0], Vec3.Cross(v[1], v[2])) < 0)
        {
            for (int i = 0; i < 3; i++)
                m[i] = [-m[i][0], -m[i][1], -m[i][2]];
        }
        foreach (long[] row in m)
        {
            foreach (long x in row)
            {
                // A cell so extreme that its reduction overflows is left as it is; the guard rails reject it.
                if (Math.Abs(x) > 100_000)
                    return IntMat3.Identity;
            }
        }
        IntMat3 change = IntMat3.FromSpan([.. m.SelectMany(row => row).Select(x => (int)x)]);
        return change.Determinant is 1 or -1 ? change : IntMat3.Identity;
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

    private static void Sort(Vec3[] v, long[][] m)
    {
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 2 - i; j++)
            {
                if (v[j + 1].NormSquared < v[j].NormSquared * (1 - 1e-12))
                {
                    (v[j], v[j + 1]) = (v[j + 1], v[j]);
                    (m[j], m[j + 1]) = (m[j + 1], m[j]);
                }
            }
        }
    }

    private static void ReducePair(Vec3[] v, long[][] m)
    {
        for (int round = 0; round < MaxRounds; round++)
        {
            double ratio = Math.Round(Vec3.Dot(v[1], v[0]) / v[0].NormSquared);
            if (ratio == 0 || !double.IsFinite(ratio))
                return;
            Subtract(v, m, 1, 0, ratio);
            if (v[1].NormSquared >= v[0].NormSquared * (1 - 1e-12))
                return;
            (v[0], v[1]) = (v[1], v[0]);
            (m[0], m[1]) = (m[1], m[0]);
        }
    }

    /// <summary>Moves the third vector to the shortest one of its class modulo the first two; false when it was that already.</summary>
    private static bool ReduceThird(Vec3[] v, long[][] m)
    {
        double aa = v[0].NormSquared, bb = v[1].NormSquared, ab = Vec3.Dot(v[0], v[1]);
        double determinant = aa * bb - ab * ab;
        double ac = Vec3.Dot(v[0], v[2]), bc = Vec3.Dot(v[1], v[2]);
        double y = (ac * bb - bc * ab) / determinant, z = (bc * aa - ac * ab) / determinant;
        if (!double.IsFinite(y) || !double.IsFinite(z))
            return false;
        double best = v[2].NormSquared * (1 - 1e-12);
        (double Y, double Z) shift = (0, 0);
        for (double i = Math.Floor(y); i <= Math.Floor(y) + 1; i++)
        {
            for (double j = Math.Floor(z); j <= Math.Floor(z) + 1; j++)
            {
                double length = (v[2] - i * v[0] - j * v[1]).NormSquared;
                if (length < best)
                    (best, shift) = (length, (i, j));
            }
        }
        if (shift == (0, 0))
            return false;
        Subtract(v, m, 2, 0, shift.Y);
        Subtract(v, m, 2, 1, shift.Z);
        return true;
    }

    private static void Subtract(Vec3[] v, long[][] m, int target, int source, double times)
    {
        v[target] -= times * v[source];
        for (int k = 0; k < 3; k++)
            m[target][k] -= (long)times * m[source][k];
    }
}
