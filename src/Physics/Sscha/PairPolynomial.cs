using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>Polynomials c₀s² + c₁s³ + … in s = (d² - r²)/(2rσ) of a vector d, and their Gaussian averages.</summary>
internal static class PairPolynomial
{
    /// <summary>Powers of s from the second on; the first is a harmonic spring, which the trial state has already.</summary>
    public const int Powers = 5;

    private const int FirstPower = 2;

    /// <summary>Seven nodes are exact to degree 13, and s⁶ has degree 12.</summary>
    private static readonly (Vec3 Node, double Weight)[] Nodes = GaussHermite.Cube(FirstPower + Powers);

    /// <summary>⟨p⟩, ⟨∂p⟩ and ⟨∂²p⟩ of one pair's function.</summary>
    public static (double Value, Vec3 Slope, Mat3 Curvature) Average(double length, double spread, PairGeometry geometry, double[] c)
    {
        double r = length, scale = 1 / (2 * r * spread), unit = 1 / (r * spread);
        double value = 0, isotropic = 0;
        double sx = 0, sy = 0, sz = 0, xx = 0, xy = 0, xz = 0, yy = 0, yz = 0, zz = 0;
        Mat3 root = geometry.Root;
        foreach ((Vec3 node, double weight) in Nodes)
        {
            Vec3 d = geometry.Mean + root * node;
            double s = (d.NormSquared - r * r) * scale, power = 1, p = 0, p1 = 0, p2 = 0;
            for (int k = 0; k < Powers; k++)
            {
                int m = k + FirstPower;
                p2 += c[k] * m * (m - 1) * power;
                p1 += c[k] * m * power * s;
                p += c[k] * power * s * s;
                power *= s;
            }
            value += weight * p;
            double g = weight * p1 * unit, h = weight * p2 * unit * unit;
            isotropic += g;
            sx += g * d.X;
            sy += g * d.Y;
            sz += g * d.Z;
            xx += h * d.X * d.X;
            xy += h * d.X * d.Y;
            xz += h * d.X * d.Z;
            yy += h * d.Y * d.Y;
            yz += h * d.Y * d.Z;
            zz += h * d.Z * d.Z;
        }
        return (value, new Vec3(sx, sy, sz), new Mat3(xx + isotropic, xy, xz, xy, yy + isotropic, yz, xz, yz, zz + isotropic));
    }

    /// <summary>p(s) and p'(s).</summary>
    public static (double Value, double Derivative) At(double[] c, double s)
    {
        double value = 0, derivative = 0;
        for (int k = Powers - 1; k >= 0; k--)
        {
            value = value * s + c[k];
            derivative = derivative * s + (k + FirstPower) * c[k];
        }
        return (value * s * s, derivative * s);
    }
}
