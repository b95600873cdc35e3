using Csp.Physics.Crystals;
using Xunit;

namespace Csp.Physics.Tests.Crystals;

public class SeededRandomTests
{
    [Fact]
    public void Should_be_xoshiro256_star_star()
    {
        // The first outputs of the authors' reference code from the state 1, 2, 3, 4.
        SeededRandom random = SeededRandom.InState(1, 2, 3, 4);
        Assert.Equal([11520, 0, 1509978240, 1215971899390074240], Enumerable.Range(0, 4).Select(_ => random.NextUInt64()));
    }

    [Fact]
    public void Numbers_should_be_uniform_and_streams_different()
    {
        SeededRandom random = new(1), other = new(1, stream: 1), again = new(1);
        double[] x = [.. Enumerable.Range(0, 20000).Select(_ => random.NextDouble())];
        Assert.Equal(x[0], again.NextDouble());
        Assert.NotEqual(x[0], other.NextDouble());
        Assert.InRange(x.Average(), 0.49, 0.51);
        Assert.InRange(x.Select(v => v * v).Average(), 0.323, 0.343);
        int[] counts = new int[7];
        for (int i = 0; i < 70000; i++)
            counts[random.Next(-3, 4) + 3]++;
        Assert.All(counts, c => Assert.InRange(c, 9600, 10400));
        double[] normal = [.. Enumerable.Range(0, 20000).Select(_ => random.NextNormal())];
        Assert.InRange(normal.Average(), -0.03, 0.03);
        Assert.InRange(normal.Select(v => v * v).Average(), 0.96, 1.04);
    }
}
