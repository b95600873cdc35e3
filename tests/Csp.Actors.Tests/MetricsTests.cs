using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit;
using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Runs;
using Csp.Actors.Serialization;
using Csp.Actors.Telemetry;
using Csp.Actors.Workers;
using Csp.Benchmarks.Clusters;
using MessagePack;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>Numbers of the metrics against workloads whose numbers are known beforehand.</summary>
public sealed class MetricsTests : TestKit
{
    private static readonly Config Clustered = ConfigurationFactory.ParseString(
        "akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = cluster, remote.dot-netty.tcp { hostname = \"127.0.0.1\", port = 0 } }");

    private readonly string _folder = Directory.CreateTempSubdirectory("csp-metrics-").FullName;
    private readonly Heard _heard = new();

    public MetricsTests()
        : base(Clustered, $"metrics-{Guid.NewGuid():N}")
    {
    }

    [Fact]
    public async Task An_actor_counts_its_messages_failures_restarts_mailbox_and_times()
    {
        string name = $"patient-{Guid.NewGuid():N}";
        using SemaphoreSlim gate = new(0);
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Patient(name, gate)));
        foreach (int milliseconds in (int[])[1, 1, 1, 1, 1, 1, 1, 60, 60, 60])
            actor.Tell(milliseconds);
        actor.Tell("throw");
        actor.Tell(1);
        gate.Release(12);
        ActorMeter meter = ActorMeters.For(Sys)[name];
        await AwaitConditionAsync(() => Task.FromResult(meter.Processed == 12 && meter.Restarts == 1), TimeSpan.FromSeconds(20));

        ActorStatus status = meter.Status("here");
        Assert.Equal((12, 1, 1, 0), (status.Processed, status.Failures, status.Restarts, status.Mailbox));
        Assert.InRange(status.MedianMillis, 1, 59);
        Assert.InRange(status.P90Millis, 60, 1000);
        Assert.InRange(status.Utilisation, 0.01, 1);
        Assert.Equal(12, _heard.Sum("csp.actor.messages", name));
        Assert.Equal(1, _heard.Sum("csp.actor.failures", name));
        Assert.Equal(1, _heard.Sum("csp.actor.restarts", name));
        // All were there before the first was let through.
        Assert.Equal([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0], _heard.Values("csp.actor.mailbox", name));
    }

    [Fact]
    public void Bytes_on_the_wire_are_counted_for_the_actor_they_are_for_or_come_from()
    {
        CspSerializer serializer = new((ExtendedActorSystem)Sys);
        JobError result = new("relax-s1", "w#1", 1, "no model", false, 0);
        int length = MessagePackSerializer.Serialize(result, CspSerializer.Options).Length;
        for (int i = 0; i < 3; i++)
            serializer.FromBinary(serializer.ToBinary(result), "RE");

        Assert.Equal(3 * length, ActorMeters.For(Sys)["worker"].BytesOut);
        Assert.Equal(3 * length, ActorMeters.For(Sys)["broker"].BytesIn);
        Assert.Equal(0, ActorMeters.For(Sys)["broker"].BytesOut);
    }

    [Fact]
    public void Slots_are_busy_for_the_time_of_their_jobs_within_the_last_five_minutes()
    {
        SlotTimes two = new(slots: 2);
        two.Finished(1000, 1010, failed: false);
        two.Finished(1005.5, 1015.25, failed: true);
        Assert.Equal((10 + 9.75) / (2 * 20), two.Utilisation(1020, 1000, []), 1e-9);
        // One still runs.
        Assert.Equal((10 + 9.75 + 4) / (2 * 20), two.Utilisation(1020, 1000, [1016]), 1e-9);
        Assert.Equal((1, 1), (two.Done, two.Failed));
        // The window of 300 s has left the jobs behind.
        Assert.Equal(0, two.Utilisation(1400, 1000, []), 1e-9);

        SlotTimes one = new(slots: 1);
        one.Finished(0, 1000, failed: false);
        Assert.Equal(1, one.Utilisation(1000, 0, []), 0.005);
        Assert.Equal(0.5, one.Utilisation(1150, 0, []), 0.005);
    }

    [Fact]
    public async Task The_broker_reports_waits_times_retries_utilisation_and_the_lag_of_models()
    {
        RunSettings run = RunSettingsExample.ArgonSearch(_folder, 1);
        Directory.CreateDirectory(run.RunFolder);
        IActorRef broker = Sys.ActorOf(JobBroker.Props(run, new LedgerSettings(), ""));
        broker.Tell(new Begin(new RunActors(TestActor, broker, TestActor, TestActor, TestActor, TestActor, TestActor, TestActor), [], 1));
        broker.Tell(new ModelReady(new ModelInfo(5, "sha", 0, 0, FitErrors.Unknown, FitErrors.Unknown, 0, 0)));
        string node = $"metrics-{Guid.NewGuid():N}";
        WorkerHello Hello(string settings) => new(
            WireVersion.Current, "", "w#1", node, [11, 0, 0, 0], 1, [], [], [], [], 2, settings, [7, 0, 0, 0], [1, 0, 0, 0], [0.75, 0, 0, 0], false, 123, 4,
            new AgentFigures(2, 1, 5000, 6000, 0.25, 0.5, 0.125));
        broker.Tell(Hello(""));
        string hash = (await FishAsync<HelloAck>()).SettingsHash;
        for (int i = 0; i < 11; i++)
            broker.Tell(new SubmitJob(WaitingJobs.Job(i, 0, "blob"), 0));
        await Task.Delay(300, TestContext.Current.CancellationToken);
        broker.Tell(Hello(hash));
        Assert.Equal(11, (await FishAsync<JobBatch>()).Jobs.Length);

        // Ten results after 1 to 10 s, one trouble of the node.
        for (int i = 0; i < 10; i++)
        {
            RelaxJob job = WaitingJobs.Job(i, 0, "blob");
            broker.Tell(new RelaxResult(job.Id, "w#1", i + 1, 0, 1, Physics.Relaxation.RelaxationStatus.Converged, job.Start, -1, null, 1, null, job.Lineage, RelaxMode.Search, false));
            JobDone done = await FishAsync<JobDone>();
            broker.Tell(new JobSettled(done.Result.Id, Failed: i == 3));
        }
        broker.Tell(new JobError("j10", "w#1", 0.5, "no disk", Retry: true, (byte)JobKind.Relax));
        BrokerPart part;
        do
            part = await FishAsync<BrokerPart>();
        while (part.Queues.Single(q => q.Kind == "Relax") is { Done: < 9 } or { Retried: < 1 });

        QueueStatus relax = part.Queues.Single(q => q.Kind == "Relax");
        Assert.Equal((9, 1, 1, 0), (relax.Done, relax.Failed, relax.Retried, relax.Duplicated));
        Assert.Equal((6.0, 10.0), (relax.MedianRunSeconds, relax.P90RunSeconds));
        Assert.InRange(relax.MedianWaitSeconds, 0.25, 20);
        WorkerStatus slot = part.Workers.First(w => w.Node == node);
        Assert.Equal((0.75, 2, 7, 1), (slot.Utilisation, slot.ModelVersion, slot.Done, slot.Failed));
        ActorStatus agent = part.Agents.Single(a => a.Node == node);
        Assert.Equal((123, 2, 1, 4, 5000, 6000), (agent.Processed, agent.Failures, agent.Restarts, agent.Mailbox, agent.BytesIn, agent.BytesOut));

        Assert.Equal(55, _heard.Sum("csp.job.duration", node), 1e-9);
        Assert.Equal(0.75, _heard.Values("csp.node.utilisation", node).Last());
        Assert.Equal(2, _heard.Values("csp.model.version", node).Last());
        Assert.Equal(3, _heard.Values("csp.model.lag", node).Last());
        Assert.Equal(123, _heard.Values("csp.node.messages", node).Last());
        Assert.Equal(4, _heard.Values("csp.node.mailbox", node).Last());
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _heard.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<T> FishAsync<T>() => (T)await FishForMessageAsync(m => m is T, TimeSpan.FromSeconds(20));

    /// <summary>Sleeps as long as it is told, after the gate has let it through.</summary>
    private sealed class Patient : MeteredActor
    {
        public Patient(string name, SemaphoreSlim gate)
            : base(name)
        {
            Receive<int>(milliseconds =>
            {
                gate.Wait();
                Thread.Sleep(milliseconds);
            });
            Receive<string>(_ =>
            {
                gate.Wait();
                throw new InvalidOperationException("as it was told");
            });
        }
    }

    /// <summary>What the meters said, by instrument and the value of any tag.</summary>
    private sealed class Heard : IDisposable
    {
        private readonly ConcurrentQueue<(string Instrument, string[] Tags, double Value)> _all = new();
        private readonly MeterListener _listener = new();

        public Heard()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == CspMeter.Name)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Take(i, value, tags));
            _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Take(i, value, tags));
            _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Take(i, value, tags));
            _listener.Start();
        }

        public double[] Values(string instrument, string tag) => [.. _all.Where(m => m.Instrument == instrument && m.Tags.Contains(tag)).Select(m => m.Value)];

        public double Sum(string instrument, string tag) => Values(instrument, tag).Sum();

        public void Dispose() => _listener.Dispose();

        private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string[] values = new string[tags.Length];
            for (int i = 0; i < tags.Length; i++)
                values[i] = $"{tags[i].Value}";
            _all.Enqueue((instrument.Name, values, value));
        }
    }
}
