using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Akka.Actor;
using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Runs;
using Csp.Actors.Telemetry;
using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;

namespace Csp.Actors.Population;

/// <summary>
/// Owns the pool: makes proposals when slots are idle, takes relaxed structures in, has the best re-relaxed by every new model in the background, and moves the
/// ranking version when enough of them are done. Works on a thread of its own, because a proposal may take a second.
/// </summary>
internal sealed class PopulationActor : MeteredActor, IWithTimers
{
    private const int RescoreMembers = 24;
    private const double RescorePriority = 10;
    private const int FirstStructures = 40;
    private readonly RunSettings _run;
    private readonly SearchSettings _search;
    private Pool _pool;
    private readonly Variation _variation;
    private readonly SearchTally _tally = new();
    private readonly RankedRows _rows;
    private readonly Dictionary<string, (ulong Structure, Lineage Lineage, bool Rescore, RelaxMode Mode)> _issued = [];
    private readonly HashSet<ulong> _open = [];
    private readonly SortedSet<ulong> _missing = [];
    private readonly SeedBook _seeds = new();
    private readonly SeedSource _seedSource;
    private RunActors _actors = null!;
    private ulong _nextId = 1;
    private ModelInfo? _model;
    private bool _searching;
    private double _pace;
    private bool _changed = true;
    private bool _readingSeeds;
    private bool _seedsBegun;

    public PopulationActor(RunSettings run)
        : base("population")
    {
        _run = run;
        _search = SearchPlanning.SearchOf(run);
        _pool = new Pool(_search);
        _variation = new Variation(_search);
        _rows = new RankedRows(_search.Formula);
        _seedSource = new SeedSource(run.Search, _search);
        _seedsBegun = _seedSource.IsDry;
        Receive<Begin>(OnBegin);
        Receive<OpenSearch>(m =>
        {
            _searching = m.Open;
            LookForSeeds();
        });
        Receive<SearchPace>(m => _pace = m.Share);
        Receive<ModelReady>(m => _model = m.Info);
        Receive<WorkWanted>(m => Propose(m.Count));
        Receive<FinalRelaxation>(OnFinal);
        Receive<JobDone>(OnDone);
        Receive<Recorded>(m => Apply(m.Event, live: true));
        Receive<DftKnown>(m =>
        {
            _rows.DftKnown(m);
            _changed = true;
        });
        Receive<Tick>(_ =>
        {
            LookForSeeds();
            Publish();
        });
        Receive<SeedsRead>(OnSeeds);
        Receive<Status.Failure>(m => ExceptionDispatchInfo.Throw(m.Cause));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RunSettings run) => Akka.Actor.Props.Create(() => new PopulationActor(run));

    private void OnBegin(Begin begin)
    {
        _actors = begin.Actors;
        foreach (IRunEvent e in begin.History)
            Apply(e, live: false);
        for (ulong id = 1; id < _nextId; id++)
        {
            if (!_tally.Finished.Contains(id) && !_seeds.Waits(id))
                _missing.Add(id);
        }
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromMilliseconds(500));
    }

    /// <summary>Those that earlier models rejected, and files: these on a thread of their own, because a mailbox must not wait for a disk.</summary>
    private void LookForSeeds()
    {
        if (!_searching)
            return;
        IReadOnlyList<SeedTaken> again = _seeds.RejectedBefore(_model?.Version ?? 0);
        foreach (SeedTaken seed in again)
            Take(seed.Crystal, seed.From);
        if (again.Count > 0)
            Log($"seeds: {again.Count} that an earlier model rejected are tried again");
        if (_readingSeeds || _seedSource.IsDry)
            return;
        _readingSeeds = true;
        Task.Factory.StartNew(_seedSource.Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .PipeTo(Self, success: files => new SeedsRead(files));
    }

    /// <summary>Seeds that nobody has taken up yet get their numbers; they wait until that is in the journal.</summary>
    private void OnSeeds(SeedsRead read)
    {
        _readingSeeds = false;
        _seedsBegun = true;
        foreach (SeedFile file in read.Files.Select(_seeds.New))
        {
            if (file.Trouble is not null)
                Log($"seeds passed over: {file.Trouble}", warning: true);
            foreach (Crystal crystal in file.Crystals)
                Take(crystal, file.Path);
            if (!file.Crystals.IsEmpty)
                Log($"seeds: {file.Crystals.Length} from {file.Path}");
        }
    }

    private void Take(Crystal crystal, string from) => _actors.Coordinator.Tell(new Record(new SeedTaken(RunClock.Now, _nextId++, from, crystal)));

    /// <summary>
    /// Re-relaxations of the best by the newest model come first, then seeds, then new structures; ids that an earlier life left open are filled first.
    /// </summary>
    private void Propose(int count)
    {
        if (_model is not ModelInfo model)
            return;
        foreach (PoolEntry entry in _pool.RescoreTargets(model.Version, RescoreMembers))
        {
            if (count <= 0)
                return;
            string id = $"rescore-s{entry.Id}-v{model.Version}";
            if (_issued.ContainsKey(id))
                continue;
            Issue(new RelaxJob(id, entry.Id, entry.Crystal, model.Version, model.Sha, RelaxMode.Search, Rescore: true, LineageOf(entry.Proposal)), RescorePriority);
            count--;
        }
        for (; count > 0 && _searching && NextProposal() is Proposal proposal; count--)
        {
            _open.Add(proposal.Id);
            Issue(new RelaxJob($"relax-s{proposal.Id}", proposal.Id, proposal.Crystal, model.Version, model.Sha, RelaxMode.Search, Rescore: false, LineageOf(proposal)), 0);
        }
        _changed = true;
    }

    /// <summary>Null when the search has proposed what it may for now, which is nothing before the first seeds are known. Seeds need not wait for a better model.</summary>
    private Proposal? NextProposal()
    {
        int begun = _tally.Finished.Count + _open.Count;
        if (begun < _run.Search.Structures && _seeds.Next() is SeedTaken seed)
            return Variation.Seed(seed.Structure, seed.Crystal);
        if (begun >= Allowed || !_seedsBegun)
            return null;
        ulong id = _nextId;
        if (_missing.Count > 0)
            _missing.Remove(id = _missing.Min);
        else
            _nextId++;
        return _variation.Propose(_pool, id);
    }

    /// <summary>
    /// While models still improve, structures are spread over the labels (or the time) that the run has, so that most are relaxed by a good model; without training all
    /// may go at once.
    /// </summary>
    private int Allowed => _run.Training.Frozen
        ? _run.Search.Structures
        : Math.Min(_run.Search.Structures, FirstStructures + (int)(_pace * (_run.Search.Structures - FirstStructures)));

    private void OnFinal(FinalRelaxation final)
    {
        if (_model is ModelInfo model)
        {
            RelaxMode mode = final.KeepSymmetry ? RelaxMode.TightSymmetric : RelaxMode.Tight;
            Issue(new RelaxJob($"final-{final.Key}-v{model.Version}", final.Structure, final.Start, model.Version, model.Sha, mode, Rescore: false, final.Lineage), 2 * RescorePriority);
        }
    }

    private void Issue(RelaxJob job, double priority)
    {
        _issued[job.Id] = (job.Structure, job.Lineage, job.Rescore, job.Mode);
        _actors.Broker.Tell(new SubmitJob(job, priority));
    }

    private void OnDone(JobDone done)
    {
        StructureRelaxed e;
        switch (done.Result)
        {
            case RelaxResult r:
                bool usable = r.Status != RelaxationStatus.Rejected && double.IsFinite(r.EnthalpyPerAtom);
                e = new StructureRelaxed(
                    RunClock.Now, r.Id, r.Structure, r.Lineage, usable ? r.Status : RelaxationStatus.Rejected, r.Crystal, r.EnthalpyPerAtom, r.Uncertainty, r.Model, r.Mode,
                    r.Rescore, usable ? r.Reason : r.Reason ?? "the enthalpy is not a finite number", Failed: false);
                break;
            case JobError error:
                if (!_issued.TryGetValue(error.Id, out (ulong Structure, Lineage Lineage, bool Rescore, RelaxMode Mode) issued))
                {
                    // A job of an earlier life; its structure stays open and is proposed anew.
                    _actors.Broker.Tell(new JobSettled(error.Id, Failed: true));
                    return;
                }
                e = new StructureRelaxed(
                    RunClock.Now, error.Id, issued.Structure, issued.Lineage, RelaxationStatus.Rejected, null, double.NaN, null, _model?.Version ?? 0, issued.Mode,
                    issued.Rescore, error.Reason, Failed: true);
                break;
            default:
                throw new InvalidOperationException($"{done.Result.GetType()} is no result of a relaxation");
        }
        _actors.Coordinator.Tell(new Record(e, JobFailed: e.Failed));
    }

    private void Apply(IRunEvent fact, bool live)
    {
        switch (fact)
        {
            case StructureRelaxed { Mode: not RelaxMode.Search } final:
                if (live)
                    _actors.Director.Tell(new FinalRelaxed(final));
                break;
            case StructureRelaxed { Rescore: true } rescore:
                ApplyRescore(rescore, live);
                break;
            case StructureRelaxed fresh:
                ApplyNew(fresh, live);
                break;
            case SeedTaken seed:
                _seeds.Taken(seed);
                _nextId = Math.Max(_nextId, seed.Structure + 1);
                break;
            case RankingMoved moved:
                _pool.TryMoveRankingVersion(moved.Model, 0);
                _tally.Ranked(_pool);
                break;
        }
        if (fact is StructureRelaxed { JobId: string job })
            _issued.Remove(job);
        _changed = true;
    }

    private void ApplyNew(StructureRelaxed e, bool live)
    {
        _open.Remove(e.Structure);
        _missing.Remove(e.Structure);
        if (_seeds.Finished(e) is SeedTaken again && live)
            Take(again.Crystal, again.From);
        if (!_tally.Finished.Add(e.Structure))
            return;
        // A result of an earlier life may come before its number was given out in this one: the numbers before it stay open.
        for (ulong id = _nextId; live && id < e.Structure; id++)
            _missing.Add(id);
        _nextId = Math.Max(_nextId, e.Structure + 1);
        if (e.Crystal is null || e.Status == RelaxationStatus.Rejected)
        {
            _tally.Reject(e);
            if (e.Crystal is not null && !live)
                _variation.Recall(ProposalOf(e));
            if (e.Crystal is not null)
                _variation.Credit(ProposalOf(e), null);
            return;
        }
        Proposal proposal = ProposalOf(e);
        if (_pool.RankingVersion == 0)
            _pool = new Pool(_search, e.Model);
        // A long journal is mostly structures that the pool would not take; they need no fingerprint again. (Doubles among them count as worse after a resume.)
        PoolVerdict verdict = !live && _pool.IsBeyond(e.EnthalpyPerAtom, e.Model)
            ? new PoolVerdict(PoolDecision.Worse)
            : _pool.Offer(new Candidate(proposal, e.Crystal, e.EnthalpyPerAtom, e.Model, e.Uncertainty));
        if (!live)
            _variation.Recall(proposal);
        _variation.Credit(proposal, verdict);
        _tally.Take(verdict);
        if (live)
            Offer(e);
    }

    private void ApplyRescore(StructureRelaxed e, bool live)
    {
        if (e.Crystal is null || e.Status == RelaxationStatus.Rejected)
            _pool.RescoreFailed(e.Structure, e.Model);
        else if (_pool.ApplyRescore(e.Structure, e.Model, e.Crystal, e.EnthalpyPerAtom, e.Uncertainty) is not null && live)
            Offer(e);
        if (live && e.Model > _pool.RankingVersion && _pool.TryMoveRankingVersion(e.Model))
        {
            _tally.Ranked(_pool);
            _actors.Coordinator.Tell(new Record(new RankingMoved(RunClock.Now, e.Model)));
            Log($"the pool is ranked by model {e.Model}");
        }
    }

    /// <summary>Offers a relaxed structure for a label, with its enthalpy relative to the best by the same model.</summary>
    private void Offer(StructureRelaxed e)
    {
        double best = _pool.Entries.Select(m => m.Enthalpies.GetValueOrDefault(e.Model, double.PositiveInfinity)).DefaultIfEmpty(e.EnthalpyPerAtom).Min();
        _actors.Labeling.Tell(new LabelOffers([new LabelCandidate(
            e.Structure, e.Crystal!, Math.Max(0, e.EnthalpyPerAtom - best), e.Uncertainty, LabelOrigin.Relaxed)]));
    }

    private void Publish()
    {
        if (!_changed)
            return;
        _changed = false;
        IReadOnlyList<PoolEntry> ranked = _pool.Ranked;
        ImmutableArray<HeadEntry> head = [.. ranked.Take(40).Select(m => new HeadEntry(
            m.Id, m.Crystal, m.Enthalpies[_pool.RankingVersion], m.Enthalpies[_pool.RankingVersion] - ranked[0].Enthalpies[_pool.RankingVersion],
            m.NewestVersion, RankedRows.OriginOf(m.Proposal), m.Proposal.Generation, m.Uncertainty))];
        PoolHead news = new(head, _pool.RankingVersion, _tally.Finished.Count, _tally.SinceBest, head.Length == 0 ? null : _rows.DifferenceMeV(head[0]));
        _actors.Labeling.Tell(news);
        _actors.Ensembles.Tell(news);
        _actors.Director.Tell(news);
        int newest = _model?.Version ?? 0;
        _actors.Coordinator.Tell(new SearchPart(
            _tally.Counts(_open.Count, _pool, _run.Search.Structures), _rows.Of(head), _pool.RankingVersion,
            ranked.Take(RescoreMembers).Count(m => m.Enthalpies.ContainsKey(newest))));
    }

    private static Lineage LineageOf(Proposal p) => new(p.Operator, [.. p.Parents], p.Generation, p.RequestedGroup);

    private static Proposal ProposalOf(StructureRelaxed e) =>
        new(e.Structure, e.Crystal!, e.Lineage.Operator, [.. e.Lineage.Parents], e.Lineage.Generation, e.Lineage.RequestedGroup);

    private sealed record SeedsRead(IReadOnlyList<SeedFile> Files);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
