using System.Text.RegularExpressions;
using Csp.Actors.Runs;
using Csp.Physics.Search;

namespace Csp.Actors.Population;

/// <summary>Counts of a search.</summary>
internal sealed partial class SearchTally
{
    private readonly Dictionary<string, int> _reasons = [];
    private int _relaxed;
    private int _duplicates;
    private int _rejected;
    private int _failed;
    private ulong? _best;

    /// <summary>Ids of structures that are done, one way or another.</summary>
    public HashSet<ulong> Finished { get; } = [];

    /// <summary>Structures since the best of the pool last changed.</summary>
    public int SinceBest { get; private set; }

    public void Take(PoolVerdict verdict)
    {
        _relaxed++;
        if (verdict.Decision == PoolDecision.Duplicate)
            _duplicates++;
        SinceBest = verdict.NewBest ? 0 : SinceBest + 1;
    }

    public void Reject(StructureRelaxed e)
    {
        if (e.Failed)
            _failed++;
        else
            _rejected++;
        SinceBest++;
        string reason = Numbers().Replace(e.Reason ?? "no reason given", "#");
        _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;
    }

    /// <summary>The ranking has moved; another best starts the count anew.</summary>
    public void Ranked(Pool pool)
    {
        ulong? best = pool.Ranked.Count > 0 ? pool.Ranked[0].Id : null;
        if (best != _best)
            SinceBest = 0;
        _best = best;
    }

    public StructureCounts Counts(int open, Pool pool, int wanted) => new(Finished.Count + open, _relaxed, _rejected, _duplicates, wanted)
    {
        Failed = _failed,
        PoolSize = pool.Entries.Count,
        Generation = pool.Entries.Select(e => e.Proposal.Generation).DefaultIfEmpty(0).Max(),
        SinceBest = SinceBest,
        Reasons = [.. _reasons.OrderByDescending(r => r.Value).Take(8).Select(r => new ReasonCount(r.Key, r.Value))],
    };

    [GeneratedRegex(@"-?\d+(\.\d+)?([eE][-+]?\d+)?")]
    private static partial Regex Numbers();
}
