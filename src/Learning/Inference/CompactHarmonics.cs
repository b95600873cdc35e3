using System.Numerics;
using System.Runtime.CompilerServices;
using Csp.Learning.Architectures;

namespace Csp.Learning.Inference;

/// <summary>Real harmonics of degree 1 to 4, a register of unit vectors at a time. Order and normalisation: <see cref="RealHarmonics"/>.</summary>
internal static unsafe class CompactHarmonics<TV, T>
    where TV : unmanaged, ILanes<TV, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Writes the 24 components to target, target + stride, ...</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TV x, TV y, TV z, T* target, int stride)
    {
        TV xx = x * x, yy = y * y, zz = z * z, xy = x * y, yz = y * z, xz = x * z;
        TV difference = xx - yy, one = TV.Constant(1), three = TV.Constant(3);
        TV threeX = TV.MultiplyAdd(three, xx, TV.Constant(0) - yy), threeY = TV.MultiplyAdd(TV.Constant(-3), yy, xx);
        TV five = TV.MultiplyAdd(TV.Constant(5), zz, TV.Constant(-1));
        TV seven = TV.MultiplyAdd(TV.Constant(7), zz, TV.Constant(-1)), sevenThree = TV.MultiplyAdd(TV.Constant(7), zz, TV.Constant(-3));
        x.Store(target);
        y.Store(target + stride);
        z.Store(target + 2 * stride);
        (TV.Constant(RealHarmonics.Sqrt3) * xy).Store(target + 3 * stride);
        (TV.Constant(RealHarmonics.Sqrt3) * yz).Store(target + 4 * stride);
        TV.MultiplyAdd(TV.Constant(1.5), zz, TV.Constant(-0.5)).Store(target + 5 * stride);
        (TV.Constant(RealHarmonics.Sqrt3) * xz).Store(target + 6 * stride);
        (TV.Constant(RealHarmonics.Sqrt3 / 2) * difference).Store(target + 7 * stride);
        (TV.Constant(RealHarmonics.Sqrt5By8) * y * threeX).Store(target + 8 * stride);
        (TV.Constant(RealHarmonics.Sqrt15) * xy * z).Store(target + 9 * stride);
        (TV.Constant(RealHarmonics.Sqrt3By8) * y * five).Store(target + 10 * stride);
        (TV.Constant(0.5) * z * (five - one - one)).Store(target + 11 * stride);
        (TV.Constant(RealHarmonics.Sqrt3By8) * x * five).Store(target + 12 * stride);
        (TV.Constant(RealHarmonics.Sqrt15 / 2) * z * difference).Store(target + 13 * stride);
        (TV.Constant(RealHarmonics.Sqrt5By8) * x * threeY).Store(target + 14 * stride);
        (TV.Constant(RealHarmonics.Sqrt35 / 2) * xy * difference).Store(target + 15 * stride);
        (TV.Constant(RealHarmonics.Sqrt35By8) * yz * threeX).Store(target + 16 * stride);
        (TV.Constant(RealHarmonics.Sqrt5 / 2) * xy * seven).Store(target + 17 * stride);
        (TV.Constant(RealHarmonics.Sqrt5By8) * yz * sevenThree).Store(target + 18 * stride);
        TV.MultiplyAdd(zz, TV.MultiplyAdd(TV.Constant(35.0 / 8), zz, TV.Constant(-30.0 / 8)), TV.Constant(3.0 / 8)).Store(target + 19 * stride);
        (TV.Constant(RealHarmonics.Sqrt5By8) * xz * sevenThree).Store(target + 20 * stride);
        (TV.Constant(RealHarmonics.Sqrt5 / 4) * difference * seven).Store(target + 21 * stride);
        (TV.Constant(RealHarmonics.Sqrt35By8) * xz * threeY).Store(target + 22 * stride);
        (TV.Constant(RealHarmonics.Sqrt35 / 8) * TV.MultiplyAdd(difference, difference, TV.Constant(-4) * xx * yy)).Store(target + 23 * stride);
    }

    /// <summary>Σ_c d_c ∇p_c for the polynomials p_c whose values on the unit sphere are the harmonics; not yet projected on the sphere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gradient(TV x, TV y, TV z, TV* d, out TV gx, out TV gy, out TV gz)
    {
        TV xx = x * x, yy = y * y, zz = z * z, xy = x * y, yz = y * z, xz = x * z;
        TV difference = xx - yy;
        TV threeX = TV.MultiplyAdd(TV.Constant(3), xx, TV.Constant(0) - yy), threeY = TV.MultiplyAdd(TV.Constant(-3), yy, xx);
        TV five = TV.MultiplyAdd(TV.Constant(5), zz, TV.Constant(-1));
        TV seven = TV.MultiplyAdd(TV.Constant(7), zz, TV.Constant(-1)), sevenThree = TV.MultiplyAdd(TV.Constant(7), zz, TV.Constant(-3));
        TV twentyOne = TV.MultiplyAdd(TV.Constant(21), zz, TV.Constant(-3));

        // l = 1 and 2
        TV s3 = TV.Constant(RealHarmonics.Sqrt3);
        TV d3 = s3 * d[3], d4 = s3 * d[4], d6 = s3 * d[6], d7 = s3 * d[7];
        gx = TV.MultiplyAdd(d3, y, TV.MultiplyAdd(d6, z, TV.MultiplyAdd(d7, x, d[0])));
        gy = TV.MultiplyAdd(d3, x, TV.MultiplyAdd(d4, z, d[1] - d7 * y));
        gz = TV.MultiplyAdd(d4, y, TV.MultiplyAdd(d6, x, TV.MultiplyAdd(TV.Constant(3) * d[5], z, d[2])));

        // l = 3
        TV d8 = TV.Constant(RealHarmonics.Sqrt5By8 * 3) * d[8], d14 = TV.Constant(RealHarmonics.Sqrt5By8 * 3) * d[14];
        TV d9 = TV.Constant(RealHarmonics.Sqrt15) * d[9], d13 = TV.Constant(RealHarmonics.Sqrt15) * d[13];
        TV d10 = TV.Constant(RealHarmonics.Sqrt3By8) * d[10], d12 = TV.Constant(RealHarmonics.Sqrt3By8) * d[12];
        TV twoXy = xy + xy, half = TV.Constant(0.5), ten = TV.Constant(10);
        gx += TV.MultiplyAdd(d8, twoXy, TV.MultiplyAdd(d9, yz, TV.MultiplyAdd(d12, five, TV.MultiplyAdd(d13, xz, d14 * difference))));
        gy += TV.MultiplyAdd(d8, difference, TV.MultiplyAdd(d9, xz, d10 * five - d13 * yz - d14 * twoXy));
        gz += TV.MultiplyAdd(d9, xy, TV.MultiplyAdd(ten * d10, yz, TV.MultiplyAdd(ten * d12, xz, TV.MultiplyAdd(
            TV.Constant(1.5) * d[11], five, half * d13 * difference))));

        // l = 4
        TV d15 = TV.Constant(RealHarmonics.Sqrt35 / 2) * d[15], d23 = TV.Constant(RealHarmonics.Sqrt35 / 2) * d[23];
        TV d16 = TV.Constant(RealHarmonics.Sqrt35By8) * d[16], d22 = TV.Constant(RealHarmonics.Sqrt35By8) * d[22];
        TV d17 = TV.Constant(RealHarmonics.Sqrt5 / 2) * d[17], d21 = TV.Constant(RealHarmonics.Sqrt5 / 2) * d[21];
        TV d18 = TV.Constant(RealHarmonics.Sqrt5By8) * d[18], d20 = TV.Constant(RealHarmonics.Sqrt5By8) * d[20];
        TV xyz6 = TV.Constant(6) * xy * z, z3 = TV.Constant(3) * z * difference;
        TV yThreeX = y * threeX, xThreeY = x * threeY;
        gx += TV.MultiplyAdd(d15, yThreeX, TV.MultiplyAdd(d16, xyz6, TV.MultiplyAdd(d17 * y, seven, TV.MultiplyAdd(d20 * z, sevenThree,
            TV.MultiplyAdd(d21 * x, seven, TV.MultiplyAdd(d22, z3, d23 * xThreeY))))));
        gy += TV.MultiplyAdd(d15, xThreeY, TV.MultiplyAdd(d16, z3, TV.MultiplyAdd(d17 * x, seven, TV.MultiplyAdd(d18 * z, sevenThree,
            TV.Constant(0) - d21 * y * seven - d22 * xyz6 - d23 * yThreeX))));
        gz += TV.MultiplyAdd(d16, yThreeX, TV.MultiplyAdd(d18 * y, twentyOne, TV.MultiplyAdd(d20 * x, twentyOne, TV.MultiplyAdd(d22, xThreeY,
            TV.MultiplyAdd(TV.Constant(14) * d17, xy * z, TV.MultiplyAdd(TV.Constant(7) * d21, z * difference,
                TV.Constant(0.5) * d[19] * z * TV.MultiplyAdd(TV.Constant(35), zz, TV.Constant(-15))))))));
    }
}
