using Akka.Actor;
using Csp.Actors.Runs;
using Csp.Benchmarks.Clusters;
using Csp.Tests;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>Real time, wire, journal and broker: the same jobs of 10 to 200 ms on the same 16 slots of two nodes, without a barrier and in generations.</summary>
[Collection(nameof(Alone))]
public sealed class OverlapClockTests(ITestOutputHelper output) : IDisposable
{
    private const int Slots = 16;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"csp-overlap-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Overlap_beats_lockstep_by_the_clock()
    {
        RunSettings run = RunSettingsExample.ArgonSearch(_folder, 1);
        using IHost host = WaitingJobs.Host(run, out Task<IActorRef> starting);
        await host.StartAsync();
        IActorRef coordinator = await starting;
        string address = WaitingJobs.AddressOf(host);
        using IHost one = WaitingJobs.Node(address, Slots / 2), two = WaitingJobs.Node(address, Slots / 2);
        await Task.WhenAll(one.StartAsync(), two.StartAsync());
        for (int i = 0; await coordinator.Ask<int>(new CountSlots()) < Slots; i++)
        {
            Assert.True(i < 300, "the nodes did not join");
            await Task.Delay(100);
        }
        // The code is compiled and the model fetched before the clock starts.
        await coordinator.Ask<Finished>(new HandOut([.. Enumerable.Repeat(0.005, 20 * Slots)], 20 * Slots));
        Random random = new(5);
        double[] seconds = [.. Enumerable.Range(0, 1200).Select(_ => 0.010 * Math.Exp(random.NextDouble() * Math.Log(20)))];

        using CancellationTokenSource probing = new();
        Task<double> probe = Task.Factory.StartNew(() => WakeUpLag(probing.Token), TaskCreationOptions.LongRunning);
        Finished steady = await coordinator.Ask<Finished>(new HandOut(seconds, seconds.Length), TimeSpan.FromMinutes(2));
        await probing.CancelAsync();
        double lag = await probe;
        Finished lockstep = await coordinator.Ask<Finished>(new HandOut(seconds, Slots), TimeSpan.FromMinutes(2));
        await Task.WhenAll(one.StopAsync(), two.StopAsync());
        await host.StopAsync();

        double full = steady.Busy / Slots / steady.Wall, less = lockstep.Busy / Slots / lockstep.Wall;
        output.WriteLine($"utilisation {full:P1} against {less:P1}; {steady.Wall:F2} s against {lockstep.Wall:F2} s: {steady.Wall / lockstep.Wall:F2}; waiting asked for {seconds.Sum() / Slots:F2} s; a sleeping thread woke {1000 * lag:F1} ms late");
        // A result and the next job wake half a dozen threads, which on a crowded machine all wait for their turn; an idle one is late by less than 0.1 ms.
        double least = 0.95 - 15 * lag / seconds.Average();
        Assert.InRange(full, least, 1.01);
        Assert.True(steady.Wall <= 0.65 * lockstep.Wall, $"{steady.Wall:F2} s against {lockstep.Wall:F2} s");
    }

    /// <summary>Seconds by which a thread that sleeps 5 ms wakes too late, on average.</summary>
    private static double WakeUpLag(CancellationToken end)
    {
        const double Nap = 0.005;
        double late = 0;
        int naps = 0;
        for (; !end.IsCancellationRequested; naps++)
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            Thread.Sleep(TimeSpan.FromSeconds(Nap));
            late += System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds - Nap;
        }
        return late / Math.Max(1, naps);
    }
}
