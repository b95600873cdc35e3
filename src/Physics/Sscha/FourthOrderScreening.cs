using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>
/// B √-K N⁻¹ (B √-K)† with N = 1 + ½ √-K Q √-K, by conjugate gradients, one wave vector beside the other, without the fourth-order tensor: Q times a third-order
/// tensor v is -¼⟨(v·W) Z† + (v·Z) W†⟩ with W = η⊗η, Z = δ⊗η + η⊗δ (η = Υu, δ = δf), averaged over the space group like any third-order tensor, since v has
/// the symmetry already. The error of the result is the square of the solver's. Memory: six third-order tensors, Modes² × Bands complex numbers each.
/// </summary>
internal sealed class FourthOrderScreening
{
    private const double Tolerance = 1e-5;
    private const int MaxSteps = 200;

    private readonly BlochBasis _basis;
    private readonly CrystalSymmetry _symmetry;
    private readonly ComplexModes[] _modes;
    private readonly FourthOrderAction _action;
    private readonly double[][] _roots;

    public FourthOrderScreening(BlochComponents components, CrystalSymmetry symmetry, ComplexModes[] modes, double kT)
    {
        (_basis, _symmetry, _modes) = (components.Basis, symmetry, modes);
        _action = new FourthOrderAction(components);
        int cells = _basis.Cells;
        _roots = new double[cells * cells][];
        for (int q = 0; q < cells; q++)
        {
            for (int p = 0; p < cells; p++)
            {
                (ComplexModes x1, ComplexModes x2) = ModesOf(q, p);
                _roots[q * cells + p] = [.. x1.Frequencies.SelectMany(w => x2.Frequencies.Select(v => Math.Sqrt(-ModeFunctions.Response(w, v, kT))))];
            }
        }
    }

    /// <returns>By q: [Bands, Bands], real and imaginary part.</returns>
    /// <exception cref="SschaException">The equations do not converge: a pair of phonons is about to become unstable by itself.</exception>
    public (double[] Re, double[] Im)[] Solve(ThirdOrder third)
    {
        int cells = _basis.Cells;
        PairTensor right = PairTensor.Zero(cells, 0);
        for (int q = 0; q < cells; q++)
        {
            for (int p = 0; p < cells; p++)
                right.Blocks[q * cells + p] = ToModes(third.Block(q, p), q, p);
        }
        PairTensor solution = right.Empty(), residual = right.Copy(), direction = right.Copy();
        double[] start = residual.Squares(), squares = (double[])start.Clone();
        for (int step = 0; ; step++)
        {
            bool[] open = [.. squares.Select((s, q) => s > Tolerance * Tolerance * start[q])];
            if (!open.Contains(true))
                return [.. Enumerable.Range(0, cells).Select(q => Contract(right, solution, q))];
            PairTensor image = Apply(direction);
            double[] curvature = direction.Dots(image);
            // N is not positive where screening overturns a pair of modes: noise of too few configurations, or physics.
            if (step == MaxSteps || curvature.Where((c, q) => open[q] && c <= 0).Any())
                throw new SschaException("the equations of the fourth-order Hessian do not converge: pairs of phonons are about to become unstable by themselves; take more configurations or leave the fourth order out");
            for (int q = 0; q < cells; q++)
            {
                if (!open[q])
                    continue;
                double length = squares[q] / curvature[q];
                solution.Add(q, length, direction);
                residual.Add(q, -length, image);
            }
            double[] next = residual.Squares();
            for (int q = 0; q < cells; q++)
            {
                if (open[q])
                    direction.ScaleAndAdd(q, next[q] / squares[q], residual);
            }
            squares = next;
        }
    }

    /// <summary>N x.</summary>
    private PairTensor Apply(PairTensor x)
    {
        int cells = _basis.Cells;
        PairTensor cartesian = PairTensor.Zero(cells, 0);
        for (int q = 0; q < cells; q++)
        {
            for (int p = 0; p < cells; p++)
                cartesian.Blocks[q * cells + p] = FromModes(x.Blocks[q * cells + p], q, p);
        }
        PairTensor image = Symmetrized(_action.Of(cartesian));
        for (int i = 0; i < image.Blocks.Length; i++)
        {
            (double[] re, double[] im) = ToModes(image.Blocks[i], i / cells, i % cells);
            TensorPrimitives.MultiplyAdd(re, 0.5, x.Blocks[i].Re, re);
            TensorPrimitives.MultiplyAdd(im, 0.5, x.Blocks[i].Im, im);
            image.Blocks[i] = (re, im);
        }
        return image;
    }

    private PairTensor Symmetrized(PairTensor raw)
    {
        if (_symmetry.Order == 1)
            return raw;
        int cells = _basis.Cells, length = raw.Blocks[0].Re.Length;
        PairTensor result = PairTensor.Zero(cells, 0);
        for (int at = 0; at < cells * cells; at++)
        {
            if (result.Blocks[at].Re is not null)
                continue;
            int q = at / cells, p = at % cells;
            (double[] Re, double[] Im) sum = (new double[length], new double[length]);
            foreach (CrystalSymmetry.Action action in _symmetry.Actions)
                ThirdOrder.AddRotated(_basis, action, q, p, raw.Blocks[action.SourceOf[q] * cells + action.SourceOf[p]], sum, 1.0 / _symmetry.Order);
            result.Blocks[at] = sum;
            foreach (CrystalSymmetry.Action action in _symmetry.Actions)
            {
                int target = action.TargetOf[q] * cells + action.TargetOf[p];
                if (result.Blocks[target].Re is null)
                {
                    (double[] Re, double[] Im) rotated = (new double[length], new double[length]);
                    ThirdOrder.AddRotated(_basis, action, action.TargetOf[q], action.TargetOf[p], sum, rotated, 1);
                    result.Blocks[target] = rotated;
                }
                int opposite = _basis.Minus[target / cells] * cells + _basis.Minus[target % cells];
                if (result.Blocks[opposite].Re is null)
                    result.Blocks[opposite] = ((double[])result.Blocks[target].Re.Clone(), Array.ConvertAll(result.Blocks[target].Im, x => -x));
            }
        }
        return result;
    }

    /// <summary>The modes that a block's second and third index, at p and -q-p, are contracted with: those at -p and q+p.</summary>
    private (ComplexModes First, ComplexModes Second) ModesOf(int q, int p) => (_modes[_basis.Minus[p]], _modes[_basis.Minus[ThirdOrder.Third(_basis, q, p)]]);

    /// <summary>t_abc → √-K Σ t_abc X_bm X_cn, shape [a, m, n].</summary>
    private (double[] Re, double[] Im) ToModes((double[] Re, double[] Im) block, int q, int p)
    {
        (ComplexModes x1, ComplexModes x2) = ModesOf(q, p);
        (double[] re, double[] im) = FreeEnergyHessian.InModes(block, _basis.Bands, x1, x2);
        Weigh(re, im, q, p);
        return (re, im);
    }

    /// <summary>x_amn → Σ √-K x_amn X*_bm X*_cn, shape [a, b, c].</summary>
    private (double[] Re, double[] Im) FromModes((double[] Re, double[] Im) x, int q, int p)
    {
        (ComplexModes x1, ComplexModes x2) = ModesOf(q, p);
        double[] re = (double[])x.Re.Clone(), im = (double[])x.Im.Clone();
        Weigh(re, im, q, p);
        int bands = _basis.Bands;
        double[] first = Dense.Transpose(x1.Re, x1.Count, bands), firstIm = Dense.Transpose(x1.Im, x1.Count, bands);
        double[] second = Dense.Transpose(x2.Re, x2.Count, bands), secondIm = Dense.Transpose(x2.Im, x2.Count, bands);
        TensorPrimitives.Negate(firstIm, firstIm);
        TensorPrimitives.Negate(secondIm, secondIm);
        // [a m, n]·X*ᵀ → [a m, c]; then for each a the transposed [c, m]·X*ᵀ → [c, b].
        (double[] gr, double[] gi) = FreeEnergyHessian.ComplexOuter(re, im, bands * x1.Count, second, secondIm, bands, x2.Count);
        double[] tr = new double[bands * bands * bands], ti = new double[tr.Length];
        int slice = x1.Count * bands;
        for (int a = 0; a < bands; a++)
        {
            double[] sr = Dense.Transpose(gr.AsSpan(a * slice, slice), x1.Count, bands), si = Dense.Transpose(gi.AsSpan(a * slice, slice), x1.Count, bands);
            (double[] r, double[] i) = FreeEnergyHessian.ComplexOuter(first, firstIm, bands, sr, si, bands, x1.Count);
            r.CopyTo(tr, a * r.Length);
            i.CopyTo(ti, a * i.Length);
        }
        return (tr, ti);
    }

    private void Weigh(double[] re, double[] im, int q, int p)
    {
        double[] roots = _roots[q * _basis.Cells + p];
        for (int at = 0; at < re.Length; at += roots.Length)
        {
            TensorPrimitives.Multiply(re.AsSpan(at, roots.Length), roots, re.AsSpan(at, roots.Length));
            TensorPrimitives.Multiply(im.AsSpan(at, roots.Length), roots, im.AsSpan(at, roots.Length));
        }
    }

    /// <summary>Σ b_a,i x*_a',i over all pairs at q.</summary>
    private (double[] Re, double[] Im) Contract(PairTensor b, PairTensor x, int q)
    {
        int bands = _basis.Bands, cells = _basis.Cells;
        double[] re = new double[bands * bands], im = new double[bands * bands], minus = new double[bands * bands];
        for (int p = 0; p < cells; p++)
        {
            (double[] br, double[] bi) = b.Blocks[q * cells + p];
            (double[] xr, double[] xi) = x.Blocks[q * cells + p];
            int pairs = br.Length / bands;
            Dense.AddOuter(br, bands, xr, bands, pairs, re);
            Dense.AddOuter(bi, bands, xi, bands, pairs, re);
            Dense.AddOuter(bi, bands, xr, bands, pairs, im);
            Dense.AddOuter(br, bands, xi, bands, pairs, minus);
        }
        TensorPrimitives.Subtract(im, minus, im);
        return (re, im);
    }
}
