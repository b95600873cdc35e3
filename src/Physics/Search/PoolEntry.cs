using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>A member of the pool.</summary>
/// <param name="Proposal">Lineage.</param>
/// <param name="Crystal">The structure by its newest model.</param>
/// <param name="Fingerprint">Of <paramref name="Crystal"/>.</param>
/// <param name="Enthalpies">(E + P V)/N in eV by model version.</param>
/// <param name="Uncertainty">eV/atom by the newest model, where it reports one.</param>
public sealed record PoolEntry(
    Proposal Proposal, Crystal Crystal, Fingerprint Fingerprint, ImmutableSortedDictionary<int, double> Enthalpies, double? Uncertainty)
{
    public ulong Id => Proposal.Id;

    /// <summary>Newest model version that scored it.</summary>
    public int NewestVersion => Enthalpies.Keys.Max();

    /// <summary>Newest model version that could not relax it, if any.</summary>
    public int? FailedVersion { get; init; }

    internal bool Answered(int version) => Enthalpies.ContainsKey(version) || FailedVersion >= version;
}
