using System.Runtime.CompilerServices;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>Answers "is any periodic image nearer than d?" in one cell; fastest where the cell is reduced.</summary>
internal readonly struct PeriodicDistances
{
    private readonly Mat3 _lattice;
    private readonly double _heightX, _heightY, _heightZ;

    public PeriodicDistances(Mat3 lattice)
    {
        _lattice = lattice;
        Mat3 inverse = lattice.Inverse;
        (_heightX, _heightY, _heightZ) = (1 / inverse.Column(0).Norm, 1 / inverse.Column(1).Norm, 1 / inverse.Column(2).Norm);
    }

    /// <summary>Whether the fractional difference or one of its images is shorter than a distance (Å).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool IsNearer(double x, double y, double z, double distance)
    {
        // An image is at least |f_i| · height_i away, along each axis.
        x -= Math.Round(x);
        double rx = distance / _heightX, firstX = Math.Ceiling(-rx - x), lastX = Math.Floor(rx - x);
        if (firstX > lastX)
            return false;
        y -= Math.Round(y);
        double ry = distance / _heightY, firstY = Math.Ceiling(-ry - y), lastY = Math.Floor(ry - y);
        if (firstY > lastY)
            return false;
        z -= Math.Round(z);
        double rz = distance / _heightZ, firstZ = Math.Ceiling(-rz - z), lastZ = Math.Floor(rz - z);
        double limit = distance * distance;
        for (double i = firstX; i <= lastX; i++)
        {
            for (double j = firstY; j <= lastY; j++)
            {
                for (double k = firstZ; k <= lastZ; k++)
                {
                    double fx = x + i, fy = y + j, fz = z + k;
                    double cx = fx * _lattice.XX + fy * _lattice.YX + fz * _lattice.ZX;
                    double cy = fx * _lattice.XY + fy * _lattice.YY + fz * _lattice.ZY;
                    double cz = fx * _lattice.XZ + fy * _lattice.YZ + fz * _lattice.ZZ;
                    if (cx * cx + cy * cy + cz * cz < limit)
                        return true;
                }
            }
        }
        return false;
    }
}
