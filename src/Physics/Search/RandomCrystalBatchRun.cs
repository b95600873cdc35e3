using System.Collections.Immutable;
using System.Diagnostics;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>Draws the crystals of one batch, one stream of random numbers per crystal, and counts what came of each group.</summary>
internal sealed class RandomCrystalBatchRun
{
    private const int HopelessAfter = 10;

    private readonly RandomCrystalGenerator _generator;
    private readonly RandomCrystalOutcome?[] _outcomes;
    private readonly ulong _seed;
    private readonly TimeSpan? _timeLimit;
    private readonly IProgress<int>? _progress;
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _next = -1;
    private int _made;
    private int _failed;

    public RandomCrystalBatchRun(RandomCrystalGenerator generator, int count, ulong seed, TimeSpan? timeLimit, IProgress<int>? progress)
    {
        if (count < 1)
            throw new ArgumentException($"the number of crystals must be positive, not {count}");
        _generator = generator;
        _outcomes = new RandomCrystalOutcome?[count];
        _seed = seed;
        _timeLimit = timeLimit;
        _progress = progress;
    }

    private bool IsHopeless => Volatile.Read(ref _made) == 0 && Volatile.Read(ref _failed) >= HopelessAfter;

    private bool IsOverdue => _timeLimit is TimeSpan limit && Stopwatch.GetElapsedTime(_start) > limit;

    public RandomCrystalBatch Run(int threads, CancellationToken cancellation)
    {
        if (threads < 1)
            throw new ArgumentException($"the number of threads must be positive, not {threads}");
        if (threads == 1)
            Draw(cancellation);
        else
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => Draw(cancellation));
        cancellation.ThrowIfCancellationRequested();
        ImmutableArray<RandomCrystalOutcome> made = [.. _outcomes.OfType<RandomCrystalOutcome>().Where(o => o.Crystal is not null)];
        return new RandomCrystalBatch(made, Statistics(), Stopwatch.GetElapsedTime(_start).TotalSeconds, Shortfall(made.Length));
    }

    private void Draw(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && !IsHopeless && !IsOverdue)
        {
            int i = Interlocked.Increment(ref _next);
            if (i >= _outcomes.Length)
                return;
            RandomCrystalOutcome outcome = _generator.Generate(new SeededRandom(_seed, (ulong)i));
            _outcomes[i] = outcome;
            if (outcome.Crystal is null)
                Interlocked.Increment(ref _failed);
            else
                _progress?.Report(Interlocked.Increment(ref _made));
        }
    }

    private string? Shortfall(int made)
    {
        if (made == _outcomes.Length)
            return null;
        RandomCrystalOutcome? failure = _outcomes.FirstOrDefault(o => o is { Crystal: null });
        return failure is null ? $"{made} of {_outcomes.Length} crystals in the time allowed" : $"{made} of {_outcomes.Length} crystals: {failure.Reason}";
    }

    private ImmutableArray<RandomCrystalStatistics> Statistics()
    {
        Dictionary<int, RandomCrystalStatistics> groups = _generator.Groups
            .Select((g, i) => new RandomCrystalStatistics(g, 0, 0, 0, 0, _generator.WhyNot(i))).ToDictionary(s => s.Group);
        foreach (RandomCrystalOutcome outcome in _outcomes.OfType<RandomCrystalOutcome>())
        {
            foreach ((int group, int attempts, string reason) in outcome.Abandoned)
            {
                RandomCrystalStatistics s = groups[group];
                groups[group] = s with { Requested = s.Requested + 1, Attempts = s.Attempts + attempts, Reason = reason };
            }
            if (outcome.Crystal is null)
                continue;
            RandomCrystalStatistics t = groups[outcome.RequestedGroup];
            groups[outcome.RequestedGroup] = t with
            {
                Requested = t.Requested + 1,
                Generated = t.Generated + 1,
                Exact = t.Exact + (outcome.FoundGroup == outcome.RequestedGroup ? 1 : 0),
                Attempts = t.Attempts + outcome.Attempts - outcome.Abandoned.Sum(a => a.Attempts),
            };
        }
        return [.. _generator.Groups.Select(g => groups[g])];
    }
}
