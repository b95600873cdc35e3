namespace Csp.Learning.Architectures;

/// <summary>
/// Real spherical harmonics of degree 1 to 4 with Racah's normalisation, so that the sum over m of C_lm(a) C_lm(b) is the Legendre
/// polynomial P_l(a·b). Order: l = 1 (x, y, z), then m = -l .. l for l = 2, 3, 4; 24 components.
/// </summary>
public static class RealHarmonics
{
    /// <summary>First component of degree l at index l (1 to 4); index 5 is the total.</summary>
    public static ReadOnlySpan<int> First => [0, 0, 3, 8, 15, 24];

    internal const double Sqrt3 = 1.7320508075688772;
    internal const double Sqrt15 = 3.872983346207417;
    internal const double Sqrt5 = 2.23606797749979;
    internal const double Sqrt35 = 5.916079783099616;
    internal const double Sqrt5By8 = 0.7905694150420949;
    internal const double Sqrt3By8 = 0.6123724356957945;
    internal const double Sqrt35By8 = 2.091650066335189;

    /// <summary>Values on the unit sphere.</summary>
    /// <param name="n">Unit vector (x, y, z).</param>
    /// <param name="values">Out: 24 numbers.</param>
    public static void Evaluate(ReadOnlySpan<double> n, Span<double> values)
    {
        double x = n[0], y = n[1], z = n[2], xx = x * x, yy = y * y, zz = z * z;
        values[0] = x;
        values[1] = y;
        values[2] = z;
        values[3] = Sqrt3 * x * y;
        values[4] = Sqrt3 * y * z;
        values[5] = 1.5 * zz - 0.5;
        values[6] = Sqrt3 * x * z;
        values[7] = Sqrt3 / 2 * (xx - yy);
        values[8] = Sqrt5By8 * y * (3 * xx - yy);
        values[9] = Sqrt15 * x * y * z;
        values[10] = Sqrt3By8 * y * (5 * zz - 1);
        values[11] = 0.5 * z * (5 * zz - 3);
        values[12] = Sqrt3By8 * x * (5 * zz - 1);
        values[13] = Sqrt15 / 2 * z * (xx - yy);
        values[14] = Sqrt5By8 * x * (xx - 3 * yy);
        values[15] = Sqrt35 / 2 * x * y * (xx - yy);
        values[16] = Sqrt35By8 * y * z * (3 * xx - yy);
        values[17] = Sqrt5 / 2 * x * y * (7 * zz - 1);
        values[18] = Sqrt5By8 * y * z * (7 * zz - 3);
        values[19] = 0.125 * (zz * (35 * zz - 30) + 3);
        values[20] = Sqrt5By8 * x * z * (7 * zz - 3);
        values[21] = Sqrt5 / 4 * (xx - yy) * (7 * zz - 1);
        values[22] = Sqrt35By8 * x * z * (xx - 3 * yy);
        values[23] = Sqrt35 / 8 * (xx * xx - 6 * xx * yy + yy * yy);
    }

    /// <summary>Derivatives with respect to the vector whose direction n is, times its length: (1 - n nᵀ)∇p of the polynomials above.</summary>
    /// <param name="n">Unit vector (x, y, z).</param>
    /// <param name="gradients">Out: shape [24, 3]; divide by the length of the vector.</param>
    public static void Gradients(ReadOnlySpan<double> n, Span<double> gradients)
    {
        double x = n[0], y = n[1], z = n[2], xx = x * x, yy = y * y, zz = z * z;
        ReadOnlySpan<double> plain =
        [
            1, 0, 0,
            0, 1, 0,
            0, 0, 1,
            Sqrt3 * y, Sqrt3 * x, 0,
            0, Sqrt3 * z, Sqrt3 * y,
            0, 0, 3 * z,
            Sqrt3 * z, 0, Sqrt3 * x,
            Sqrt3 * x, -Sqrt3 * y, 0,
            Sqrt5By8 * 6 * x * y, Sqrt5By8 * 3 * (xx - yy), 0,
            Sqrt15 * y * z, Sqrt15 * x * z, Sqrt15 * x * y,
            0, Sqrt3By8 * (5 * zz - 1), Sqrt3By8 * 10 * y * z,
            0, 0, 0.5 * (15 * zz - 3),
            Sqrt3By8 * (5 * zz - 1), 0, Sqrt3By8 * 10 * x * z,
            Sqrt15 * x * z, -Sqrt15 * y * z, Sqrt15 / 2 * (xx - yy),
            Sqrt5By8 * 3 * (xx - yy), -Sqrt5By8 * 6 * x * y, 0,
            Sqrt35 / 2 * y * (3 * xx - yy), Sqrt35 / 2 * x * (xx - 3 * yy), 0,
            Sqrt35By8 * 6 * x * y * z, Sqrt35By8 * 3 * z * (xx - yy), Sqrt35By8 * y * (3 * xx - yy),
            Sqrt5 / 2 * y * (7 * zz - 1), Sqrt5 / 2 * x * (7 * zz - 1), Sqrt5 * 7 * x * y * z,
            0, Sqrt5By8 * z * (7 * zz - 3), Sqrt5By8 * y * (21 * zz - 3),
            0, 0, 0.5 * z * (35 * zz - 15),
            Sqrt5By8 * z * (7 * zz - 3), 0, Sqrt5By8 * x * (21 * zz - 3),
            Sqrt5 / 2 * x * (7 * zz - 1), -Sqrt5 / 2 * y * (7 * zz - 1), Sqrt5 / 2 * 7 * z * (xx - yy),
            Sqrt35By8 * 3 * z * (xx - yy), -Sqrt35By8 * 6 * x * y * z, Sqrt35By8 * x * (xx - 3 * yy),
            Sqrt35 / 2 * x * (xx - 3 * yy), Sqrt35 / 2 * y * (yy - 3 * xx), 0,
        ];
        for (int c = 0; c < CompactSettings.Harmonics; c++)
        {
            double along = plain[3 * c] * x + plain[3 * c + 1] * y + plain[3 * c + 2] * z;
            gradients[3 * c] = plain[3 * c] - along * x;
            gradients[3 * c + 1] = plain[3 * c + 1] - along * y;
            gradients[3 * c + 2] = plain[3 * c + 2] - along * z;
        }
    }
}
