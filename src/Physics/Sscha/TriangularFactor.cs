using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>The lower triangular factor L of a symmetric 3x3 matrix, L·Lᵀ = C (Cholesky).</summary>
internal static class TriangularFactor
{
    /// <summary>
    /// A covariance may be singular (a pair that does not move along some axis): pivots below this share of the trace count as it. The metric tensor of a lattice
    /// stays far above.
    /// </summary>
    private const double SmallestPivot = 1e-14;

    public static Mat3 Of(Mat3 c)
    {
        double floor = SmallestPivot * (c.Trace + double.Epsilon);
        double xx = Math.Sqrt(Math.Max(c.XX, floor)), yx = c.YX / xx, zx = c.ZX / xx;
        double yy = Math.Sqrt(Math.Max(c.YY - yx * yx, floor)), zy = (c.ZY - zx * yx) / yy;
        return new Mat3(xx, 0, 0, yx, yy, 0, zx, zy, Math.Sqrt(Math.Max(c.ZZ - zx * zx - zy * zy, floor)));
    }
}
