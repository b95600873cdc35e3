namespace Csp.Physics.Sscha;

/// <summary>
/// Eigenvalues (ascending) and orthonormal eigenvectors (rows of <see cref="Vectors"/>) of a dense symmetric matrix: Householder reduction to tridiagonal form,
/// then implicit QL (Wilkinson and Reinsch, Handbook for Automatic Computation II, contributions II/2 and II/3). Both work on rows, so memory is read in order.
/// </summary>
internal readonly struct SymmetricEigen
{
    private SymmetricEigen(double[] values, double[] vectors) => (Values, Vectors) = (values, vectors);

    public double[] Values { get; }

    /// <summary>Shape [n, n]: row m is the eigenvector of eigenvalue m.</summary>
    public double[] Vectors { get; }

    /// <summary>Only the lower triangle is read.</summary>
    /// <exception cref="SschaException">The matrix holds numbers that are not finite.</exception>
    public static SymmetricEigen Of(ReadOnlySpan<double> matrix, int n)
    {
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double v = matrix[i * n + j];
                if (!double.IsFinite(v))
                    throw new SschaException("a matrix holds a number that is not finite, so it has no eigenvalues");
                a[i * n + j] = a[j * n + i] = v;
            }
        }
        double[] diagonal = new double[n];
        double[] off = new double[n];
        double[] q = Tridiagonalize(a, n, diagonal, off);
        ImplicitQl(diagonal, off, q, n);

        int[] order = [.. Enumerable.Range(0, n)];
        Array.Sort((double[])diagonal.Clone(), order);
        double[] values = new double[n], vectors = new double[n * n];
        for (int m = 0; m < n; m++)
        {
            values[m] = diagonal[order[m]];
            q.AsSpan(order[m] * n, n).CopyTo(vectors.AsSpan(m * n, n));
        }
        return new SymmetricEigen(values, vectors);
    }

    /// <summary>A = Qᵀ T Q with rows of the result Q; A is overwritten by Householder vectors.</summary>
    private static double[] Tridiagonalize(double[] a, int n, double[] diagonal, double[] off)
    {
        double[] p = new double[n];
        double[] scales = new double[n];
        for (int k = 0; k < n - 2; k++)
        {
            // Reflect row k beyond the diagonal onto its first element; v lives in a[k, k+1..].
            Span<double> v = a.AsSpan(k * n + k + 1, n - k - 1);
            double norm = Math.Sqrt(Dot(v, v));
            double tail = Dot(v[1..], v[1..]);
            if (tail == 0 || norm == 0)
            {
                off[k] = v[0];
                scales[k] = 0;
                continue;
            }
            double alpha = v[0] > 0 ? -norm : norm;
            v[0] -= alpha;
            off[k] = alpha;
            double beta = 2 / (v[0] * v[0] + tail);
            scales[k] = beta;
            int size = v.Length;
            Span<double> w = p.AsSpan(0, size);
            for (int i = 0; i < size; i++)
                w[i] = beta * Dot(a.AsSpan((k + 1 + i) * n + k + 1, size), v);
            double kappa = 0.5 * beta * Dot(w, v);
            for (int i = 0; i < size; i++)
                w[i] -= kappa * v[i];
            for (int i = 0; i < size; i++)
            {
                Span<double> row = a.AsSpan((k + 1 + i) * n + k + 1, size);
                double vi = v[i], wi = w[i];
                Axpy(-vi, w, row);
                Axpy(-wi, v, row);
            }
        }
        for (int i = 0; i < n; i++)
            diagonal[i] = a[i * n + i];
        if (n > 1)
            off[n - 2] = a[(n - 2) * n + n - 1];

        // Rows of q: q = H_{n-3} … H_0 acting on the identity, so that q A qᵀ = T.
        double[] q = new double[n * n];
        for (int i = 0; i < n; i++)
            q[i * n + i] = 1;
        for (int k = n - 3; k >= 0; k--)
        {
            if (scales[k] == 0)
                continue;
            ReadOnlySpan<double> v = a.AsSpan(k * n + k + 1, n - k - 1);
            for (int i = k + 1; i < n; i++)
            {
                Span<double> row = q.AsSpan(i * n + k + 1, n - k - 1);
                Axpy(-scales[k] * Dot(row, v), v, row);
            }
        }
        return q;
    }

    private static void ImplicitQl(double[] d, double[] e, double[] q, int n)
    {
        if (n > 0)
            e[n - 1] = 0;
        for (int l = 0; l < n; l++)
        {
            for (int iteration = 0; ; iteration++)
            {
                int m = l;
                for (; m < n - 1; m++)
                {
                    double scale = Math.Abs(d[m]) + Math.Abs(d[m + 1]);
                    if (Math.Abs(e[m]) <= 1.2e-16 * scale)
                        break;
                }
                if (m == l)
                    break;
                if (iteration == 80)
                    throw new SschaException("the eigenvalues of a matrix did not converge");
                double g = (d[l + 1] - d[l]) / (2 * e[l]);
                double r = double.Hypot(g, 1);
                g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
                double s = 1, c = 1, shift = 0;
                int i = m - 1;
                for (; i >= l; i--)
                {
                    double f = s * e[i], b = c * e[i];
                    r = double.Hypot(f, g);
                    e[i + 1] = r;
                    if (r == 0)
                    {
                        d[i + 1] -= shift;
                        e[m] = 0;
                        break;
                    }
                    s = f / r;
                    c = g / r;
                    g = d[i + 1] - shift;
                    r = (d[i] - g) * s + 2 * c * b;
                    shift = s * r;
                    d[i + 1] = g + shift;
                    g = c * r - b;
                    Rotate(q.AsSpan(i * n, n), q.AsSpan((i + 1) * n, n), c, s);
                }
                if (r == 0 && i >= l)
                    continue;
                d[l] -= shift;
                e[l] = g;
                e[m] = 0;
            }
        }
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => System.Numerics.Tensors.TensorPrimitives.Dot(x, y);

    private static void Axpy(double factor, ReadOnlySpan<double> x, Span<double> y) =>
        System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(x, factor, y, y);

    private static void Rotate(Span<double> low, Span<double> high, double c, double s)
    {
        int j = 0, width = System.Numerics.Vector<double>.Count;
        for (; j + width <= low.Length; j += width)
        {
            System.Numerics.Vector<double> x = new(low[j..]), y = new(high[j..]);
            (s * x + c * y).CopyTo(high[j..]);
            (c * x - s * y).CopyTo(low[j..]);
        }
        for (; j < low.Length; j++)
        {
            double x = low[j], y = high[j];
            high[j] = s * x + c * y;
            low[j] = c * x - s * y;
        }
    }
}
