using Akka.Actor;
using Akka.Hosting;
using Akka.Persistence;
using Csp.Actors.Hosting;
using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Runs;
using Csp.Actors.Workers;
using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Csp.Benchmarks.Clusters;

/// <summary>
/// A cluster of the real broker, wire and worker agents, whose jobs only wait: what is measured is everything but the work, also on a machine with few cores.
/// A job's <see cref="RelaxJob.Structure"/> is its duration in microseconds.
/// </summary>
internal sealed class WaitingJobs : IJobExecution
{
    private readonly string _worker;

    private WaitingJobs(string worker) => _worker = worker;

    public static IJobExecution Of(JobContext context, string worker)
    {
        _ = context;
        return new WaitingJobs(worker);
    }

    public static RelaxJob Job(int number, double seconds, string blob) =>
        new($"j{number}", (ulong)(1e6 * seconds), Crystal, 1, blob, RelaxMode.Search, false, new Lineage("random", [], 0, null));

    /// <summary>Four atoms, the size of a small search.</summary>
    public static Crystal Crystal { get; } = new(
        Mat3.Diagonal(5, 5, 5), [.. Enumerable.Repeat(Element.FromSymbol("Ar"), 4)], [0.0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5]);

    public IJobResult Run(IJob job, IReadOnlyDictionary<string, byte[]> blobs, BlobShelf shelf, Action<TrainingReport> report, CancellationToken cancellation)
    {
        RelaxJob relax = (RelaxJob)job;
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Thread.Sleep(TimeSpan.FromMicroseconds(relax.Structure));
        return new RelaxResult(
            job.Id, _worker, System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, relax.Structure, 1, RelaxationStatus.Converged, relax.Start, -1, null, 1, null,
            relax.Lineage, RelaxMode.Search, false);
    }

    public Task<IJobResult> LabelAsync(LabelJob job, CancellationToken cancellation) => throw new NotSupportedException("only relaxations wait");

    public static ClusterSettings Settings(int slots, params string[] seeds) => new()
    {
        HostName = "127.0.0.1",
        Port = 0,
        Seeds = [.. seeds],
        Slots = new WorkerSlots(slots, 0, 0, 0),
        Lease = TimeSpan.FromSeconds(30),
        StableAfter = TimeSpan.FromSeconds(60),
        MaxFrameBytes = 1_000_000,
        Journal = "sqlite",
        JournalConnection = "",
    };

    /// <summary>A coordinator whose journal is SQLite in the run's folder.</summary>
    public static IHost Host(RunSettings run, out Task<IActorRef> coordinator) => Host(run, Settings(0), out coordinator);

    public static IHost Host(RunSettings run, ClusterSettings cluster, out Task<IActorRef> coordinator)
    {
        TaskCompletionSource<IActorRef> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        coordinator = started.Task;
        RunFolder.Prepare(run, cluster, resume: false);
        Props props = Props.Create(() => new WaitingCoordinator(run, cluster.SecretHash, started));
        return new HostBuilder().ConfigureServices(services => services.AddAkka(CspHosting.SystemName, (builder, _) =>
            CspHosting.AddCoordinator(builder, run, cluster, new RunLock(run.RunFolder), props))).Build();
    }

    /// <summary>host:port.</summary>
    public static string AddressOf(IHost host) => Akka.Cluster.Cluster.Get(host.Services.GetRequiredService<ActorSystem>()).SelfAddress.ToString().Split('@')[1];

    public static IHost Node(string seed, int slots) => Node(Settings(slots, seed), Of);

    public static IHost Node(ClusterSettings cluster, Func<JobContext, string, IJobExecution>? executionOf) => new HostBuilder().ConfigureServices(services =>
        services.AddAkka(CspHosting.SystemName, (builder, _) => CspHosting.AddCspWorker(builder, cluster, executionOf))).Build();
}

/// <summary>Hand out these jobs, <paramref name="Generation"/> at a time with a barrier in between (all of them: no barrier); answered with <see cref="Finished"/>.</summary>
internal sealed record HandOut(double[] Seconds, int Generation);

/// <summary>Have these jobs done, with this blob as their model; answered with <see cref="Results"/>.</summary>
internal sealed record HaveDone(IJob[] Jobs, byte[] Blob);

internal sealed record Results(IJobResult[] All);

/// <param name="Wall">Seconds from the first job to the last result; how long the disk takes over the last line of the journal is not in it, nor does a barrier wait for it.</param>
/// <param name="Busy">Seconds that jobs spent in slots, summed.</param>
internal sealed record Finished(double Wall, double Busy);

/// <summary>How many slots have asked for work.</summary>
internal sealed record CountSlots;

/// <summary>The owner of the waiting jobs: submits them, journals each result, and settles it, as the run's own actors do.</summary>
internal sealed class WaitingCoordinator : ReceivePersistentActor
{
    private readonly IActorRef _broker;
    private readonly BlobShelf _shelf = new();
    private readonly string _blob;
    private int _slots;
    private HandOut _work = new([], 1);
    private IActorRef _asker = ActorRefs.Nobody;
    private int _submitted, _done, _settled, _round;
    private readonly List<IJobResult> _results = [];
    private double _wall;
    private int _wanted;
    private double _busy;
    private long _start;

    public WaitingCoordinator(RunSettings run, string secretHash, TaskCompletionSource<IActorRef> started)
    {
        _broker = Context.ActorOf(JobBroker.Props(run, new LedgerSettings { LeaseSeconds = 30 }, secretHash), "broker");
        _blob = _shelf.Add(new byte[1000]);
        RunActors all = new(Self, _broker, Self, Self, Self, Self, Self, Self);
        Recover<RecoveryCompleted>(_ =>
        {
            _broker.Tell(new Begin(all, [], 1));
            started.TrySetResult(Self);
        });
        Command<WorkerHello>(m => _broker.Forward(m));
        Command<IJobResult>(m => _broker.Forward(m));
        Command<ResultBatch>(m => _broker.Forward(m));
        Command<HandBack>(m => _broker.Forward(m));
        Command<GetBlob>(m => Sender.Tell(_shelf.Chunk(m) ?? (object)new BlobMissing(m.Sha)));
        Command<BrokerPart>(m => _slots = m.Workers.Length);
        Command<CountSlots>(_ => Sender.Tell(_slots));
        Command<WorkWanted>(_ => { });
        Command<JobDone>(OnDone);
        Command<HaveDone>(m =>
        {
            _shelf.Add(m.Blob);
            (_asker, _wanted) = (Sender, m.Jobs.Length);
            _results.Clear();
            foreach (IJob job in m.Jobs)
                _broker.Tell(new SubmitJob(job, 0));
        });
        Command<HandOut>(m =>
        {
            (_work, _asker, _submitted, _done, _settled, _busy, _start) = (m, Sender, 0, 0, 0, 0, System.Diagnostics.Stopwatch.GetTimestamp());
            _round++;
            Submit();
        });
    }

    public override string PersistenceId => "waiting";

    private void Submit()
    {
        for (int i = 0; i < _work.Generation && _submitted < _work.Seconds.Length; i++, _submitted++)
            _broker.Tell(new SubmitJob(WaitingJobs.Job(_round * 1_000_000 + _submitted, _work.Seconds[_submitted], _blob), 0));
    }

    private void OnDone(JobDone done)
    {
        if (_wanted > 0)
        {
            _results.Add(done.Result);
            _broker.Tell(new JobSettled(done.Result.Id, false));
            if (_results.Count == _wanted)
                _asker.Tell(new Results([.. _results]));
            return;
        }
        RelaxResult r = (RelaxResult)done.Result;
        _busy += r.Seconds;
        _wall = System.Diagnostics.Stopwatch.GetElapsedTime(_start).TotalSeconds;
        if (++_done == _submitted)
            Submit();
        PersistAsync(
            new StructureRelaxed(RunClock.Now, r.Id, r.Structure, r.Lineage, r.Status, r.Crystal, r.EnthalpyPerAtom, null, 1, r.Mode, false, null, false), e =>
            {
                _broker.Tell(new JobSettled(r.Id, false));
                if (++_settled == _work.Seconds.Length)
                    _asker.Tell(new Finished(_wall, _busy));
            });
    }
}
