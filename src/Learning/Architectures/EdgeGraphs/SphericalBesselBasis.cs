using Csp.Learning.Graphs;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>
/// S_ln(r) = sqrt(2/r_c³) j_l(z_ln r/r_c)/|j_(l+1)(z_ln)|, l = 0..L-1, n = 1..N, column l·N + n − 1: spherical Bessel functions with
/// their n-th zero at r_c (M3GNet, Chen and Ong (2022), equation 3). Evaluated by the closed forms in sin and cos.
/// </summary>
public sealed class SphericalBesselBasis
{
    // One summand c t^p sin(ωt) or c t^p cos(ωt) of the numerator; the denominator is t^(l+1).
    private readonly record struct Term(double Coefficient, int Power, double Omega, bool IsSine);

    private readonly double _cutoff;
    private readonly double _factor;
    private readonly int _functionsPerDegree;
    private readonly Term[][] _terms;

    /// <param name="cutoff">r_c, Å.</param>
    /// <param name="degrees">L, at most 4.</param>
    /// <param name="count">N, at most 4.</param>
    /// <param name="stored">The coefficients c[l][k][n] of a weights file in single precision, shape [4, 9, 4], to agree with it to the last digit; and its factor.</param>
    public SphericalBesselBasis(double cutoff, int degrees, int count, (double[] Coefficients, double? Factor)? stored = null)
    {
        if (degrees is < 1 or > 4 || count is < 1 or > 4)
            throw new ArgumentOutOfRangeException(nameof(degrees), "spherical Bessel functions are tabulated for l = 0..3 and four zeros");
        _cutoff = cutoff;
        _factor = stored?.Factor ?? Math.Sqrt(2 / (cutoff * cutoff * cutoff));
        _functionsPerDegree = count;
        _terms = new Term[degrees * count][];
        for (int l = 0; l < degrees; l++)
        {
            for (int n = 0; n < count; n++)
            {
                double[] c = new double[9];
                if (stored is { Coefficients: double[] file })
                {
                    for (int k = 0; k < 9; k++)
                        c[k] = file[(l * 9 + k) * 4 + n];
                }
                else
                {
                    Coefficients(l, Zero(l, n + 1), c);
                }
                _terms[l * count + n] = Terms(l, c);
            }
        }
    }

    /// <summary>L·N.</summary>
    public int Count => _terms.Length;

    /// <summary>Values and derivatives with respect to r (1/Å) at one distance; r beyond r_c counts as r_c.</summary>
    public void Evaluate(double r, Span<double> values, Span<double> derivatives)
    {
        bool clamped = r > _cutoff;
        double t = clamped ? 1 : r / _cutoff;
        for (int i = 0; i < _terms.Length; i++)
        {
            int l = i / _functionsPerDegree;
            double omega = double.NaN, sin = 0, cos = 0, value = 0, slope = 0;
            foreach (Term term in _terms[i])
            {
                if (term.Omega != omega)
                {
                    omega = term.Omega;
                    (sin, cos) = Math.SinCos(omega * t);
                }
                double power = Power(t, term.Power);
                (double wave, double waveSlope) = term.IsSine ? (sin, omega * cos) : (cos, -omega * sin);
                value += term.Coefficient * power * wave;
                slope += term.Coefficient * (power * waveSlope + (term.Power == 0 ? 0 : term.Power * Power(t, term.Power - 1) * wave));
            }
            double scale = _factor / Power(t, l + 1);
            values[i] = scale * value;
            derivatives[i] = clamped ? 0 : scale * (slope - (l + 1) * value / t) / _cutoff;
        }
    }

    /// <summary>The functions of distances [E, 1] in a graph, [E, <see cref="Count"/>]; r beyond r_c counts as r_c.</summary>
    public Tensor InGraph(Graph g, Tensor r)
    {
        Tensor t = g.Min(r * (1 / _cutoff), 1), inverse = g.Reciprocal(t);
        return g.Concat(1, [.. _terms.Select((terms, i) => _factor * g.Power(inverse, i / _functionsPerDegree + 1) * terms.Select(Summand).Aggregate(g.Add))]);

        Tensor Summand(Term term)
        {
            Tensor wave = term.IsSine ? g.Sin(term.Omega * t) : g.Cos(term.Omega * t);
            return term.Coefficient * (term.Power == 0 ? wave : g.Power(t, term.Power) * wave);
        }
    }

    /// <summary>The n-th positive zero of j_l, by bisection between zeros of j_(l-1) and Newton's method.</summary>
    internal static double Zero(int l, int n)
    {
        if (l == 0)
            return n * Math.PI;
        double low = Zero(l - 1, n), high = Zero(l - 1, n + 1);
        double sign = Math.Sign(Bessel(l, low));
        for (int i = 0; i < 200 && high - low > 1e-15 * high; i++)
        {
            double middle = 0.5 * (low + high);
            if (Math.Sign(Bessel(l, middle)) == sign)
                low = middle;
            else
                high = middle;
        }
        return 0.5 * (low + high);
    }

    private static double Bessel(int l, double x)
    {
        (double sin, double cos) = Math.SinCos(x);
        double before = sin / x;
        if (l == 0)
            return before;
        double j = (before - cos) / x;
        for (int k = 1; k < l; k++)
            (before, j) = (j, (2 * k + 1) / x * j - before);
        return j;
    }

    // The numbers of the closed forms, zero in the odd places (the layout of MatterSim's buffer sbf.coef).
    private static void Coefficients(int l, double z, Span<double> c)
    {
        double norm = 1 / Math.Abs(Bessel(l + 1, z));
        switch (l)
        {
            case 0:
                c[0] = z;
                break;
            case 1:
                (c[0], c[2]) = (-norm / z, norm / (z * z));
                break;
            case 2:
                (c[0], c[2], c[4]) = (-norm / z, 3 * norm / (z * z), 3 * norm / (z * z * z));
                break;
            default:
                (c[0], c[2], c[4], c[6]) = (norm / z, 6 * norm / (z * z), 15 * norm / (z * z * z), 15 * norm / (z * z * z * z));
                break;
        }
        for (int k = 1; k < c.Length && l > 0; k += 2)
            c[k] = z;
    }

    private static Term[] Terms(int l, double[] c) => l switch
    {
        0 => [new(1, 0, c[0], true)],
        1 => [new(c[0], 1, c[1], false), new(c[2], 0, c[3], true)],
        2 => [new(c[0], 2, c[1], true), new(-c[2], 1, c[3], false), new(c[4], 0, c[5], true)],
        _ => [new(c[0], 3, c[1], false), new(-c[2], 2, c[3], true), new(-c[4], 1, c[5], false), new(c[6], 0, c[7], true)],
    };

    private static double Power(double t, int n)
    {
        double p = 1;
        for (int i = 0; i < n; i++)
            p *= t;
        return p;
    }
}
