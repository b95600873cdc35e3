using Akka.Actor;
using Csp.Actors.Jobs;
using Csp.Actors.Population;
using Csp.Actors.Runs;
using Csp.Actors.Telemetry;
using Csp.Actors.Training;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;

namespace Csp.Actors.Labeling;

/// <summary>From the director: which labels may be made.</summary>
internal sealed record LabelsOpen(bool Bootstrap, bool Search);

/// <summary>From director and ensembles: labels that are wanted whatever the search thinks; each answers with <see cref="WantedLabel"/>.</summary>
internal sealed record LabelWanted(Crystal Crystal, string What, LabelPurpose Purpose, ulong Source);

/// <param name="Found">Null, with a reason, when there is no label.</param>
internal sealed record WantedLabel(ulong Source, LabelPurpose Purpose, LabelFigures? Found, string? Reason = null);

/// <summary>A label and what is read off it.</summary>
/// <param name="EnthalpyPerAtom">At the run's pressure, eV.</param>
/// <param name="PressureGPa">Of the label's stress.</param>
/// <param name="MaxForce">Largest component, eV/Å.</param>
internal sealed record LabelFigures(Label Label, double EnthalpyPerAtom, double PressureGPa, double MaxForce)
{
    public static LabelFigures Of(Label label, double pressureGPa) => new(
        label,
        (label.Energy + pressureGPa / Units.EvPerCubicAngstromInGPa * label.Crystal.Volume) / label.Crystal.Count,
        -label.Stress.Trace / 3 * Units.EvPerCubicAngstromInGPa,
        label.Forces.Select(Math.Abs).DefaultIfEmpty(0).Max());
}

/// <summary>To the director: counts after every change.</summary>
internal sealed record LabelNews(int Done, int Failed, int Running, int SearchLeft, string? LastFailure);

/// <summary>Chooses labels, keeps what was computed (file first, then journal, then everybody else), and counts the budget.</summary>
internal sealed class LabelingActor : MeteredActor, IWithTimers
{
    private readonly RunSettings _run;
    private readonly LabelPlanner _planner;
    private readonly LabelStore _store;
    private readonly DurationHistory _durations = new();
    private readonly HashSet<string> _running = [];
    private readonly Dictionary<string, LabelJob> _jobs = [];
    private readonly Dictionary<string, IActorRef> _askers = [];
    private readonly Dictionary<string, (LabelStored Event, Label Label)> _labels = [];
    private readonly Dictionary<string, LabelResult> _recording = [];
    private RunActors _actors = null!;
    private LabelsOpen _open = new(false, false);
    private int _done;
    private int _fromStore;
    private int _failed;
    private int _bootstrap;
    private int _reserved;
    private bool _bootstrapOver;
    private string? _lastFailure;

    public LabelingActor(RunSettings run)
        : base("labeling")
    {
        _run = run;
        _planner = new LabelPlanner(run);
        _store = new LabelStore(RunJournal.LabelsOf(run.RunFolder), text => Log(text, warning: true));
        Receive<Begin>(OnBegin);
        Receive<LabelsOpen>(m => _open = m);
        Receive<LabelOffers>(m =>
        {
            foreach (Csp.Physics.Search.LabelCandidate c in m.Candidates)
                _planner.Offer(c);
        });
        Receive<PoolHead>(m => _planner.Best([.. m.Best.Select(b => (b.Id, b.Crystal, b.AboveBest))]));
        Receive<LabelWanted>(OnWanted);
        Receive<WorkWanted>(m => Provide(m.Count));
        Receive<JobDone>(OnDone);
        Receive<Recorded>(OnRecorded);
        Receive<Tick>(_ => Publish());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RunSettings run) => Akka.Actor.Props.Create(() => new LabelingActor(run));

    /// <summary>Labels that the search may still have; what is kept for the end is not its.</summary>
    private int SearchLeft => _run.Labels.Budget - _run.Labels.Final - _run.Labels.Ensemble + _reserved - _done - _failed - _running.Count;

    private void OnBegin(Begin begin)
    {
        _actors = begin.Actors;
        foreach (IRunEvent e in begin.History)
        {
            if (e is LabelStored stored)
            {
                Label label = _store.Find(stored.LabelKey, stored.Structure)
                    ?? throw new InvalidDataException($"the label {stored.LabelKey} of the journal is missing in {_store.Directory}");
                Take(stored, label);
            }
            else if (e is LabelFailure failure)
            {
                Count(failure.Purpose, failed: true);
                _lastFailure = failure.Reason;
            }
        }
        BootstrapCheck();
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromMilliseconds(500));
    }

    private void OnWanted(LabelWanted wanted)
    {
        string id = LabelPlanner.IdOf(wanted.Crystal);
        if (_labels.TryGetValue(id, out (LabelStored Event, Label Label) have))
        {
            Sender.Tell(new WantedLabel(wanted.Source, wanted.Purpose, FiguresOf(have.Label)));
            return;
        }
        _askers[id] = Sender;
        if (_planner.Want(wanted.Crystal, wanted.What, wanted.Purpose, wanted.Source) is null && !_running.Contains(id))
        {
            _askers.Remove(id);
            Sender.Tell(new WantedLabel(wanted.Source, wanted.Purpose, null, "DFT could not compute this structure before"));
        }
    }

    private void Provide(int count)
    {
        for (; count > 0; count--)
        {
            bool search = _open.Search && SearchLeft > 0;
            LabelJob? job = _planner.Next(_open.Bootstrap && _done + _failed + _running.Count < _run.Labels.Budget, search);
            if (job is null)
                break;
            if (job.Purpose is LabelPurpose.Final or LabelPurpose.Ensemble)
                _reserved++;
            _running.Add(job.Id);
            _jobs[job.Id] = job;
            _actors.Broker.Tell(new SubmitJob(job, job.Purpose == LabelPurpose.Search ? 0 : 1));
        }
    }

    private void OnDone(JobDone done)
    {
        switch (done.Result)
        {
            case LabelResult { Reason: null, Provenance: LabelSource p } r:
                Label label = new(r.Key, r.Crystal, r.Energy, r.Forces, r.Stress, new LabelProvenance(
                    p.Code, p.Version, p.CutoffRy, p.KPoints, p.Pseudopotentials, p.WallSeconds, p.Attempts, p.FromStore));
                _store.Add(label);
                _recording[r.Id] = r;
                _actors.Coordinator.Tell(new Record(new LabelStored(
                    RunClock.Now, r.Id, r.Key, r.Purpose, r.Source, r.Crystal, r.Seconds, p.FromStore)));
                break;
            case LabelResult r:
                Refuse(r.Id, r.Purpose, r.Source, r.Reason ?? "no reason given");
                break;
            case JobError error when _jobs.TryGetValue(error.Id, out LabelJob? job):
                Refuse(error.Id, job.Purpose, job.Source, error.Reason);
                break;
            case JobError error:
                _actors.Broker.Tell(new JobSettled(error.Id, Failed: true));
                break;
            default:
                throw new InvalidOperationException($"{done.Result.GetType()} is no result of a label");
        }
    }

    private void Refuse(string id, LabelPurpose purpose, ulong source, string reason)
    {
        Log($"{id} failed: {reason}", warning: true);
        _actors.Coordinator.Tell(new Record(new LabelFailure(RunClock.Now, id, purpose, source, reason), JobFailed: true));
    }

    private void OnRecorded(Recorded recorded)
    {
        switch (recorded.Event)
        {
            case LabelStored stored when _recording.Remove(stored.JobId!, out LabelResult? r):
                Label label = _store.Find(r.Key, r.Crystal) ?? throw new InvalidDataException($"the label {r.Key} vanished from {_store.Directory}");
                Take(stored, label);
                _durations.Add(r.Seconds);
                Finished(stored.JobId!, new WantedLabel(stored.Source, stored.Purpose, FiguresOf(label)));
                break;
            case LabelFailure failure:
                Count(failure.Purpose, failed: true);
                _lastFailure = failure.Reason;
                if (failure.JobId is string job)
                    Finished(job, new WantedLabel(failure.Source, failure.Purpose, null, failure.Reason));
                break;
        }
        BootstrapCheck();
        Publish();
    }

    private void Take(LabelStored stored, Label label)
    {
        Count(stored.Purpose, failed: false);
        if (stored.FromStore)
            _fromStore++;
        if (stored.Purpose is LabelPurpose.Final or LabelPurpose.Ensemble && !_jobs.ContainsKey(stored.JobId ?? ""))
            _reserved++;
        _planner.Known(stored.Structure, stored.Purpose, stored.JobId, stored.Source);
        _labels[stored.JobId ?? LabelPlanner.IdOf(stored.Structure)] = (stored, label);
        _actors.Training.Tell(new LabelAdded(new FrameData(label.Crystal, label.Energy, label.Forces, label.Stress)));
        if ((stored.Source & LabelPlanner.RattledFlag) == 0)
        {
            LabelFigures f = FiguresOf(label);
            _actors.Population.Tell(new DftKnown(stored.Source, stored.Purpose, label.Crystal, f.EnthalpyPerAtom, f.PressureGPa, f.MaxForce));
        }
        BootstrapCheck();
    }

    private void Count(LabelPurpose purpose, bool failed)
    {
        if (failed)
            _failed++;
        else
            _done++;
        if (purpose == LabelPurpose.Bootstrap)
            _bootstrap++;
    }

    private void BootstrapCheck()
    {
        if (_bootstrapOver || _bootstrap < _run.Labels.Initial)
            return;
        _bootstrapOver = true;
        _actors.Training.Tell(new BootstrapOver());
    }

    private void Finished(string id, WantedLabel answer)
    {
        _running.Remove(id);
        _jobs.Remove(id);
        if (_askers.Remove(id, out IActorRef? asker))
            asker.Tell(answer);
    }

    private LabelFigures FiguresOf(Label label) => LabelFigures.Of(label, _run.PressureGPa);

    private void Publish()
    {
        LabelCounts counts = new(_done, _running.Count, _planner.Candidates, _failed, _fromStore, _run.Labels.Budget)
        {
            MedianSeconds = _durations.Count == 0 ? 0 : _durations.Quantile(0.5),
            LastFailure = _lastFailure,
        };
        _actors.Coordinator.Tell(new LabelPart(counts, SearchLeft));
        _actors.Director.Tell(new LabelNews(_done, _failed, _running.Count, SearchLeft, _lastFailure));
        CspMeter.Labels.Record(_done);
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
