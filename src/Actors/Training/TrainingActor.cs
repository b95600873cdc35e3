using Akka.Actor;
using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Runs;
using Csp.Actors.Telemetry;

namespace Csp.Actors.Training;

/// <summary>From labeling: one more label for the data set.</summary>
internal sealed record LabelAdded(FrameData Frame);

/// <summary>From labeling: no more first labels will come, train on what there is.</summary>
internal sealed record BootstrapOver;

/// <summary>From the director: no more labels will come; fit what has not been fitted, then <see cref="FitsOver"/>.</summary>
internal sealed record LastFitWanted;

/// <summary>From the director: the search is over, and fits are made only when it asks for one.</summary>
internal sealed record FitsOnDemand;

/// <summary>To the director: the newest model knows all labels (or no fit is possible any more).</summary>
internal sealed record FitsOver;

/// <summary>To the director: fits fail.</summary>
internal sealed record FitsFail(string Reason);

/// <summary>Keeps the data set; asks for a fit when enough labels have come, one at a time, each starting from the model before.</summary>
internal sealed class TrainingActor : MeteredActor
{
    private const int MaxFailures = 3;
    private readonly RunSettings _run;
    private readonly List<FrameData> _frames = [];
    private FrameData[] _given = [];
    private RunActors _actors = null!;
    private ModelInfo? _newest;
    private string? _fitting;
    private int _fittedLabels;
    private int _failures;
    private int _attempts;
    private bool _bootstrapOver;
    private bool _onDemand;
    private IActorRef? _lastFitFor;
    private TrainingReport? _report;

    public TrainingActor(RunSettings run)
        : base("training")
    {
        _run = run;
        Receive<Begin>(OnBegin);
        Receive<LabelAdded>(m =>
        {
            _frames.Add(m.Frame);
            Consider();
        });
        Receive<BootstrapOver>(_ =>
        {
            _bootstrapOver = true;
            Consider();
        });
        Receive<FitsOnDemand>(_ => _onDemand = true);
        Receive<LastFitWanted>(_ =>
        {
            _lastFitFor = Sender;
            Consider();
        });
        Receive<ModelReady>(OnModel);
        Receive<JobDone>(OnDone);
        Receive<AdoptionFailed>(m => Fail(m.Result.Id, m.Reason));
        Receive<TrainingReport>(m =>
        {
            _report = m;
            Publish();
        });
        Receive<Recorded>(_ => { });
    }

    public static Props Props(RunSettings run) => Akka.Actor.Props.Create(() => new TrainingActor(run));

    private void OnBegin(Begin begin)
    {
        _actors = begin.Actors;
        _attempts = begin.History.OfType<FitFailed>().Count();
        _bootstrapOver = begin.History.OfType<PhaseEntered>().Any(p => p.Phase != RunPhase.Bootstrap);
        _given = [.. _run.Training.Data.SelectMany(GivenLabels.Read)];
        Consider();
    }

    private void OnModel(ModelReady ready)
    {
        _newest = ready.Info;
        _fittedLabels = ready.Info.Labels;
        (_fitting, _report) = (null, null);
        _failures = 0;
        Consider();
    }

    /// <summary>The rule: a first model when the first labels are in, then one per so many new labels, then one last.</summary>
    private void Consider()
    {
        Publish();
        if (_fitting is not null)
            return;
        int fresh = _frames.Count - _fittedLabels;
        bool due = !_run.Training.Frozen && _failures < MaxFailures && (_newest is null && _run.Training.Parent is null
            ? (_bootstrapOver || _frames.Count >= _run.Labels.Initial) && _given.Length + _frames.Count >= 2
            : fresh > 0 && (_lastFitFor is not null || (fresh >= _run.Labels.PerModel && !_onDemand)));
        if (!due)
        {
            if (_lastFitFor is not null)
            {
                _lastFitFor.Tell(new FitsOver());
                _lastFitFor = null;
            }
            return;
        }
        byte[] data = FrameData.Pack([.. _given, .. _frames]);
        string sha = BlobShelf.HashOf(data);
        _actors.Models.Tell(new Shelve(data));
        int version = (_newest?.Version ?? 0) + 1;
        _fitting = $"train-v{version}-{sha[..8]}-{_attempts}";
        _actors.Broker.Tell(new SubmitJob(
            new TrainJob(_fitting, version, sha, _frames.Count, _newest?.Sha, _run.Seed + (ulong)version), Priority: 0));
        string given = _given.Length > 0 ? $" and {_given.Length} given structures" : "";
        Log($"fit of model {version} on {_frames.Count} labels ({fresh} new){given} is waiting for a trainer");
        Publish();
    }

    private void OnDone(JobDone done)
    {
        switch (done.Result)
        {
            case TrainResult result:
                _actors.Models.Tell(new AdoptModel(result, done.Worker));
                break;
            case JobError error:
                Fail(error.Id, error.Reason);
                break;
            default:
                throw new InvalidOperationException($"{done.Result.GetType()} is no result of a training");
        }
    }

    private void Fail(string job, string reason)
    {
        Log($"fit failed: {reason}", warning: true);
        _actors.Coordinator.Tell(new Record(new FitFailed(RunClock.Now, job, reason), JobFailed: true));
        if (job != _fitting)
            return;
        (_fitting, _report) = (null, null);
        _attempts++;
        if (++_failures >= MaxFailures && _newest is null)
            _actors.Director.Tell(new FitsFail($"the model could not be fitted {_failures} times in a row; the last reason: {reason}"));
        Consider();
    }

    private void Publish()
    {
        ModelStatus? status = _newest is not ModelInfo m ? null : new ModelStatus(
            m.Version, 0, m.HoldOut.EnergyMaeMev, m.HoldOut.ForceMae, m.HoldOut.StressMaeGPa, m.Labels)
        {
            Bytes = m.Bytes,
            Sha256 = m.Sha,
            TrainingEnergyMeV = m.Training.EnergyMaeMev,
            Seconds = m.Seconds,
        };
        string? fit = _fitting is null ? null : _report is TrainingReport r
            ? FormattableString.Invariant($"epoch {r.Epoch}/{r.Epochs}, hold-out {r.HoldOutMeV:F1} meV/atom, {r.Seconds:F0} s")
            : "waiting for a trainer";
        _actors.Coordinator.Tell(new ModelPart(status, fit));
    }
}
