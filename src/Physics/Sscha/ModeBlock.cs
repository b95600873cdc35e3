namespace Csp.Physics.Sscha;

/// <summary>The modes of one block of a <see cref="BlochBasis"/>: M^-½ Φ M^-½ diagonalised on the space without uniform translations.</summary>
internal sealed class ModeBlock
{
    private ModeBlock(int size, double[] squares, double[] x) => (Size, Squares, X) = (size, squares, x);

    /// <summary>Components of the block.</summary>
    public int Size { get; }

    /// <summary>Modes: the size, less three at Γ.</summary>
    public int Count => Squares.Length;

    /// <summary>w², ascending; negative for imaginary modes.</summary>
    public double[] Squares { get; }

    /// <summary>w, Ry; only for positive <see cref="Squares"/>.</summary>
    public double[] Frequencies => field ??= Array.ConvertAll(Squares, Math.Sqrt);

    /// <summary>Shape [Count, Size]: X = M^-½ e.</summary>
    public double[] X { get; }

    public static ModeBlock[] Of(BlochMatrix phi, double[] masses)
    {
        BlochBasis basis = phi.Basis;
        double[] inverseRoots = [.. Enumerable.Range(0, 2 * basis.Bands).Select(i => 1 / Math.Sqrt(masses[i % basis.Bands / 3]))];
        ModeBlock[] result = new ModeBlock[basis.Blocks.Length];
        for (int b = 0; b < result.Length; b++)
        {
            int n = basis.Blocks[b].Size;
            if (b == basis.GammaBlock)
            {
                result[b] = WithoutTranslations(phi.Blocks[b], n, masses);
                continue;
            }
            double[] weighted = new double[n * n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    weighted[i * n + j] = phi.Blocks[b][i * n + j] * inverseRoots[i] * inverseRoots[j];
            }
            result[b] = Diagonalize(weighted, n, inverseRoots);
        }
        return result;
    }

    private static ModeBlock Diagonalize(double[] weighted, int n, double[] inverseRoots)
    {
        SymmetricEigen eigen = SymmetricEigen.Of(weighted, n);
        for (int m = 0; m < n; m++)
        {
            for (int i = 0; i < n; i++)
                eigen.Vectors[m * n + i] *= inverseRoots[i];
        }
        return new ModeBlock(n, eigen.Values, eigen.Vectors);
    }

    /// <summary>The modes of D(Γ) without the three uniform translations.</summary>
    public static ModeBlock WithoutTranslations(double[] dynamical, int n, double[] masses)
    {
        double[] inverseRoots = [.. Enumerable.Range(0, n).Select(i => 1 / Math.Sqrt(masses[i / 3]))];
        double[] weighted = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                weighted[i * n + j] = dynamical[i * n + j] * inverseRoots[i] * inverseRoots[j];
        }
        // Rows of `basis`: an orthonormal basis of the complement of the three vectors m_s^½.
        double total = Math.Sqrt(masses.Sum());
        int atoms = n / 3, internalModes = n - 3;
        double[] complement = new double[internalModes * n];
        double[] t = [.. masses.Select(m => Math.Sqrt(m) / total)];

        // A Householder reflection takes t to the first unit vector; its other rows span the complement.
        double[] v = (double[])t.Clone();
        v[0] += 1;
        double beta = 2 / v.Sum(x => x * x);
        for (int r = 1; r < atoms; r++)
        {
            for (int s = 0; s < atoms; s++)
            {
                double h = (r == s ? 1 : 0) - beta * v[r] * v[s];
                for (int axis = 0; axis < 3; axis++)
                    complement[(3 * (r - 1) + axis) * n + 3 * s + axis] = h;
            }
        }
        double[] half = new double[internalModes * n];
        Dense.Multiply(complement, internalModes, n, weighted, n, half);
        double[] reduced = new double[internalModes * internalModes];
        Dense.AddOuter(half, internalModes, complement, internalModes, n, reduced);
        SymmetricEigen eigen = SymmetricEigen.Of(reduced, internalModes);
        double[] x = new double[internalModes * n];
        Dense.Multiply(eigen.Vectors, internalModes, internalModes, complement, n, x);
        for (int m = 0; m < internalModes; m++)
        {
            for (int i = 0; i < n; i++)
                x[m * n + i] *= inverseRoots[i];
        }
        return new ModeBlock(n, eigen.Values, x);
    }
}
