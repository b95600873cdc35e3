using System.Collections.Immutable;
using System.Diagnostics;
using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Csp.Physics.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class RandomCrystalsTests
{
    [Theory]
    [InlineData("S4H12", 56, 72, 200, 0.85)]
    [InlineData("S8H24", 112, 144, 40, 0.85)]
    [InlineData("TiO2", 26, 40, 60, 0.5)]
    public void Should_keep_volume_distances_and_symmetry(string formula, double low, double high, int count, double exact)
    {
        RandomCrystalRequest request = new(Composition.Parse(formula), low, high);
        RandomCrystalBatch batch = RandomCrystals.GenerateMany(request, count, seed: 1);
        Assert.Null(batch.Reason);
        Assert.Equal(count, batch.Outcomes.Length);
        int equal = 0;
        foreach (RandomCrystalOutcome outcome in batch.Outcomes)
        {
            Crystal crystal = outcome.Crystal!;
            Assert.Equal(request.Composition, crystal.Composition);
            Assert.InRange(crystal.Volume, low - 1e-9, high + 1e-9);
            AssertDistances(request, crystal);
            Assert.Equal(outcome.FoundGroup, Spglib.NumberOf(crystal));
            AssertContains(outcome);
            equal += outcome.FoundGroup == outcome.RequestedGroup ? 1 : 0;
        }
        Assert.InRange(equal, exact * count, count);
        Assert.True(batch.Outcomes.Select(o => o.RequestedGroup).Distinct().Count() > count / 3);
        Assert.Equal(count, batch.Groups.Sum(g => g.Generated));
        Assert.Equal(equal, batch.Groups.Sum(g => g.Exact));
        Assert.All(batch.Groups.Where(g => g.Requested > g.Generated), g => Assert.NotNull(g.Reason));
    }

    [Fact]
    public void Every_space_group_should_come_out_exactly_as_asked()
    {
        for (int number = 1; number <= 230; number++)
        {
            // Two elements with one general orbit each.
            int m = WyckoffTable.Of(number).Positions[^1].Multiplicity;
            Composition composition = Composition.From([(Element.FromSymbol("Si"), m), (Element.FromSymbol("C"), m)]);
            RandomCrystalRequest request = new(composition, 60 * m, 90 * m) { Groups = [number], MinDistanceFactor = 0.5 };
            RandomCrystalOutcome? outcome = Enumerable.Range(0, 20).Select(seed => RandomCrystals.Generate(request, (ulong)seed)).FirstOrDefault(o => o.FoundGroup == number);
            Assert.True(outcome is not null, $"no crystal of {SpaceGroup.Of(number)} has exactly this group");
            AssertContains(outcome);
        }
    }

    [Fact]
    public void Same_seed_should_give_the_same_crystals_with_any_number_of_threads()
    {
        RandomCrystalRequest request = new(Composition.Parse("S2H6"), 28, 36) { Groups = [2, 14, 62, 160, 166, 227] };
        RandomCrystalBatch one = RandomCrystals.GenerateMany(request, 40, 5), two = RandomCrystals.GenerateMany(request with { }, 40, 5, threads: 3);
        Assert.Equal(one.Outcomes.Select(o => o.RequestedGroup), two.Outcomes.Select(o => o.RequestedGroup));
        Assert.All(one.Outcomes.Zip(two.Outcomes), p => Assert.Equal(p.First.Crystal!.Fractional.ToArray(), p.Second.Crystal!.Fractional.ToArray()));
        Assert.NotEqual(one.Outcomes[0].Crystal!.Volume, RandomCrystals.GenerateMany(request, 1, 6).Outcomes[0].Crystal!.Volume);
    }

    [Fact]
    public void Impossible_requests_should_say_why_and_end_soon()
    {
        Stopwatch watch = Stopwatch.StartNew();
        RandomCrystalRequest odd = new(Composition.Parse("SH3"), 12, 16) { Groups = [4] };
        Assert.Contains("P2_1 (4) cannot hold H3S", RandomCrystals.Generate(odd, 1).Reason);
        Assert.Contains("none of the 2 space groups can hold", RandomCrystals.Generate(odd with { Groups = [4, 19] }, 1).Reason);

        RandomCrystalRequest crowded = new(Composition.Parse("S4"), 10, 12) { MinDistances = ImmutableDictionary<(Element, Element), double>.Empty.Add((Element.FromSymbol("S"), Element.FromSymbol("S")), 2.5) };
        Assert.Contains("4 S atoms that are 2.5 Å apart need at least 44.2 Å^3", RandomCrystals.Generate(crowded, 1).Reason);

        // Not provably impossible, but nearly the densest packing: no draw will find it.
        RandomCrystalOutcome tight = RandomCrystals.Generate(crowded with { MinVolume = 44.3, MaxVolume = 45, MaxAttempts = 3000, Groups = [1] }, 1);
        Assert.Null(tight.Crystal);
        Assert.Contains("closer than allowed", tight.Reason);
        RandomCrystalBatch batch = RandomCrystals.GenerateMany(crowded with { MinVolume = 44.3, MaxVolume = 45, MaxAttempts = 100, Groups = [1, 2] }, 100000, 1);
        Assert.Empty(batch.Outcomes);
        Assert.Contains("0 of 100000 crystals", batch.Reason);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));

        Assert.Throws<ArgumentException>(() => RandomCrystals.Generate(odd with { MinVolume = 20 }, 1));
        Assert.Throws<ArgumentException>(() => RandomCrystals.Generate(odd with { MaxVolume = double.NaN }, 1));
        Assert.Throws<ArgumentException>(() => RandomCrystals.Generate(odd with { Groups = [231] }, 1));
        Assert.Throws<ArgumentException>(() => RandomCrystals.Generate(new RandomCrystalRequest(Composition.Parse("H90000S90000"), 1e6, 2e6), 1));
    }

    [Fact]
    public void A_frame_should_carry_the_groups()
    {
        RandomCrystalOutcome outcome = RandomCrystals.Generate(new RandomCrystalRequest(Composition.Parse("SH3"), 13, 16) { Groups = [160] }, 3);
        Assert.Equal("160", outcome.ToFrame()["requested_group"]);
    }

    /// <summary>All images by brute force of the neighbour list, which has its own tests.</summary>
    private static void AssertDistances(RandomCrystalRequest request, Crystal crystal)
    {
        NeighborList list = NeighborList.Build(crystal, 3);
        double[] positions = crystal.Cartesian();
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
                Assert.True(list.Vector(p, i, positions, crystal.Lattice).Norm >= request.MinDistance(crystal.Elements[i], crystal.Elements[list.Neighbors[p]]) - 1e-9);
        }
    }

    /// <summary>
    /// The crystal with one more orbit of another element in general position under the outcome's operations has exactly the requested group, and
    /// every operation maps the crystal onto itself: together, its group contains the requested one.
    /// </summary>
    private static void AssertContains(RandomCrystalOutcome outcome)
    {
        Crystal crystal = outcome.Crystal!;
        foreach (SymmetryOperation operation in outcome.Operations)
        {
            for (int i = 0; i < crystal.Count; i++)
            {
                Vec3 image = operation.Apply(crystal.FractionalOf(i));
                Assert.Contains(Enumerable.Range(0, crystal.Count), j => crystal.Elements[i] == crystal.Elements[j] && Distance(image, crystal.FractionalOf(j), crystal.Lattice) < 1e-6);
            }
        }
        Vec3[] general = [.. outcome.Operations.SelectMany(o => new[] { o.Apply(new(0.0713, 0.1391, 0.2177)), o.Apply(new(0.3319, 0.1173, 0.0571)) })];
        Crystal decorated = new(crystal.Lattice, [.. crystal.Elements, .. general.Select((_, i) => Element.FromNumber(i % 2 == 0 ? 92 : 93))],
            [.. crystal.Fractional, .. general.SelectMany(v => new[] { v.X, v.Y, v.Z })]);
        Assert.Equal(outcome.RequestedGroup, Spglib.NumberOf(decorated, 1e-4));
    }

    private static double Distance(Vec3 a, Vec3 b, Mat3 lattice)
    {
        Vec3 d = a - b;
        return (new Vec3(d.X - Math.Round(d.X), d.Y - Math.Round(d.Y), d.Z - Math.Round(d.Z)) * lattice).Norm;
    }
}
