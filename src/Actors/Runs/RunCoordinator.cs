using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Csp.Actors.Ensembles;
using Csp.Actors.Hosting;
using Csp.Actors.Jobs;
using Csp.Actors.Labeling;
using Csp.Actors.Models;
using Csp.Actors.Population;
using Csp.Actors.Telemetry;
using Csp.Actors.Training;

namespace Csp.Actors.Runs;

/// <summary>
/// The run: owns the journal and the actors that make decisions. Nothing is acted upon before it is durable. When any of them fails, all are
/// built anew from the journal, so no state can be half right.
/// </summary>
internal sealed class RunCoordinator : ReceivePersistentActor
{
    private readonly RunSettings _run;
    private readonly ClusterSettings _cluster;
    private readonly List<IRunEvent> _history = [];
    private readonly Dictionary<Type, IStatusPart> _parts = [];
    private readonly ActorMeter _meter;
    private RunActors _actors = null!;
    private bool _ended;

    /// <exception cref="RunFolderException">Another process holds the run; the supervisor tries again.</exception>
    public RunCoordinator(RunSettings run, ClusterSettings cluster, RunLock owner)
    {
        if (!owner.TryTake())
            throw new RunFolderException($"another process holds the run in {run.RunFolder}");
        (_run, _cluster) = (run, cluster);
        _meter = ActorMeters.For(Context.System)["journal"];
        Recover<IRunEvent>(_history.Add);
        Recover<RecoveryCompleted>(_ => Start());
        Command<Record>(OnRecord);
        Command<WorkerHello>(m => _actors.Broker.Forward(m));
        Command<HandBack>(m => _actors.Broker.Forward(m));
        Command<IJobResult>(m => _actors.Broker.Forward(m));
        Command<ResultBatch>(m => _actors.Broker.Forward(m));
        Command<GetBlob>(m => _actors.Models.Forward(m));
        Command<TrainingReport>(m => _actors.Training.Forward(m));
        Command<IStatusPart>(part => _parts[part.GetType()] = part);
        Command<GetRunStatus>(OnStatus);
        Command<RunEndReady>(OnEnd);
    }

    public override string PersistenceId => RunJournal.PersistenceIdOf(_run, _cluster);

    public static Props Props(RunSettings run, ClusterSettings cluster, RunLock owner) => Akka.Actor.Props.Create(() => new RunCoordinator(run, cluster, owner));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e =>
    {
        _meter.Restarted();
        Context.System.EventStream.Publish(new RunLogged(DateTimeOffset.UtcNow, "coordinator", $"an actor failed ({e.GetType().Name}: {e.Message}); all are rebuilt from the journal", true));
        return Directive.Escalate;
    });

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        Context.System.EventStream.Publish(new RunLogged(DateTimeOffset.UtcNow, "journal", $"the journal cannot be written: {cause.Message}", true));
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    private void Start()
    {
        long now = RunClock.Now;
        IRunEvent first;
        if (_history.Count == 0)
        {
            first = new RunStarted(now, RunJournal.Schema, _run.ToJson());
        }
        else
        {
            if (_history[0] is not RunStarted { Schema: RunJournal.Schema })
            {
                Fail($"the journal in {_run.RunFolder} was written by another version of csp (this one reads schema {RunJournal.Schema})");
                return;
            }
            if (_history[^1] is RunEnded { Failure: null })
                _ended = true;
            first = new RunResumed(now, RunHistory.ElapsedSeconds(_history));
        }
        _history.Add(first);
        Persist(first, _ => { });
        string secret = _cluster.SecretHash;
        LedgerSettings ledger = new() { LeaseSeconds = _cluster.Lease.TotalSeconds };
        _actors = new RunActors(
            Self,
            Context.ActorOf(JobBroker.Props(_run, ledger, secret), "broker"),
            Context.ActorOf(ModelRegistry.Props(_run), "models"),
            Context.ActorOf(PopulationActor.Props(_run).WithDispatcher(CspHosting.SearchDispatcher), "population"),
            Context.ActorOf(LabelingActor.Props(_run).WithDispatcher(CspHosting.SearchDispatcher), "labeling"),
            Context.ActorOf(TrainingActor.Props(_run), "training"),
            Context.ActorOf(EnsemblesActor.Props(_run), "ensembles"),
            Context.ActorOf(RunDirector.Props(_run), "director"));
        Begin begin = new(_actors, [.. _history], now);
        foreach (IActorRef actor in (IActorRef[])[_actors.Models, _actors.Population, _actors.Labeling, _actors.Training, _actors.Ensembles, _actors.Broker, _actors.Director])
            actor.Tell(begin);
        _history.Clear();
    }

    private void OnRecord(Record record)
    {
        IActorRef owner = Sender;
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        PersistAsync(record.Event, e =>
        {
            owner.Tell(new Recorded(e));
            if (e.JobId is string id)
                _actors.Broker.Tell(new JobSettled(id, record.JobFailed));
            _meter.Handled(System.Diagnostics.Stopwatch.GetTimestamp() - start, false, 0);
        });
    }

    private RunStatus Picture() => RunPicture.Of(_run, _parts, ActorMeters.For(Context.System).Statuses("coordinator"));

    private void OnStatus(GetRunStatus query)
    {
        RunStatus status = Picture();
        Sender.Tell(query.AsJson || Sender is not IInternalActorRef { IsLocal: true } ? RunStatusJson.Of(status) : status);
    }

    /// <summary>The director has everything; the last event, then the news.</summary>
    private void OnEnd(RunEndReady ready)
    {
        RunEndReady end = ready.End is RunFinished finished ? new RunEndReady(finished with { Final = Picture() with { Best = finished.Final.Best } }) : ready;
        if (_ended)
        {
            Context.System.EventStream.Publish(end.End);
            return;
        }
        _ended = true;
        Persist(new RunEnded(RunClock.Now, (end.End as RunFailed)?.Reason), _ => Context.System.EventStream.Publish(end.End));
    }

    private void Fail(string reason)
    {
        Context.System.EventStream.Publish(new RunFailed(reason));
        Context.Stop(Self);
    }
}

/// <summary>From the director to the coordinator: the run is over.</summary>
internal sealed record RunEndReady(RunEnd End);
