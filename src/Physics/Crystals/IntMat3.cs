using System.Globalization;

namespace Csp.Physics.Crystals;

/// <summary>A 3×3 matrix of integers, row-major: rotations in fractional coordinates, changes of cell.</summary>
public readonly record struct IntMat3(int XX, int XY, int XZ, int YX, int YY, int YZ, int ZX, int ZY, int ZZ)
{
    public static readonly IntMat3 Identity = new(1, 0, 0, 0, 1, 0, 0, 0, 1);

    public int this[int i, int j] => (3 * i + j) switch
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

    public int Determinant => XX * (YY * ZZ - YZ * ZY) - XY * (YX * ZZ - YZ * ZX) + XZ * (YX * ZY - YY * ZX);

    public int Trace => XX + YY + ZZ;

    public IntMat3 Transpose => new(XX, YX, ZX, XY, YY, ZY, XZ, YZ, ZZ);

    /// <summary>The inverse of a matrix of determinant ±1.</summary>
    /// <exception cref="InvalidOperationException">The determinant is not ±1.</exception>
    public IntMat3 Inverse
    {
        get
        {
            int d = Determinant;
            if (d is not (1 or -1))
                throw new InvalidOperationException($"only integer matrices of determinant ±1 have an integer inverse; this one has {d}");
            return new IntMat3(
                d * (YY * ZZ - YZ * ZY), d * (XZ * ZY - XY * ZZ), d * (XY * YZ - XZ * YY),
                d * (YZ * ZX - YX * ZZ), d * (XX * ZZ - XZ * ZX), d * (XZ * YX - XX * YZ),
                d * (YX * ZY - YY * ZX), d * (XY * ZX - XX * ZY), d * (XX * YY - XY * YX));
        }
    }

    /// <summary>The rows. (What a record writes by itself would go through <see cref="Transpose"/> for ever.)</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{XX} {XY} {XZ}; {YX} {YY} {YZ}; {ZX} {ZY} {ZZ}]");

    public static IntMat3 Diagonal(int x, int y, int z) => new(x, 0, 0, 0, y, 0, 0, 0, z);

    /// <summary>From nine numbers in row-major order.</summary>
    public static IntMat3 FromSpan(ReadOnlySpan<int> m) => m.Length == 9
        ? new(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8])
        : throw new ArgumentException($"a 3x3 matrix needs 9 numbers, not {m.Length}", nameof(m));

    public Mat3 ToMat3() => new(XX, XY, XZ, YX, YY, YZ, ZX, ZY, ZZ);

    public static IntMat3 operator *(IntMat3 a, IntMat3 b) => new(
        a.XX * b.XX + a.XY * b.YX + a.XZ * b.ZX, a.XX * b.XY + a.XY * b.YY + a.XZ * b.ZY, a.XX * b.XZ + a.XY * b.YZ + a.XZ * b.ZZ,
        a.YX * b.XX + a.YY * b.YX + a.YZ * b.ZX, a.YX * b.XY + a.YY * b.YY + a.YZ * b.ZY, a.YX * b.XZ + a.YY * b.YZ + a.YZ * b.ZZ,
        a.ZX * b.XX + a.ZY * b.YX + a.ZZ * b.ZX, a.ZX * b.XY + a.ZY * b.YY + a.ZZ * b.ZY, a.ZX * b.XZ + a.ZY * b.YZ + a.ZZ * b.ZZ);

    /// <summary>Matrix times column vector.</summary>
    public static Vec3 operator *(IntMat3 m, Vec3 v) => new(
        m.XX * v.X + m.XY * v.Y + m.XZ * v.Z,
        m.YX * v.X + m.YY * v.Y + m.YZ * v.Z,
        m.ZX * v.X + m.ZY * v.Y + m.ZZ * v.Z);

    /// <summary>A change of cell: the rows of the product are integer combinations of the lattice vectors.</summary>
    public static Mat3 operator *(IntMat3 m, Mat3 lattice) => m.ToMat3() * lattice;
}
