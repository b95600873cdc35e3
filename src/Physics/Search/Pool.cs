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
}

/// <summary>The structures a search keeps, ranked by enthalpy of one model version. Not safe from several threads.</summary>
public sealed class Pool
{
    public Pool(SearchSettings settings, int rankingVersion = 0)
    {
        Settings = settings;
        RankingVersion = rankingVersion;
    }

    public SearchSettings Settings { get; }

    /// <summary>The model version whose energies rank the pool.</summary>
    public int RankingVersion { get; private set; }

    /// <summary>Members with an energy of the ranking version, best first.</summary>
    public IReadOnlyList<PoolEntry> Ranked => throw new NotImplementedException();

    /// <summary>Members that wait for an energy of the ranking version.</summary>
    public IReadOnlyList<PoolEntry> Waiting => throw new NotImplementedException();

    public PoolVerdict Offer(Candidate candidate) => throw new NotImplementedException();

    /// <summary>The best members without an energy of this version, most important first.</summary>
    public IReadOnlyList<PoolEntry> RescoreTargets(int version, int max = int.MaxValue) => throw new NotImplementedException();

    /// <summary>A member re-relaxed by another model version; unknown ids are ignored (it left the pool meanwhile).</summary>
    public PoolVerdict? ApplyRescore(ulong id, int version, Crystal crystal, double enthalpyPerAtom, double? uncertainty = null) => throw new NotImplementedException();

    /// <summary>A member that the new model could not relax: it leaves the pool when the ranking moves to that version.</summary>
    public void RescoreFailed(ulong id, int version) => throw new NotImplementedException();

    /// <summary>Ranks by a newer version when at least this fraction of the best members has its energy.</summary>
    public bool TryMoveRankingVersion(int version, double fraction = 0.8) => throw new NotImplementedException();

    /// <summary>All members, for the journal.</summary>
    public IReadOnlyList<PoolEntry> Entries => throw new NotImplementedException();

    /// <summary>A pool as <see cref="Entries"/> left it.</summary>
    public static Pool Restore(SearchSettings settings, int rankingVersion, IEnumerable<PoolEntry> entries) => throw new NotImplementedException();
}
