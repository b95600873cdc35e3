using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Csp.Cluster.Tests;

/// <summary>
/// Real processes on loopback; the host and nodes are killed, frozen and told to leave while they work. The short form runs a handful of faults; with
/// <c>CSP_CHAOS=50</c> that many.
/// </summary>
public sealed class ChaosTests(ITestOutputHelper output) : IDisposable
{
    private const int LostCluster = 255;
    private readonly List<CspProcess> _all = [];
    private ArgonWorkload? _work;

    private static int Faults => int.TryParse(Environment.GetEnvironmentVariable("CSP_CHAOS"), out int n) ? n : 4;

    public void Dispose()
    {
        foreach (CspProcess process in _all)
            process.Dispose();
        _work?.Dispose();
    }

    [Fact]
    public async Task Nothing_is_lost_or_done_twice_whatever_is_killed_or_frozen()
    {
        int faults = Faults, nodes = faults > 10 ? 4 : 2;
        _work = new ArgonWorkload(structures: faults > 10 ? 60 * faults : 90, atoms: faults > 10 ? 12 : 6);
        Random random = new(11);
        CspProcess undisturbed = Start("run", _work.Configuration, "--out", _work.RunFolder("calm"));
        Assert.Equal(0, await undisturbed.ExitAsync(TimeSpan.FromMinutes(10)));

        int port = FreePort();
        string conf = _work.Configuration + ".host";
        File.WriteAllText(conf, File.ReadAllText(_work.Configuration) + $"\ncluster.port = {port}\n");
        CspProcess host = Start("host", conf, "--out", _work.RunFolder("chaos"));
        List<CspProcess> workers = [.. Enumerable.Range(0, nodes).Select(_ => Node(port))];
        string[] kinds = ["kill node", "kill host", "freeze node", "leave node"];
        for (int fault = 0; fault < faults && !(host.HasExited && host.ExitCode == 0); fault++)
        {
            await Task.Delay(TimeSpan.FromSeconds(3 + random.NextDouble() * 2));
            if (host.HasExited && host.ExitCode == LostCluster)
                host = Start("host", conf, "--out", _work.RunFolder("chaos"), "--resume");
            int victim = random.Next(workers.Count);
            string kind = kinds[fault < kinds.Length ? fault : random.Next(kinds.Length)];
            output.WriteLine($"{DateTime.Now:HH:mm:ss} {kind} ({victim})");
            switch (kind)
            {
                case "kill node":
                    workers[victim].Kill();
                    workers[victim] = Node(port);
                    break;
                case "kill host":
                    host.Kill();
                    host = Start("host", conf, "--out", _work.RunFolder("chaos"), "--resume");
                    break;
                case "freeze node":
                    workers[victim].Freeze();
                    await Task.Delay(TimeSpan.FromSeconds(5));
                    workers[victim].Thaw();
                    break;
                default:
                    workers[victim].Terminate();
                    await workers[victim].ExitAsync(TimeSpan.FromSeconds(120));
                    workers[victim] = Node(port);
                    break;
            }
        }
        int code = await host.ExitAsync(TimeSpan.FromMinutes(20));
        for (int restarts = 0; code == LostCluster && restarts < faults; restarts++)
        {
            // What a service manager does with a process that lost its cluster.
            output.WriteLine($"{DateTime.Now:HH:mm:ss} host restarted after it lost the cluster");
            host = Start("host", conf, "--out", _work.RunFolder("chaos"), "--resume");
            code = await host.ExitAsync(TimeSpan.FromMinutes(20));
        }
        output.WriteLine(host.Output);
        Assert.Equal(0, code);

        ArgonWorkload.Outcome calm = _work.OutcomeOf("calm"), chaos = _work.OutcomeOf("chaos");
        Assert.True(calm.Ended && chaos.Ended);
        Assert.True(_work.IsComplete(calm) && _work.IsComplete(chaos), $"{chaos.Enthalpies.Count} structures");
        foreach ((ulong id, double enthalpy) in calm.Enthalpies)
            Assert.Equal(enthalpy, chaos.Enthalpies[id], 1e-9);
        Assert.Equal(chaos.Labels.Length, chaos.Labels.Distinct().Count());
        Assert.Equal(calm.Labels.Length, chaos.Labels.Length);
        Assert.Equal(calm.Final[0], chaos.Final[0], 1e-5);
    }

    [Fact]
    public async Task A_node_that_joins_works_within_seconds_and_a_run_that_was_killed_goes_on()
    {
        _work = new ArgonWorkload(structures: 5000, atoms: 6);
        int port = FreePort();
        string conf = _work.Configuration + ".host";
        File.WriteAllText(conf, File.ReadAllText(_work.Configuration) + $"\ncluster.port = {port}\n");
        CspProcess host = Start("host", conf, "--out", _work.RunFolder("r"));
        await Until(() => File.Exists(Actors.Runs.RunJournal.FileOf(_work.RunFolder("r"))) && Events() > 5, 120);
        Stopwatch joining = Stopwatch.StartNew();
        CspProcess node = Node(port);
        await Until(() => node.Output.Contains("jobs done", StringComparison.Ordinal), 120);
        output.WriteLine($"joined and working after {joining.Elapsed.TotalSeconds:F1} s (process start included)");
        CspProcess guest = Node(port);
        await Until(() => guest.Output.Contains("jobs done", StringComparison.Ordinal), 120);
        guest.Terminate();
        Assert.Equal(0, await guest.ExitAsync(TimeSpan.FromSeconds(60)));
        int before = Events();
        host.Kill();
        CspProcess again = Start("host", conf, "--out", _work.RunFolder("r"), "--resume");
        await Until(() => Events() > before + 20, 120);
        again.Terminate();
        await again.ExitAsync(TimeSpan.FromSeconds(60));
        ArgonWorkload.Outcome half = _work.OutcomeOf("r");
        Assert.True(half.Enthalpies.Count > 20);

        int Events() => Actors.Runs.JournalReader.Read(_work!.RunFolder("r")).Count;
    }

    private static async Task Until(Func<bool> condition, double seconds)
    {
        for (Stopwatch watch = Stopwatch.StartNew(); !condition();)
        {
            Assert.True(watch.Elapsed.TotalSeconds < seconds, $"not within {seconds} s");
            await Task.Delay(200);
        }
    }

    private CspProcess Node(int port) => Start("node", "--join", $"127.0.0.1:{port}", "--cores", "1", "--roles", "relaxer,labeler");

    private CspProcess Start(params string[] arguments)
    {
        CspProcess process = new(arguments);
        _all.Add(process);
        return process;
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
