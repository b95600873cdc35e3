using Csp.Actors.Jobs;
using Csp.Actors.Population;
using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;
using Csp.Physics.Search;

namespace Csp.Actors.Labeling;

/// <summary>
/// Decides what DFT computes next, without actors: asked for in the final stage, first labels, then by window × uncertainty × novelty mixed with displaced copies
/// of the best. A choice is made when a slot is free and not before, so it always sees the newest candidates. Not safe from several threads.
/// </summary>
public sealed class LabelPlanner
{
    private const int Remembered = 400;
    private const int RattleTop = 4;
    private readonly RunSettings _run;
    private readonly LabelSelectionSettings _selection;
    private readonly Variation _variation;
    private readonly Pool _empty;
    private readonly List<LabelCandidate> _candidates = [];
    private readonly List<Fingerprint> _labelled = [];
    private readonly HashSet<string> _known = [];
    private readonly HashSet<ulong> _sources = [];
    private readonly Queue<LabelJob> _wanted = new();
    private int _bootstrapMade;
    private int _rattled;
    private int _search;
    private IReadOnlyList<(ulong Id, Crystal Crystal, double AboveBest)> _best = [];

    public LabelPlanner(RunSettings run)
    {
        _run = run;
        SearchSettings search = SearchPlanning.SearchOf(run);
        _variation = new Variation(search with { Seed = run.Seed ^ 0x9E3779B97F4A7C15 });
        _empty = new Pool(search);
        _selection = new LabelSelectionSettings { Window = Math.Max(0.01, run.Search.WindowMeV / 1000), MaxAtoms = run.Labels.MaxAtoms };
    }

    /// <summary>Candidates that are kept in mind.</summary>
    public int Candidates => _candidates.Count + _wanted.Count;

    /// <summary>The id of a structure's label job.</summary>
    public static string IdOf(Crystal crystal) => $"label-{LabelKey.Of(crystal, "")[..16]}";

    public void Offer(LabelCandidate candidate)
    {
        _candidates.RemoveAll(c => c.Source == candidate.Source && c.Origin == candidate.Origin);
        _candidates.Add(candidate);
        if (_candidates.Count > Remembered)
            _candidates.RemoveAt(0);
    }

    public void Best(IReadOnlyList<(ulong, Crystal, double)> best) => _best = best;

    /// <summary>Labels that must be made, before all others. A structure that has its label already is dropped (null is returned), else its job.</summary>
    public LabelJob? Want(Crystal crystal, string what, LabelPurpose purpose, ulong source)
    {
        LabelJob job = new(IdOf(crystal), crystal, what, purpose, source);
        if (!_known.Add(job.Id))
            return null;
        _wanted.Enqueue(job);
        return job;
    }

    /// <summary>A structure has been labelled, or could not be: never ask again.</summary>
    public void Known(Crystal crystal, LabelPurpose purpose, string? jobId, ulong source)
    {
        if (purpose == LabelPurpose.Search)
            _sources.Add(source);
        _known.Add(jobId ?? IdOf(crystal));
        Remember(crystal);
        if (purpose == LabelPurpose.Search)
            _search++;
    }

    /// <summary>The next label, or null when there is nothing worth one.</summary>
    public LabelJob? Next(bool bootstrap, bool search)
    {
        if (_wanted.TryDequeue(out LabelJob? wanted))
            return wanted;
        if (bootstrap)
            return NextBootstrap();
        return search ? NextSearch() : null;
    }

    /// <summary>Random crystals over the volume window; every other one with displaced atoms, because symmetric ones have few forces to learn from.</summary>
    private LabelJob? NextBootstrap()
    {
        while (_bootstrapMade < _run.Labels.Initial)
        {
            ulong number = (ulong)_bootstrapMade++;
            Crystal crystal = _variation.Propose(_empty, number).Crystal;
            if (number % 2 == 1)
                crystal = LabelSelection.Rattle(crystal, crystal.Count, _run.Seed + number);
            string id = IdOf(crystal);
            if (_known.Add(id))
                return new LabelJob(id, crystal, $"random crystal {number + 1} of {_run.Labels.Initial}", LabelPurpose.Bootstrap, number);
        }
        return null;
    }

    private LabelJob? NextSearch()
    {
        bool rattle = _best.Count > 0 && (int)(_run.Labels.RattledShare * (_search + 1)) > (int)(_run.Labels.RattledShare * _search);
        LabelJob? job = Leader() ?? (rattle ? Rattled() : null) ?? Picked() ?? Rattled();
        if (job is not null)
            _search++;
        return job;
    }

    /// <summary>The best of the pool itself, once: the search must not end on a structure that only the model has seen.</summary>
    private LabelJob? Leader()
    {
        if (_best.Count == 0 || _best[0].Crystal.Count > _run.Labels.MaxAtoms || !_sources.Add(_best[0].Id))
            return null;
        return SearchLabel(_best[0].Crystal, "best", _best[0].Id);
    }

    private LabelJob? Picked()
    {
        foreach (LabelPick pick in LabelSelection.Pick(_candidates, _labelled, _selection, 1))
        {
            LabelCandidate chosen = pick.Candidate;
            _candidates.Remove(chosen);
            return SearchLabel(chosen.Crystal, "relaxed", chosen.Source) ?? Picked();
        }
        return null;
    }

    /// <summary>A label of the smallest cell of a structure of the search; null when that cell is known already.</summary>
    private LabelJob? SearchLabel(Crystal crystal, string what, ulong source)
    {
        Crystal cell = SmallestCell(crystal);
        string id = IdOf(cell);
        if (!_known.Add(id))
            return null;
        Remember(cell);
        return new LabelJob(id, cell, $"{what} s{source}", LabelPurpose.Search, source);
    }

    /// <summary>The primitive cell where the crystal is a multiple of one: the same label for a fraction of the time.</summary>
    public static Crystal SmallestCell(Crystal crystal)
    {
        try
        {
            Crystal primitive = Csp.Physics.Symmetry.Spglib.Standardize(crystal, primitive: true, idealize: false, 1e-3);
            return primitive.Count < crystal.Count ? primitive : crystal;
        }
        catch (Csp.Physics.Symmetry.SymmetryException)
        {
            return crystal;
        }
    }

    /// <summary>A displaced copy of one of the best, in turn.</summary>
    private LabelJob? Rattled()
    {
        (ulong Id, Crystal Crystal, double AboveBest)[] small = [.. _best.Where(b => b.Crystal.Count <= _run.Labels.MaxAtoms).Take(RattleTop)];
        if (small.Length == 0)
            return null;
        (ulong source, Crystal whole, _) = small[_rattled % small.Length];
        Crystal crystal = SmallestCell(whole);
        Crystal copy = LabelSelection.Rattle(crystal, Math.Max(crystal.Count, Math.Min(8, _run.Labels.MaxAtoms)), _run.Seed + 1000 + (ulong)_rattled++);
        string id = IdOf(copy);
        return _known.Add(id) ? new LabelJob(id, copy, $"displaced s{source}", LabelPurpose.Search, source | RattledFlag) : null;
    }

    /// <summary>Marks a source whose label is of a displaced copy, not of the structure itself.</summary>
    public const ulong RattledFlag = 1UL << 62;

    private void Remember(Crystal crystal)
    {
        // Too flat or dense for a fingerprint: it cannot make another structure look known.
        if (Fingerprint.TryOf(crystal) is Fingerprint print)
            _labelled.Add(print);
    }
}
