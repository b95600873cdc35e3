namespace Csp.Physics.Crystals;

/// <summary>A Cartesian or fractional 3-vector.</summary>
public readonly record struct Vec3(double X, double Y, double Z)
{
    public static readonly Vec3 Zero;

    public double this[int i] => i switch { 0 => X, 1 => Y, 2 => Z, _ => throw new ArgumentOutOfRangeException(nameof(i)) };

    public double Norm => Math.Sqrt(NormSquared);

    public double NormSquared => X * X + Y * Y + Z * Z;

    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y) && double.IsFinite(Z);

    public static Vec3 operator +(Vec3 a, Vec3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Vec3 operator -(Vec3 a, Vec3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Vec3 operator -(Vec3 a) => new(-a.X, -a.Y, -a.Z);

    public static Vec3 operator *(double s, Vec3 a) => new(s * a.X, s * a.Y, s * a.Z);

    public static Vec3 operator *(Vec3 a, double s) => s * a;

    public static double Dot(Vec3 a, Vec3 b) => a.X * b.X + a.Y * b.Y + a.Z * b.Z;

    public static Vec3 Cross(Vec3 a, Vec3 b) =>
        new(a.Y * b.Z - a.Z * b.Y, a.Z * b.X - a.X * b.Z, a.X * b.Y - a.Y * b.X);

    /// <summary>Reads three consecutive numbers starting at <c>3*i</c>.</summary>
    public static Vec3 At(ReadOnlySpan<double> flat, int i) => new(flat[3 * i], flat[3 * i + 1], flat[3 * i + 2]);

    /// <summary>Writes the components to <c>flat[3*i..3*i+3]</c>.</summary>
    public void Store(Span<double> flat, int i)
    {
        flat[3 * i] = X;
        flat[3 * i + 1] = Y;
        flat[3 * i + 2] = Z;
    }
}
