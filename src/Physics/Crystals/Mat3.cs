using System.Globalization;

namespace Csp.Physics.Crystals;

/// <summary>
/// A 3×3 matrix, row-major. As a lattice its rows are the lattice vectors, so a fractional row vector f
/// sits at the Cartesian position f·M (<see cref="op_Multiply(Vec3, Mat3)"/>).
/// </summary>
public readonly record struct Mat3(
    double XX, double XY, double XZ,
    double YX, double YY, double YZ,
    double ZX, double ZY, double ZZ)
{
    public static readonly Mat3 Identity = Diagonal(1, 1, 1);

    public static readonly Mat3 Zero;

    public double this[int i, int j] => (3 * i + j) switch
    {
        0 => XX,
        1 => XY,
        2 => XZ,
        3 => YX,
        4 => YY,
        5 => YZ,
        6 => ZX,
        7 => ZY,
        8 => ZZ,
        _ => throw new ArgumentOutOfRangeException(nameof(i)),
    };

    public double Determinant => Vec3.Dot(Row(0), Vec3.Cross(Row(1), Row(2)));

    public double Trace => XX + YY + ZZ;

    public Mat3 Transpose => new(XX, YX, ZX, XY, YY, ZY, XZ, YZ, ZZ);

    public bool IsFinite => Row(0).IsFinite && Row(1).IsFinite && Row(2).IsFinite;

    /// <summary>Frobenius norm.</summary>
    public double Norm => Math.Sqrt(Row(0).NormSquared + Row(1).NormSquared + Row(2).NormSquared);

    /// <summary>The inverse; elements are not finite when the matrix is singular.</summary>
    public Mat3 Inverse
    {
        get
        {
            double d = 1 / Determinant;
            Vec3 a = Row(0), b = Row(1), c = Row(2);
            return FromRows(d * Vec3.Cross(b, c), d * Vec3.Cross(c, a), d * Vec3.Cross(a, b)).Transpose;
        }
    }

    /// <summary>The rows. (What a record writes by itself would go through <see cref="Transpose"/> for ever.)</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{XX} {XY} {XZ}; {YX} {YY} {YZ}; {ZX} {ZY} {ZZ}]");

    public static Mat3 Diagonal(double x, double y, double z) => new(x, 0, 0, 0, y, 0, 0, 0, z);

    public static Mat3 FromRows(Vec3 a, Vec3 b, Vec3 c) => new(a.X, a.Y, a.Z, b.X, b.Y, b.Z, c.X, c.Y, c.Z);

    /// <summary>From nine numbers in row-major order.</summary>
    /// <exception cref="ArgumentException">Not nine numbers.</exception>
    public static Mat3 FromSpan(ReadOnlySpan<double> m) => m.Length == 9
        ? new(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8])
        : throw new ArgumentException($"a 3x3 matrix needs 9 numbers, not {m.Length}", nameof(m));

    public Vec3 Row(int i) => new(this[i, 0], this[i, 1], this[i, 2]);

    public Vec3 Column(int j) => new(this[0, j], this[1, j], this[2, j]);

    /// <summary>Nine numbers in row-major order.</summary>
    public double[] ToArray() => [XX, XY, XZ, YX, YY, YZ, ZX, ZY, ZZ];

    public static Mat3 operator +(Mat3 a, Mat3 b) => FromRows(a.Row(0) + b.Row(0), a.Row(1) + b.Row(1), a.Row(2) + b.Row(2));

    public static Mat3 operator -(Mat3 a, Mat3 b) => FromRows(a.Row(0) - b.Row(0), a.Row(1) - b.Row(1), a.Row(2) - b.Row(2));

    public static Mat3 operator *(double s, Mat3 a) => FromRows(s * a.Row(0), s * a.Row(1), s * a.Row(2));

    public static Mat3 operator *(Mat3 a, Mat3 b) => FromRows(a.Row(0) * b, a.Row(1) * b, a.Row(2) * b);

    /// <summary>Row vector times matrix: fractional to Cartesian when the matrix is a lattice.</summary>
    public static Vec3 operator *(Vec3 v, Mat3 m) => new(
        v.X * m.XX + v.Y * m.YX + v.Z * m.ZX,
        v.X * m.XY + v.Y * m.YY + v.Z * m.ZY,
        v.X * m.XZ + v.Y * m.YZ + v.Z * m.ZZ);

    /// <summary>Matrix times column vector.</summary>
    public static Vec3 operator *(Mat3 m, Vec3 v) => new(Vec3.Dot(m.Row(0), v), Vec3.Dot(m.Row(1), v), Vec3.Dot(m.Row(2), v));
}
