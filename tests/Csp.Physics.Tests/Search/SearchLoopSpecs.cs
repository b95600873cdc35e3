using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;
using Csp.Physics.Search.Benchmarks;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class SearchLoopSpecs(ITestOutputHelper output)
{
    [Fact]
    public void The_same_seed_gives_the_same_search_on_any_number_of_threads()
    {
        string[] one = Trace(1), three = Trace(3);
        Assert.Equal(one, three);
        Assert.Contains(one, line => !line.StartsWith("random", StringComparison.Ordinal));
    }

    [Fact]
    public void Seeds_come_first_and_a_pool_can_be_resumed()
    {
        BenchmarkSystem system = BenchmarkSystem.Silicon(8);
        SearchLoop loop = new(system.Settings, system.Potential);
        loop.AddSeed(system.GroundState);
        SearchStep first = loop.Run(new SearchLimits(10), 1, TestContext.Current.CancellationToken).First();
        Assert.Equal(OperatorNames.Seed, first.Proposal.Operator);
        Assert.True(first.Verdict is { NewBest: true });

        SearchLoop resumed = new(system.Settings, system.Potential, pool: Pool.Restore(system.Settings, 0, loop.Pool.Entries));
        resumed.AddSeed(system.GroundState);
        SearchStep again = resumed.Run(new SearchLimits(1), 1, TestContext.Current.CancellationToken).Single();
        Assert.True(again.Proposal.Id > first.Proposal.Id);
        Assert.Equal(PoolDecision.Duplicate, again.Verdict?.Decision);
    }

    [Fact]
    public void Stops_at_its_limits()
    {
        BenchmarkSystem system = BenchmarkSystem.BinaryLennardJones(4);
        SearchLoop loop = new(system.Settings, system.Potential);
        int steps = loop.Run(new SearchLimits(500) { Stagnation = 15 }, 1, TestContext.Current.CancellationToken).Count();
        Assert.InRange(steps, 15, 200);
        Assert.Equal(15, steps - loop.Progress.BestAt);
        using CancellationTokenSource cancelled = new();
        SearchLoop stopped = new(system.Settings, system.Potential);
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (SearchStep _ in stopped.Run(new SearchLimits(500), 2, cancelled.Token))
                cancelled.Cancel();
        });
    }

    [Fact]
    public void Evolution_finds_the_ground_state_and_beats_plain_random_search()
    {
        BenchmarkSystem system = BenchmarkSystem.Silicon(8);
        BenchmarkResult evolution = SearchBenchmark.Run(system, SearchBenchmark.Evolution, 3, 120, 1, cancellation: TestContext.Current.CancellationToken);
        BenchmarkResult random = SearchBenchmark.Run(system, SearchBenchmark.PlainRandom, 3, 120, 1, cancellation: TestContext.Current.CancellationToken);
        output.WriteLine($"evolution {evolution.Relaxations.Median}, plain random {random.Relaxations.Median}");
        Assert.Equal(1, evolution.SuccessRate);
        Assert.True(evolution.Relaxations.Median <= random.Relaxations.Median);
        Assert.All(evolution.Repeats, r => Assert.True(r.BestAbove > -1e-3, "the known ground state is not one"));
    }

    /// <summary>Random crystals of the ground state's distances and volume find the Laves phase far more often (11 to 35 % of them, against 3.5 % with lax limits).</summary>
    [Fact]
    public void Random_crystals_pack_their_atoms_as_the_best_structures_do()
    {
        BenchmarkSystem system = BenchmarkSystem.LavesPhase(4);
        int lax = Found(0), learned = Found(1);
        output.WriteLine($"of 40 random crystals {lax} find the ground state, {learned} with what the pool teaches");
        // 40 of at least 11 % against 40 of 3.5 %: fewer than three more in less than one case of twenty, and the seed is fixed.
        Assert.True(learned >= lax + 3);

        int Found(double share)
        {
            SearchSettings settings = system.Settings with { LearnedShare = share, InitialRandom = int.MaxValue, Seed = 9001 };
            Pool pool = new(settings);
            Crystal best = CrystalRelaxer.Relax(system.GroundState, system.Potential, system.Relaxation, TestContext.Current.CancellationToken).Crystal;
            // Three members that pack alike and are not the same: the pool learns from no fewer.
            for (ulong id = 1; id <= 3; id++)
                pool.Offer(new Candidate(Variation.Seed(id, best), best.ScaledToVolume((1 + 0.01 * (id - 1)) * best.Volume), id, 0));
            double target = SearchBenchmark.TargetEnthalpy(system, TestContext.Current.CancellationToken);
            Variation variation = new(settings);
            return Enumerable.Range(0, 40).Count(i =>
            {
                RelaxationOutcome end = CrystalRelaxer.Relax(variation.Propose(pool, (ulong)(100 + i)).Crystal, system.Potential, system.Relaxation, TestContext.Current.CancellationToken);
                return end.EnthalpyPerAtom <= target + system.Tolerance;
            });
        }
    }

    [Fact]
    public void Look_ahead_saves_evaluations_and_keeps_what_wins()
    {
        BenchmarkSystem system = BenchmarkSystem.Silicon(8);
        (SearchProgress whole, _) = Searched(false);
        (SearchProgress ahead, SearchStep[] stopped) = Searched(true);
        output.WriteLine($"{whole.Evaluations} evaluations, {ahead.Evaluations} with {stopped.Length} of {ahead.Relaxed} stopped early");
        Assert.NotEmpty(stopped);
        Assert.True((double)ahead.Evaluations / ahead.Relaxed < 0.95 * whole.Evaluations / whole.Relaxed);
        // None of those that were stopped would have become the best.
        foreach (SearchStep step in stopped)
        {
            RelaxationOutcome full = CrystalRelaxer.Relax(step.Proposal.Crystal, system.Potential, new RelaxationSettings(0), TestContext.Current.CancellationToken);
            Assert.True(full.EnthalpyPerAtom > ahead.BestEnthalpyPerAtom + 1e-4);
        }

        (SearchProgress, SearchStep[]) Searched(bool lookAhead)
        {
            SearchLoop loop = new(system.Settings with { LookAhead = lookAhead, Seed = 11 }, system.Potential);
            SearchStep[] steps = [.. loop.Run(new SearchLimits(60), 1, TestContext.Current.CancellationToken)];
            return (loop.Progress, [.. steps.Where(s => s.Outcome.Reason?.StartsWith("it cannot come below", StringComparison.Ordinal) == true)]);
        }
    }

    [Fact]
    public void In_flight_results_come_in_order_and_read_no_further_than_the_window()
    {
        int read = 0, taken = 0;
        IEnumerable<int> Source()
        {
            for (int i = 0; i < 50; i++)
            {
                Assert.True(read - taken < 5);
                read++;
                yield return i;
            }
        }
        List<int> results = [];
        foreach (int x in RelaxationBatch.InFlight(Source(), 5, 3, x => { Thread.Sleep(x % 3); return x * x; }, TestContext.Current.CancellationToken))
        {
            results.Add(x);
            taken++;
        }
        Assert.Equal(Enumerable.Range(0, 50).Select(i => i * i), results);
    }

    private static string[] Trace(int threads)
    {
        BenchmarkSystem system = BenchmarkSystem.Silicon(8);
        SearchLoop loop = new(system.Settings with { InitialRandom = 10, Seed = 5 }, system.Potential);
        return [.. loop.Run(new SearchLimits(24), threads, TestContext.Current.CancellationToken)
            .Select(s => FormattableString.Invariant($"{s.Proposal.Operator} {s.Outcome.EnthalpyPerAtom:R} {s.Verdict?.Decision}"))];
    }
}
