namespace Csp.Physics.Search.Benchmarks;

/// <summary>How a cost is distributed over the repeats of a benchmark.</summary>
/// <param name="Median">Interpolated.</param>
/// <param name="MedianLow">Lower end of the 95 % confidence interval of the median.</param>
/// <param name="MedianHigh">Upper end.</param>
/// <param name="Quantile90">Interpolated.</param>
/// <param name="Mean">Of all repeats.</param>
public sealed record BenchmarkQuantiles(double Median, double MedianLow, double MedianHigh, double Quantile90, double Mean)
{
    /// <summary>
    /// The interval lies between two order statistics and holds for any distribution: the number of values below the median is binomial with
    /// probability 1/2. Fewer than six values give their whole range, which covers less than 95 %.
    /// </summary>
    /// <exception cref="ArgumentException">No values.</exception>
    public static BenchmarkQuantiles Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
            throw new ArgumentException("a distribution needs at least one value");
        // The largest k with P(fewer than k of n below the median) <= 2.5 %.
        int k = 0;
        double term = Math.Pow(0.5, sorted.Length), below = term;
        while (below <= 0.025 && k < sorted.Length / 2)
        {
            k++;
            term *= (double)(sorted.Length - k + 1) / k;
            below += term;
        }
        int low = Math.Max(0, k - 1);
        return new BenchmarkQuantiles(At(sorted, 0.5), sorted[low], sorted[sorted.Length - 1 - low], At(sorted, 0.9), sorted.Average());
    }

    private static double At(double[] sorted, double q)
    {
        double position = q * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
