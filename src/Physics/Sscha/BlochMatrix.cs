namespace Csp.Physics.Sscha;

/// <summary>
/// A translation-invariant real matrix of supercell displacements, kept as blocks of a <see cref="BlochBasis"/>. Force constants are such matrices
/// (symmetric, Ry/bohr^2), and so are Upsilon and the gradient. Immutable.
/// </summary>
public sealed class BlochMatrix
{
    internal BlochMatrix(BlochBasis basis, double[][] blocks) => (Basis, Blocks) = (basis, blocks);

    public BlochBasis Basis { get; }

    /// <summary>Row-major blocks in the order of <see cref="BlochBasis.Blocks"/>.</summary>
    internal double[][] Blocks { get; }

    /// <summary>Frobenius norm of the supercell matrix, which is that over all q.</summary>
    public double Norm => Math.Sqrt(Dot(this));

    public bool IsFinite => Blocks.All(b => b.All(double.IsFinite));

    public static BlochMatrix Zero(BlochBasis basis) => new(basis, [.. basis.Blocks.Select(b => new double[b.Size * b.Size])]);

    public static BlochMatrix operator +(BlochMatrix a, BlochMatrix b) => a.Zip(b, (x, y) => x + y);

    public static BlochMatrix operator -(BlochMatrix a, BlochMatrix b) => a.Zip(b, (x, y) => x - y);

    public static BlochMatrix operator *(double s, BlochMatrix a) => new(a.Basis, [.. a.Blocks.Select(b => Array.ConvertAll(b, x => s * x))]);

    /// <summary>tr(AᵀB).</summary>
    public double Dot(BlochMatrix other)
    {
        double sum = 0;
        for (int b = 0; b < Blocks.Length; b++)
            sum += System.Numerics.Tensors.TensorPrimitives.Dot(Blocks[b], other.Blocks[b]);
        return sum;
    }

    /// <summary>(A + Aᵀ)/2.</summary>
    public BlochMatrix Symmetric()
    {
        double[][] blocks = new double[Blocks.Length][];
        for (int b = 0; b < blocks.Length; b++)
        {
            int n = Basis.Blocks[b].Size;
            double[] source = Blocks[b], target = new double[n * n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j <= i; j++)
                    target[i * n + j] = target[j * n + i] = 0.5 * (source[i * n + j] + source[j * n + i]);
            }
            blocks[b] = target;
        }
        return new BlochMatrix(Basis, blocks);
    }

    /// <summary>D(q), row-major [Bands, Bands], real and imaginary part.</summary>
    public (double[] Re, double[] Im) Dynamical(int q)
    {
        int bands = Basis.Bands;
        BlochBlock block = Basis.Blocks[Basis.BlockOf[q]];
        double[] source = Blocks[Basis.BlockOf[q]];
        if (!block.IsPair)
            return ((double[])source.Clone(), new double[bands * bands]);
        double[] re = new double[bands * bands], im = new double[bands * bands];
        double sign = block.Q == q ? 1 : -1;
        for (int i = 0; i < bands; i++)
        {
            for (int j = 0; j < bands; j++)
            {
                re[i * bands + j] = source[i * block.Size + j];
                im[i * bands + j] = sign * source[(bands + i) * block.Size + j];
            }
        }
        return (re, im);
    }

    /// <summary>From D(q) of every q point; those of -q and the imaginary part where q = -q are averaged away.</summary>
    /// <exception cref="SschaException">The number or size of the matrices is wrong.</exception>
    public static BlochMatrix FromDynamical(BlochBasis basis, IReadOnlyList<(double[] Re, double[] Im)> matrices)
    {
        int bands = basis.Bands;
        if (matrices.Count != basis.Cells || matrices.Any(m => m.Re.Length != bands * bands || m.Im.Length != bands * bands))
            throw new SschaException($"{basis.Cells} dynamical matrices of {bands}x{bands} were expected");
        double[][] blocks = new double[basis.Blocks.Length][];
        for (int b = 0; b < blocks.Length; b++)
        {
            BlochBlock block = basis.Blocks[b];
            (double[] re, double[] im) = matrices[block.Q];
            if (!block.IsPair)
            {
                blocks[b] = (double[])re.Clone();
                continue;
            }
            (double[] minusRe, double[] minusIm) = matrices[basis.Minus[block.Q]];
            double[] target = new double[block.Size * block.Size];
            for (int i = 0; i < bands; i++)
            {
                for (int j = 0; j < bands; j++)
                {
                    int k = i * bands + j;
                    SetPair(target, bands, i, j, 0.5 * (re[k] + minusRe[k]), 0.5 * (im[k] - minusIm[k]));
                }
            }
            blocks[b] = target;
        }
        return new BlochMatrix(basis, blocks);
    }

    /// <summary>From a supercell matrix, averaged over the translations.</summary>
    /// <exception cref="SschaException">The size is wrong.</exception>
    public static BlochMatrix FromSupercell(BlochBasis basis, ReadOnlySpan<double> matrix)
    {
        int n = basis.Modes;
        if (matrix.Length != n * n)
            throw new SschaException($"the supercell has {n} modes, so its matrices need {n}x{n} numbers, not {matrix.Length}");
        double[] full = basis.Transform(basis.Transform(matrix, n), n);
        double[][] blocks = new double[basis.Blocks.Length][];
        for (int b = 0; b < blocks.Length; b++)
        {
            BlochBlock block = basis.Blocks[b];
            double[] target = new double[block.Size * block.Size];
            for (int i = 0; i < block.Size; i++)
            {
                for (int j = 0; j < block.Size; j++)
                    target[i * block.Size + j] = full[(block.Offset + i) * n + block.Offset + j];
            }
            blocks[b] = AverageTranslations(target, block, basis.Bands);
        }
        return new BlochMatrix(basis, blocks);
    }

    /// <summary>The supercell matrix, row-major [Modes, Modes].</summary>
    public double[] ToSupercell()
    {
        int n = Basis.Modes;
        double[] full = new double[n * n];
        for (int b = 0; b < Blocks.Length; b++)
        {
            BlochBlock block = Basis.Blocks[b];
            for (int i = 0; i < block.Size; i++)
            {
                for (int j = 0; j < block.Size; j++)
                    full[(block.Offset + j) * n + block.Offset + i] = Blocks[b][i * block.Size + j];
            }
        }
        return Basis.ToSupercellRows(Dense.Transpose(Basis.ToSupercellRows(full, n), n, n), n);
    }

    /// <summary>Applies the matrix to block components, shape [Modes, count].</summary>
    internal double[] Apply(ReadOnlySpan<double> components, int count)
    {
        double[] result = new double[Basis.Modes * count];
        for (int b = 0; b < Blocks.Length; b++)
        {
            BlochBlock block = Basis.Blocks[b];
            Dense.Multiply(Blocks[b], block.Size, block.Size, components.Slice(block.Offset * count, block.Size * count), count, result.AsSpan(block.Offset * count, block.Size * count));
        }
        return result;
    }

    /// <summary>The part of a block that commutes with the translations: [[A, -B], [B, A]].</summary>
    internal static double[] AverageTranslations(double[] source, BlochBlock block, int bands)
    {
        if (!block.IsPair)
            return source;
        int n = block.Size;
        double[] target = new double[n * n];
        for (int i = 0; i < bands; i++)
        {
            for (int j = 0; j < bands; j++)
            {
                SetPair(
                    target, bands, i, j,
                    0.5 * (source[i * n + j] + source[(bands + i) * n + bands + j]),
                    0.5 * (source[(bands + i) * n + j] - source[i * n + bands + j]));
            }
        }
        return target;
    }

    private static void SetPair(double[] target, int bands, int i, int j, double re, double im)
    {
        int n = 2 * bands;
        target[i * n + j] = target[(bands + i) * n + bands + j] = re;
        target[(bands + i) * n + j] = im;
        target[i * n + bands + j] = -im;
    }

    private BlochMatrix Zip(BlochMatrix other, Func<double, double, double> f)
    {
        double[][] blocks = new double[Blocks.Length][];
        for (int b = 0; b < blocks.Length; b++)
        {
            blocks[b] = new double[Blocks[b].Length];
            for (int i = 0; i < blocks[b].Length; i++)
                blocks[b][i] = f(Blocks[b][i], other.Blocks[b][i]);
        }
        return new BlochMatrix(Basis, blocks);
    }
}
