using System.Diagnostics;
using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Csp.Physics.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class RandomCrystalsTests(ITestOutputHelper output)
{
    [Fact]
    public void Measure()
    {
        foreach ((string f, double lo, double hi, int n) in new[] { ("S4H12", 56.0, 72.0, 1000), ("S4H12", 56.0, 72.0, 1000), ("S8H24", 112.0, 144.0, 300) })
        {
            RandomCrystalRequest request = new(Composition.Parse(f), lo, hi);
            int equal = 0, failed = 0, attempts = 0;
            TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
            Stopwatch w = Stopwatch.StartNew();
            Dictionary<int, (int, int)> bad = [];
            for (int i = 0; i < n; i++)
            {
                RandomCrystalOutcome o = RandomCrystals.Generate(request, (ulong)i);
                attempts += o.Attempts;
                if (o.Crystal is null) failed++;
                else if (o.FoundGroup == o.RequestedGroup) equal++;
                (int a, int b) = bad.GetValueOrDefault(o.RequestedGroup);
                bad[o.RequestedGroup] = (a + 1, b + (o.FoundGroup == o.RequestedGroup ? 1 : 0));
            }
            output.WriteLine($"{f}: {w.Elapsed.TotalSeconds:F2} s, cpu {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds:F2}, equal {equal}, failed {failed}, attempts {attempts}");
            output.WriteLine(string.Join(" ", bad.OrderBy(p => p.Key).Select(p => $"{p.Key}:{p.Value.Item2}/{p.Value.Item1}")));
        }
    }
}
