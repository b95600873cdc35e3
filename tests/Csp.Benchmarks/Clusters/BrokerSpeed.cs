using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Csp.Actors.Jobs;
using Csp.Actors.Runs;
using Csp.Actors.Tests;
using Csp.Physics.Relaxation;

namespace Csp.Benchmarks.Clusters;

/// <summary>
/// <c>cluster broker [WORKERS]</c>: the broker alone, without wire and journal, with so many workers of 16 slots whose jobs take no time: CPU time per result and per hello.
/// </summary>
internal static class BrokerSpeed
{
    private const int Slots = 16;

    public static async Task RunAsync(int workers)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"csp-broker-{Guid.NewGuid():N}");
        RunSettings run = RunSettingsExample.ArgonSearch(folder, 1);
        Directory.CreateDirectory(run.RunFolder);
        using ActorSystem system = ActorSystem.Create(
            "broker", ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = cluster, remote.dot-netty.tcp { hostname = \"127.0.0.1\", port = 0 } }"));
        try
        {
            TaskCompletionSource ready = new();
            IActorRef owner = system.ActorOf(Props.Create(() => new Owner(run, ready)));
            await ready.Task;
            IActorRef[] all = [.. Enumerable.Range(0, workers).Select(i => system.ActorOf(Props.Create(() => new Worker(owner, $"w{i}"))))];
            await Task.Delay(3000);
            await MeasureAsync("result", async () =>
            {
                long before = await owner.Ask<long>("count");
                await Task.Delay(8000);
                return await owner.Ask<long>("count") - before;
            });
            owner.Tell("stop");
            await Task.Delay(2000);
            await MeasureAsync("hello of a full worker", async () =>
            {
                for (int round = 0; round < 20; round++)
                {
                    await Task.WhenAll(all.Select(w => w.Ask<string>("hello", TimeSpan.FromSeconds(60))));
                }
                return 20L * workers;
            });
        }
        finally
        {
            await system.Terminate();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(string what, Func<Task<long>> work)
    {
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        Stopwatch watch = Stopwatch.StartNew();
        long count = await work();
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} x {what} in {watch.Elapsed.TotalSeconds:F1} s: {cpu.TotalMicroseconds / count:F1} us CPU each"));
    }

    /// <summary>Owns all kinds of jobs; keeps work waiting.</summary>
    private sealed class Owner : ReceiveActor
    {
        private long _done;
        private int _submitted;
        private bool _stopped;

        public Owner(RunSettings run, TaskCompletionSource ready)
        {
            IActorRef broker = Context.ActorOf(JobBroker.Props(run, new LedgerSettings(), ""), "broker");
            broker.Tell(new Begin(new RunActors(Self, broker, Self, Self, Self, Self, Self, Self), [], 1));
            ready.SetResult();
            Receive<WorkerHello>(broker.Forward);
            Receive<IJobResult>(broker.Forward);
            Receive<ResultBatch>(broker.Forward);
            Receive<WorkWanted>(m =>
            {
                for (int i = 0; i < m.Count && !_stopped; i++)
                    broker.Tell(new SubmitJob(WaitingJobs.Job(++_submitted, 0, "blob"), 0));
            });
            Receive<JobDone>(m =>
            {
                _done++;
                broker.Tell(new JobSettled(m.Result.Id, false));
                if (!_stopped)
                    broker.Tell(new SubmitJob(WaitingJobs.Job(++_submitted, 0, "blob"), 0));
            });
            Receive<string>(m => m == "count", _ => Sender.Tell(_done));
            Receive<string>(m => m == "stop", _ => _stopped = true);
            ReceiveAny(_ => { });
        }
    }

    private sealed class Worker : ReceiveActor
    {
        private readonly string[] _running = [.. Enumerable.Range(0, Slots).Select(i => $"elsewhere-{i}")];
        private readonly IActorRef _owner;
        private readonly string _id;
        private string _settings = "";
        private IActorRef? _asker;

        public Worker(IActorRef owner, string id)
        {
            (_owner, _id) = (owner, id);
            Receive<HelloAck>(ack =>
            {
                bool known = _settings == ack.SettingsHash;
                _settings = ack.SettingsHash;
                if (!known)
                    Hello([]);
                _asker?.Tell("done");
                _asker = null;
            });
            Receive<RelaxJob>(job => _owner.Tell(Done(job)));
            Receive<JobBatch>(m => _owner.Tell(new ResultBatch([.. m.Jobs.Select(j => Done((RelaxJob)j))])));
            Receive<string>(_ =>
            {
                _asker = Sender;
                Hello([.. _running.Select(r => $"{r}-{_id}")]);
            });
            ReceiveAny(_ => { });
        }

        private RelaxResult Done(RelaxJob job) =>
            new(job.Id, _id, 0.9, job.Structure, 1, RelaxationStatus.Converged, job.Start, -1, null, 1, null, job.Lineage, RelaxMode.Search, false);

        protected override void PreStart() => Hello([]);

        private void Hello(string[] running) => _owner.Tell(new WorkerHello(
            WireVersion.Current, "", _id, _id, [Slots, 0, 0, 0], 1, running, new byte[running.Length], new double[running.Length], [], 1, _settings, new int[4], new int[4], new double[4],
            false, 0, 0));
    }
}
