using Csp.Learning.Graphs;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>
/// The smooth radial functions of M3GNet (Chen and Ong, Nat. Comput. Sci. 2, 718 (2022); Kocer et al., J. Chem. Phys. 150, 154102 (2019)):
/// orthonormal combinations of f_n = a_n [sinc((n+1)πr/r_c) + sinc((n+2)πr/r_c)] whose value and first two derivatives vanish at r_c.
/// Beyond r_c all functions are 0 here.
/// </summary>
public sealed class SmoothRadialBasis
{
    private readonly double _cutoff;
    private readonly double[] _first;
    private readonly double[] _second;
    private readonly double[] _factor;
    private readonly double[] _coupling;
    private readonly double[] _norm;

    /// <param name="cutoff">r_c, Å.</param>
    /// <param name="count">Number of functions.</param>
    /// <param name="stored">Constants of a weights file in single precision (n_1_pi_cutoff, n_2_pi_cutoff, fnr_weights, en, dn), to agree with it to the last digit.</param>
    public SmoothRadialBasis(double cutoff, int count, IReadOnlyDictionary<string, double[]>? stored = null)
    {
        _cutoff = cutoff;
        _first = new double[count];
        _second = new double[count];
        _factor = new double[count];
        double[] e = new double[count], d = new double[count];
        for (int n = 0; n < count; n++)
        {
            _first[n] = (n + 1) * Math.PI / cutoff;
            _second[n] = (n + 2) * Math.PI / cutoff;
            _factor[n] = (n % 2 == 0 ? 1 : -1) * Math.Sqrt(2) * Math.PI * (n + 1) * (n + 2)
                / (cutoff * Math.Sqrt(cutoff) * Math.Sqrt((n + 1) * (n + 1) + (n + 2) * (n + 2)));
            e[n] = (double)(n * n * (n + 2) * (n + 2)) / (4 * (n + 1) * (n + 1) * (n + 1) * (n + 1) + 1);
            d[n] = n == 0 ? 1 : 1 - e[n] / d[n - 1];
        }
        if (stored is not null)
        {
            _first = Stored(stored, "n_1_pi_cutoff") ?? _first;
            _second = Stored(stored, "n_2_pi_cutoff") ?? _second;
            _factor = Stored(stored, "fnr_weights") ?? _factor;
            e = Stored(stored, "en") ?? e;
            d = Stored(stored, "dn") ?? d;
        }
        _coupling = new double[count];
        _norm = new double[count];
        for (int n = 0; n < count; n++)
        {
            _coupling[n] = n == 0 ? 0 : Math.Sqrt(e[n] / d[n - 1]);
            _norm[n] = 1 / Math.Sqrt(d[n]);
        }

        double[]? Stored(IReadOnlyDictionary<string, double[]> constants, string name) =>
            constants.TryGetValue(name, out double[]? values) && values.Length == count ? values : null;
    }

    public int Count => _first.Length;

    /// <summary>Values and derivatives with respect to r (1/Å) at one distance.</summary>
    /// <param name="r">Å, positive.</param>
    /// <param name="values">Out: <see cref="Count"/> numbers.</param>
    /// <param name="derivatives">Out: <see cref="Count"/> numbers.</param>
    public void Evaluate(double r, Span<double> values, Span<double> derivatives)
    {
        if (r > _cutoff + 1e-6)
        {
            values[..Count].Clear();
            derivatives[..Count].Clear();
            return;
        }
        for (int n = 0; n < Count; n++)
        {
            (double s1, double d1) = Sinc(_first[n], r);
            (double s2, double d2) = Sinc(_second[n], r);
            double value = _factor[n] * (s1 + s2), slope = _factor[n] * (d1 + d2);
            if (n > 0)
            {
                value += _coupling[n] * values[n - 1];
                slope += _coupling[n] * derivatives[n - 1];
            }
            values[n] = _norm[n] * value;
            derivatives[n] = _norm[n] * slope;
        }
    }

    /// <summary>The functions of distances [E, 1] in a graph, [E, <see cref="Count"/>]; r beyond r_c counts as r_c.</summary>
    public Tensor InGraph(Graph g, Tensor r)
    {
        Tensor inside = g.Min(r, _cutoff), inverse = g.Reciprocal(inside);
        List<Tensor> functions = [];
        for (int n = 0; n < Count; n++)
        {
            Tensor value = _factor[n] * (g.Sin(_first[n] * inside) * (1 / _first[n]) + g.Sin(_second[n] * inside) * (1 / _second[n])) * inverse;
            if (n > 0)
                value += _coupling[n] * functions[n - 1];
            functions.Add(_norm[n] * value);
        }
        return g.Concat(1, [.. functions]);
    }

    // sin(kr)/(kr) and its derivative with respect to r.
    private static (double Value, double Derivative) Sinc(double k, double r)
    {
        (double sin, double cos) = Math.SinCos(k * r);
        double sinc = sin / (k * r);
        return (sinc, (cos - sinc) / r);
    }
}
