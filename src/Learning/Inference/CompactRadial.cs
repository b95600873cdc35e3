using System.Numerics;
using System.Runtime.CompilerServices;
using Csp.Learning.Architectures;

namespace Csp.Learning.Inference;

/// <summary>Radial functions of the compact potential, a register of neighbours at a time. See <see cref="ChebyshevBasis"/> for the formulas.</summary>
internal static unsafe class CompactRadial<TV, T>
    where TV : unmanaged, ILanes<TV, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A cutoff radius in the forms that the functions need.</summary>
    public readonly struct Range(double cutoff)
    {
        public readonly TV Inverse = TV.Constant(1 / cutoff);
        public readonly TV SquaredBond = TV.Constant(ChebyshevBasis.BondLength / cutoff * (ChebyshevBasis.BondLength / cutoff));
        public readonly TV Scale = TV.Constant(-2 * (1 + ChebyshevBasis.BondLength / cutoff * (ChebyshevBasis.BondLength / cutoff)));
    }

    /// <summary>Cutoff function and Chebyshev argument at one register of distances, with derivatives with respect to r.</summary>
    public readonly ref struct Argument
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Argument(TV r, in Range range)
        {
            TV inverseCutoff = range.Inverse;
            TV one = TV.Constant(1);
            TV u = TV.Min(r * inverseCutoff, one);
            TV v = one - u, v2 = v * v;
            Cutoff = v2 * v2 * TV.MultiplyAdd(u, TV.MultiplyAdd(u, TV.MultiplyAdd(u, TV.Constant(20), TV.Constant(10)), TV.Constant(4)), one);
            TV w = u * v;
            CutoffSlope = TV.Constant(-140) * inverseCutoff * (w * w * w);
            TV inverse = one / TV.MultiplyAdd(u, u, range.SquaredBond), scaled = range.Scale * u * inverse;
            X = TV.MultiplyAdd(scaled, u, one);
            XSlope = (scaled + scaled) * range.SquaredBond * inverse * inverseCutoff;
        }

        public readonly TV Cutoff;
        public readonly TV CutoffSlope;
        public readonly TV X;
        public readonly TV XSlope;
    }

    /// <summary>Adds f_k of one register of neighbours to sums[k].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(TV r, in Range range, int basis, TV* sums)
    {
        Argument a = new(r, range);
        TV twice = a.X + a.X, before = a.Cutoff, now = a.Cutoff * a.X;
        for (int k = 0; k < basis; k++)
        {
            sums[k] += before;
            TV next = TV.MultiplyAdd(twice, now, TV.Constant(0) - before);
            before = now;
            now = next;
        }
    }

    /// <summary>Σ_k g_k df_k/dr for one register of neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Slope(TV r, in Range range, int basis, T* g)
    {
        Argument a = new(r, range);
        TV twice = a.X + a.X, zero = TV.Constant(0);
        TV before = TV.Constant(1), now = a.X, slopeBefore = zero, slopeNow = TV.Constant(1);
        TV value = zero, slope = zero;
        for (int k = 0; k < basis; k++)
        {
            TV weight = TV.All(g[k]);
            value = TV.MultiplyAdd(weight, before, value);
            slope = TV.MultiplyAdd(weight, slopeBefore, slope);
            TV next = TV.MultiplyAdd(twice, now, zero - before);
            TV slopeNext = TV.MultiplyAdd(twice, slopeNow, now + now - slopeBefore);
            before = now;
            now = next;
            slopeBefore = slopeNow;
            slopeNow = slopeNext;
        }
        return TV.MultiplyAdd(value, a.CutoffSlope, slope * a.XSlope * a.Cutoff);
    }

    /// <summary>The functions f_k and df_k/dr themselves, for one register of neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Functions(TV r, in Range range, int basis, TV* values, TV* slopes)
    {
        Argument a = new(r, range);
        TV twice = a.X + a.X, zero = TV.Constant(0), scaled = a.XSlope * a.Cutoff;
        TV before = TV.Constant(1), now = a.X, slopeBefore = zero, slopeNow = TV.Constant(1);
        for (int k = 0; k < basis; k++)
        {
            values[k] = before * a.Cutoff;
            slopes[k] = TV.MultiplyAdd(before, a.CutoffSlope, slopeBefore * scaled);
            TV next = TV.MultiplyAdd(twice, now, zero - before);
            TV slopeNext = TV.MultiplyAdd(twice, slopeNow, now + now - slopeBefore);
            before = now;
            now = next;
            slopeBefore = slopeNow;
            slopeNow = slopeNext;
        }
    }
}
