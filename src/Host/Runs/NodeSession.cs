using Akka.Actor;
using Akka.Hosting;
using Csp.Actors.Hosting;
using Csp.Actors.Runs;
using Csp.Host.Display;
using Csp.Host.Endpoints;
using Csp.Host.Errors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Cluster = Akka.Cluster.Cluster;
using MemberStatus = Akka.Cluster.MemberStatus;

namespace Csp.Host.Runs;

/// <summary>A compute node from joining to leaving. Prints what it does every few seconds.</summary>
/// <param name="settings">This process in the cluster.</param>
/// <param name="logFile">Log file, or null.</param>
public sealed class NodeSession(ClusterSettings settings, string? logFile)
{
    /// <summary>Exit code of a node that lost its cluster; something that restarts it on failure lets it join again.</summary>
    public const int LostCluster = 255;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Joins, and joins again whenever the cluster was lost (a host that was killed comes back), until it is asked to leave or refused.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        bool joinedOnce = false;
        while (true)
        {
            (int code, bool joined) = await OnceAsync(cancellation);
            joinedOnce |= joined;
            if (cancellation.IsCancellationRequested)
                return 0;
            if (code != LostCluster || !joinedOnce)
                return code;
            Say("lost the cluster; trying to join again");
        }
    }

    private async Task<(int Code, bool Joined)> OnceAsync(CancellationToken cancellation)
    {
        TaskCompletionSource<string> refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        if (logFile is not null)
            builder.Logging.AddProvider(new RunLog(logFile));
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.AddSingleton<IRunStatusSource, CoordinatorStatus>();
        builder.Services.AddAkka(CspHosting.SystemName, (akka, _) => akka
            .ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            })
            .WithActors((system, _) => { system.ActorOf(Props.Create(() => new RefusalListener(refused)), "refusal"); })
            .AddCspWorker(settings));
        using IHost app = builder.Build();
        await app.StartAsync(cancellation);
        ActorSystem system = app.Services.GetRequiredService<ActorSystem>();
        Cluster cluster = Cluster.Get(system);
        string self = $"{cluster.SelfAddress.Host}:{cluster.SelfAddress.Port}";
        WorkerSlots s = settings.Slots;
        Say($"node {self} joins {string.Join(", ", settings.Seeds)}; slots: {s.Relaxer} relaxer, {s.Labeler} labeler, {s.Trainer} trainer, {s.Ensemble} ensemble");
        (bool lost, bool joined) = await WatchAsync(system, cluster, app.Services.GetRequiredService<IRunStatusSource>(), self, refused.Task, cancellation);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        await app.StopAsync(limit.Token);
        if (refused.Task.IsCompleted)
        {
            Console.Error.WriteLine($"csp: {await refused.Task}");
            return (ErrorPolicy.Failed, joined);
        }
        if (!lost)
        {
            Say("left the cluster");
            return (0, joined);
        }
        Console.Error.WriteLine($"csp: node {self} lost its cluster or could not join {string.Join(", ", settings.Seeds)}");
        return (LostCluster, joined);
    }

    /// <returns>Whether the cluster was lost (rather than the node asked to leave or refused), and whether it had been joined.</returns>
    private static async Task<(bool Lost, bool Joined)> WatchAsync(
        ActorSystem system, Cluster cluster, IRunStatusSource source, string self, Task refused, CancellationToken cancellation)
    {
        bool joined = false;
        string last = "";
        try
        {
            while (!system.WhenTerminated.IsCompleted && !cluster.IsTerminated && !refused.IsCompleted)
            {
                if (!joined && cluster.SelfMember.Status == MemberStatus.Up)
                {
                    joined = true;
                    Say("joined");
                }
                RunStatus? status = joined ? await source.TryGetAsync(Interval, cancellation) : null;
                string line = status is null ? "" : Line(status, self);
                if (line.Length > 0 && line != last)
                    Say($"{StatusText.Clock(status!.Elapsed)} {last = line}");
                await Task.WhenAny(system.WhenTerminated, Task.Delay(joined ? Interval : TimeSpan.FromSeconds(0.5), cancellation));
                cancellation.ThrowIfCancellationRequested();
            }
            return (!refused.IsCompleted, joined);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return (false, joined);
        }
    }

    private static string Line(RunStatus status, string self)
    {
        WorkerStatus[] mine = [.. status.Workers.Where(w => w.Node == self)];
        if (mine.Length == 0)
            return "";
        string doing = string.Join("; ", mine.Where(w => w.Activity != "idle").Select(w => w.Activity));
        return FormattableString.Invariant($"{(doing.Length > 0 ? doing : "idle")} | {mine.Sum(w => w.Done)} jobs done, {mine.Sum(w => w.Failed)} failed | run: {status.Phase}");
    }

    private sealed class RefusalListener : ReceiveActor
    {
        public RefusalListener(TaskCompletionSource<string> refused) => Receive<Csp.Actors.Workers.NodeRefused>(m => refused.TrySetResult(m.Reason));

        protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(Csp.Actors.Workers.NodeRefused));
    }

    private static void Say(string text)
    {
        Console.WriteLine(text);
        Console.Out.Flush();
    }
}
