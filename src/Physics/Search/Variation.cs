using System.Collections.Immutable;

namespace Csp.Physics.Search;

/// <summary>How one operator fares.</summary>
/// <param name="Operator">Its name.</param>
/// <param name="Share">Probability that the next proposal is made by it.</param>
/// <param name="Proposed">Proposals so far.</param>
/// <param name="Accepted">Of these, how many entered the pool.</param>
public sealed record OperatorShare(string Operator, double Share, int Proposed, int Accepted);

/// <summary>Makes proposals from a pool; operators that bring more offspring into it are used more often. Not safe from several threads.</summary>
public sealed class Variation
{
    public Variation(SearchSettings settings) => Settings = settings;

    public SearchSettings Settings { get; }

    /// <summary>Current shares, by name.</summary>
    public ImmutableArray<OperatorShare> Shares => throw new NotImplementedException();

    /// <summary>The next proposal. The same settings, pool and id give the same one.</summary>
    public Proposal Propose(Pool pool, ulong id) => throw new NotImplementedException();

    /// <summary>Tells what became of a proposal, so that probabilities adapt.</summary>
    public void Credit(Proposal proposal, PoolDecision? decision) => throw new NotImplementedException();
}
