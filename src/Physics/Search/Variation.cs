using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Search.Operators;

namespace Csp.Physics.Search;

/// <summary>How one operator fares.</summary>
/// <param name="Operator">Its name.</param>
/// <param name="Share">Probability that the next proposal is made by it.</param>
/// <param name="Proposed">Proposals so far.</param>
/// <param name="Accepted">Of these, how many entered the pool.</param>
public sealed record OperatorShare(string Operator, double Share, int Proposed, int Accepted);

/// <summary>
/// Makes proposals from a pool: random symmetric crystals and variations of its members. Operators that bring more offspring into the pool are
/// used more often, but none falls below its floor. Not safe from several threads.
/// </summary>
public sealed class Variation
{
    private const int Attempts = 40;

    /// <summary>A random crystal that could not be packed as the best are by then is packed loosely.</summary>
    private const int LearnedAttempts = 3;

    private static readonly ImmutableArray<IVariationOperator> All =
    [
        new Heredity(), new Strain(), new Permutation(), new Rattle(), new Ripple(), new Slip(), new SoftMutation(), new Symmetrized(), new Twin(),
        new Rotation(), new DoubledCell(), new SubCell(), new Exchange(),
    ];

    private readonly ImmutableArray<IVariationOperator> _operators;
    private readonly DistanceRules _rules;
    private readonly OperatorRecord _record;

    /// <exception cref="ArgumentException">An operator of the settings does not exist.</exception>
    public Variation(SearchSettings settings)
    {
        foreach (string name in settings.Operators)
        {
            if (All.All(o => o.Name != name))
                throw new ArgumentException($"there is no operator '{name}'; there are {string.Join(", ", All.Select(o => o.Name))}");
        }
        Settings = settings;
        _rules = DistanceRules.Of(settings);
        _operators = [.. All.Where(o => o.Applies(settings) && (settings.Operators.IsEmpty || settings.Operators.Contains(o.Name)))];
        _record = new OperatorRecord(settings, [.. _operators.Select(o => o.Name)]);
    }

    public SearchSettings Settings { get; }

    /// <summary>Current shares, random crystals first.</summary>
    public ImmutableArray<OperatorShare> Shares => _record.Shares;

    /// <summary>The next proposal. The same settings, pool, history of credits and id give the same one.</summary>
    /// <exception cref="SearchException">No random crystal can be made: the volume window or the minimum distances do not fit the composition.</exception>
    public Proposal Propose(Pool pool, ulong id)
    {
        Random random = Chance.Stream(Settings.Seed, id);
        bool varied = _record.Proposed(OperatorNames.Random) >= Settings.InitialRandom && pool.Ranked.Count >= 2 && _operators.Length > 0
            && Settings.MinRandomShare < 1;
        for (int attempt = 0; varied && attempt < Attempts; attempt++)
        {
            string name = _record.Draw(random);
            if (name == OperatorNames.Random)
                break;
            if (Vary(_operators.First(o => o.Name == name), pool, id, random) is not Proposal proposal)
                continue;
            _record.CountProposal(name);
            return proposal;
        }
        _record.CountProposal(OperatorNames.Random);
        // From the stream's start: what was tried before it has no say.
        return RandomProposal(pool, id, Chance.Stream(Settings.Seed, id));
    }

    /// <summary>A known structure on its way to a relaxation.</summary>
    public static Proposal Seed(ulong id, Crystal crystal) => new(id, crystal, OperatorNames.Seed, [], 0);

    /// <summary>A proposal of an earlier life of the same search.</summary>
    public void Recall(Proposal proposal) => _record.CountProposal(proposal.Operator);

    /// <summary>Tells what became of a proposal, so that probabilities adapt.</summary>
    /// <param name="proposal">As proposed.</param>
    /// <param name="verdict">The pool's; null when the relaxation failed or was rejected.</param>
    public void Credit(Proposal proposal, PoolVerdict? verdict)
    {
        bool accepted = verdict?.Decision == PoolDecision.Accepted;
        _record.Credit(proposal.Operator, accepted, accepted ? Math.Pow(1 + verdict!.Value.Rank, -2) : 0);
        if (proposal.Parents.Length > 0 && verdict is not null)
            _record.Learn(proposal.Operator, cameBack: verdict.Value.SameAs is ulong same && proposal.Parents.Contains(same));
    }

    private Proposal? Vary(IVariationOperator variation, Pool pool, ulong id, Random random)
    {
        List<PoolEntry> parents = [Parent(pool, random)];
        if (variation.Parents == 2)
        {
            PoolEntry second = Parent(pool, random);
            for (int i = 0; i < 10 && second.Id == parents[0].Id; i++)
                second = Parent(pool, random);
            parents.Add(second);
        }
        Crystal? child;
        try
        {
            child = variation.Apply([.. parents.Select(p => LatticeReduction.Reduce(p.Crystal))], Settings, _record.Reach(variation.Name), random);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // A degenerate cell or too many neighbours: this draw does not work out, another will.
            return null;
        }
        if (child is null || DistanceRules.Of(Packed(pool, random)).Repair(LatticeReduction.Reduce(child)) is not Crystal repaired)
            return null;
        repaired = LatticeReduction.Reduce(repaired);
        if (LatticeReduction.Aspect(repaired.Lattice) > 8)
            return null;
        Fingerprint fingerprint = Fingerprint.Of(repaired);
        if (pool.Ranked.Any(e => Fingerprint.Same(e.Fingerprint, fingerprint, Settings.DuplicateDistance)))
            return null;
        return new Proposal(id, repaired, variation.Name, [.. parents.Select(p => p.Id).Distinct()], 1 + parents.Max(p => p.Proposal.Generation));
    }

    /// <summary>Places in a pool of this size over which a member becomes e times less likely as a parent.</summary>
    internal static double RankScale(int count) => Math.Sqrt(count);

    /// <summary>By rank: a member √(size of the pool) places further down is e times less likely; by enthalpy too where a window is set.</summary>
    private static PoolEntry Parent(Pool pool, Random random)
    {
        int count = pool.Ranked.Count;
        double scale = RankScale(count);
        while (true)
        {
            int rank = (int)(-scale * Math.Log(1 - random.NextDouble() * (1 - Math.Exp(-count / scale))));
            PoolEntry entry = pool.Ranked[Math.Min(rank, count - 1)];
            double above = pool.RankingKey(entry) - pool.RankingKey(pool.Ranked[0]);
            if (pool.Settings.SelectionWindow is not double window || random.NextDouble() < Math.Exp(-above / window))
                return entry;
        }
    }

    private static Crystal Break(Crystal crystal, Random random)
    {
        double sigma = 0.05 * Chance.Spacing(crystal);
        double[] moved = crystal.Cartesian();
        for (int i = 0; i < crystal.Count; i++)
            (Vec3.At(moved, i) + sigma * random.GaussianVector()).Store(moved, i);
        return crystal.WithCartesian(moved);
    }

    /// <summary>The settings with what the pool teaches about distances and volumes, for the share of proposals that follows it.</summary>
    private SearchSettings Packed(Pool pool, Random random) => Learn(pool, random)?.Sharpen(Settings) ?? Settings;

    /// <summary>A search of random crystals alone learns nothing: there a crystal depends on seed and id only.</summary>
    private Packing? Learn(Pool pool, Random random) =>
        Settings.LearnedShare > 0 && Settings.MinRandomShare < 1 && random.NextDouble() < Settings.LearnedShare ? Packing.Of(pool) : null;

    private Proposal RandomProposal(Pool pool, ulong id, Random random)
    {
        RandomCrystalOutcome? outcome = null;
        Packing? packing = Learn(pool, random);
        SearchSettings packed = packing?.Sharpen(Settings) ?? Settings;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Composition composition = random.Pick(Settings.Cells);
            (double smallest, double largest) = Settings.VolumeWindow(composition);
            // What the pool teaches may not fit another composition or a small cell.
            bool learned = packing is not null && attempt < LearnedAttempts;
            if (learned && packing!.Volumes.TryGetValue(composition.Reduced, out (double Min, double Max) volume))
                (smallest, largest) = (composition.Total * volume.Min, composition.Total * volume.Max);
            RandomCrystalRequest request = new(composition, smallest, largest)
            {
                Groups = Settings.Groups,
                MinDistanceFactor = Settings.MinDistanceFactor,
                MinDistanceFloor = Settings.MinDistanceFloor,
                MinDistances = learned ? packed.MinDistances : Settings.MinDistances,
                // By attempts alone: a process that was frozen or starved must make the same crystal as any other.
                TimeLimit = TimeSpan.MaxValue,
            };
            outcome = RandomCrystals.Generate(request, (ulong)random.NextInt64());
            if (outcome.Crystal is Crystal crystal)
            {
                if (random.NextDouble() < Settings.BrokenSymmetryShare)
                    crystal = _rules.Repair(Break(crystal, random)) ?? crystal;
                return new Proposal(id, crystal, OperatorNames.Random, [], 0, outcome.RequestedGroup);
            }
        }
        throw new SearchException($"no random crystal of {string.Join(" or ", Settings.Cells.Take(5))} could be made in {Attempts} attempts; the last one: {outcome?.Reason}");
    }
}
