using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>
/// The fourth-order tensor of the Hessian between pairs of modes of total wave vector q, Q = -¼⟨W Z† + Z W†⟩ with W = η⊗η, Z = δ⊗η + η⊗δ (η = Υu, δ = δf),
/// symmetrised over permutations and the space group. Holds (pairs)² complex numbers of one q at a time.
/// </summary>
internal sealed class FourthOrder
{
    /// <summary>Largest order of the Cartesian pair matrix: 8000² complex numbers are 1 GB, and three such matrices live at once.</summary>
    private const int LargestOrder = 8000;

    private readonly double[] _re;
    private readonly double[] _im;
    private readonly int _count;

    private FourthOrder(double[] re, double[] im, int count) => (_re, _im, _count) = (re, im, count);

    public static FourthOrder Of(BlochComponents components, CrystalSymmetry symmetry, ComplexModes[] modes, PairSpace pairs, int q)
    {
        BlochBasis basis = components.Basis;
        int bands = basis.Bands, order = basis.Cells * bands * bands;
        if (order > LargestOrder)
            throw new SschaException($"the fourth-order Hessian of {basis.Modes} modes needs matrices of order {order}, and {LargestOrder} is the most that fits in memory; leave the fourth order out or take a smaller supercell");
        PairMatrix sum = PairMatrix.Zero(order);
        if (symmetry.Order == 1)
        {
            sum = PairMatrix.Sample(components, q);
        }
        else
        {
            foreach (IGrouping<int, CrystalSymmetry.Action> sameSource in symmetry.Actions.GroupBy(a => a.SourceOf[q]))
            {
                PairMatrix raw = PairMatrix.Sample(components, sameSource.Key);
                foreach (CrystalSymmetry.Action action in sameSource)
                    sum.AddRotated(basis, action, q, raw, 1.0 / symmetry.Order);
            }
        }
        PairMatrix inModes = sum.TransformColumns(basis, q, modes).Adjoint().TransformColumns(basis, q, modes);
        return Packed(inModes, basis, q, modes, pairs);
    }

    /// <summary>Rows of B√-K times N⁻¹, N = 1 + ½ √-K Q √-K (Hermitian).</summary>
    public (double[] Re, double[] Im) Screen(double[] re, double[] im, double[] roots, int rows)
    {
        bool complex = _im.AsSpan().ContainsAnyExcept(0) || im.AsSpan().ContainsAnyExcept(0);
        int n = _count, size = complex ? 2 * n : n;
        double[] matrix = new double[size * size];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double r = 0.5 * roots[i] * _re[i * n + j] * roots[j] + (i == j ? 1 : 0);
                matrix[i * size + j] = r;
                if (!complex)
                    continue;
                // Row vectors b solve x N = b, i.e. Nᵀ xᵀ = bᵀ with Nᵀ = N*.
                double m = -0.5 * roots[i] * _im[i * n + j] * roots[j];
                matrix[(n + i) * size + n + j] = r;
                matrix[i * size + n + j] = -m;
                matrix[(n + i) * size + j] = m;
            }
        }
        double[] right = new double[rows * size];
        for (int a = 0; a < rows; a++)
        {
            re.AsSpan(a * n, n).CopyTo(right.AsSpan(a * size));
            if (complex)
                im.AsSpan(a * n, n).CopyTo(right.AsSpan(a * size + n));
        }
        LinearSolver.Solve(matrix, size, right, rows);
        double[] xr = new double[rows * n], xi = new double[rows * n];
        for (int a = 0; a < rows; a++)
        {
            right.AsSpan(a * size, n).CopyTo(xr.AsSpan(a * n));
            if (complex)
                right.AsSpan(a * size + n, n).CopyTo(xi.AsSpan(a * n));
        }
        return (xr, xi);
    }

    /// <summary>From all ordered pairs of modes to the normalised unordered ones of the pair space.</summary>
    private static FourthOrder Packed(PairMatrix inModes, BlochBasis basis, int q, ComplexModes[] modes, PairSpace pairs)
    {
        int[] index = new int[pairs.Count];
        double[] multiplicity = new double[pairs.Count];
        int at = 0, bands = basis.Bands;
        foreach ((int q1, int q2, int _) in pairs.Channels)
        {
            for (int m = 0; m < modes[q1].Count; m++)
            {
                for (int n = q1 == q2 ? m : 0; n < modes[q2].Count; n++)
                {
                    index[at] = q1 * bands * bands + m * bands + n;
                    multiplicity[at++] = q1 == q2 && m == n ? 1 : Math.Sqrt(2);
                }
            }
        }
        double[] re = new double[at * at], im = new double[at * at];
        for (int i = 0; i < at; i++)
        {
            for (int j = 0; j < at; j++)
            {
                int source = index[i] * inModes.Order + index[j];
                re[i * at + j] = multiplicity[i] * multiplicity[j] * inModes.Re[source];
                im[i * at + j] = inModes.Im.Length == 0 ? 0 : multiplicity[i] * multiplicity[j] * inModes.Im[source];
            }
        }
        return new FourthOrder(re, im, at);
    }
}
