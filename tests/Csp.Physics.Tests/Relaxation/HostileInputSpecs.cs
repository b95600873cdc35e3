using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;
using Csp.Physics.Tests.Search;
using Xunit;

namespace Csp.Physics.Tests.Relaxation;

/// <summary>Inputs as they should never be: each is relaxed or refused with a reason. CSP_HOSTILE sets how many (110 without).</summary>
public class HostileInputSpecs(ITestOutputHelper output)
{
    private static readonly ImmutableArray<string> Kinds =
        ["atoms on top of each other", "needle", "no volume", "not a number", "one atom", "many atoms", "huge coordinates", "skewed", "dense", "dilute", "random"];

    [Fact]
    public void Every_hostile_input_is_relaxed_or_refused_with_a_reason()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("CSP_HOSTILE"), CultureInfo.InvariantCulture, out int n) ? n : 110;
        ConcurrentDictionary<(string Kind, string End), int> ends = [];
        ConcurrentBag<(double Seconds, string Kind)> times = [];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = TestContext.Current.CancellationToken }, k =>
        {
            string kind = Kinds[k % Kinds.Length];
            long start = Stopwatch.GetTimestamp();
            string end;
            try
            {
                Crystal crystal = Make(kind, new Random(k));
                IPotential potential = crystal.Elements[0].Symbol == "Ar" ? LennardJones.Argon : StillingerWeber.Silicon;
                RelaxationOutcome outcome = CrystalRelaxer.Relax(
                    crystal, potential, new RelaxationSettings(k % 3 * 50) { KeepSymmetry = k % 5 == 0, MaxEvaluations = crystal.Count > 100 ? 10 : 150 }, TestContext.Current.CancellationToken);
                end = outcome.Status.ToString();
                if (outcome.Status == RelaxationStatus.Rejected)
                    Assert.False(string.IsNullOrWhiteSpace(outcome.Reason));
                else
                    Assert.True(double.IsFinite(outcome.EnthalpyPerAtom) && outcome.Result is not null);
            }
            catch (ArgumentException e)
            {
                // Not even a crystal: its constructor says why.
                end = "refused";
                Assert.False(string.IsNullOrWhiteSpace(e.Message));
            }
            times.Add((Stopwatch.GetElapsedTime(start).TotalSeconds, kind));
            ends.AddOrUpdate((kind, end), 1, (_, n) => n + 1);
        });
        foreach (((string kind, string end), int number) in ends.OrderBy(e => (e.Key.Kind, e.Key.End)))
            output.WriteLine($"{kind}: {number} {end}");
        (double slowest, string slowestKind) = times.Max();
        output.WriteLine(FormattableString.Invariant($"{count} inputs, {Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds:F0} s CPU, slowest {slowest:F1} s ({slowestKind})"));
        Assert.Equal(count, ends.Values.Sum());
        Assert.True(slowest < 60, $"one input took {slowest} s");
    }

    private static Crystal Make(string kind, Random random)
    {
        string symbol = random.Next(2) == 0 ? "Si" : "Ar";
        int atoms = kind switch { "one atom" => 1, "many atoms" => 120 + random.Next(80), _ => 2 + random.Next(8) };
        ImmutableArray<Element> elements = [.. Enumerable.Repeat(Element.FromSymbol(symbol), atoms)];
        double[] f = [.. Enumerable.Range(0, 3 * atoms).Select(_ => random.NextDouble())];
        Mat3 lattice = Starts.Random(symbol + "2", 40, 1.5, random.Next(1000)).Lattice;
        double volume = atoms * (kind switch { "dense" => 0.5 + 2 * random.NextDouble(), "dilute" => 190 + 20 * random.NextDouble(), _ => 20 });
        switch (kind)
        {
            case "atoms on top of each other":
                for (int d = 0; d < 3; d++)
                    f[3 + d] = f[d] + (random.Next(2) == 0 ? 0 : 1e-9);
                break;
            case "needle":
                lattice = Mat3.Diagonal(1, 1, Math.Pow(10, 1 + 5 * random.NextDouble()));
                break;
            case "no volume":
                lattice = Mat3.FromRows(lattice.Row(0), lattice.Row(1), lattice.Row(0) + random.Next(2) * lattice.Row(1) + new Vec3(0, 0, 1e-12 * random.Next(2)));
                return new Crystal(lattice, elements, f);
            case "not a number":
                if (random.Next(2) == 0)
                    f[random.Next(f.Length)] = random.Next(2) == 0 ? double.NaN : double.PositiveInfinity;
                else
                    lattice = lattice with { YZ = double.NaN };
                return new Crystal(lattice, elements, f);
            case "huge coordinates":
                for (int k = 0; k < f.Length; k++)
                    f[k] = (f[k] - 0.5) * 1e6;
                break;
            case "skewed":
                lattice = Mat3.FromRows(lattice.Row(0), lattice.Row(1) + 40 * random.NextDouble() * lattice.Row(0), lattice.Row(2) - 30 * random.NextDouble() * lattice.Row(1));
                break;
            default:
                break;
        }
        Crystal crystal = new Crystal(lattice, elements, f).ScaledToVolume(volume);
        return kind is "many atoms" ? new Csp.Physics.Search.DistanceRules(0, 1.5).Repair(crystal, 100) ?? crystal : crystal;
    }
}
