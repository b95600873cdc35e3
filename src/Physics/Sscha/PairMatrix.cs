using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>
/// A matrix between ordered pairs ((q1, b), (q - q1, c)) of components, index q1·Bands² + b·Bands + c. The imaginary part is empty where it vanishes.
/// A mutable workspace of <see cref="FourthOrder"/>.
/// </summary>
internal sealed class PairMatrix
{
    private PairMatrix(int order, double[] re, double[] im) => (Order, Re, Im) = (order, re, im);

    public int Order { get; }

    public double[] Re { get; }

    public double[] Im { get; private set; }

    public static PairMatrix Zero(int order) => new(order, new double[order * order], []);

    /// <summary>-¼⟨W Z† + Z W†⟩ of the configurations at one q.</summary>
    public static PairMatrix Sample(BlochComponents s, int q)
    {
        BlochBasis basis = s.Basis;
        int bands = basis.Bands, count = s.Count;
        // Each unordered pair of components once; all ordered pairs point to it.
        int order = basis.Cells * bands * bands;
        int[] canonical = new int[order];
        List<(int Q1, int B, int Q2, int C)> list = [];
        for (int q1 = 0; q1 < basis.Cells; q1++)
        {
            int q2 = PairSpace.Partner(basis, q, q1);
            for (int b = 0; b < bands && q2 >= q1; b++)
            {
                for (int c = q1 == q2 ? b : 0; c < bands; c++)
                {
                    canonical[(q1 * bands + b) * bands + c] = canonical[(q2 * bands + c) * bands + b] = list.Count;
                    list.Add((q1, b, q2, c));
                }
            }
        }
        int half = list.Count;
        bool complex = list.Any(p => s.IsComplex(p.Q1) || s.IsComplex(p.Q2));
        double[] wr = new double[half * count], zr = new double[half * count];
        double[] wi = complex ? new double[half * count] : [], zi = complex ? new double[half * count] : [];
        double[] roots = Array.ConvertAll(s.Weights, Math.Sqrt);
        for (int p = 0; p < half; p++)
        {
            (int q1, int b, int q2, int c) = list[p];
            Span<double> wIm = complex ? wi.AsSpan(p * count, count) : [], zIm = complex ? zi.AsSpan(p * count, count) : [];
            s.Y[q1].AddProduct(b, s.Y[q2], c, roots, wr.AsSpan(p * count, count), wIm);
            s.D[q1].AddProduct(b, s.Y[q2], c, roots, zr.AsSpan(p * count, count), zIm);
            s.Y[q1].AddProduct(b, s.D[q2], c, roots, zr.AsSpan(p * count, count), zIm);
        }
        double[] mr = new double[half * half], mi = complex ? new double[half * half] : [];
        Dense.AddOuter(wr, half, zr, half, count, mr);
        if (complex)
        {
            Dense.AddOuter(wi, half, zi, half, count, mr);
            Dense.AddOuter(wi, half, zr, half, count, mi);
            double[] minus = new double[half * half];
            Dense.AddOuter(wr, half, zi, half, count, minus);
            TensorPrimitives.Subtract(mi, minus, mi);
        }
        double[] re = new double[order * order], im = complex ? new double[order * order] : [];
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j < order; j++)
            {
                int ij = canonical[i] * half + canonical[j], ji = canonical[j] * half + canonical[i];
                re[i * order + j] = -0.25 * (mr[ij] + mr[ji]);
                if (complex)
                    im[i * order + j] = -0.25 * (mi[ij] - mi[ji]);
            }
        }
        return new PairMatrix(order, re, im);
    }

    /// <summary>this(q') += weight · rotated source(q).</summary>
    public void AddRotated(BlochBasis basis, CrystalSymmetry.Action action, int qTo, PairMatrix source, double weight)
    {
        int atoms = basis.CellAtoms, bands = basis.Bands, cells = basis.Cells;
        // One entry per pair of atoms at a pair of wave vectors: where its 9 components come from and go to, and its phase.
        (int From, int To, double Cos, double Sin)[] map = new (int, int, double, double)[cells * atoms * atoms];
        int at = 0;
        bool complex = source.Im.Length > 0;
        for (int to1 = 0; to1 < cells; to1++)
        {
            int to2 = PairSpace.Partner(basis, qTo, to1), from1 = action.SourceOf[to1];
            for (int s = 0; s < atoms; s++)
            {
                (double c1, double s1) = action.Phases[to1 * atoms + s];
                for (int t = 0; t < atoms; t++)
                {
                    (double c2, double s2) = action.Phases[to2 * atoms + t];
                    (double cos, double sin) = (c1 * c2 - s1 * s2, c1 * s2 + s1 * c2);
                    complex |= Math.Abs(sin) > 1e-12;
                    map[at++] = ((from1 * bands + 3 * s) * bands + 3 * t, (to1 * bands + 3 * action.AtomTo[s]) * bands + 3 * action.AtomTo[t], cos, sin);
                }
            }
        }
        if (complex && Im.Length == 0)
            Im = new double[Order * Order];
        double[] rotation = action.Rotation.ToArray();
        double[] re = new double[81], im = new double[81], scratch = new double[81];
        foreach ((int fromRow, int toRow, double rowCos, double rowSin) in map)
        {
            foreach ((int fromColumn, int toColumn, double columnCos, double columnSin) in map)
            {
                double pr = weight * (rowCos * columnCos + rowSin * columnSin), pi = weight * (rowSin * columnCos - rowCos * columnSin);
                Gather(source.Re, fromRow, fromColumn, bands, re);
                Rotate(rotation, re, scratch);
                if (source.Im.Length > 0)
                {
                    Gather(source.Im, fromRow, fromColumn, bands, im);
                    Rotate(rotation, im, scratch);
                }
                for (int k = 0; k < 81; k++)
                {
                    int row = toRow + k / 27 * bands + k / 9 % 3, column = toColumn + k / 3 % 3 * bands + k % 3;
                    Re[row * Order + column] += pr * re[k] - pi * im[k];
                    if (complex)
                        Im[row * Order + column] += pr * im[k] + pi * re[k];
                }
            }
        }
    }

    /// <summary>Right factor ⊕ X(q1)⊗X(q - q1): columns become ordered pairs of modes.</summary>
    public PairMatrix TransformColumns(BlochBasis basis, int q, ComplexModes[] modes)
    {
        int bands = basis.Bands, square = bands * bands;
        PairMatrix result = new(Order, new double[Order * Order], new double[Order * Order]);
        double[] re = new double[Order * square], im = new double[Order * square];
        for (int q1 = 0; q1 < basis.Cells; q1++)
        {
            ComplexModes x1 = modes[q1], x2 = modes[PairSpace.Partner(basis, q, q1)];
            for (int row = 0; row < Order; row++)
            {
                Re.AsSpan(row * Order + q1 * square, square).CopyTo(re.AsSpan(row * square));
                if (Im.Length > 0)
                    Im.AsSpan(row * Order + q1 * square, square).CopyTo(im.AsSpan(row * square));
            }
            // [row, b, c] → [row, b, n] → [row, n, b] → [row, n, m].
            (double[] r1, double[] i1) = FreeEnergyHessian.ComplexOuter(re, im, Order * bands, x2.Re, x2.Im, x2.Count, bands);
            SwapLast(ref r1, Order, bands, x2.Count);
            SwapLast(ref i1, Order, bands, x2.Count);
            (double[] r2, double[] i2) = FreeEnergyHessian.ComplexOuter(r1, i1, Order * x2.Count, x1.Re, x1.Im, x1.Count, bands);
            for (int row = 0; row < Order; row++)
            {
                for (int n = 0; n < x2.Count; n++)
                {
                    for (int m = 0; m < x1.Count; m++)
                    {
                        int target = row * Order + q1 * square + m * bands + n, source = (row * x2.Count + n) * x1.Count + m;
                        result.Re[target] = r2[source];
                        result.Im[target] = i2[source];
                    }
                }
            }
        }
        return result;
    }

    public PairMatrix Adjoint() =>
        new(Order, Dense.Transpose(Re, Order, Order), Im.Length == 0 ? [] : Array.ConvertAll(Dense.Transpose(Im, Order, Order), x => -x));

    private static void SwapLast(ref double[] a, int outer, int rows, int columns)
    {
        double[] result = new double[a.Length];
        for (int o = 0; o < outer; o++)
        {
            int start = o * rows * columns;
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                    result[start + j * rows + i] = a[start + i * columns + j];
            }
        }
        a = result;
    }

    private void Gather(double[] source, int row, int column, int bands, double[] block)
    {
        for (int ab = 0; ab < 9; ab++)
        {
            int start = (row + ab / 3 * bands + ab % 3) * Order + column;
            for (int c = 0; c < 3; c++)
                source.AsSpan(start + c * bands, 3).CopyTo(block.AsSpan(9 * ab + 3 * c));
        }
    }

    /// <summary>Applies the rotation to the four indices; each pass turns the first index and moves it to the end.</summary>
    private static void Rotate(double[] c, double[] block, double[] scratch)
    {
        for (int pass = 0; pass < 4; pass++)
        {
            for (int rest = 0; rest < 27; rest++)
            {
                double x = block[rest], y = block[27 + rest], z = block[54 + rest];
                scratch[3 * rest] = c[0] * x + c[1] * y + c[2] * z;
                scratch[3 * rest + 1] = c[3] * x + c[4] * y + c[5] * z;
                scratch[3 * rest + 2] = c[6] * x + c[7] * y + c[8] * z;
            }
            scratch.CopyTo(block, 0);
        }
    }
}
