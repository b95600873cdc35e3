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
    private readonly RunSettings _run;
    private readonly long _started = System.Diagnostics.Stopwatch.GetTimestamp();
    private readonly List<string> _remarks = [];
    private readonly FinalStage _final;
    private readonly EarlyEnsembles _early;
    private RunActors _actors = null!;
    private ImmutableArray<IRunEvent> _history = [];
    private TimeSpan _before;
    private RunPhase? _phase;
    private PoolHead _head = new([], 0, 0, 0);
    private LabelNews _labels = new(0, 0, 0, 1, null);
    private ModelInfo? _model;
    private bool _lastFitAsked;
    private bool _entering;
    private bool _over;

    public RunDirector(RunSettings run)
        : base("director")
    {
        _run = run;
        _final = new FinalStage(run, _remarks, text => Log(text), Tell);
        _early = new EarlyEnsembles(run);
        Receive<Begin>(OnBegin);
        Receive<PoolHead>(m => _head = m);
        Receive<LabelNews>(m => _labels = m);
        Receive<ModelReady>(m => _model = m.Info);
        Receive<FitsOver>(_ => Enter(RunPhase.Final, "the newest model knows all labels"));
        Receive<FitsFail>(m => Fail(m.Reason));
        Receive<Recorded>(m => Entered((PhaseEntered)m.Event));
        Receive<FinalRelaxed>(m => _final.OnRelaxed(m.Event));
        Receive<WantedLabel>(_final.OnLabel);
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
        _actors.Population.Tell(new OpenSearch(e.Phase == RunPhase.Search));
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

    private void Search()
    {
        SearchState state = new(
            Elapsed, _head.Finished, _head.SinceBest, _labels.SearchLeft, _labels.Running, _model is not null && _head.Ranking == _model.Version);
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
            _final.Start(_head, _model.Version, _history);
        if (!_final.Over)
            return;
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
