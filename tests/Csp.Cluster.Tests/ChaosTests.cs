using System.Diagnostics;
using System.Globalization;
using Csp.Host.Runs;
using Xunit;

namespace Csp.Cluster.Tests;

/// <summary>
/// Real processes on loopback; the host and nodes are killed, frozen, cut off and told to leave while they work. The short form runs each kind of fault once; with
/// <c>CSP_CHAOS=50</c> that many, at random.
/// </summary>
public sealed class ChaosTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] Kinds = ["kill node", "kill host", "cut off node", "freeze node", "leave node", "cut off host", "freeze host"];
    private readonly CspProcesses _processes = new();
    private readonly Cables _cables = new();
    private ArgonWorkload? _work;

    private static int Faults => int.TryParse(Environment.GetEnvironmentVariable("CSP_CHAOS"), out int n) ? n : Kinds.Length;

    /// <summary>How long the run is; enough of them that it lasts for all faults (<c>CSP_CHAOS_STRUCTURES</c>; fewer on a slow machine).</summary>
    private static int? Structures => int.TryParse(Environment.GetEnvironmentVariable("CSP_CHAOS_STRUCTURES"), out int n) ? n : null;

    private static bool Long => Faults > Kinds.Length;

    public void Dispose()
    {
        _processes.Dispose();
        _cables.Dispose();
        _work?.Dispose();
    }

    [Fact]
    public async Task Nothing_is_lost_or_done_twice_whatever_is_killed_frozen_or_cut_off()
    {
        int faults = Faults, done = 0;
        _work = new ArgonWorkload(structures: Structures ?? (Long ? 130 * faults : 700), atoms: Long ? 12 : 6);
        Random random = new(11);
        string calm = _work.Configuration + ".calm";
        File.WriteAllText(calm, File.ReadAllText(_work.Configuration) + $"\ncluster.slots.relaxer = {Environment.ProcessorCount}\n");
        CspProcess undisturbed = _processes.Start("run", calm, "--out", _work.RunFolder("calm"));
        Assert.Equal(0, await undisturbed.ExitAsync(TimeSpan.FromMinutes(20)));

        string home = _cables.Add();
        string conf = _work.Configuration + ".host";
        File.WriteAllText(conf, File.ReadAllText(_work.Configuration)
            + $"\ncluster {{ host = {home}, port = {Cables.Port}, bind = \"{Cables.Socket(home)}\" }}\n");
        CspProcess host = _processes.Start("host", conf, "--out", _work.RunFolder("chaos"));
        List<(CspProcess Process, string Address)> nodes = [.. Enumerable.Range(0, Long ? 4 : 2).Select(_ => Node(home))];
        for (; done < faults && !host.HasExited; done++)
        {
            await Pause(Long ? 2 : 1.5, Long ? 4 : 2.5);
            int victim = random.Next(nodes.Count);
            (CspProcess node, string address) = nodes[victim];
            string kind = Kinds[done < Kinds.Length ? done : random.Next(Kinds.Length)];
            // Sometimes shorter, sometimes longer than it takes to be given up and removed.
            double seconds = Long ? 2 + 11 * random.NextDouble() : 5;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:HH:mm:ss} {kind} {(kind.EndsWith("node", StringComparison.Ordinal) ? address : "")} {seconds:F0} s"));
            switch (kind)
            {
                case "kill node":
                    node.Kill();
                    nodes[victim] = Node(home);
                    break;
                case "kill host":
                    host.Kill();
                    host = _processes.Start("host", conf, "--out", _work.RunFolder("chaos"), "--resume");
                    break;
                case "freeze node":
                    await Frozen(node, seconds);
                    break;
                case "freeze host":
                    await Frozen(host, seconds);
                    break;
                case "cut off node":
                    await CutOff(address, seconds);
                    break;
                case "cut off host":
                    await CutOff(home, seconds);
                    break;
                default:
                    node.Terminate();
                    Assert.Equal(0, await node.ExitAsync(TimeSpan.FromSeconds(120)));
                    nodes[victim] = Node(home);
                    break;
            }
        }
        int code = await host.ExitAsync(TimeSpan.FromMinutes(20));
        output.WriteLine($"{done} faults\n{host.Output}");
        Assert.Equal(0, code);
        Compare(_work.OutcomeOf("calm"), _work.OutcomeOf("chaos"));
        Assert.True(done >= faults || !Long, $"the run was over after {done} faults");

        async Task Pause(double least, double most) => await Task.Delay(TimeSpan.FromSeconds(least + (most - least) * random.NextDouble()));
    }

    private void Compare(ArgonWorkload.Outcome calm, ArgonWorkload.Outcome chaos)
    {
        Assert.True(calm.Ended && chaos.Ended);
        Assert.True(_work!.IsComplete(calm) && _work.IsComplete(chaos), $"{calm.Enthalpies.Count} and {chaos.Enthalpies.Count} structures");
        foreach ((ulong id, double enthalpy) in calm.Enthalpies)
            Assert.True(enthalpy.Equals(chaos.Enthalpies[id]) || Math.Abs(enthalpy - chaos.Enthalpies[id]) < 1e-9, $"s{id}: {enthalpy} and {chaos.Enthalpies[id]}");
        Assert.Equal(chaos.Labels.Length, chaos.Labels.Distinct().Count());
        Assert.Equal(calm.Labels.Order(), chaos.Labels.Order());
        Assert.Equal(calm.Final, chaos.Final);
        output.WriteLine($"{chaos.Enthalpies.Count} structures and {chaos.Labels.Length} labels, each once; the same {chaos.Final.Length} enthalpies in the final table");
    }

    [Fact]
    public async Task A_node_that_joins_works_within_seconds_and_a_run_that_was_killed_goes_on()
    {
        _work = new ArgonWorkload(structures: 5000, atoms: 6);
        int port = CspProcesses.FreePort();
        string conf = _work.Configuration + ".host";
        File.WriteAllText(conf, File.ReadAllText(_work.Configuration) + $"\ncluster.port = {port}\n");
        CspProcess host = _processes.Start("host", conf, "--out", _work.RunFolder("r"));
        await CspProcesses.Until(() => File.Exists(Actors.Runs.RunJournal.FileOf(_work.RunFolder("r"))) && Events() > 5, 120);
        Stopwatch joining = Stopwatch.StartNew();
        CspProcess node = _processes.Start("node", "--join", _work.RunFolder("r"));
        await CspProcesses.Until(() => HasWorked(node), 60);
        output.WriteLine($"joined and working after {joining.Elapsed.TotalSeconds:F1} s (process start included)\n{node.Output}");
        await CheckMetricsAsync(_work.RunFolder("r"));
        node.Terminate();
        Assert.Equal(0, await node.ExitAsync(TimeSpan.FromSeconds(60)));
        int before = Events();
        host.Kill();
        CspProcess again = _processes.Start("host", conf, "--out", _work.RunFolder("r"), "--resume");
        await CspProcesses.Until(() => Events() > before + 20, 120);
        again.Terminate();
        Assert.Equal(130, await again.ExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("--resume", again.Output, StringComparison.Ordinal);
        ArgonWorkload.Outcome half = _work.OutcomeOf("r");
        Assert.True(half.Enthalpies.Count > 20);

        int Events() => Actors.Runs.JournalReader.Read(_work!.RunFolder("r")).Count;
    }

    /// <summary>What the host's Prometheus page says, against the journal before and after it was asked for.</summary>
    private async Task CheckMetricsAsync(string folder)
    {
        using RunFolder host = new(folder);
        using HttpClient http = new();
        // Wait times and the like are published twice a second.
        await Task.Delay(1000);
        int before = Relaxations();
        string page = await http.GetStringAsync($"{host.FindHost()!.Http}/metrics");
        int after = Relaxations();
        string[] lines = page.Split('\n');
        double completed = Values("csp_jobs_completed_total", "kind=\"Relax\"").Single();
        Assert.InRange(completed, before - 200, after);
        Assert.InRange(Values("csp_job_duration_seconds_count", "kind=\"Relax\"").Sum(), completed, after + 200);
        Assert.InRange(Values("csp_job_queue_wait_seconds_count", "kind=\"Relax\"").Single(), completed, after + 500);
        Assert.Equal(2, Values("csp_node_utilisation", "role=\"relaxer\"").Count(u => u is > 0 and <= 1));
        Assert.All(Values("csp_model_lag", ""), lag => Assert.Equal(0, lag));
        Assert.Equal(3, Values("csp_model_version", "").Length);
        Assert.InRange(Values("csp_actor_messages_total", "actor=\"broker\"").Single(), completed, double.MaxValue);
        Assert.InRange(Values("csp_node_messages", "").Min(), 1, double.MaxValue);
        // An event of a 6-atom structure has 144 bytes of positions and more.
        double written = Values("csp_actor_bytes", "actor=\"journal\",direction=\"out\"").Concat(Values("csp_actor_bytes_total", "actor=\"journal\",direction=\"out\"")).Sum();
        Assert.InRange(written, 144 * completed, 1000 * (after + 500));
        output.WriteLine($"{completed} relaxations by the Prometheus page, {before} to {after} by the journal");

        double[] Values(string name, string tag) =>
        [
            .. lines.Where(l => l.StartsWith(name + "{", StringComparison.Ordinal) && l.Contains(tag, StringComparison.Ordinal))
                .Select(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture)),
        ];

        int Relaxations() => Actors.Runs.JournalReader.Read(folder).OfType<Actors.Runs.StructureRelaxed>().Count(e => !e.Rescore);
    }

    private static bool HasWorked(CspProcess node) => node.Output.Split('\n').Any(l => l.Contains("jobs done", StringComparison.Ordinal) && !l.Contains(" 0 jobs done", StringComparison.Ordinal));

    private static async Task Frozen(CspProcess process, double seconds)
    {
        process.Freeze();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        process.Thaw();
    }

    private async Task CutOff(string address, double seconds)
    {
        _cables.Cut(address);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        _cables.Mend(address);
    }

    private (CspProcess Process, string Address) Node(string home)
    {
        string address = _cables.Add();
        return (_processes.Start(
            "node", "--join", Cables.Public(home), "--host", address, "--port", $"{Cables.Port}", "--bind", Cables.Socket(address), "--cores", "1", "--roles", "relaxer,labeler"), address);
    }
}
