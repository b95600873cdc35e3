using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Csp.Actors.Hosting;
using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Runs;
using Csp.Actors.Telemetry;

namespace Csp.Actors.Workers;

/// <summary>To the agent, before its process ends: take nothing more, hand back what runs, keep sending results until they are stored, then answer <see cref="Left"/>.</summary>
internal sealed record Leave;

internal sealed record Left;

/// <summary>To the agent of this process: what do you do? Answered with <see cref="WorkerReport"/>.</summary>
public sealed record GetWorkerReport
{
    public static GetWorkerReport Instance { get; } = new();
}

/// <param name="Taken">A coordinator has taken this worker in.</param>
/// <param name="Running">Ids of jobs in slots.</param>
/// <param name="Done">Jobs finished so far.</param>
/// <param name="Failed">Of these, without an answer.</param>
/// <param name="Model">Newest version held, 0 = none.</param>
public sealed record WorkerReport(bool Taken, ImmutableArray<string> Running, int Done, int Failed, int Model);

/// <summary>Published on the process's event stream when the cluster refuses this node.</summary>
public sealed record NodeRefused(string Reason);

/// <summary>
/// The one actor per process that speaks with the coordinator: says hello every second, takes jobs for its free slots, fetches each model once, and re-sends results
/// until they are stored. Work itself happens in slots on threads of their own. Small results wait for company while every slot has something to do.
/// </summary>
internal sealed class WorkerAgent : MeteredActor, IWithTimers
{
    private const int RememberedModels = 3;
    private static readonly TimeSpan Company = TimeSpan.FromMilliseconds(10);
    private static readonly SlotGroup[] Groups = Enum.GetValues<SlotGroup>();
    private readonly IActorRef _coordinator;
    private readonly ClusterSettings _cluster;
    private readonly string _name;
    private readonly string _id;
    private readonly int[] _slots;
    private readonly SlotTimes[] _times;
    private readonly double _begin = RunClock.Monotonic;
    private readonly BlobShelf _shelf = new();
    private readonly Dictionary<string, byte[]> _blobs = [];
    private readonly List<string> _modelOrder = [];
    private readonly HashSet<string> _fetching = [];
    private readonly Dictionary<string, RunningJob> _running = [];
    private readonly Dictionary<string, (IJobResult Result, double Sent)> _unacknowledged = [];
    private readonly List<RunningJob> _wanting = [];
    private readonly ConcurrentQueue<ComputeSlot.Compute>[] _ready = [new(), new(), new(), new()];
    private readonly Stack<IActorRef>[] _idle = [new(), new(), new(), new()];
    private readonly Parcel<IJobResult> _results;
    private JobContext? _context;
    private readonly Func<JobContext, string, IJobExecution> _executionOf;
    private IJobExecution? _execution;
    private string _settingsHash = "";
    private long _epoch;
    private int _model;
    private IActorRef? _leaving;
    private bool _refused;

    public WorkerAgent(IActorRef coordinator, ClusterSettings cluster, string name, Func<JobContext, string, IJobExecution> executionOf)
        : base("worker")
    {
        (_coordinator, _cluster, _name, _executionOf) = (coordinator, cluster, name, executionOf);
        _id = $"{name}#{Guid.NewGuid().ToString("N")[..8]}";
        _slots = [cluster.Slots.Relaxer, cluster.Slots.Labeler, cluster.Slots.Trainer, cluster.Slots.Ensemble];
        _times = [.. _slots.Select(n => new SlotTimes(n))];
        _results = new Parcel<IJobResult>(results => new ResultBatch(results), coordinator.Tell);
        Receive<IJob>(OnJob);
        Receive<JobBatch>(m => Array.ForEach(m.Jobs, OnJob));
        Receive<HelloAck>(OnAck);
        Receive<ResultsStored>(m => Stored(m.Ids));
        Receive<DropJob>(m => Drop(m.Id));
        Receive<WorkerRefused>(OnRefused);
        Receive<GetBlob>(m => Sender.Tell(_shelf.Chunk(m) is BlobChunk chunk ? chunk : new BlobMissing(m.Sha)));
        Receive<BlobFetch.Fetched>(OnFetched);
        Receive<BlobFetch.NotFetched>(OnNotFetched);
        Receive<ComputeSlot.Computed>(OnComputed);
        Receive<ComputeSlot.Idle>(OnIdle);
        Receive<Depart>(_ => _results.Send());
        Receive<TrainingReport>(m => _coordinator.Tell(m));
        Receive<Leave>(_ => OnLeave());
        Receive<GetWorkerReport>(_ => Sender.Tell(new WorkerReport(
            _settingsHash.Length > 0, [.. _running.Values.Where(r => r.Computing).Select(r => r.Id)], _times.Sum(t => t.Done), _times.Sum(t => t.Failed), _model)));
        Receive<Tick>(_ => OnTick());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static double Now => RunClock.Monotonic;

    /// <param name="coordinator">Or the proxy to it.</param>
    /// <param name="cluster">This process.</param>
    /// <param name="name">host:port.</param>
    /// <param name="executionOf">From the run and the worker's identity to what does its jobs; null = by Physics and Learning.</param>
    public static Props Props(IActorRef coordinator, ClusterSettings cluster, string name, Func<JobContext, string, IJobExecution>? executionOf = null)
    {
        executionOf ??= static (context, worker) => new JobExecution(context, worker);
        return Akka.Actor.Props.Create(() => new WorkerAgent(coordinator, cluster, name, executionOf));
    }

    protected override void PreStart()
    {
        foreach (SlotGroup group in Groups.Where(g => g != SlotGroup.Labeler))
        {
            ConcurrentQueue<ComputeSlot.Compute> ready = _ready[(int)group];
            for (int i = 0; i < _slots[(int)group]; i++)
                _idle[(int)group].Push(Context.ActorOf(Akka.Actor.Props.Create(() => new ComputeSlot(group, ready)).WithDispatcher(CspHosting.ComputeDispatcher), $"{group}-{i}"));
        }
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    protected override void PostStop()
    {
        foreach (ConcurrentQueue<ComputeSlot.Compute> ready in _ready)
            ready.Clear();
        foreach (RunningJob job in _running.Values)
            job.Stop.Cancel();
    }

    private void OnTick()
    {
        if (_refused)
            return;
        foreach ((string id, (IJobResult result, double sent)) in _unacknowledged.ToArray())
        {
            if (Now - sent > 3)
                Send(result);
        }
        Hello();
    }

    private void Hello()
    {
        // What is in the hello as an answer has been sent before it.
        _results.Send();
        (RunningJob Job, double Started)[] running = [.. _running.Values.Select(r => (r, r.Started)).OrderBy(r => double.IsNaN(r.Started))];
        bool leaving = _leaving is not null;
        double now = Now;
        ActorStatus me = Meter.Status(_name);
        _coordinator.Tell(new WorkerHello(
            WireVersion.Current, _cluster.SecretHash, _id, _name, _slots, _epoch,
            [.. running.Select(r => r.Job.Id)], [.. running.Select(r => (byte)r.Job.Kind)], [.. running.Select(r => r.Started < now ? now - r.Started : 0)],
            [.. _unacknowledged.Keys], _model, _settingsHash,
            [.. _times.Select(t => t.Done)], [.. _times.Select(t => t.Failed)],
            [.. Groups.Select(g => _times[(int)g].Utilisation(now, _begin, running.Where(r => r.Job.Group == g && r.Started < now).Select(r => r.Started)))],
            leaving, me.Processed, me.Mailbox,
            new AgentFigures(me.Failures, me.Restarts, me.BytesIn, me.BytesOut, me.MedianMillis, me.P90Millis, me.Utilisation)));
    }

    private void OnAck(HelloAck ack)
    {
        bool ready = _settingsHash == ack.SettingsHash && _epoch == ack.Epoch;
        _epoch = ack.Epoch;
        if (ack.Settings is string json)
        {
            RunSettings run = RunSettings.FromJson(json);
            IActorRef self = Self;
            Akka.Event.EventStream stream = Context.System.EventStream;
            string name = _name;
            _context = new JobContext(run, _cluster.Slots.Labeler, text => stream.Publish(new RunLogged(DateTimeOffset.UtcNow, $"worker {name}", text, true)));
            _execution = _executionOf(_context, _id);
            _settingsHash = ack.SettingsHash;
        }
        foreach (string id in ack.Drop)
            Drop(id);
        if (ack.Model > 0 && (_slots[0] > 0 || _slots[3] > 0))
            Prefetch(ack.Model, ack.ModelSha);
        if (!ready && _settingsHash.Length > 0)
            Hello();
    }

    /// <summary>The newest model is fetched before a job needs it, so that the swap costs no pause.</summary>
    private void Prefetch(int version, string sha)
    {
        if (_blobs.ContainsKey(sha))
            _model = Math.Max(_model, version);
        else
            Fetch(sha);
    }

    private void Fetch(string sha)
    {
        if (_fetching.Add(sha))
            Context.ActorOf(BlobFetch.Props(sha, _coordinator));
    }

    private void OnFetched(BlobFetch.Fetched fetched)
    {
        _fetching.Remove(fetched.Sha);
        Keep(fetched.Sha, fetched.Bytes);
        Hello();
        foreach (RunningJob job in _wanting.Where(HasBlobs).ToArray())
        {
            _wanting.Remove(job);
            Start(job);
        }
    }

    private bool HasBlobs(RunningJob job) => JobExecution.BlobsOf(job.Job).All(_blobs.ContainsKey);

    private void Keep(string sha, byte[] bytes)
    {
        if (!_blobs.TryAdd(sha, bytes))
            return;
        _modelOrder.Add(sha);
        while (_modelOrder.Count > 2 * RememberedModels)
        {
            if (_modelOrder.Find(s => !_running.Values.Any(r => JobExecution.BlobsOf(r.Job).Contains(s))) is not string old)
                return;
            _modelOrder.Remove(old);
            _blobs.Remove(old);
            _context?.Forget(old);
        }
    }

    private void OnNotFetched(BlobFetch.NotFetched failure)
    {
        _fetching.Remove(failure.Sha);
        foreach (RunningJob job in _wanting.Where(r => JobExecution.BlobsOf(r.Job).Contains(failure.Sha)).ToArray())
        {
            _wanting.Remove(job);
            Finish(job, new JobError(job.Id, _id, 0, $"blob {failure.Sha[..8]} could not be fetched: {failure.Reason}", Retry: true, (byte)job.Kind), Now);
        }
    }

    private void OnJob(IJob job)
    {
        if (_leaving is not null || _execution is null)
        {
            _coordinator.Tell(new HandBack(_id, [job.Id]));
            return;
        }
        if (_running.ContainsKey(job.Id))
            return;
        if (_unacknowledged.TryGetValue(job.Id, out (IJobResult Result, double Sent) known))
        {
            Send(known.Result);
            return;
        }
        RunningJob running = _running[job.Id] = new RunningJob(job, JobKinds.Of(job));
        if (HasBlobs(running))
        {
            Start(running);
            return;
        }
        _wanting.Add(running);
        foreach (string sha in JobExecution.BlobsOf(job).Where(s => !_blobs.ContainsKey(s)))
            Fetch(sha);
    }

    private void Start(RunningJob job)
    {
        IJobExecution execution = _execution!;
        IActorRef self = Self;
        if (job.Job is LabelJob label)
        {
            job.Start(Now);
            execution.LabelAsync(label, job.Stop.Token).PipeTo(
                self, success: r => new ComputeSlot.Computed(job, r, Now), failure: _ => new ComputeSlot.Computed(job, null, Now));
            return;
        }
        Dictionary<string, byte[]> blobs = JobExecution.BlobsOf(job.Job).ToDictionary(s => s, s => _blobs[s]);
        BlobShelf shelf = _shelf;
        int group = (int)job.Group;
        _ready[group].Enqueue(new ComputeSlot.Compute(job, stop => execution.Run(job.Job, blobs, shelf, report => self.Tell(report), stop)));
        if (_idle[group].TryPop(out IActorRef? slot))
            slot.Tell(ComputeSlot.Go.Instance);
    }

    /// <summary>What came while the slot said that there was nothing is not left lying.</summary>
    private void OnIdle(ComputeSlot.Idle idle)
    {
        if (!_ready[(int)idle.Group].IsEmpty)
        {
            idle.Slot.Tell(ComputeSlot.Go.Instance);
            return;
        }
        _idle[(int)idle.Group].Push(idle.Slot);
        _results.Send();
    }

    private void OnComputed(ComputeSlot.Computed computed)
    {
        // A job that was dropped, or handed back, may have come again meanwhile.
        if (!_running.TryGetValue(computed.Job.Id, out RunningJob? job) || job != computed.Job)
            return;
        if (computed.Result is not null)
        {
            Finish(job, computed.Result, computed.At);
        }
        else
        {
            // Only a result tells the coordinator that a slot is free.
            _running.Remove(job.Id);
            Hello();
        }
    }

    private void Finish(RunningJob job, IJobResult result, double at)
    {
        _running.Remove(job.Id);
        _times[(int)job.Group].Finished(job.Computing ? job.Started : at, at, result is JobError);
        Send(result);
    }

    private void Send(IJobResult result)
    {
        _unacknowledged[result.Id] = (result, Now);
        if (_results.IsEmpty)
            Timers.StartSingleTimer("depart", Depart.Instance, Company);
        _results.Add(result);
        if (_idle[(int)JobKinds.GroupOf(JobKinds.Of(result))].Count > 0)
            _results.Send();
    }

    private void Stored(string[] ids)
    {
        foreach (string id in ids)
            _unacknowledged.Remove(id);
        CheckLeft();
    }

    private void Drop(string id)
    {
        _unacknowledged.Remove(id);
        if (!_running.TryGetValue(id, out RunningJob? job))
            return;
        job.Stop.Cancel();
        if (_wanting.Remove(job))
            _running.Remove(id);
    }

    private void OnRefused(WorkerRefused refused)
    {
        if (_refused)
            return;
        _refused = true;
        Context.System.EventStream.Publish(new NodeRefused(refused.Reason));
        Log(refused.Reason, warning: true);
    }

    private void OnLeave()
    {
        _leaving = Sender;
        string[] back = [.. _running.Keys];
        foreach (RunningJob job in _running.Values)
            job.Stop.Cancel();
        _running.Clear();
        _wanting.Clear();
        Hello();
        _coordinator.Tell(new HandBack(_id, back));
        CheckLeft();
    }

    private void CheckLeft()
    {
        if (_leaving is not null && _unacknowledged.Count == 0)
            _leaving.Tell(new Left());
    }

    /// <summary>Results have waited long enough.</summary>
    private sealed class Depart
    {
        public static readonly Depart Instance = new();
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
