using BenchmarkDotNet.Attributes;
using Csp.Physics.Crystals;
using Csp.Physics.Search;

namespace Csp.Benchmarks;

/// <summary>
/// Random crystals in all space groups on one thread, 100 per call: divide by 100 for the time of one. The goal was 1,000 of S4H12 in 4 s and of S8H24
/// in 15 s. Beside it the neighbour lists of 30 of them within 5 Å.
/// </summary>
public class RandomCrystalBenchmarks
{
    private const int Count = 100;

    private readonly RandomCrystalRequest _small = new(Composition.Parse("S4H12"), 56, 72);
    private readonly RandomCrystalRequest _large = new(Composition.Parse("S8H24"), 112, 144);
    private readonly Crystal[] _crystals;
    private ulong _seed;

    public RandomCrystalBenchmarks() =>
        _crystals = [.. RandomCrystals.GenerateMany(_small, 30, 1).Outcomes.Select(o => o.Crystal!)];

    [Benchmark]
    public RandomCrystalBatch Atoms16() => RandomCrystals.GenerateMany(_small, Count, _seed++);

    [Benchmark]
    public RandomCrystalBatch Atoms32() => RandomCrystals.GenerateMany(_large, Count, _seed++);

    [Benchmark]
    public int NeighborLists() => _crystals.Sum(c => NeighborList.Build(c, 5).PairCount);
}
