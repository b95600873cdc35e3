using Akka.Actor;
using Akka.Hosting;
using Csp.Actors.Hosting;
using Csp.Actors.Runs;
using Csp.Actors.Workers;
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
    /// <summary>Exit code of a node that could not get in; something that restarts it on failure lets it try again.</summary>
    public const int LostCluster = 255;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Joins, and joins again whenever the cluster was lost (a host that was killed comes back), until it is asked to leave or refused.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        bool joinedOnce = false;
        while (true)
        {
            int code;
            try
            {
                (code, bool joined) = await OnceAsync(cancellation);
                joinedOnce |= joined;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // Asked to leave while it was still starting.
                return 0;
            }
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
        (bool lost, bool joined) = await WatchAsync(system, cluster, app.Services.GetRequiredService<IReadOnlyActorRegistry>().Get<WorkerKey>(), refused.Task, cancellation);
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
        ActorSystem system, Cluster cluster, IActorRef agent, Task refused, CancellationToken cancellation)
    {
        bool joined = false, worked = false;
        string last = "";
        DateTimeOffset nextLine = DateTimeOffset.MinValue;
        try
        {
            while (!system.WhenTerminated.IsCompleted && !cluster.IsTerminated && !refused.IsCompleted)
            {
                if (!joined && cluster.SelfMember.Status is MemberStatus.Up or MemberStatus.WeaklyUp)
                {
                    joined = true;
                    Say("joined");
                }
                WorkerReport report = await ReportOf(agent, cancellation);
                string line = Line(report);
                // At once what a newcomer waits for: the first job, and the first that is done.
                bool news = (!report.Running.IsEmpty && last.Length == 0) || (report.Done > 0 && !worked);
                if (report.Taken && line != last && (news || DateTimeOffset.Now >= nextLine))
                {
                    Say($"{DateTimeOffset.Now:HH:mm:ss} {last = line}");
                    nextLine = DateTimeOffset.Now + Interval;
                    worked |= report.Done > 0;
                }
                await Task.WhenAny(system.WhenTerminated, Task.Delay(worked ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(0.2), cancellation));
                cancellation.ThrowIfCancellationRequested();
            }
            return (!refused.IsCompleted, joined);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return (false, joined);
        }
    }

    private static async Task<WorkerReport> ReportOf(IActorRef agent, CancellationToken cancellation)
    {
        try
        {
            return await agent.Ask<WorkerReport>(GetWorkerReport.Instance, Interval, cancellation);
        }
        catch (AskTimeoutException)
        {
            // The machine is very busy, or the actor system has just ended, which the caller sees.
            return new WorkerReport(false, [], 0, 0, 0);
        }
    }

    private static string Line(WorkerReport report) => FormattableString.Invariant(
        $"{(report.Running.IsEmpty ? "idle" : string.Join("; ", report.Running))} | {report.Done} jobs done, {report.Failed} failed | model {report.Model}");

    private sealed class RefusalListener : ReceiveActor
    {
        public RefusalListener(TaskCompletionSource<string> refused) => Receive<NodeRefused>(m => refused.TrySetResult(m.Reason));

        protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(NodeRefused));
    }

    private static void Say(string text)
    {
        Console.WriteLine(text);
        Console.Out.Flush();
    }
}
