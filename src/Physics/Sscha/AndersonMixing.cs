namespace Csp.Physics.Sscha;

/// <summary>
/// Anderson mixing for a fixed point x = G(x): the next point minimises the linearised residual over the span of the last steps
/// (Walker and Ni, SIAM J. Numer. Anal. 49, 1715 (2011), type II). Holds its history; one instance per solve.
/// </summary>
internal sealed class AndersonMixing(int depth)
{
    private readonly List<double[]> _pointSteps = [];
    private readonly List<double[]> _residualSteps = [];
    private double[]? _point;
    private double[]? _residual;

    /// <param name="x">The current point.</param>
    /// <param name="residual">G(x) - x.</param>
    /// <returns>The next point.</returns>
    public double[] Next(double[] x, double[] residual)
    {
        if (_point is not null && _residual is not null)
        {
            _pointSteps.Add(Difference(x, _point));
            _residualSteps.Add(Difference(residual, _residual));
            if (_pointSteps.Count > depth)
            {
                _pointSteps.RemoveAt(0);
                _residualSteps.RemoveAt(0);
            }
        }
        (_point, _residual) = (x, residual);
        double[] next = new double[x.Length];
        System.Numerics.Tensors.TensorPrimitives.Add(x, residual, next);
        int m = _pointSteps.Count;
        if (m == 0)
            return next;
        double[] gram = new double[m * m], right = new double[m];
        for (int i = 0; i < m; i++)
        {
            right[i] = Dot(_residualSteps[i], residual);
            for (int j = 0; j <= i; j++)
                gram[i * m + j] = gram[j * m + i] = Dot(_residualSteps[i], _residualSteps[j]);
        }
        double[] gamma = LeastSquares(gram, right, m);
        for (int i = 0; i < m; i++)
        {
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(_pointSteps[i], -gamma[i], next, next);
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(_residualSteps[i], -gamma[i], next, next);
        }
        return next;
    }

    /// <summary>Forgets all steps, for when the last point had to be given up.</summary>
    public void Restart()
    {
        _pointSteps.Clear();
        _residualSteps.Clear();
        (_point, _residual) = (null, null);
    }

    /// <summary>Solves the scaled normal equations in the space of their well-determined directions.</summary>
    private static double[] LeastSquares(double[] gram, double[] right, int m)
    {
        double[] scale = new double[m], scaled = new double[m * m];
        for (int i = 0; i < m; i++)
            scale[i] = gram[i * m + i] > 0 ? 1 / Math.Sqrt(gram[i * m + i]) : 0;
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < m; j++)
                scaled[i * m + j] = gram[i * m + j] * scale[i] * scale[j];
        }
        SymmetricEigen eigen = SymmetricEigen.Of(scaled, m);
        double[] gamma = new double[m];
        for (int k = 0; k < m; k++)
        {
            if (eigen.Values[k] < 1e-12 * eigen.Values[m - 1] || eigen.Values[k] <= 0)
                continue;
            double amplitude = 0;
            for (int i = 0; i < m; i++)
                amplitude += eigen.Vectors[k * m + i] * right[i] * scale[i] / eigen.Values[k];
            for (int i = 0; i < m; i++)
                gamma[i] += amplitude * eigen.Vectors[k * m + i] * scale[i];
        }
        return gamma;
    }

    private static double Dot(double[] a, double[] b) => System.Numerics.Tensors.TensorPrimitives.Dot<double>(a, b);

    private static double[] Difference(double[] a, double[] b)
    {
        double[] d = new double[a.Length];
        System.Numerics.Tensors.TensorPrimitives.Subtract(a, b, d);
        return d;
    }
}
