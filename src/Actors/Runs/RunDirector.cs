using System.Collections.Immutable;
using Akka.Actor;
using Csp.Actors.Ensembles;
using Csp.Actors.Labeling;
using Csp.Actors.Models;
using Csp.Actors.Population;
using Csp.Actors.Telemetry;
using Csp.Actors.Training;

namespace Csp.Actors.Runs;

/// <summary>Leads a run through its phases: first labels, search, last fit, final stage. It decides nothing about single structures or labels.</summary>
internal sealed class RunDirector : MeteredActor, IWithTimers
{
    private static readonly TimeSpan PatienceForRanking = TimeSpan.FromSeconds(90);
    private readonly RunSettings _run;
    private readonly long _started = System.Diagnostics.Stopwatch.GetTimestamp();
    private readonly List<string> _remarks = [];
    private FinalStage _final;
    private bool _lastRound;
    private long _fitted;
    private readonly EarlyEnsembles _early;
    private RunActors _actors = null!;
    private ImmutableArray<IRunEvent> _history = [];
    private TimeSpan _before;
    private RunPhase? _phase;
    private PoolHead _head = new([], 0, 0, 0);
    private LabelNews _labels = new(0, 0, 0, 1, null);
    private ModelInfo? _model;
    private bool _lastFitAsked;
    private bool _refitting;
    private bool _entering;
    private bool _over;

    public RunDirector(RunSettings run)
        : base("director")
    {
        _run = run;
        _final = new FinalStage(run, 0, last: true, _remarks, text => Log(text), Tell);
        _early = new EarlyEnsembles(run);
        Receive<Begin>(OnBegin);
        Receive<PoolHead>(m => _head = m);
        Receive<LabelNews>(m => _labels = m);
        Receive<ModelReady>(m => _model = m.Info);
        Receive<FitsOver>(_ => OnFitsOver());
        Receive<FitsFail>(m => Fail(m.Reason));
        Receive<Recorded>(m => Entered((PhaseEntered)m.Event));
        Receive<FinalRelaxed>(m => _final.OnRelaxed(m.Event));
        Receive<WantedLabel>(m => _final.OnLabel(m));
        Receive<FreeEnergyDone>(m =>
        {
            if (m.Final)
                _final.OnFreeEnergy(m);
        });
        Receive<Tick>(_ => OnTick());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RunSettings run) => Akka.Actor.Props.Create(() => new RunDirector(run));

    private TimeSpan Elapsed => _before + System.Diagnostics.Stopwatch.GetElapsedTime(_started);

    private void Tell(FinalStage.Target target, object message)
    {
        IActorRef actor = target switch
        {
            FinalStage.Target.Population => _actors.Population,
            FinalStage.Target.Labeling => _actors.Labeling,
            _ => _actors.Ensembles,
        };
        actor.Tell(message, Self);
    }

    private void OnBegin(Begin begin)
    {
        (_actors, _history) = (begin.Actors, begin.History);
        if (_history.OfType<RunResumed>().LastOrDefault() is RunResumed resumed)
        {
            _before = TimeSpan.FromSeconds(resumed.ElapsedSeconds);
            Log(FormattableString.Invariant($"run resumed from {_history.Length} events after {resumed.ElapsedSeconds:F0} s of work"));
        }
        if (_history.OfType<PhaseEntered>().LastOrDefault() is PhaseEntered last)
            Entered(last);
        else
            Enter(_run.Training.Parent is not null || _run.Labels.Initial == 0 ? RunPhase.Search : RunPhase.Bootstrap, "the run begins");
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromMilliseconds(500));
    }

    private void Enter(RunPhase phase, string why)
    {
        if (_entering || _phase >= phase)
            return;
        _entering = true;
        _actors.Coordinator.Tell(new Record(new PhaseEntered(RunClock.Now, phase, why)));
    }

    private void Entered(PhaseEntered e)
    {
        _entering = false;
        _phase = e.Phase;
        Log($"phase {NameOf(e.Phase)}: {e.Why}");
        _actors.Labeling.Tell(new LabelsOpen(e.Phase == RunPhase.Bootstrap, e.Phase == RunPhase.Search && !_run.Training.Frozen));
        if (e.Phase >= RunPhase.LastFit)
            _actors.Training.Tell(new FitsOnDemand());
        _actors.Population.Tell(new OpenSearch(e.Phase == RunPhase.Search));
        if (e.Phase != RunPhase.Final)
            return;
        _fitted = System.Diagnostics.Stopwatch.GetTimestamp();
        int before = _history.OfType<LabelStored>().Count(l => l.Purpose == Csp.Actors.Jobs.LabelPurpose.Final);
        Round(last: FirstRoundLabels == 0 || before >= FirstRoundLabels);
    }

    private void OnTick()
    {
        if (_over)
            return;
        switch (_phase)
        {
            case RunPhase.Bootstrap when _model is not null:
                Enter(RunPhase.Search, $"model {_model.Version} is there");
                break;
            case RunPhase.Bootstrap when _labels.Done == 0 && _labels.Failed >= Math.Max(3, _run.Labels.Initial):
                Fail($"none of the first {_labels.Failed} labels could be computed; the last reason: {_labels.LastFailure}");
                break;
            case RunPhase.Search:
                Search();
                break;
            case RunPhase.LastFit when !_lastFitAsked && _labels.Running == 0:
                _lastFitAsked = true;
                _actors.Training.Tell(new LastFitWanted());
                break;
            case RunPhase.Final:
                Final();
                break;
        }
        _actors.Coordinator.Tell(new DirectorPart(NameOf(_phase) + _final.Progress, Elapsed, [.. _remarks]));
    }

    /// <summary>
    /// The newest model knows all labels. The final stage has two rounds: labels of the first say how good the model is at the very best structures, the last fit learns
    /// from them, and the second round is the table. Without enough labels for two there is only the second.
    /// </summary>
    private void OnFitsOver()
    {
        _fitted = System.Diagnostics.Stopwatch.GetTimestamp();
        if (_phase != RunPhase.Final)
        {
            Enter(RunPhase.Final, "the newest model knows all labels");
            return;
        }
        Log($"first round: model and DFT differ by up to {_final.WorstMeV.ToString("F1", System.Globalization.CultureInfo.InvariantCulture)} meV/atom");
        _refitting = false;
        Round(last: true);
    }

    private void Round(bool last)
    {
        _lastRound = last;
        _remarks.Clear();
        int first = FirstRoundLabels;
        _final = new FinalStage(_run, last ? _run.Labels.Final - first : first, last, _remarks, text => Log(text), Tell);
    }

    private int FirstRoundLabels => _run.Training.Frozen || _run.Labels.Final < 7 ? 0 : _run.Labels.Final - 5;

    private void Search()
    {
        SearchState state = new(
            Elapsed, _head.Finished, _head.SinceBest, _labels.SearchLeft, _labels.Running, _model is not null && _head.Ranking == _model.Version, _head.BestDifferenceMeV);
        double labels = _run.Labels.Budget - _run.Labels.Final - _run.Labels.Ensemble - (_run.Training.Parent is null ? _run.Labels.Initial : 0);
        double used = labels <= 0 ? 1 : 1 - Math.Clamp(_labels.SearchLeft / labels, 0, 1);
        _actors.Population.Tell(new SearchPace(Math.Max(used, Math.Min(1, Elapsed / _run.WallBudget))));
        if (EndCondition.Why(_run, state) is string why)
            Enter(RunPhase.LastFit, why);
        else if (_early.Next(_head, _model) is FreeEnergyWanted wanted)
            _actors.Ensembles.Tell(wanted);
    }

    private void Final()
    {
        if (_model is null)
        {
            Fail("the run ended before there was a model");
            return;
        }
        if (!_final.Started)
        {
            // The pool's head is worth waiting for until the newest model has ranked it.
            if (_head.Ranking == _model.Version || System.Diagnostics.Stopwatch.GetElapsedTime(_fitted) > PatienceForRanking)
                _final.Start(_head, _model.Version, _history);
            return;
        }
        if (!_final.Over || _refitting)
            return;
        if (!_lastRound)
        {
            _refitting = true;
            _actors.Training.Tell(new LastFitWanted());
            return;
        }
        _over = true;
        (ImmutableArray<RankedStructure> rows, ImmutableDictionary<string, Csp.Physics.Crystals.Crystal> crystals) = _final.Table();
        if (rows.Length == 0)
        {
            Fail("no structure survived: every relaxation was rejected (see the reasons in the log)");
            return;
        }
        foreach (string remark in _remarks)
            Log(remark, warning: true);
        Enter(RunPhase.Finished, "all answers are in");
        _actors.Coordinator.Tell(new DirectorPart("finished", Elapsed, [.. _remarks]));
        _actors.Coordinator.Tell(new RunEndReady(new RunFinished(PlaceHolder with { Best = rows }, crystals)));
    }

    /// <summary>The coordinator fills in everything but the table.</summary>
    private static RunStatus PlaceHolder { get; } = new()
    {
        Phase = "finished",
        Elapsed = TimeSpan.Zero,
        Structures = new StructureCounts(0, 0, 0, 0, 0),
        Labels = new LabelCounts(0, 0, 0, 0, 0, 0),
    };

    private void Fail(string reason)
    {
        if (_over)
            return;
        _over = true;
        Log(reason, warning: true);
        _actors.Coordinator.Tell(new RunEndReady(new RunFailed(reason)));
    }

    private static string NameOf(RunPhase? phase) => phase switch
    {
        RunPhase.Bootstrap => "first labels",
        RunPhase.Search => "searching",
        RunPhase.LastFit => "last fit",
        RunPhase.Final => "final stage",
        RunPhase.Finished => "finished",
        _ => "starting",
    };

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
