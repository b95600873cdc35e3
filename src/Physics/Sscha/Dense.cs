using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Csp.Physics.Sscha;

/// <summary>
/// The two matrix products that carry the cost of the SSCHA, blocked for registers: sums over configurations (both factors contiguous along them) and a small
/// matrix times many configurations. Row-major, one thread.
/// </summary>
internal static class Dense
{
    private const int Panel = 512;

    /// <summary>C[m,n] += A[m,k] · B[n,k]ᵀ; with <paramref name="lower"/> only the tiles that reach the lower triangle (m = n).</summary>
    public static void AddOuter(ReadOnlySpan<double> a, int m, ReadOnlySpan<double> b, int n, int k, Span<double> c, bool lower = false)
    {
        Check(a.Length, m, k);
        Check(b.Length, n, k);
        Check(c.Length, m, n);
        ref double pa = ref MemoryMarshal.GetReference(a);
        ref double pb = ref MemoryMarshal.GetReference(b);
        ref double pc = ref MemoryMarshal.GetReference(c);
        for (int k0 = 0; k0 < k; k0 += Panel)
        {
            int depth = Math.Min(Panel, k - k0);
            for (int i = 0; i < m; i += 4)
            {
                int rows = Math.Min(4, m - i);
                int columnEnd = lower ? Math.Min(n, i + rows) : n;
                for (int j = 0; j < columnEnd; j += 3)
                {
                    int columns = Math.Min(3, n - j);
                    if (rows == 4 && columns == 3)
                        Tile43(ref Unsafe.Add(ref pa, (nint)i * k + k0), k, ref Unsafe.Add(ref pb, (nint)j * k + k0), k, depth, ref Unsafe.Add(ref pc, (nint)i * n + j), n);
                    else
                        Edge(ref Unsafe.Add(ref pa, (nint)i * k + k0), rows, k, ref Unsafe.Add(ref pb, (nint)j * k + k0), columns, k, depth, ref Unsafe.Add(ref pc, (nint)i * n + j), n);
                }
            }
        }
    }

    /// <summary>C[m,n] = A[m,k] · B[k,n], for small m and k and long rows of B and C.</summary>
    public static void Multiply(ReadOnlySpan<double> a, int m, int k, ReadOnlySpan<double> b, int n, Span<double> c)
    {
        Check(a.Length, m, k);
        Check(b.Length, k, n);
        Check(c.Length, m, n);
        ref double pa = ref MemoryMarshal.GetReference(a);
        ref double pb = ref MemoryMarshal.GetReference(b);
        ref double pc = ref MemoryMarshal.GetReference(c);
        for (int j0 = 0; j0 < n; j0 += 8)
        {
            int width = Math.Min(8, n - j0);
            int i = 0;
            if (width == 8)
            {
                for (; i + 4 <= m; i += 4)
                    Strip48(ref Unsafe.Add(ref pa, (nint)i * k), k, ref Unsafe.Add(ref pb, j0), n, ref Unsafe.Add(ref pc, (nint)i * n + j0));
            }
            for (; i < m; i++)
            {
                for (int j = j0; j < j0 + width; j++)
                {
                    double sum = 0;
                    for (int p = 0; p < k; p++)
                        sum += Unsafe.Add(ref pa, (nint)i * k + p) * Unsafe.Add(ref pb, (nint)p * n + j);
                    Unsafe.Add(ref pc, (nint)i * n + j) = sum;
                }
            }
        }
    }

    /// <summary>out[j] += Σ_i A[i,j] B[i,j]: one number per configuration.</summary>
    public static void AddColumnDots(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int rows, int columns, Span<double> output)
    {
        Check(a.Length, rows, columns);
        Check(b.Length, rows, columns);
        Check(output.Length, 1, columns);
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<double> x = a.Slice(i * columns, columns), y = b.Slice(i * columns, columns);
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(x, y, output[..columns], output[..columns]);
        }
    }

    /// <summary>Plain square product C = A·B of order n.</summary>
    public static double[] Square(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int n)
    {
        double[] c = new double[n * n];
        Multiply(a, n, n, b, n, c);
        return c;
    }

    public static double[] Transpose(ReadOnlySpan<double> a, int rows, int columns)
    {
        double[] t = new double[rows * columns];
        const int Tile = 32;
        for (int i0 = 0; i0 < rows; i0 += Tile)
        {
            for (int j0 = 0; j0 < columns; j0 += Tile)
            {
                int iEnd = Math.Min(rows, i0 + Tile), jEnd = Math.Min(columns, j0 + Tile);
                for (int i = i0; i < iEnd; i++)
                {
                    for (int j = j0; j < jEnd; j++)
                        t[j * rows + i] = a[i * columns + j];
                }
            }
        }
        return t;
    }

    /// <summary>Copies the lower triangle to the upper one.</summary>
    public static void Mirror(Span<double> c, int n)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
                c[i * n + j] = c[j * n + i];
        }
    }

    private static void Check(int length, int rows, int columns)
    {
        if (length < (long)rows * columns)
            throw new ArgumentException($"a {rows}x{columns} matrix does not fit into {length} numbers");
    }

    private static void Tile43(ref double a, int ka, ref double b, int kb, int depth, ref double c, int n)
    {
        Vector256<double> s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default;
        Vector256<double> s20 = default, s21 = default, s22 = default, s30 = default, s31 = default, s32 = default;
        int p = 0;
        for (; p + 4 <= depth; p += 4)
        {
            Vector256<double> b0 = Vector256.LoadUnsafe(ref b, (nuint)p);
            Vector256<double> b1 = Vector256.LoadUnsafe(ref b, (nuint)(kb + p));
            Vector256<double> b2 = Vector256.LoadUnsafe(ref b, (nuint)(2 * kb + p));
            Vector256<double> x = Vector256.LoadUnsafe(ref a, (nuint)p);
            s00 = Vector256.FusedMultiplyAdd(x, b0, s00);
            s01 = Vector256.FusedMultiplyAdd(x, b1, s01);
            s02 = Vector256.FusedMultiplyAdd(x, b2, s02);
            x = Vector256.LoadUnsafe(ref a, (nuint)(ka + p));
            s10 = Vector256.FusedMultiplyAdd(x, b0, s10);
            s11 = Vector256.FusedMultiplyAdd(x, b1, s11);
            s12 = Vector256.FusedMultiplyAdd(x, b2, s12);
            x = Vector256.LoadUnsafe(ref a, (nuint)(2 * ka + p));
            s20 = Vector256.FusedMultiplyAdd(x, b0, s20);
            s21 = Vector256.FusedMultiplyAdd(x, b1, s21);
            s22 = Vector256.FusedMultiplyAdd(x, b2, s22);
            x = Vector256.LoadUnsafe(ref a, (nuint)(3 * ka + p));
            s30 = Vector256.FusedMultiplyAdd(x, b0, s30);
            s31 = Vector256.FusedMultiplyAdd(x, b1, s31);
            s32 = Vector256.FusedMultiplyAdd(x, b2, s32);
        }
        c += Vector256.Sum(s00);
        Unsafe.Add(ref c, 1) += Vector256.Sum(s01);
        Unsafe.Add(ref c, 2) += Vector256.Sum(s02);
        Unsafe.Add(ref c, n) += Vector256.Sum(s10);
        Unsafe.Add(ref c, n + 1) += Vector256.Sum(s11);
        Unsafe.Add(ref c, n + 2) += Vector256.Sum(s12);
        Unsafe.Add(ref c, 2 * n) += Vector256.Sum(s20);
        Unsafe.Add(ref c, 2 * n + 1) += Vector256.Sum(s21);
        Unsafe.Add(ref c, 2 * n + 2) += Vector256.Sum(s22);
        Unsafe.Add(ref c, 3 * n) += Vector256.Sum(s30);
        Unsafe.Add(ref c, 3 * n + 1) += Vector256.Sum(s31);
        Unsafe.Add(ref c, 3 * n + 2) += Vector256.Sum(s32);
        if (p < depth)
            Edge(ref Unsafe.Add(ref a, p), 4, ka, ref Unsafe.Add(ref b, p), 3, kb, depth - p, ref c, n);
    }

    private static void Edge(ref double a, int rows, int ka, ref double b, int columns, int kb, int depth, ref double c, int n)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                Vector256<double> sum = default;
                int p = 0;
                for (; p + 4 <= depth; p += 4)
                    sum = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref a, (nuint)(i * ka + p)), Vector256.LoadUnsafe(ref b, (nuint)(j * kb + p)), sum);
                double total = Vector256.Sum(sum);
                for (; p < depth; p++)
                    total += Unsafe.Add(ref a, i * ka + p) * Unsafe.Add(ref b, j * kb + p);
                Unsafe.Add(ref c, i * n + j) += total;
            }
        }
    }

    private static void Strip48(ref double a, int k, ref double b, int n, ref double c)
    {
        Vector256<double> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        for (int p = 0; p < k; p++)
        {
            Vector256<double> b0 = Vector256.LoadUnsafe(ref Unsafe.Add(ref b, (nint)p * n));
            Vector256<double> b1 = Vector256.LoadUnsafe(ref Unsafe.Add(ref b, (nint)p * n + 4));
            Vector256<double> x = Vector256.Create(Unsafe.Add(ref a, p));
            s00 = Vector256.FusedMultiplyAdd(x, b0, s00);
            s01 = Vector256.FusedMultiplyAdd(x, b1, s01);
            x = Vector256.Create(Unsafe.Add(ref a, k + p));
            s10 = Vector256.FusedMultiplyAdd(x, b0, s10);
            s11 = Vector256.FusedMultiplyAdd(x, b1, s11);
            x = Vector256.Create(Unsafe.Add(ref a, 2 * k + p));
            s20 = Vector256.FusedMultiplyAdd(x, b0, s20);
            s21 = Vector256.FusedMultiplyAdd(x, b1, s21);
            x = Vector256.Create(Unsafe.Add(ref a, 3 * k + p));
            s30 = Vector256.FusedMultiplyAdd(x, b0, s30);
            s31 = Vector256.FusedMultiplyAdd(x, b1, s31);
        }
        s00.StoreUnsafe(ref c);
        s01.StoreUnsafe(ref Unsafe.Add(ref c, 4));
        s10.StoreUnsafe(ref Unsafe.Add(ref c, n));
        s11.StoreUnsafe(ref Unsafe.Add(ref c, n + 4));
        s20.StoreUnsafe(ref Unsafe.Add(ref c, 2 * n));
        s21.StoreUnsafe(ref Unsafe.Add(ref c, 2 * n + 4));
        s30.StoreUnsafe(ref Unsafe.Add(ref c, 3 * n));
        s31.StoreUnsafe(ref Unsafe.Add(ref c, 3 * n + 4));
    }
}
