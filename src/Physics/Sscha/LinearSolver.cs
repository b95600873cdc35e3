using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>Dense linear equations by Gaussian elimination with partial pivoting, row by row.</summary>
internal static class LinearSolver
{
    /// <summary>Solves A x = b for several right-hand sides; A (order n, row-major) and the right-hand sides (shape [count, n]) are overwritten.</summary>
    /// <exception cref="SschaException">The matrix is singular.</exception>
    public static void Solve(double[] a, int n, double[] right, int count)
    {
        int[] rows = [.. Enumerable.Range(0, n)];
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int i = k + 1; i < n; i++)
            {
                if (Math.Abs(a[rows[i] * n + k]) > Math.Abs(a[rows[pivot] * n + k]))
                    pivot = i;
            }
            (rows[k], rows[pivot]) = (rows[pivot], rows[k]);
            double diagonal = a[rows[k] * n + k];
            if (diagonal == 0 || !double.IsFinite(diagonal))
                throw new SschaException("a system of linear equations is singular");
            ReadOnlySpan<double> source = a.AsSpan(rows[k] * n + k + 1, n - k - 1);
            for (int i = k + 1; i < n; i++)
            {
                ref double head = ref a[rows[i] * n + k];
                if (head == 0)
                    continue;
                head /= diagonal;
                Span<double> target = a.AsSpan(rows[i] * n + k + 1, n - k - 1);
                TensorPrimitives.MultiplyAdd(source, -head, target, target);
            }
        }
        double[] x = new double[n];
        for (int c = 0; c < count; c++)
        {
            Span<double> b = right.AsSpan(c * n, n);
            for (int i = 0; i < n; i++)
                x[i] = b[rows[i]] - TensorPrimitives.Dot(a.AsSpan(rows[i] * n, i), x.AsSpan(0, i));
            for (int i = n - 1; i >= 0; i--)
                x[i] = (x[i] - TensorPrimitives.Dot(a.AsSpan(rows[i] * n + i + 1, n - i - 1), x.AsSpan(i + 1, n - i - 1))) / a[rows[i] * n + i];
            x.CopyTo(b);
        }
    }
}
