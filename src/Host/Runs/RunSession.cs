using Akka.Actor;
using Akka.Hosting;
using Csp.Actors.Hosting;
using Csp.Actors.Runs;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Endpoints;
using Csp.Host.Errors;
using Csp.Physics.Files;
using Csp.Physics.FirstPrinciples;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Csp.Host.Runs;

/// <summary>One host process from start-up to the last line: actor system, status pages, view, results.</summary>
/// <param name="configuration">What to run.</param>
/// <param name="folder">Opened.</param>
/// <param name="resume">Go on from the folder's journal.</param>
/// <param name="view">Shows the run while it goes on.</param>
public sealed class RunSession(RunConfiguration configuration, RunFolder folder, bool resume, IRunView view)
{
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(10);

    private ClusterSettings _cluster = configuration.Cluster;
    private bool _begun;

    /// <summary>Runs to the end or until cancelled; a cancelled run can be resumed.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using RunLog log = new(folder.Log);
        log.Add(DateTimeOffset.Now, "INFO", "host", $"{(resume ? "resuming" : "starting")} in {folder.Root}, process {Environment.ProcessId}");
        RunEnd? end = null;
        try
        {
            for (bool again = resume; end is null; again = true)
            {
                end = await OnceAsync(again, log, cancellation);
                if (end is null)
                {
                    log.Add(DateTimeOffset.Now, "WARN", "host", "this host lost its cluster and goes on from the journal");
                    await Task.Delay(TimeSpan.FromSeconds(2), cancellation);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            log.Add(DateTimeOffset.Now, "INFO", "host", "stopped by a signal");
        }
        finally
        {
            view.End();
            ExportLabels(log);
        }
        return Conclude(end, log);
    }

    /// <returns>The end of the run, or null when the actor system ended before it.</returns>
    private async Task<RunEnd?> OnceAsync(bool again, RunLog log, CancellationToken cancellation)
    {
        TaskCompletionSource<Task<RunEnd>> ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication app = Build(log, ending, again);
        try
        {
            await app.StartAsync(cancellation);
            ActorSystem system = app.Services.GetRequiredService<ActorSystem>();
            Address address = Akka.Cluster.Cluster.Get(system).SelfAddress;
            _cluster = _cluster with { Port = address.Port ?? 0 };
            HostAddress host = new(Environment.ProcessId, $"{address.Host}:{address.Port}", app.Urls.First());
            Task<RunEnd> ended = await ending.Task.WaitAsync(cancellation);
            await WatchAsync(app.Services.GetRequiredService<IRunStatusSource>(), host, Task.WhenAny(ended, system.WhenTerminated), log, cancellation);
            return ended.IsCompleted ? await ended : null;
        }
        finally
        {
            await StopAsync(app, log);
        }
    }

    private WebApplication Build(RunLog log, TaskCompletionSource<Task<RunEnd>> ending, bool again)
    {
        WebApplicationBuilder builder = LoopbackWeb.CreateBuilder(configuration.HttpPort);
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.AddSingleton<IRunStatusSource, CoordinatorStatus>();
        builder.Services.AddCspMetrics();
        builder.Services.AddAkka(CspHosting.SystemName, (akka, _) => akka
            .ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            })
            .WithActors((system, _) =>
            {
                ending.SetResult(system.WhenRunEnds());
                Action<RunLogged> toView = view.Say;
                system.ActorOf(Props.Create(() => new RunLogActor(log, toView)), "run-log");
            })
            .AddCspCoordinator(configuration.Run, _cluster, again, folder.Owner));
        WebApplication app = builder.Build();
        app.MapStatusPages();
        return app;
    }

    private async Task WatchAsync(IRunStatusSource source, HostAddress host, Task ended, RunLog log, CancellationToken cancellation)
    {
        DateTimeOffset nextLine = DateTimeOffset.MinValue;
        bool published = false;
        if (!_begun)
            view.Begin(folder, host);
        _begun = true;
        if (!folder.Owner.IsHeld)
            view.Say(new RunLogged(DateTimeOffset.Now, "host", "stands by for the host that holds the run"));
        while (!ended.IsCompleted)
        {
            if (!published && folder.Owner.IsHeld)
            {
                folder.Publish(host);
                published = true;
            }
            RunStatus? status = await source.TryGetAsync(StatusTimeout, cancellation);
            if (status is not null)
            {
                view.Show(status);
                if (DateTimeOffset.Now >= nextLine)
                {
                    log.Add(DateTimeOffset.Now, "INFO", "status", StatusText.Line(status));
                    nextLine = DateTimeOffset.Now + TimeSpan.FromSeconds(10);
                }
            }
            await Task.WhenAny(ended, Task.Delay(view.Interval, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static async Task StopAsync(WebApplication app, RunLog log)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        try
        {
            await app.StopAsync(limit.Token);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            log.Add(DateTimeOffset.Now, "WARN", "host", "did not stop cleanly", e);
        }
    }

    /// <summary>labels.extxyz: every label of the run, also of one that was stopped.</summary>
    private void ExportLabels(RunLog log)
    {
        LabelStore store = new(RunJournal.LabelsOf(folder.Root), warning => log.Add(DateTimeOffset.Now, "WARN", "labels", warning));
        try
        {
            StructureFile.Write(folder.Labels, store.All().Select(LabelStore.ToFrame));
        }
        catch (StructureFileException e)
        {
            log.Add(DateTimeOffset.Now, "WARN", "labels", e.Message);
        }
    }

    private int Conclude(RunEnd? end, RunLog log)
    {
        switch (end)
        {
            case RunFinished finished:
                RunResults results = ResultFiles.Write(folder, configuration.Run, finished);
                Console.WriteLine();
                Console.WriteLine(results.Structures.IsEmpty ? "no structure was found" : ResultTable.Format(results, 20));
                Console.WriteLine();
                foreach (string remark in results.Remarks)
                    Console.WriteLine($"remark: {remark}");
                Console.WriteLine(FormattableString.Invariant($"{results.Labels.Done} labels ({results.Labels.FromStore} from the store, {results.Labels.Failed} failed), {results.Search.Relaxed} structures relaxed, {results.Search.Rejected} rejected, {StatusText.Clock(finished.Final.Elapsed)}"));
                Console.WriteLine($"results in {folder.Root}");
                log.Add(DateTimeOffset.Now, "INFO", "host", "finished\n" + ResultTable.Format(results));
                return results.Structures.IsEmpty ? ErrorPolicy.Failed : 0;
            case RunFailed failed:
                log.Add(DateTimeOffset.Now, "ERROR", "host", failed.Reason);
                Console.Error.WriteLine($"csp: the run failed: {ErrorPolicy.OneLine(failed.Reason)} (log: {folder.Log})");
                return ErrorPolicy.Failed;
            default:
                Console.Error.WriteLine(configuration.Cluster.Journal == "sqlite" && !File.Exists(RunJournal.FileOf(folder.Root)) ? "csp: stopped before the run had begun" : $"csp: stopped; the same command with --resume --out {folder.Root} goes on");
                return ErrorPolicy.Interrupted;
        }
    }
}
