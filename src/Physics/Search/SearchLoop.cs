using System.Collections.Concurrent;
using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;

namespace Csp.Physics.Search;

/// <summary>When a search with one potential ends; whichever comes first.</summary>
/// <param name="Relaxations">Number of structures to relax.</param>
public sealed record SearchLimits(int Relaxations)
{
    /// <summary>Wall time; null for no limit.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Relaxations since the last new best after which the search ends; null for no limit.</summary>
    public int? Stagnation { get; init; }
}

/// <summary>One relaxed structure of a search.</summary>
/// <param name="Proposal">What was relaxed.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Verdict">What the pool said; null when the relaxation was rejected.</param>
public sealed record SearchStep(Proposal Proposal, RelaxationOutcome Outcome, PoolVerdict? Verdict);

/// <summary>Where a search stands.</summary>
public sealed record SearchProgress(
    int Relaxed, int Rejected, int Duplicates, long Evaluations, double BestEnthalpyPerAtom, int PoolCount, ImmutableArray<OperatorShare> Shares)
{
    /// <summary>Number of relaxations when the best structure was found.</summary>
    public int BestAt { get; init; }
}

/// <summary>
/// An evolutionary search with one potential on the cores of one machine, without actors: proposals are relaxed in flight and offered to the
/// pool in the order of their ids, so that the same seed gives the same search on any number of threads.
/// </summary>
public sealed class SearchLoop
{
    private readonly SearchSettings _settings;
    private readonly IPotential _potential;
    private readonly RelaxationSettings _relaxation;
    private readonly ConcurrentQueue<Crystal> _seeds = new();
    private readonly Variation _variation;
    private ulong _next = 1;

    /// <param name="settings">The search.</param>
    /// <param name="potential">Safe to call from several threads.</param>
    /// <param name="relaxation">Its pressure is that of the search.</param>
    /// <param name="pool">A pool to go on with (resumed); null for a new one.</param>
    /// <param name="lastId">The <see cref="LastId"/> of the search that left the pool, so that none of its proposals is made again.</param>
    public SearchLoop(SearchSettings settings, IPotential potential, RelaxationSettings? relaxation = null, Pool? pool = null, ulong lastId = 0)
    {
        _settings = settings;
        _potential = potential;
        _relaxation = (relaxation ?? new RelaxationSettings(settings.PressureGPa)) with { PressureGPa = settings.PressureGPa };
        _variation = new Variation(settings);
        Pool = pool ?? new Pool(settings);
        _next += Math.Max(lastId, Pool.Entries.Count > 0 ? Pool.Entries.Max(e => e.Id) : 0);
        Progress = new SearchProgress(0, 0, 0, 0, double.NaN, 0, _variation.Shares);
    }

    public Pool Pool { get; }

    public SearchProgress Progress { get; private set; }

    /// <summary>The highest id that was given to a proposal.</summary>
    public ulong LastId => _next - 1;

    /// <summary>A known structure or prototype that is relaxed next, before any other proposal. Safe from any thread while the search runs.</summary>
    public void AddSeed(Crystal crystal) => _seeds.Enqueue(crystal);

    /// <summary>Searches, handing out every step as it is decided; stop reading to stop searching.</summary>
    /// <param name="limits">When to end.</param>
    /// <param name="threads">Relaxations at once.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="SearchException">No random crystal can be made.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IEnumerable<SearchStep> Run(SearchLimits limits, int threads, CancellationToken cancellation = default)
    {
        long start = Environment.TickCount64;
        IEnumerable<(Proposal Proposal, RelaxationOutcome Outcome)> relaxed = RelaxationBatch.InFlight(
            Proposals(limits.Relaxations), _settings.InFlight, threads,
            job => (job.Proposal, CrystalRelaxer.Relax(job.Proposal.Crystal, _potential, _relaxation with { GiveUpAbove = job.Ceiling }, cancellation)), cancellation);
        foreach ((Proposal proposal, RelaxationOutcome outcome) in relaxed)
        {
            yield return Decide(proposal, outcome);
            if (limits.Time is TimeSpan time && Environment.TickCount64 - start > time.TotalMilliseconds)
                yield break;
            if (limits.Stagnation is int patience && Progress.Relaxed - Progress.BestAt >= patience)
                yield break;
        }
    }

    private IEnumerable<(Proposal Proposal, double? Ceiling)> Proposals(int count)
    {
        for (int i = 0; i < count; i++)
        {
            ulong id = _next++;
            Proposal proposal = _seeds.TryDequeue(out Crystal? seed) ? Variation.Seed(id, seed) : _variation.Propose(Pool, id);
            yield return (proposal, Ceiling() ?? _relaxation.GiveUpAbove);
        }
    }

    /// <summary>eV/atom: the member that is a parent e^3 times less often than the best. Known when the relaxation starts, so that results do not depend on threads.</summary>
    private double? Ceiling()
    {
        int rank = (int)(3 * Variation.RankScale(Pool.Ranked.Count));
        return _settings.LookAhead && Pool.Hull is null && rank < Pool.Ranked.Count ? Pool.RankedEnthalpy(Pool.Ranked[rank]) : null;
    }

    private SearchStep Decide(Proposal proposal, RelaxationOutcome outcome)
    {
        PoolVerdict? verdict = null;
        if (outcome.Status != RelaxationStatus.Rejected)
            verdict = Pool.Offer(new Candidate(proposal, outcome.Crystal, outcome.EnthalpyPerAtom, Pool.RankingVersion, outcome.Result?.Uncertainty));
        _variation.Credit(proposal, verdict);
        int relaxed = Progress.Relaxed + 1;
        Progress = new SearchProgress(
            relaxed,
            Progress.Rejected + (verdict is null ? 1 : 0),
            Progress.Duplicates + (verdict?.Decision == PoolDecision.Duplicate ? 1 : 0),
            Progress.Evaluations + outcome.Evaluations,
            Pool.Ranked.Count > 0 ? Pool.RankedEnthalpy(Pool.Ranked[0]) : double.NaN,
            Pool.Ranked.Count,
            _variation.Shares)
        {
            BestAt = verdict is { NewBest: true } ? relaxed : Progress.BestAt,
        };
        return new SearchStep(proposal, outcome, verdict);
    }
}
