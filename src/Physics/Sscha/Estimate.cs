namespace Csp.Physics.Sscha;

/// <summary>A weighted average with its standard error.</summary>
public readonly record struct Estimate(double Value, double Error)
{
    /// <summary>
    /// ⟨O⟩ = Σ ρO/Σρ with the error of a ratio of correlated averages: |G/R|/√N · sqrt(s_gg/G² + s_rr/R² - 2 s_gr/(R G)), g = ρO, sample variances (N-1).
    /// </summary>
    /// <param name="weights">ρ.</param>
    /// <param name="values">O.</param>
    /// <param name="group">Consecutive configurations that are not independent (2 for antithetic pairs) and count as one sample.</param>
    public static Estimate Ratio(ReadOnlySpan<double> weights, ReadOnlySpan<double> values, int group = 1)
    {
        int n = weights.Length / group;
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
        for (int k = 0; k < n; k++)
        {
            double d = -shifted;
            for (int i = k * group; i < (k + 1) * group; i++)
                d += weights[i] * (values[i] - mean);
            variance += d * d;
        }
        return new Estimate(mean + shifted * n / r, Math.Sqrt(variance / (n - 1) * n) / r);
    }

    /// <summary>The same from means and sample (co)variances of ρ (r) and ρO (g).</summary>
    internal static Estimate OfMoments(int n, double r, double g, double rr, double gg, double rg)
    {
        // |G/R| sqrt(…) written so that it stays finite for G = 0.
        double variance = (gg + g * g / (r * r) * rr - 2 * g / r * rg) / (r * r * n);
        return new Estimate(g / r, Math.Sqrt(Math.Max(variance, 0)));
    }
}
