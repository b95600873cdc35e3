using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using Akka.Persistence;
using Csp.Actors.Hosting;
using Csp.Actors.Jobs;
using Csp.Actors.Runs;
using Csp.Actors.Tests;
using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Csp.Benchmarks.Clusters;

/// <summary><c>cluster recovery EVENTS</c>: a journal of so many relaxed 12-atom structures; how long a host takes from its start to answering with all of them.</summary>
internal static class Recovery
{
    public static async Task RunAsync(int events)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"csp-recovery-{Guid.NewGuid():N}");
        try
        {
            RunSettings run = RunSettingsExample.ArgonSearch(folder, 2 * events);
            TimeSpan writing = Process.GetCurrentProcess().TotalProcessorTime;
            await WriteAsync(run, events);
            writing = Process.GetCurrentProcess().TotalProcessorTime - writing;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{events} events written: {writing.TotalMicroseconds / events:F0} us CPU each"));
            long size = new DirectoryInfo(run.RunFolder).GetFiles("journal.sqlite*").Sum(f => f.Length);
            for (int round = 0; round < 2; round++)
            {
                TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
                Stopwatch watch = Stopwatch.StartNew();
                using IHost host = new HostBuilder().ConfigureServices(services => services.AddAkka(CspHosting.SystemName, (builder, _) =>
                    builder.AddCspCoordinator(run, WaitingJobs.Settings(0), resume: true))).Build();
                await host.StartAsync();
                ActorRegistry registry = ActorRegistry.For(host.Services.GetRequiredService<ActorSystem>());
                RunStatus status;
                do
                {
                    status = (RunStatus)await registry.Get<CoordinatorKey>().Ask<object>(new GetRunStatus(), TimeSpan.FromMinutes(10));
                }
                while (status.Structures.Relaxed < events);
                cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{events} events, {size / 1e6:F0} MB: {watch.Elapsed.TotalSeconds:F1} s, {cpu.TotalSeconds:F1} s CPU, pool of {status.Structures.PoolSize}"));
                await host.StopAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task WriteAsync(RunSettings run, int events)
    {
        TaskCompletionSource written = new();
        ClusterSettings cluster = WaitingJobs.Settings(0);
        RunFolder.Prepare(run, cluster, resume: false);
        Props props = Props.Create(() => new Writer(run, events, written));
        using IHost host = new HostBuilder().ConfigureServices(services => services.AddAkka(CspHosting.SystemName, (builder, _) =>
            CspHosting.AddCoordinator(builder, run, cluster, new RunLock(run.RunFolder), props))).Build();
        await host.StartAsync();
        await written.Task;
        await host.StopAsync();
    }

    private sealed class Writer : ReceivePersistentActor
    {
        public Writer(RunSettings run, int events, TaskCompletionSource written)
        {
            Recover<RecoveryCompleted>(_ =>
            {
                PersistAllAsync(Events(run, events), e =>
                {
                    if (e is StructureRelaxed { Structure: ulong last } && last == (ulong)events)
                        written.TrySetResult();
                });
            });
            Recover<IRunEvent>(_ => { });
        }

        public override string PersistenceId => RunJournal.PersistenceId;

        private static IEnumerable<IRunEvent> Events(RunSettings run, int events)
        {
            yield return new RunStarted(RunClock.Now, RunJournal.Schema, run.ToJson());
            Random random = new(1);
            for (int i = 1; i <= events; i++)
            {
                Crystal crystal = new(Mat3.Diagonal(7, 7, 7), [.. Enumerable.Repeat(Element.FromSymbol("Ar"), 12)], [.. Enumerable.Range(0, 36).Select(_ => random.NextDouble())]);
                yield return new StructureRelaxed(
                    RunClock.Now, $"relax-s{i}", (ulong)i, new Lineage("random", [], 0, 7), RelaxationStatus.Converged, crystal, 1 + random.NextDouble(), null, 1, RelaxMode.Search,
                    false, null, false);
            }
        }
    }
}
