using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>
/// The third-order tensor of the free-energy Hessian in Bloch components, D3 = -sym⟨(Υu)(Υu) δf⟩ (the term Υ⟨δf⟩ vanishes at the fixed point): one complex
/// block [Bands, Bands, Bands] for each q1 + q2 + q3 = 0. Symmetrised over permutations and the space group. Memory: Modes² × Bands complex numbers.
/// Bianco et al., Phys. Rev. B 96, 014111 (2017), equation 36.
/// </summary>
internal sealed class ThirdOrder
{
    private readonly BlochBasis _basis;
    private readonly (double[] Re, double[] Im)[] _blocks;

    private ThirdOrder(BlochBasis basis, (double[] Re, double[] Im)[] blocks) => (_basis, _blocks) = (basis, blocks);

    /// <summary>Frobenius norm of the supercell tensor, Ry/bohr^3.</summary>
    public double Norm => Math.Sqrt(_blocks.Sum(b => TensorPrimitives.SumOfSquares<double>(b.Re) + TensorPrimitives.SumOfSquares<double>(b.Im)));

    /// <summary>The block with components a at q1, b at q2, c at -q1-q2, shape [Bands, Bands, Bands].</summary>
    public (double[] Re, double[] Im) Block(int q1, int q2) => _blocks[q1 * _basis.Cells + q2];

    public static int Third(BlochBasis basis, int q1, int q2)
    {
        (int x1, int y1, int z1) = basis.Waves[q1];
        (int x2, int y2, int z2) = basis.Waves[q2];
        return basis.WaveAt(-x1 - x2, -y1 - y2, -z1 - z2);
    }

    public static ThirdOrder Of(BlochComponents components, CrystalSymmetry symmetry)
    {
        BlochBasis basis = components.Basis;
        int cells = basis.Cells;
        (double[] Re, double[] Im)[] raw = new (double[], double[])[cells * cells];
        for (int q1 = 0; q1 < cells; q1++)
        {
            for (int q2 = q1; q2 < cells; q2++)
            {
                int q3 = Third(basis, q1, q2);
                if (q3 >= q2 && raw[q1 * cells + q2].Re is null)
                    Fill(basis, raw, q1, q2, q3, Raw(components, q1, q2, q3));
            }
        }
        if (symmetry.Order == 1)
            return new ThirdOrder(basis, raw);

        (double[] Re, double[] Im)[] blocks = new (double[], double[])[cells * cells];
        int size = basis.Bands * basis.Bands * basis.Bands;
        for (int q1 = 0; q1 < cells; q1++)
        {
            for (int q2 = 0; q2 < cells; q2++)
            {
                if (blocks[q1 * cells + q2].Re is not null)
                    continue;
                (double[] Re, double[] Im) sum = (new double[size], new double[size]);
                foreach (CrystalSymmetry.Action action in symmetry.Actions)
                    AddRotated(basis, action, q1, q2, raw[action.SourceOf[q1] * cells + action.SourceOf[q2]], sum, 1.0 / symmetry.Order);
                Fill(basis, blocks, q1, q2, Third(basis, q1, q2), sum);
                foreach (CrystalSymmetry.Action action in symmetry.Actions)
                {
                    int t1 = action.TargetOf[q1], t2 = action.TargetOf[q2];
                    if (blocks[t1 * cells + t2].Re is not null)
                        continue;
                    (double[] Re, double[] Im) rotated = (new double[size], new double[size]);
                    AddRotated(basis, action, t1, t2, sum, rotated, 1);
                    Fill(basis, blocks, t1, t2, Third(basis, t1, t2), rotated);
                }
            }
        }
        return new ThirdOrder(basis, blocks);
    }

    /// <summary>The supercell tensor element by element, a &lt; Modes etc.; only for small supercells (Modes³ numbers).</summary>
    public double[] ToSupercell()
    {
        int cells = _basis.Cells, bands = _basis.Bands, n = _basis.Modes;
        double[] full = new double[n * n * n];
        (int X, int Y, int Z)[] r = [.. Enumerable.Range(0, cells).Select(c => (c / (_basis.Size.B * _basis.Size.C), c / _basis.Size.C % _basis.Size.B, c % _basis.Size.C))];
        double norm = Math.Pow(cells, -1.5);
        double[] block = new double[bands * bands * bands];
        for (int c2 = 0; c2 < cells; c2++)
        {
            for (int c3 = 0; c3 < cells; c3++)
            {
                // D(0, R2, R3) = Nc^-3/2 Σ exp(2πi(q2·R2 + q3·R3)) t(q1, q2, q3).
                Array.Clear(block);
                for (int q1 = 0; q1 < cells; q1++)
                {
                    for (int q2 = 0; q2 < cells; q2++)
                    {
                        int q3 = Third(_basis, q1, q2);
                        double angle = 2 * Math.PI * (_basis.Phase(q2, r[c2].X, r[c2].Y, r[c2].Z) + _basis.Phase(q3, r[c3].X, r[c3].Y, r[c3].Z));
                        (double[] re, double[] im) = Block(q1, q2);
                        TensorPrimitives.MultiplyAdd(re, norm * Math.Cos(angle), block, block);
                        TensorPrimitives.MultiplyAdd(im, -norm * Math.Sin(angle), block, block);
                    }
                }
                for (int c1 = 0; c1 < cells; c1++)
                {
                    int d2 = _basis.CellIndex(r[c1].X + r[c2].X, r[c1].Y + r[c2].Y, r[c1].Z + r[c2].Z);
                    int d3 = _basis.CellIndex(r[c1].X + r[c3].X, r[c1].Y + r[c3].Y, r[c1].Z + r[c3].Z);
                    for (int i = 0; i < block.Length; i++)
                    {
                        int a = i / (bands * bands), b = i / bands % bands, c = i % bands;
                        int row = _basis.ComponentOf(c1, a / 3, a % 3), column = _basis.ComponentOf(d2, b / 3, b % 3);
                        full[(row * n + column) * n + _basis.ComponentOf(d3, c / 3, c % 3)] = block[i];
                    }
                }
            }
        }
        return full;
    }

    /// <summary>-⅓⟨δf y y + y δf y + y y δf⟩.</summary>
    private static (double[] Re, double[] Im) Raw(BlochComponents s, int q1, int q2, int q3)
    {
        int bands = s.Basis.Bands, count = s.Count, size = bands * bands * bands;
        bool complex = s.IsComplex(q1) || s.IsComplex(q2) || s.IsComplex(q3);
        // One b at a time keeps the products in cache; where q2 = q3 the block is symmetric in b and c.
        double[] yyRe = new double[bands * count], ydRe = new double[bands * count];
        double[] yyIm = complex ? new double[bands * count] : [], ydIm = complex ? new double[bands * count] : [];
        double[] re = new double[size], im = new double[size];
        double[] plus = new double[bands * bands], minus = new double[bands * bands], imaginary = new double[bands * bands];
        bool firstComplex = s.D[q1].Im.Length > 0;
        for (int b = 0; b < bands; b++)
        {
            int c0 = q2 == q3 ? b : 0, columns = bands - c0;
            foreach (double[] buffer in (ReadOnlySpan<double[]>)[yyRe, ydRe, yyIm, ydIm, plus, minus, imaginary])
                Array.Clear(buffer);
            for (int c = c0; c < bands; c++)
            {
                int at = (c - c0) * count;
                s.Y[q2].AddProduct(b, s.Y[q3], c, s.Weights, yyRe.AsSpan(at, count), complex ? yyIm.AsSpan(at, count) : []);
                s.D[q2].AddProduct(b, s.Y[q3], c, s.Weights, ydRe.AsSpan(at, count), complex ? ydIm.AsSpan(at, count) : []);
                s.Y[q2].AddProduct(b, s.D[q3], c, s.Weights, ydRe.AsSpan(at, count), complex ? ydIm.AsSpan(at, count) : []);
            }
            Dense.AddOuter(s.D[q1].Re, bands, yyRe, columns, count, plus);
            Dense.AddOuter(s.Y[q1].Re, bands, ydRe, columns, count, plus);
            if (complex)
            {
                Dense.AddOuter(s.D[q1].Re, bands, yyIm, columns, count, imaginary);
                Dense.AddOuter(s.Y[q1].Re, bands, ydIm, columns, count, imaginary);
            }
            if (firstComplex)
            {
                Dense.AddOuter(s.D[q1].Im, bands, yyIm, columns, count, minus);
                Dense.AddOuter(s.Y[q1].Im, bands, ydIm, columns, count, minus);
                Dense.AddOuter(s.D[q1].Im, bands, yyRe, columns, count, imaginary);
                Dense.AddOuter(s.Y[q1].Im, bands, ydRe, columns, count, imaginary);
            }
            for (int a = 0; a < bands; a++)
            {
                for (int c = c0; c < bands; c++)
                {
                    int from = a * columns + c - c0, to = (a * bands + b) * bands + c;
                    re[to] = plus[from] - minus[from];
                    im[to] = imaginary[from];
                    if (q2 == q3)
                        (re[(a * bands + c) * bands + b], im[(a * bands + c) * bands + b]) = (re[to], im[to]);
                }
            }
        }
        TensorPrimitives.Multiply(re, -1.0 / 3, re);
        TensorPrimitives.Multiply(im, -1.0 / 3, im);
        return (re, im);
    }

    /// <summary>Stores a block under all permutations of its q points and, conjugated, under their opposites.</summary>
    private static void Fill(BlochBasis basis, (double[] Re, double[] Im)[] blocks, int q1, int q2, int q3, (double[] Re, double[] Im) block)
    {
        int n = basis.Bands, cells = basis.Cells;
        int[] q = [q1, q2, q3];
        int[][] permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        // A block that equals one of its own permutations is made symmetric by averaging over them.
        double[] re = new double[block.Re.Length], im = new double[block.Im.Length];
        int same = 0;
        foreach (int[] p in permutations)
        {
            if (q[p[0]] != q1 || q[p[1]] != q2 || q[p[2]] != q3)
                continue;
            AddPermuted(block.Re, p, n, re);
            AddPermuted(block.Im, p, n, im);
            same++;
        }
        TensorPrimitives.Multiply(re, 1.0 / same, re);
        TensorPrimitives.Multiply(im, 1.0 / same, im);
        foreach (int[] p in permutations)
        {
            int at = q[p[0]] * cells + q[p[1]];
            if (blocks[at].Re is null)
            {
                blocks[at] = (new double[re.Length], new double[re.Length]);
                AddPermuted(re, p, n, blocks[at].Re);
                AddPermuted(im, p, n, blocks[at].Im);
            }
            int opposite = basis.Minus[q[p[0]]] * cells + basis.Minus[q[p[1]]];
            if (blocks[opposite].Re is null)
                blocks[opposite] = ((double[])blocks[at].Re.Clone(), Array.ConvertAll(blocks[at].Im, x => -x));
        }
    }

    /// <summary>target[i_p0, i_p1, i_p2] += source[i_0, i_1, i_2].</summary>
    private static void AddPermuted(double[] source, int[] p, int n, double[] target)
    {
        Span<int> index = stackalloc int[3];
        int at = 0;
        for (index[0] = 0; index[0] < n; index[0]++)
        {
            for (index[1] = 0; index[1] < n; index[1]++)
            {
                for (index[2] = 0; index[2] < n; index[2]++)
                    target[(index[p[0]] * n + index[p[1]]) * n + index[p[2]]] += source[at++];
            }
        }
    }

    /// <summary>target(q1', q2') += weight · (Γ⊗Γ⊗Γ) source(q1, q2).</summary>
    internal static void AddRotated(
        BlochBasis basis, CrystalSymmetry.Action action, int to1, int to2, (double[] Re, double[] Im) source, (double[] Re, double[] Im) target, double weight)
    {
        int atoms = basis.CellAtoms, n = basis.Bands, to3 = Third(basis, to1, to2);
        double[] c = action.Rotation.ToArray();
        Span<double> re = stackalloc double[27], im = stackalloc double[27], scratch = stackalloc double[27];
        for (int s = 0; s < atoms; s++)
        {
            for (int t = 0; t < atoms; t++)
            {
                (double c1, double s1) = action.Phases[to1 * atoms + s];
                (double c2, double s2) = action.Phases[to2 * atoms + t];
                (double c12, double s12) = (c1 * c2 - s1 * s2, c1 * s2 + s1 * c2);
                for (int u = 0; u < atoms; u++)
                {
                    (double c3, double s3) = action.Phases[to3 * atoms + u];
                    double pr = weight * (c12 * c3 - s12 * s3), pi = weight * (c12 * s3 + s12 * c3);
                    Gather(source.Re, s, t, u, n, re);
                    Gather(source.Im, s, t, u, n, im);
                    Rotate(c, re, scratch);
                    Rotate(c, im, scratch);
                    int at = (3 * action.AtomTo[s] * n + 3 * action.AtomTo[t]) * n + 3 * action.AtomTo[u];
                    for (int k = 0; k < 27; k++)
                    {
                        int index = at + (k / 9 * n + k / 3 % 3) * n + k % 3;
                        target.Re[index] += pr * re[k] - pi * im[k];
                        target.Im[index] += pr * im[k] + pi * re[k];
                    }
                }
            }
        }
    }

    private static void Gather(double[] source, int s, int t, int u, int n, Span<double> cube)
    {
        for (int a = 0; a < 3; a++)
        {
            for (int b = 0; b < 3; b++)
                source.AsSpan(((3 * s + a) * n + 3 * t + b) * n + 3 * u, 3).CopyTo(cube.Slice(9 * a + 3 * b, 3));
        }
    }

    /// <summary>Applies the rotation to the three indices; each pass turns the first index and moves it to the end.</summary>
    private static void Rotate(double[] c, Span<double> cube, Span<double> scratch)
    {
        for (int pass = 0; pass < 3; pass++)
        {
            for (int rest = 0; rest < 9; rest++)
            {
                double x = cube[rest], y = cube[9 + rest], z = cube[18 + rest];
                scratch[3 * rest] = c[0] * x + c[1] * y + c[2] * z;
                scratch[3 * rest + 1] = c[3] * x + c[4] * y + c[5] * z;
                scratch[3 * rest + 2] = c[6] * x + c[7] * y + c[8] * z;
            }
            scratch.CopyTo(cube);
        }
    }
}
