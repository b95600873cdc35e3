using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>Averages over a normal distribution by Gauss quadrature; nodes and weights from the Jacobi matrix (Golub and Welsch, Math. Comput. 23, 221 (1969)).</summary>
internal static class GaussHermite
{
    /// <summary>Nodes of the standard normal distribution in three dimensions, n per axis: exact for polynomials of degree 2n - 1 in each coordinate.</summary>
    public static (Vec3 Node, double Weight)[] Cube(int n)
    {
        double[] jacobi = new double[n * n];
        for (int k = 1; k < n; k++)
            jacobi[k * n + k - 1] = jacobi[(k - 1) * n + k] = Math.Sqrt(k);
        SymmetricEigen eigen = SymmetricEigen.Of(jacobi, n);
        double[] weights = [.. Enumerable.Range(0, n).Select(m => eigen.Vectors[m * n] * eigen.Vectors[m * n])];
        return
        [
            .. from i in Enumerable.Range(0, n)
               from j in Enumerable.Range(0, n)
               from k in Enumerable.Range(0, n)
               select (new Vec3(eigen.Values[i], eigen.Values[j], eigen.Values[k]), weights[i] * weights[j] * weights[k]),
        ];
    }
}
