using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Csp.Actors.Runs;
using Csp.Actors.Tests;
using Microsoft.Extensions.Hosting;

namespace Csp.Benchmarks.Clusters;

/// <summary>
/// <c>cluster scale [MILLISECONDS] [PROCESSES] [SLOTS]</c>: jobs that wait so long, on so many slots (each an actor with a thread) in so many processes; what share of their time the
/// slots are busy. <c>cluster overlap</c>: the same jobs of 50 to 1000 ms without a barrier and in generations.
/// </summary>
internal static class Scale
{
    public static async Task RunAsync(string[] arguments)
    {
        switch (arguments)
        {
            case ["node", string seed, string slots]:
                await NodeAsync(seed, int.Parse(slots, CultureInfo.InvariantCulture));
                break;
            case ["scale", .. string[] numbers]:
                double[] n = [.. numbers.Select(x => double.Parse(x, CultureInfo.InvariantCulture))];
                await ScaleAsync(n.ElementAtOrDefault(0) is > 0 and double ms ? ms / 1000 : 0.05, n.Length > 1 ? (int)n[1] : 10, n.Length > 2 ? (int)n[2] : 20);
                break;
            case ["broker", .. string[] count]:
                await BrokerSpeed.RunAsync(count.Length > 0 ? int.Parse(count[0], CultureInfo.InvariantCulture) : 1000);
                break;
            case ["recovery", string events]:
                await Recovery.RunAsync(int.Parse(events, CultureInfo.InvariantCulture));
                break;
            case ["overlap"]:
                await OverlapAsync();
                break;
            case ["wire", .. string[] rest]:
                await WireSpeed.RunAsync(rest);
                break;
            default:
                Console.Error.WriteLine("cluster scale [MILLISECONDS] [PROCESSES] [SLOTS] | cluster overlap | cluster wire | cluster recovery EVENTS | cluster broker [WORKERS]");
                break;
        }
    }

    private static async Task NodeAsync(string seed, int slots)
    {
        using IHost node = WaitingJobs.Node(seed, slots);
        await node.StartAsync();
        // The parent closes the pipe when it ends, however it ends.
        await Console.In.ReadToEndAsync();
        await node.StopAsync();
    }

    private static async Task ScaleAsync(double seconds, int processes, int slots)
    {
        int all = processes * slots;
        await WithNodesAsync(processes, slots, async (coordinator, nodes) =>
        {
            await coordinator.Ask<Finished>(new HandOut([.. Enumerable.Repeat(seconds, 60 * all)], 60 * all), TimeSpan.FromMinutes(5));
            for (int round = 0; round < 3; round++)
            {
                int jobs = (int)(10 * all / seconds);
                TimeSpan host = Cpu([Process.GetCurrentProcess()]), rest = Cpu(nodes);
                Finished f = await coordinator.Ask<Finished>(new HandOut([.. Enumerable.Repeat(seconds, jobs)], jobs), TimeSpan.FromMinutes(10));
                (host, rest) = (Cpu([Process.GetCurrentProcess()]) - host, Cpu(nodes) - rest);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{all} workers in {processes} processes, {jobs} jobs of {1000 * seconds:F0} ms in {f.Wall:F2} s: {jobs / f.Wall:F0} jobs/s, busy {f.Busy / all / f.Wall:P1}, by the clock of the jobs {jobs * seconds / all / f.Wall:P1}; CPU per job: coordinator {host.TotalMicroseconds / jobs:F0} us, nodes {rest.TotalMicroseconds / jobs:F0} us"));
            }
        });
    }

    private static TimeSpan Cpu(IEnumerable<Process> processes) => processes.Aggregate(TimeSpan.Zero, (sum, p) =>
    {
        p.Refresh();
        return sum + p.TotalProcessorTime;
    });

    private static Task OverlapAsync() => WithNodesAsync(4, 4, async (coordinator, _) =>
    {
        const int Slots = 16;
        await coordinator.Ask<Finished>(new HandOut([.. Enumerable.Repeat(0.005, 20 * Slots)], 20 * Slots));
        Random random = new(5);
        double[] seconds = [.. Enumerable.Range(0, 1600).Select(_ => 0.050 * Math.Exp(random.NextDouble() * Math.Log(20)))];
        Finished steady = await coordinator.Ask<Finished>(new HandOut(seconds, seconds.Length), TimeSpan.FromMinutes(10));
        Finished lockstep = await coordinator.Ask<Finished>(new HandOut(seconds, Slots), TimeSpan.FromMinutes(10));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"1600 jobs of 50 to 1000 ms on 16 slots of 4 processes: {steady.Wall:F1} s, utilisation {steady.Busy / Slots / steady.Wall:P1}; in generations of 16: {lockstep.Wall:F1} s, {lockstep.Busy / Slots / lockstep.Wall:P1}; ratio {steady.Wall / lockstep.Wall:F2}"));
    });

    private static async Task WithNodesAsync(int processes, int slots, Func<IActorRef, IReadOnlyList<Process>, Task> measure)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"csp-scale-{Guid.NewGuid():N}");
        RunSettings run = RunSettingsExample.ArgonSearch(folder, 1);
        List<Process> nodes = [];
        try
        {
            using IHost host = WaitingJobs.Host(run, out Task<IActorRef> starting);
            await host.StartAsync();
            IActorRef coordinator = await starting;
            string address = WaitingJobs.AddressOf(host);
            for (int i = 0; i < processes; i++)
            {
                nodes.Add(Process.Start(new ProcessStartInfo(
                    "dotnet", ["exec", typeof(Scale).Assembly.Location, "cluster", "node", address, slots.ToString(CultureInfo.InvariantCulture)])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                })!);
            }
            while (await coordinator.Ask<int>(new CountSlots()) < processes * slots)
                await Task.Delay(100);
            await measure(coordinator, nodes);
            foreach (Process node in nodes)
                node.StandardInput.Close();
            await Task.WhenAll(nodes.Select(n => n.WaitForExitAsync()));
            await host.StopAsync();
        }
        finally
        {
            foreach (Process node in nodes.Where(n => !n.HasExited))
                node.Kill();
            Directory.Delete(folder, recursive: true);
        }
    }
}
