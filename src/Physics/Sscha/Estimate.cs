namespace Csp.Physics.Sscha;

/// <summary>A weighted average with its standard error.</summary>
public readonly record struct Estimate(double Value, double Error)
{
    /// <summary>
    /// ⟨O⟩ = Σ ρO/Σρ with the error of a ratio of correlated averages: |G/R|/√N · sqrt(s_gg/G² + s_rr/R² - 2 s_gr/(R G)), g = ρO, sample variances (N-1).
    /// </summary>
    /// <param name="weights">ρ.</param>
    /// <param name="values">O.</param>
    /// <param name="samples">Which independent sample each configuration belongs to, ascending from 0; empty = each is one.</param>
    public static Estimate Ratio(ReadOnlySpan<double> weights, ReadOnlySpan<double> values, ReadOnlySpan<int> samples = default)
    {
        int n = samples.IsEmpty ? weights.Length : samples[^1] + 1;
        double r = 0, g = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            r += weights[i];
            g += weights[i] * values[i];
        }
        // Errors do not change when a constant is subtracted from O; around its average nothing cancels.
        double mean = g / r, shifted = 0, variance = 0;
        for (int i = 0; i < weights.Length; i++)
            shifted += weights[i] * (values[i] - mean) / n;
        for (int i = 0; i < weights.Length;)
        {
            int sample = samples.IsEmpty ? i : samples[i];
            double d = -shifted;
            for (; i < weights.Length && (samples.IsEmpty ? i : samples[i]) == sample; i++)
                d += weights[i] * (values[i] - mean);
            variance += d * d;
        }
        return new Estimate(mean + shifted * n / r, Math.Sqrt(variance / (n - 1) * n) / r);
    }

    /// <summary>Error of a sum of independent estimates.</summary>
    internal static double Quadrature(double a, double b) => Math.Sqrt(a * a + b * b);

    /// <summary>The same from means and sample (co)variances of ρ (r) and ρO (g).</summary>
    internal static Estimate OfMoments(int n, double r, double g, double rr, double gg, double rg)
    {
        // |G/R| sqrt(…) written so that it stays finite for G = 0.
        double variance = (gg + g * g / (r * r) * rr - 2 * g / r * rg) / (r * r * n);
        return new Estimate(g / r, Math.Sqrt(Math.Max(variance, 0)));
    }
}
