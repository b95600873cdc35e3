using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Csp.Actors.Hosting;
using Csp.Actors.Jobs;
using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Csp.Benchmarks.Clusters;

/// <summary>
/// <c>cluster wire</c>: results of 32-atom relaxations from another process to an actor here, each acknowledged, by Csp's serializer and by Akka's default one: messages per second
/// with 256 on their way, and the time of one there and back.
/// </summary>
internal static class WireSpeed
{
    private const int Window = 256;

    public static async Task RunAsync(string[] arguments)
    {
        if (arguments is ["send", string kind, string address])
        {
            await SendAsync(kind, address);
            return;
        }
        foreach (string serializer in (string[])["messagepack", "default", "messagepack", "default"])
        {
            using IHost host = System(serializer);
            await host.StartAsync();
            ActorSystem system = host.Services.GetRequiredService<ActorSystem>();
            system.ActorOf(Props.Create(() => new Taker()), "taker");
            Address self = ((ExtendedActorSystem)system).Provider.DefaultAddress;
            using Process sender = Process.Start(new ProcessStartInfo(
                "dotnet", ["exec", typeof(WireSpeed).Assembly.Location, "cluster", "wire", "send", serializer, $"{self.Host}:{self.Port}"]))!;
            await sender.WaitForExitAsync();
            await host.StopAsync();
        }
    }

    private static async Task SendAsync(string kind, string address)
    {
        using IHost host = System(kind);
        await host.StartAsync();
        ActorSystem system = host.Services.GetRequiredService<ActorSystem>();
        IActorRef taker = await system.ActorSelection($"akka.tcp://{CspHosting.SystemName}@{address}/user/taker").ResolveOne(TimeSpan.FromSeconds(20));
        object message = kind == "default" ? PlainResult.Example : Example;
        await MeasureAsync(system, taker, message, kind == "default" ? 3_000 : 20_000, Window);
        (double rate, _, _) = await MeasureAsync(system, taker, message, kind == "default" ? 5_000 : 100_000, Window);
        await MeasureAsync(system, taker, message, 500, 1);
        (_, double median, double p99) = await MeasureAsync(system, taker, message, 2000, 1);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kind,-12} {rate:F0} results/s with acknowledgement; alone there and back {median:F2} ms median, {p99:F2} ms at 99 %"));
        await host.StopAsync();
    }

    private static async Task<(double Rate, double Median, double P99)> MeasureAsync(ActorSystem system, IActorRef taker, object message, int count, int window)
    {
        TaskCompletionSource<double[]> done = new();
        long start = Stopwatch.GetTimestamp();
        system.ActorOf(Props.Create(() => new Sender(taker, message, count, window, done)));
        double[] times = await done.Task;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(times);
        return (count / seconds, 1000 * times[count / 2], 1000 * times[(int)(0.99 * count)]);
    }

    private static IHost System(string kind) => new HostBuilder().ConfigureServices(services => services.AddAkka(CspHosting.SystemName, (builder, _) =>
    {
        if (kind == "default")
        {
            builder.AddHocon(ConfigurationFactory.ParseString(
                "akka { stdout-loglevel = OFF, loglevel = OFF, actor.provider = cluster, remote.dot-netty.tcp { hostname = \"127.0.0.1\", port = 0 } }"), HoconAddMode.Prepend);
        }
        else
        {
            // Seeds that nobody answers at: the system only sends.
            builder.AddCspWorker(WaitingJobs.Settings(0, "127.0.0.1:9"));
        }
    })).Build();

    private static RelaxResult Example { get; } = new(
        "relax-s17", "127.0.0.1:4053#0011aabb", 1.5, 17, 3, RelaxationStatus.Converged, CrystalOf32(), -3.25, 0.01, 40, null, new Lineage("heredity", [3, 9], 4, null),
        RelaxMode.Search, false);

    private static Crystal CrystalOf32()
    {
        Random random = new(1);
        return new Crystal(Mat3.Diagonal(8, 8, 8), [.. Enumerable.Repeat(Element.FromSymbol("H"), 32)], [.. Enumerable.Range(0, 96).Select(_ => random.NextDouble())]);
    }

    /// <summary>The same content in types that the default serializer can write.</summary>
    public sealed record PlainResult(
        string Id, string Worker, double Seconds, ulong Structure, int Model, int Status, double[] Lattice, int[] Numbers, double[] Fractional, double EnthalpyPerAtom,
        double? Uncertainty, int Evaluations, string? Reason, string Operator, ulong[] Parents, int Generation, int Mode, bool Rescore)
    {
        public static PlainResult Example { get; } = Of(WireSpeed.Example);

        private static PlainResult Of(RelaxResult r) => new(
            r.Id, r.Worker, r.Seconds, r.Structure, r.Model, (int)r.Status, r.Crystal.Lattice.ToArray(), [.. r.Crystal.Elements.Select(e => e.Number)], r.Crystal.Fractional.ToArray(),
            r.EnthalpyPerAtom, r.Uncertainty, r.Evaluations, r.Reason, r.Lineage.Operator, r.Lineage.Parents, r.Lineage.Generation, (int)r.Mode, r.Rescore);
    }

    public sealed record PlainStored(string Id);

    private sealed class Taker : ReceiveActor
    {
        public Taker()
        {
            Receive<RelaxResult>(r => Sender.Tell(new ResultsStored([r.Id])));
            Receive<PlainResult>(r => Sender.Tell(new PlainStored(r.Id)));
        }
    }

    private sealed class Sender : ReceiveActor
    {
        private readonly Queue<long> _sent = new();

        public Sender(IActorRef taker, object message, int count, int window, TaskCompletionSource<double[]> done)
        {
            double[] times = new double[count];
            int sent = 0, acknowledged = 0;
            ReceiveAny(m =>
            {
                if (m is ResultsStored or PlainStored)
                {
                    times[acknowledged++] = Stopwatch.GetElapsedTime(_sent.Dequeue()).TotalSeconds;
                    if (acknowledged == count)
                        done.TrySetResult(times);
                }
                for (; sent < count && sent - acknowledged < window; sent++)
                {
                    _sent.Enqueue(Stopwatch.GetTimestamp());
                    taker.Tell(message);
                }
            });
            Self.Tell("go");
        }
    }
}
