using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>
/// The structures a search keeps, ranked by enthalpy of one model version. A structure of another version waits until that version ranks the
/// pool or until it has been re-scored. No two members are the same crystal, and no niche holds more than its share. The answers depend on
/// the order of the calls only. Not safe from several threads.
/// </summary>
public sealed class Pool
{
    private readonly Dictionary<ulong, PoolEntry> _entries = [];
    private List<PoolEntry>? _ranked;
    private ConvexHull? _hull;

    public Pool(SearchSettings settings, int rankingVersion = 0)
    {
        Settings = settings;
        RankingVersion = rankingVersion;
    }

    public SearchSettings Settings { get; }

    /// <summary>The model version whose energies rank the pool.</summary>
    public int RankingVersion { get; private set; }

    /// <summary>Members with an energy of the ranking version, best first.</summary>
    public IReadOnlyList<PoolEntry> Ranked => _ranked ??= Rank();

    /// <summary>The hull of a variable-composition search by the ranking version; null for a fixed composition.</summary>
    public ConvexHull? Hull => Settings.Compositions.IsDefaultOrEmpty ? null
        : _hull ??= new ConvexHull(_entries.Values.Where(e => e.Enthalpies.ContainsKey(RankingVersion))
            .Select(e => new HullPhase(e.Id, e.Crystal.Composition, RankedEnthalpy(e))));

    /// <summary>Members that wait for an energy of the ranking version, those of the newest models first.</summary>
    public IReadOnlyList<PoolEntry> Waiting =>
        [.. _entries.Values.Where(e => !e.Enthalpies.ContainsKey(RankingVersion))
            .OrderByDescending(e => e.NewestVersion).ThenBy(e => e.Enthalpies[e.NewestVersion]).ThenBy(e => e.Id)];

    /// <summary>All members, for the journal.</summary>
    public IReadOnlyList<PoolEntry> Entries => [.. _entries.Values.OrderBy(e => e.Id)];

    public PoolEntry? Find(ulong id) => _entries.GetValueOrDefault(id);

    /// <summary>eV/atom by the ranking version.</summary>
    /// <exception cref="KeyNotFoundException">The member has none yet.</exception>
    public double RankedEnthalpy(PoolEntry entry) => entry.Enthalpies[RankingVersion];

    /// <summary>What ranks a member, eV/atom: its enthalpy, or in a variable-composition search its height above the hull.</summary>
    /// <exception cref="KeyNotFoundException">The member has no energy of the ranking version.</exception>
    public double RankingKey(PoolEntry entry) => Hull is ConvexHull hull
        ? hull.Above(entry.Crystal.Composition, RankedEnthalpy(entry))
        : RankedEnthalpy(entry);

    /// <summary>A pool as <see cref="Entries"/> left it.</summary>
    public static Pool Restore(SearchSettings settings, int rankingVersion, IEnumerable<PoolEntry> entries)
    {
        Pool pool = new(settings, rankingVersion);
        foreach (PoolEntry entry in entries)
            pool._entries[entry.Id] = entry;
        return pool;
    }

    /// <summary>A relaxed structure asks for a place.</summary>
    /// <exception cref="ArgumentException">The enthalpy is not a number, or the id is taken by another structure.</exception>
    public PoolVerdict Offer(Candidate candidate)
    {
        if (!double.IsFinite(candidate.EnthalpyPerAtom))
            throw new ArgumentException($"candidate {candidate.Proposal.Id} has no enthalpy");
        if (_entries.ContainsKey(candidate.Proposal.Id))
            throw new ArgumentException($"candidate {candidate.Proposal.Id} has been offered before");
        PoolEntry entry = new(
            candidate.Proposal, candidate.Crystal, Fingerprint.Of(candidate.Crystal),
            ImmutableSortedDictionary<int, double>.Empty.Add(candidate.ModelVersion, candidate.EnthalpyPerAtom), candidate.Uncertainty);
        return Insert(entry);
    }

    /// <summary>
    /// Whether a candidate is sure to leave the pool as it is, told without a fingerprint: the pool is full, nothing waits, and the candidate is worse than every member by
    /// the ranking version. (As the double of a member it would bring a higher enthalpy than is known.)
    /// </summary>
    public bool IsBeyond(double enthalpyPerAtom, int version) =>
        version == RankingVersion && Hull is null && Ranked.Count >= Settings.PoolSize && Ranked.Count == _entries.Count
        && enthalpyPerAtom > RankedEnthalpy(Ranked[^1]);

    /// <summary>
    /// Members without an energy of this version (and not refused by it), most important first: the ranked ones from the top, then those that wait.
    /// </summary>
    public IReadOnlyList<PoolEntry> RescoreTargets(int version, int max = int.MaxValue) =>
        [.. Ranked.Concat(Waiting).Where(e => !e.Answered(version) && e.NewestVersion < version).Take(max)];

    /// <summary>
    /// A member relaxed again by another model version. It may turn out to be the same as another member, and then leaves. Null when the member
    /// has left the pool meanwhile.
    /// </summary>
    public PoolVerdict? ApplyRescore(ulong id, int version, Crystal crystal, double enthalpyPerAtom, double? uncertainty = null)
    {
        if (!_entries.Remove(id, out PoolEntry? entry))
            return null;
        Changed();
        bool newer = version >= entry.NewestVersion;
        return Insert(entry with
        {
            Crystal = newer ? crystal : entry.Crystal,
            Fingerprint = newer ? Fingerprint.Of(crystal) : entry.Fingerprint,
            Uncertainty = newer ? uncertainty : entry.Uncertainty,
            Enthalpies = entry.Enthalpies.SetItem(version, enthalpyPerAtom),
        });
    }

    /// <summary>A member that a model could not relax: it leaves the pool when the ranking moves to that version.</summary>
    public void RescoreFailed(ulong id, int version)
    {
        if (_entries.TryGetValue(id, out PoolEntry? entry))
            _entries[id] = entry with { FailedVersion = Math.Max(entry.FailedVersion ?? int.MinValue, version) };
        Changed();
    }

    /// <summary>
    /// Ranks by a newer version when at least this fraction of the ranked members has its answer (or when nothing is ranked yet and something
    /// waits with an energy of that version). Members without it wait from then on; those it refused leave.
    /// </summary>
    public bool TryMoveRankingVersion(int version, double fraction = 0.8)
    {
        if (version <= RankingVersion)
            return false;
        int ranked = Ranked.Count, answered = Ranked.Count(e => e.Answered(version));
        if (ranked == 0 ? !_entries.Values.Any(e => e.Enthalpies.ContainsKey(version)) : answered < fraction * ranked)
            return false;
        RankingVersion = version;
        foreach (PoolEntry entry in _entries.Values.Where(e => e.FailedVersion >= version && !e.Enthalpies.ContainsKey(version)).ToList())
            _entries.Remove(entry.Id);
        Changed();
        Trim();
        return true;
    }

    private List<PoolEntry> Rank()
    {
        // Members on the hull share the key 0: among them, as among all equals, the older comes first.
        return [.. _entries.Values.Where(e => e.Enthalpies.ContainsKey(RankingVersion)).OrderBy(RankingKey).ThenBy(e => e.Id)];
    }

    private void Changed()
    {
        _ranked = null;
        _hull = null;
    }

    private PoolVerdict Insert(PoolEntry entry)
    {
        PoolEntry? same = Ranked.Concat(Waiting).FirstOrDefault(e => Fingerprint.Same(e.Fingerprint, entry.Fingerprint, Settings.DuplicateDistance));
        if (same is not null)
        {
            Merge(same, entry);
            return new PoolVerdict(PoolDecision.Duplicate, same.Id);
        }
        ulong? best = Ranked.Count > 0 ? Ranked[0].Id : null;
        _entries[entry.Id] = entry;
        Changed();
        Trim();
        if (!_entries.ContainsKey(entry.Id))
            return new PoolVerdict(PoolDecision.Worse);
        if (!entry.Enthalpies.ContainsKey(RankingVersion))
            return new PoolVerdict(PoolDecision.Waiting);
        int rank = Ranked.TakeWhile(e => e.Id != entry.Id).Count();
        return new PoolVerdict(PoolDecision.Accepted, NewBest: rank == 0 && best != entry.Id, Rank: rank);
    }

    /// <summary>The member learns what its double knows: energies of versions that it lacks, and the lower one of the same version.</summary>
    private void Merge(PoolEntry member, PoolEntry twin)
    {
        ImmutableSortedDictionary<int, double> enthalpies = member.Enthalpies;
        foreach ((int version, double enthalpy) in twin.Enthalpies)
            enthalpies = enthalpies.SetItem(version, Math.Min(enthalpy, enthalpies.GetValueOrDefault(version, double.PositiveInfinity)));
        bool better = twin.NewestVersion > member.NewestVersion
            || (twin.NewestVersion == member.NewestVersion && twin.Enthalpies[twin.NewestVersion] < member.Enthalpies[member.NewestVersion]);
        _entries[member.Id] = better
            ? member with { Enthalpies = enthalpies, Crystal = twin.Crystal, Fingerprint = twin.Fingerprint, Uncertainty = twin.Uncertainty }
            : member with { Enthalpies = enthalpies };
        Changed();
    }

    /// <summary>Keeps the best of every niche, and of all no more than fit; of those that wait as many again.</summary>
    private void Trim()
    {
        if (_entries.Count <= Settings.NicheSize)
            return;
        List<PoolEntry> kept = [];
        foreach (PoolEntry entry in Ranked)
        {
            int neighbours = kept.Count(k => Fingerprint.Same(k.Fingerprint, entry.Fingerprint, Settings.NicheRadius));
            if (kept.Count < Settings.PoolSize && neighbours < Settings.NicheSize)
                kept.Add(entry);
            else
                _entries.Remove(entry.Id);
        }
        foreach (PoolEntry entry in Waiting.Skip(Settings.PoolSize))
            _entries.Remove(entry.Id);
        Changed();
    }
}
