using System.Collections.Immutable;
using Akka.Actor;
using Csp.Actors.Runs;
using Csp.Actors.Telemetry;

namespace Csp.Actors.Jobs;

/// <summary>
/// Speaks for the <see cref="JobLedger"/>: workers say hello and what they have room for, owners of the kinds submit jobs, results go to their
/// owner and are acknowledged when the journal has them. A worker is lost when its lease lapses or DeathWatch says so.
/// </summary>
internal sealed class JobBroker : MeteredActor, IWithTimers
{
    /// <summary>A generous time from a worker to the coordinator and back, both busy.</summary>
    private const double RoundTripSeconds = 0.1;

    private static readonly SlotGroup[] Groups = Enum.GetValues<SlotGroup>();
    private readonly double[] _typical = new double[4];
    private readonly JobLedger _ledger;
    private readonly WorkerBook _workers = new();
    private readonly string _runFolder;
    private readonly string _secret;
    private readonly string _settings;
    private readonly string _settingsHash;
    private readonly Dictionary<string, List<IActorRef>> _awaiting = [];
    private readonly Dictionary<SlotGroup, double> _asked = [];
    private readonly Dictionary<IActorRef, List<string>> _stored = [];
    private RunActors _actors = null!;
    private long _epoch;
    private double _published;
    private int _model;
    private string _modelSha = "";
    private readonly Dictionary<string, double> _overlaps = [];

    public JobBroker(RunSettings run, LedgerSettings ledger, string secretHash)
        : base("broker")
    {
        _ledger = new JobLedger(ledger);
        (_runFolder, _secret, _settings) = (run.RunFolder, secretHash, run.ToJson());
        _settingsHash = Models.BlobShelf.HashOf(System.Text.Encoding.UTF8.GetBytes(_settings));
        Receive<Begin>(OnBegin);
        Receive<WorkerHello>(OnHello);
        Receive<HandBack>(OnHandBack);
        Receive<IJobResult>(m => OnResults([m]));
        Receive<ResultBatch>(m => OnResults(m.Results));
        Receive<SubmitJob>(OnSubmit);
        Receive<CancelJobs>(m => OnCancel(m.Ids));
        Receive<JobSettled>(OnSettled);
        Receive<Models.ModelReady>(m => (_model, _modelSha) = (m.Info.Version, m.Info.Sha));
        Receive<Terminated>(OnTerminated);
        Receive<StoredTick>(_ => SendAcknowledgements());
        Receive<Tick>(_ => OnTick());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RunSettings run, LedgerSettings ledger, string secretHash) => Akka.Actor.Props.Create(() => new JobBroker(run, ledger, secretHash));

    private static double Now => RunClock.Monotonic;

    private void OnBegin(Begin begin)
    {
        (_actors, _epoch) = (begin.Actors, begin.Epoch);
        foreach (IRunEvent e in begin.History)
        {
            if (e.JobId is string id)
                _ledger.RestoreDone(id);
        }
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromMilliseconds(500));
    }

    private void OnHello(WorkerHello hello)
    {
        if (hello.Wire != WireVersion.Current)
        {
            Refuse($"this cluster speaks version {WireVersion.Current} of the protocol, the node {hello.Name} version {hello.Wire}; use the same release of csp on every machine");
            return;
        }
        if (hello.Secret != _secret)
        {
            Refuse($"the node {hello.Name} does not have the secret of this cluster");
            return;
        }
        bool ready = hello.Settings == _settingsHash && hello.Epoch == _epoch;
        if (_workers.Update(hello, Sender, Now, ready))
        {
            Context.Watch(Sender);
            Remember();
            Log($"node {hello.Name} joined with {hello.Slots[0]} relaxer, {hello.Slots[1]} labeler, {hello.Slots[2]} trainer, {hello.Slots[3]} ensemble slots");
        }
        IEnumerable<(string, JobKind)> running = hello.Running.Select((id, i) => (id, (JobKind)hello.RunningKinds[i]));
        IReadOnlyList<string> drop = _ledger.Renew(hello.Worker, running, Now);
        string[] stored = [.. hello.Unacknowledged.Where(_ledger.IsDone)];
        if (stored.Length > 0)
            Sender.Tell(new ResultsStored(stored));
        Sender.Tell(new HelloAck(_epoch, _settingsHash, hello.Settings == _settingsHash ? null : _settings, [.. drop], _model, _modelSha));
        if (ready)
            Dispatch(_workers[hello.Worker]);
    }

    private void Remember()
    {
        Address self = Akka.Cluster.Cluster.Get(Context.System).SelfAddress;
        Hosting.KnownMembers.Write(_runFolder, $"{self.Host}:{self.Port}", _workers.Names);
    }

    private void Refuse(string reason)
    {
        Log($"refused: {reason}", warning: true);
        Sender.Tell(new WorkerRefused(reason));
    }

    private void Dispatch(WorkerBook.Worker worker)
    {
        Parcel<IJob> parcel = new(jobs => new JobBatch(jobs), worker.Ref.Tell);
        foreach (SlotGroup group in Groups)
        {
            int ahead = Ahead(group, worker.Slots(group));
            while (worker.Free(group) + (Waiting(group) > _workers.FreeSlots(group) ? ahead : 0) > 0 && Pull(group, worker) is IJob job)
            {
                worker.Sent(job.Id, group, Now);
                parcel.Add(job);
            }
        }
        if (!parcel.IsEmpty)
            LogOverlap();
        parcel.Send();
        foreach (SlotGroup group in Groups)
            AskOwner(group);
    }

    /// <summary>
    /// Jobs that wait at the worker itself, so that its slots need not wait for the way to the coordinator and back: as many as last for that time. None of a kind that
    /// takes longer than a second, no labels, which are chosen at the last moment, and nothing that a free slot elsewhere could take.
    /// </summary>
    private int Ahead(SlotGroup group, int slots)
    {
        if (group is SlotGroup.Labeler or SlotGroup.Trainer || slots == 0)
            return 0;
        double typical = _typical[(int)group];
        return typical is > 0 and < 1 ? Math.Min(2 * slots, (int)Math.Ceiling(slots * RoundTripSeconds / typical)) : 0;
    }

    private int Waiting(SlotGroup group) => group == SlotGroup.Relaxer ? _ledger.Queued(JobKind.Rescore) + _ledger.Queued(JobKind.Relax) : _ledger.Queued(JobKind.EnsembleChunk);

    private IJob? Pull(SlotGroup group, WorkerBook.Worker worker) => group switch
    {
        SlotGroup.Relaxer => Pull(JobKind.Rescore, worker) ?? Pull(JobKind.Relax, worker),
        SlotGroup.Labeler => Pull(JobKind.Label, worker),
        SlotGroup.Trainer => Pull(JobKind.Train, worker),
        _ => Pull(JobKind.EnsembleChunk, worker),
    };

    private IJob? Pull(JobKind kind, WorkerBook.Worker worker)
    {
        bool waits = _ledger.Queued(kind) > 0;
        // A second copy of a straggler needs a slot that is really free.
        if (!waits && worker.Free(JobKinds.GroupOf(kind)) <= 0)
            return null;
        IJob? job = _ledger.Pull(kind, worker.Id, Now);
        if (waits && job is not null)
            CspMeter.QueueSeconds.Record(_ledger.CountsOf(kind).Waits.Last, new KeyValuePair<string, object?>("kind", kind.ToString()));
        return job;
    }

    /// <summary>Keeps as many relaxations waiting as there are slots; labels are chosen at the last moment, when a slot is free.</summary>
    private void AskOwner(SlotGroup group)
    {
        if (group is SlotGroup.Trainer or SlotGroup.Ensemble || Now - _asked.GetValueOrDefault(group, double.MinValue) < 0.2)
            return;
        int wanted = group == SlotGroup.Relaxer
            ? Math.Min(_workers.Slots(group), 64) - _ledger.Queued(JobKind.Relax) - _ledger.Queued(JobKind.Rescore)
            : _workers.FreeSlots(group) - _ledger.Queued(JobKind.Label);
        if (wanted <= 0)
            return;
        _asked[group] = Now;
        (group == SlotGroup.Relaxer ? _actors.Population : _actors.Labeling).Tell(new WorkWanted(group, wanted));
    }

    private void OnSubmit(SubmitJob submit)
    {
        if (!_ledger.Submit(submit.Job, submit.Priority, Now))
            return;
        JobKind kind = JobKinds.Of(submit.Job);
        SlotGroup group = JobKinds.GroupOf(kind);
        _asked.Remove(group);
        if (_workers.WithRoom(group) is WorkerBook.Worker worker)
            Dispatch(worker);
    }

    private void OnResults(IJobResult[] results)
    {
        WorkerBook.Worker? free = null;
        foreach (IJobResult result in results)
        {
            free = _workers.Arrived(result.Worker, result.Id) ?? free;
            OnResult(result);
        }
        if (free is not null)
            Dispatch(free);
    }

    private void OnResult(IJobResult result)
    {
        JobKind kind = JobKinds.Of(result);
        Arrival arrival = result is JobError error
            ? _ledger.Error(result.Id, kind, result.Worker, error.Retry, result.Seconds, Now)
            : _ledger.Arrive(result.Id, kind, result.Seconds);
        switch (arrival)
        {
            case Arrival.Done:
                Acknowledge(Sender, result.Id);
                break;
            case Arrival.Retried:
                Log($"{result.Id} failed on {_workers.NameOf(result.Worker)} and goes to another slot: {((JobError)result).Reason}", warning: true);
                Acknowledge(Sender, result.Id);
                break;
            case Arrival.First:
                _awaiting[result.Id] = [Sender];
                CspMeter.JobSeconds.Record(result.Seconds, new("kind", kind.ToString()), new("node", _workers.NameOf(result.Worker)));
                OwnerOf(kind).Tell(new JobDone(result, kind, Sender));
                break;
            default:
                if (_awaiting.TryGetValue(result.Id, out List<IActorRef>? waiting) && !waiting.Contains(Sender))
                    waiting.Add(Sender);
                break;
        }
    }

    private IActorRef OwnerOf(JobKind kind) => kind switch
    {
        JobKind.Relax or JobKind.Rescore => _actors.Population,
        JobKind.Label => _actors.Labeling,
        JobKind.Train => _actors.Training,
        _ => _actors.Ensembles,
    };

    private void OnSettled(JobSettled settled)
    {
        if (!_awaiting.Remove(settled.Id, out List<IActorRef>? waiting))
            waiting = [];
        foreach (IActorRef worker in waiting)
            Acknowledge(worker, settled.Id);
        JobKind? kind = _ledger.KindOf(settled.Id);
        foreach (string id in _ledger.Settle(settled.Id, "", settled.Failed))
            _workers.RefOf(id)?.Tell(new DropJob(settled.Id));
        if (kind is not null)
            (settled.Failed ? CspMeter.JobsFailed : CspMeter.JobsCompleted).Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));
    }

    /// <summary>Nobody waits for it, so that many results share one message.</summary>
    private void Acknowledge(IActorRef worker, string id)
    {
        if (_stored.Count == 0)
            Timers.StartSingleTimer("stored", StoredTick.Instance, TimeSpan.FromMilliseconds(30));
        if (!_stored.TryGetValue(worker, out List<string>? ids))
            _stored[worker] = ids = [];
        ids.Add(id);
    }

    private void SendAcknowledgements()
    {
        foreach ((IActorRef worker, List<string> ids) in _stored)
        {
            foreach (string[] some in ids.Chunk(256))
                worker.Tell(new ResultsStored(some));
        }
        _stored.Clear();
    }

    private void OnCancel(ImmutableArray<string> ids)
    {
        foreach (string id in ids)
        {
            foreach (string worker in _ledger.Cancel(id))
                _workers.RefOf(worker)?.Tell(new DropJob(id));
        }
    }

    private void OnHandBack(HandBack back)
    {
        IReadOnlyList<string> jobs = _ledger.HandBack(back.Worker, back.Jobs, Now);
        if (jobs.Count > 0)
            Log($"{_workers.NameOf(back.Worker)} handed back {string.Join(", ", jobs)}");
        DispatchAll();
    }

    private void OnTerminated(Terminated gone)
    {
        foreach (WorkerBook.Worker worker in _workers.Remove(gone.ActorRef))
            Lose(worker, "has left");
        Remember();
    }

    private void Lose(WorkerBook.Worker worker, string how)
    {
        IReadOnlyList<string> jobs = _ledger.WorkerLost(worker.Id, Now);
        Log($"node {worker.Name} {how}" + (jobs.Count > 0 ? $"; {string.Join(", ", jobs)} goes to another" : ""), warning: jobs.Count > 0);
    }

    private void OnTick()
    {
        foreach (string id in _ledger.Expire(Now))
            Log($"the lease of {id} lapsed; it goes to another slot", warning: true);
        foreach (WorkerBook.Worker silent in _workers.RemoveSilent(Now, 120))
            Lose(silent, "has been silent for 2 minutes");
        foreach (SlotGroup group in Groups)
            _typical[(int)group] = JobKinds.All.Where(k => JobKinds.GroupOf(k) == group).Max(k => Finite(_ledger.CountsOf(k).Durations.Quantile(0.5)));
        DispatchAll();
        // What is published has a line per slot: not twice a second for a whole cluster.
        if (Now - _published < 0.4 + (_workers.AllSlots / 4000.0))
            return;
        _published = Now;
        Publish();
    }

    private void DispatchAll()
    {
        foreach (WorkerBook.Worker worker in _workers.Known(Now))
            Dispatch(worker);
    }

    private void Publish()
    {
        ImmutableArray<QueueStatus> queues = [.. JobKinds.All.Select(StatusOf)];
        string progress = string.Join(", ", _workers.RunningByKind().Select(k => $"{k.Count} {Noun(k.Kind, k.Count)}"));
        BrokerPart part = new(_workers.Statuses(Now), _workers.Agents(), queues, progress);
        _actors.Coordinator.Tell(part);
        BrokerMetrics.Publish(part, _model);
    }

    /// <summary>Which jobs are at workers at this instant, as a job is handed out: each combination of two or more kinds at most once a minute.</summary>
    private void LogOverlap()
    {
        // Counts first: this happens with every job.
        JobKind[] busy = Array.FindAll(JobKinds.All, k => _ledger.Running(k) > 0);
        if (busy.Length < 2)
            return;
        string names = string.Join('+', busy);
        if (Now - _overlaps.GetValueOrDefault(names, double.MinValue) < 60)
            return;
        _overlaps[names] = Now;
        IEnumerable<IGrouping<JobKind, (JobKind Kind, string Id, double Started)>> kinds = _ledger.InProgress.GroupBy(j => j.Kind).OrderBy(g => g.Key);
        string jobs = string.Join("; ", kinds.Select(g => $"{g.Count()} {Noun(g.Key, g.Count())}: "
            + string.Join(", ", g.OrderBy(j => j.Started).Take(4).Select(j => FormattableString.Invariant($"{j.Id} for {Now - j.Started:F1} s")))));
        Log($"at once: {jobs}");
    }

    private static string Noun(JobKind kind, int count) => kind switch
    {
        JobKind.Relax => count == 1 ? "relaxation" : "relaxations",
        JobKind.Rescore => count == 1 ? "re-relaxation" : "re-relaxations",
        JobKind.Label => count == 1 ? "label" : "labels",
        JobKind.Train => count == 1 ? "training" : "trainings",
        _ => count == 1 ? "ensemble chunk" : "ensemble chunks",
    };

    private QueueStatus StatusOf(JobKind kind)
    {
        KindCounts c = _ledger.CountsOf(kind);
        return new QueueStatus(kind.ToString(), c.Queued, c.Running, Finite(c.Waits.Quantile(0.5)), Finite(c.Durations.Quantile(0.5)))
        {
            Done = c.Done,
            Failed = c.Failed,
            Retried = c.Retried,
            Duplicated = c.Duplicated,
            P90RunSeconds = Finite(c.Durations.Quantile(0.9)),
        };
    }

    private static double Finite(double x) => double.IsFinite(x) ? x : 0;

    private sealed class StoredTick
    {
        public static readonly StoredTick Instance = new();
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
