using Akka.Actor;
using Akka.Hosting;
using Csp.Actors.Hosting;
using Csp.Actors.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>Whole runs in one process: real cluster, journal, potential, relaxations.</summary>
public sealed class RunSpec(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"csp-run-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Should_find_the_close_packed_crystal_of_argon_and_label_it()
    {
        RunFinished finished = await RunAsync(RunSettingsExample.ArgonSearch(_folder, 40), resume: false);

        RankedStructure best = finished.Final.Best[0];
        Assert.Contains(best.SpaceGroupNumber, new[] { 225, 194 });
        Assert.Equal(40, finished.Final.Structures.Relaxed + finished.Final.Structures.Rejected + finished.Final.Structures.Failed);
        Assert.NotNull(best.EnthalpyDft);
        Assert.Equal(0, best.DifferenceMeV!.Value, 1e-3);
    }

    internal async Task<RunFinished> RunAsync(RunSettings run, bool resume)
    {
        Task<RunEnd>? end = null;
        using IHost host = new HostBuilder().ConfigureServices(services => services.AddAkka(CspHosting.SystemName, (builder, _) => builder
            .AddStartup((system, _) => system.ActorOf(Props.Create(() => new LogWriter(output))))
            .WithActors((system, _) => { end = system.WhenRunEnds(); })
            .AddCspCoordinator(run, RunSettingsExample.OneProcess, resume))).Build();
        await host.StartAsync();
        try
        {
            RunEnd answer = await end!.WaitAsync(TimeSpan.FromMinutes(2));
            Assert.False(answer is RunFailed, (answer as RunFailed)?.Reason);
            return (RunFinished)answer;
        }
        finally
        {
            await host.StopAsync();
        }
    }

    private sealed class LogWriter : ReceiveActor
    {
        public LogWriter(ITestOutputHelper output)
        {
            Receive<RunLogged>(m => output.WriteLine($"{m.At:HH:mm:ss.fff} {m.Actor}: {m.Text}"));
            Receive<Akka.Event.LogEvent>(m => output.WriteLine(m.ToString()));
        }

        protected override void PreStart()
        {
            Context.System.EventStream.Subscribe(Self, typeof(RunLogged));
            Context.System.EventStream.Subscribe(Self, typeof(Akka.Event.Warning));
            Context.System.EventStream.Subscribe(Self, typeof(Akka.Event.Error));
        }
    }
}
