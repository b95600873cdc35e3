using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>
/// The fourth-order average times a third-order tensor, configuration by configuration: nothing larger than the tensor is kept. With v symmetric under exchange of its
/// last two indices, v·W = Σ_b η_b P_b and v·Z = 2 Σ_b δ_b P_b with P_b = Σ_c v_bc η_c, so each direction costs one small matrix product per component b.
/// </summary>
internal sealed class FourthOrderAction(BlochComponents components)
{
    private const int Chunk = 256;

    private readonly BlochBasis _basis = components.Basis;

    /// <summary>-¼⟨(v·W) Z† + (v·Z) W†⟩, before the average over the space group; blocks (q, p) hold the indices a at q, b at p, c at -q-p.</summary>
    public PairTensor Of(PairTensor v)
    {
        int cells = _basis.Cells, bands = _basis.Bands, length = bands * bands * bands;
        PairTensor half = PairTensor.Zero(cells, length);
        for (int start = 0; start < components.Count; start += Chunk)
        {
            int width = Math.Min(Chunk, components.Count - start);
            (double[] Re, double[] Im)[] eta = [.. components.Y.Select(y => Part(y, start, width))];
            (double[] Re, double[] Im)[] delta = [.. components.D.Select(d => Part(d, start, width))];
            ReadOnlySpan<double> weights = components.Weights.AsSpan(start, width);
            Workspace work = new(bands, width);
            for (int q = 0; q < cells; q++)
            {
                if (_basis.Minus[q] < q)
                    continue;
                work.Clear();
                for (int p = 0; p < cells; p++)
                    work.Project(v.Blocks[q * cells + p], eta[_basis.Minus[p]], delta[_basis.Minus[p]], eta[_basis.Minus[ThirdOrder.Third(_basis, q, p)]]);
                work.Weigh(weights);
                for (int p = 0; p < cells; p++)
                    work.Spread(half.Blocks[q * cells + p], eta[_basis.Minus[p]], delta[_basis.Minus[p]], eta[_basis.Minus[ThirdOrder.Third(_basis, q, p)]]);
            }
        }
        return Completed(half);
    }

    /// <summary>Adds the exchange of the last two indices, and the opposite wave vectors as complex conjugates.</summary>
    private PairTensor Completed(PairTensor half)
    {
        int cells = _basis.Cells, n = _basis.Bands;
        PairTensor result = PairTensor.Zero(cells, n * n * n);
        for (int q = 0; q < cells; q++)
        {
            if (_basis.Minus[q] < q)
                continue;
            for (int p = 0; p < cells; p++)
            {
                (double[] re, double[] im) = result.Blocks[q * cells + p];
                (double[] hr, double[] hi) = half.Blocks[q * cells + p];
                (double[] er, double[] ei) = half.Blocks[q * cells + ThirdOrder.Third(_basis, q, p)];
                for (int a = 0; a < n; a++)
                {
                    for (int b = 0; b < n; b++)
                    {
                        int at = (a * n + b) * n, other = a * n * n + b;
                        for (int c = 0; c < n; c++)
                        {
                            re[at + c] = hr[at + c] + er[other + c * n];
                            im[at + c] = hi[at + c] + ei[other + c * n];
                        }
                    }
                }
                if (_basis.Minus[q] != q)
                    result.Blocks[_basis.Minus[q] * cells + _basis.Minus[p]] = ((double[])re.Clone(), Array.ConvertAll(im, x => -x));
            }
        }
        return result;
    }

    private static (double[] Re, double[] Im) Part(BlochVector x, int start, int width)
    {
        double[] Cut(double[] rows)
        {
            double[] part = new double[rows.Length / x.Count * width];
            for (int i = 0; i < part.Length / width; i++)
                rows.AsSpan(i * x.Count + start, width).CopyTo(part.AsSpan(i * width));
            return part;
        }
        return (Cut(x.Re), Cut(x.Im));
    }

    /// <summary>v·W and v·Z of one chunk of configurations, shape [Bands, width], complex.</summary>
    private sealed class Workspace(int bands, int width)
    {
        private readonly double[] _w = new double[bands * width];
        private readonly double[] _wi = new double[bands * width];
        private readonly double[] _z = new double[bands * width];
        private readonly double[] _zi = new double[bands * width];
        private readonly double[] _p = new double[bands * width];
        private readonly double[] _pi = new double[bands * width];
        private readonly double[] _scratch = new double[bands * width];
        private readonly double[] _slice = new double[bands * bands];
        private readonly double[] _sliceIm = new double[bands * bands];
        private bool _complex;

        public void Clear()
        {
            foreach (double[] x in (ReadOnlySpan<double[]>)[_w, _wi, _z, _zi])
                Array.Clear(x);
            _complex = false;
        }

        public void Project((double[] Re, double[] Im) v, (double[] Re, double[] Im) eta1, (double[] Re, double[] Im) delta1, (double[] Re, double[] Im) eta2)
        {
            bool vComplex = v.Im.AsSpan().ContainsAnyExcept(0), complex = vComplex || eta1.Im.Length > 0 || eta2.Im.Length > 0;
            _complex |= complex;
            for (int b = 0; b < bands; b++)
            {
                for (int a = 0; a < bands; a++)
                {
                    v.Re.AsSpan((a * bands + b) * bands, bands).CopyTo(_slice.AsSpan(a * bands));
                    v.Im.AsSpan((a * bands + b) * bands, bands).CopyTo(_sliceIm.AsSpan(a * bands));
                }
                Dense.Multiply(_slice, bands, bands, eta2.Re, width, _p);
                if (complex)
                {
                    Array.Clear(_pi);
                    if (eta2.Im.Length > 0)
                        Dense.Multiply(_slice, bands, bands, eta2.Im, width, _pi);
                    if (vComplex)
                    {
                        Dense.Multiply(_sliceIm, bands, bands, eta2.Re, width, _scratch);
                        TensorPrimitives.Add(_pi, _scratch, _pi);
                    }
                    if (vComplex && eta2.Im.Length > 0)
                    {
                        Dense.Multiply(_sliceIm, bands, bands, eta2.Im, width, _scratch);
                        TensorPrimitives.Subtract(_p, _scratch, _p);
                    }
                }
                Accumulate(eta1, b, complex, 1, _w, _wi);
                Accumulate(delta1, b, complex, 2, _z, _zi);
            }
        }

        /// <summary>target_a += factor · x_b P_a.</summary>
        private void Accumulate((double[] Re, double[] Im) x, int b, bool complex, double factor, double[] target, double[] targetIm)
        {
            Span<double> re = _scratch.AsSpan(0, width), im = _scratch.AsSpan(bands > 1 ? width : 0, width);
            TensorPrimitives.Multiply(x.Re.AsSpan(b * width, width), factor, re);
            bool xComplex = x.Im.Length > 0;
            if (xComplex)
                TensorPrimitives.Multiply(x.Im.AsSpan(b * width, width), factor, im);
            for (int a = 0; a < bands; a++)
            {
                Span<double> t = target.AsSpan(a * width, width), ti = targetIm.AsSpan(a * width, width);
                ReadOnlySpan<double> p = _p.AsSpan(a * width, width), pi = _pi.AsSpan(a * width, width);
                TensorPrimitives.MultiplyAdd(re, p, t, t);
                if (complex)
                    TensorPrimitives.MultiplyAdd(re, pi, ti, ti);
                if (xComplex)
                {
                    for (int k = 0; k < t.Length; k++)
                        t[k] -= im[k] * pi[k];
                    TensorPrimitives.MultiplyAdd(im, p, ti, ti);
                }
            }
        }

        /// <summary>Weights of the configurations, and -¼.</summary>
        public void Weigh(ReadOnlySpan<double> weights)
        {
            double[] scaled = new double[width];
            TensorPrimitives.Multiply(weights, -0.25, scaled);
            foreach (double[] x in (ReadOnlySpan<double[]>)[_w, _wi, _z, _zi])
            {
                for (int a = 0; a < bands; a++)
                    TensorPrimitives.Multiply(x.AsSpan(a * width, width), scaled, x.AsSpan(a * width, width));
            }
            TensorPrimitives.Multiply(_z, 0.5, _z);
            TensorPrimitives.Multiply(_zi, 0.5, _zi);
        }

        /// <summary>target_abc += Σ (w_a δ*_b + ½ z_a η*_b) η*_c: half of the result, the other half exchanges b and c.</summary>
        public void Spread((double[] Re, double[] Im) target, (double[] Re, double[] Im) eta1, (double[] Re, double[] Im) delta1, (double[] Re, double[] Im) eta2)
        {
            bool complex = _complex || eta1.Im.Length > 0;
            for (int b = 0; b < bands; b++)
            {
                for (int a = 0; a < bands; a++)
                {
                    Span<double> p = _p.AsSpan(a * width, width), pi = _pi.AsSpan(a * width, width);
                    p.Clear();
                    pi.Clear();
                    AddConjugate(_w.AsSpan(a * width, width), _wi.AsSpan(a * width, width), delta1, b, p, pi);
                    AddConjugate(_z.AsSpan(a * width, width), _zi.AsSpan(a * width, width), eta1, b, p, pi);
                }
                Array.Clear(_slice);
                Array.Clear(_sliceIm);
                Dense.AddOuter(_p, bands, eta2.Re, bands, width, _slice);
                if (complex)
                    Dense.AddOuter(_pi, bands, eta2.Re, bands, width, _sliceIm);
                if (eta2.Im.Length > 0)
                {
                    Dense.AddOuter(_pi, bands, eta2.Im, bands, width, _slice);
                    TensorPrimitives.Negate(_p, _scratch);
                    Dense.AddOuter(_scratch, bands, eta2.Im, bands, width, _sliceIm);
                }
                for (int a = 0; a < bands; a++)
                {
                    Span<double> re = target.Re.AsSpan((a * bands + b) * bands, bands), im = target.Im.AsSpan((a * bands + b) * bands, bands);
                    TensorPrimitives.Add(re, _slice.AsSpan(a * bands, bands), re);
                    TensorPrimitives.Add(im, _sliceIm.AsSpan(a * bands, bands), im);
                }
            }
        }

        private void AddConjugate(ReadOnlySpan<double> re, ReadOnlySpan<double> im, (double[] Re, double[] Im) x, int b, Span<double> p, Span<double> pi)
        {
            ReadOnlySpan<double> xr = x.Re.AsSpan(b * width, width);
            TensorPrimitives.MultiplyAdd(re, xr, p, p);
            if (_complex)
                TensorPrimitives.MultiplyAdd(im, xr, pi, pi);
            if (x.Im.Length == 0)
                return;
            ReadOnlySpan<double> xi = x.Im.AsSpan(b * width, width);
            TensorPrimitives.MultiplyAdd(im, xi, p, p);
            for (int k = 0; k < pi.Length; k++)
                pi[k] -= re[k] * xi[k];
        }
    }
}
