using Csp.Physics.Search.Benchmarks;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class BenchmarkQuantilesSpecs
{
    /// <summary>Ranks of the 95 % interval of a median as statistical tables print them (e.g. Conover, Practical Nonparametric Statistics, table A3).</summary>
    [Theory]
    [InlineData(6, 1, 6)]
    [InlineData(10, 2, 9)]
    [InlineData(15, 4, 12)]
    [InlineData(20, 6, 15)]
    [InlineData(30, 10, 21)]
    public void The_interval_of_the_median_has_the_tabulated_ranks(int count, int low, int high)
    {
        BenchmarkQuantiles q = BenchmarkQuantiles.Of(Enumerable.Range(1, count).Select(i => (double)i).Reverse());
        Assert.Equal((low, high), ((int)q.MedianLow, (int)q.MedianHigh));
        Assert.Equal((count + 1) / 2.0, q.Median, 12);
        Assert.Equal(1 + 0.9 * (count - 1), q.Quantile90, 12);
    }

    [Fact]
    public void The_interval_covers_the_true_median_of_a_skewed_distribution_as_often_as_it_says()
    {
        Random random = new(4);
        int covered = 0;
        const int Trials = 2000;
        for (int trial = 0; trial < Trials; trial++)
        {
            BenchmarkQuantiles q = BenchmarkQuantiles.Of(Enumerable.Range(0, 20).Select(_ => -Math.Log(1 - random.NextDouble())));
            covered += q.MedianLow <= Math.Log(2) && Math.Log(2) <= q.MedianHigh ? 1 : 0;
        }
        // 95.9 % for 20 values; four standard errors of 2000 trials are 1.8 %.
        Assert.InRange((double)covered / Trials, 0.941, 0.977);
    }
}
