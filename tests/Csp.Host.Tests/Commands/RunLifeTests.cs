using System.Diagnostics;
using System.Text.Json;

namespace Csp.Host.Tests.Commands;

/// <summary>
/// A whole run as a person sees it, with argon's Lennard-Jones potential in place of DFT: host, a node that joins, status, SIGTERM half-way, resume,
/// results, report. Every part is the real one; only the labels are cheap.
/// </summary>
public sealed class RunLifeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-run-life-").FullName;
    private readonly List<Process> _started = [];

    public void Dispose()
    {
        foreach (Process process in _started)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Host_node_status_stop_resume_results_report()
    {
        File.WriteAllText(Path.Combine(_folder, "lj.json"), """{"lennard-jones":{"element":"Ar","epsilon":0.0104,"sigma":3.4}}""");
        File.WriteAllText(Path.Combine(_folder, "ar.conf"), """
            crystal { formula = Ar, formula-units = [2], pressure = 1 GPa }
            run.wall-budget = 40 s
            search { structures = 30, pool-size = 10, volume-per-atom { min = 20, max = 40 } }
            labels { budget = 24, initial = 12, per-model = 6, final = 2, ensemble = 0, potential = lj.json }
            training { max-time = 4 s, epochs = 60 }
            sscha.candidates = 0
            cluster { lease = 3 s, stable-after = 5 s }
            """);
        Process host = Start("host", "ar.conf", "--out", "run");
        await UntilAsync(() => File.Exists(Path.Combine(_folder, "run", "host.json")), "the host's address");
        Process node = Start("node", "--join", "run", "--roles", "relaxer,labeler", "--cores", "2");

        JsonElement status = default;
        await UntilAsync(async () =>
        {
            CspProcess.Outcome csp = await CspProcess.RunAsync(["status", "run", "--json"], _folder);
            if (csp.ExitCode != 0)
                return false;
            status = JsonDocument.Parse(csp.Output).RootElement;
            return status.GetProperty("workers").EnumerateArray().Select(w => w.GetProperty("node").GetString()).Distinct().Count() == 2
                && status.GetProperty("labels").GetProperty("done").GetInt32() >= 3;
        }, "a node at work and three labels");

        await CspProcess.SignalAsync(host, "TERM");
        await ExitAsync(host);
        Assert.Equal(130, host.ExitCode);
        CspProcess.Outcome stopped = await CspProcess.RunAsync(["status", "run"], _folder);
        Assert.StartsWith("csp: no host is running in", stopped.Sentence);
        await CspProcess.SignalAsync(node, "TERM");
        await ExitAsync(node);

        CspProcess.Outcome again = await CspProcess.RunAsync(["run", "ar.conf", "--out", "run"], _folder);
        Assert.Contains("holds a run already", again.Sentence);
        Assert.Equal(1, again.ExitCode);

        CspProcess.Outcome resumed = await CspProcess.RunAsync(["run", "ar.conf", "--out", "run", "--resume"], _folder, limit: TimeSpan.FromSeconds(150));
        Assert.True(resumed.ExitCode == 0, resumed.Output + resumed.Error);
        Assert.Contains("rank  id", resumed.Output);
        JsonElement results = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "run", "results.json"))).RootElement;
        JsonElement best = results.GetProperty("structures")[0];
        Assert.True(best.GetProperty("enthalpyDft").ValueKind == JsonValueKind.Number);
        Assert.True(File.Exists(Path.Combine(_folder, "run", "structures", $"01-{best.GetProperty("id").GetString()}.cif")));

        int labels = results.GetProperty("labels").GetProperty("done").GetInt32();
        Assert.InRange(labels, 12, 24);
        CspProcess.Outcome report = await CspProcess.RunAsync(["report", "run", "--dataset", "labels.extxyz"], _folder);
        Assert.Equal($"{labels} labels written to labels.extxyz\n", report.Output);
        Assert.Equal(0, (await CspProcess.RunAsync(["report", "run"], _folder)).ExitCode);
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(_folder, "run", "report.html")));
    }

    private Process Start(params string[] arguments)
    {
        Process process = CspProcess.Start(arguments, _folder);
        _started.Add(process);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task ExitAsync(Process process)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
    }

    private static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(90), $"waited in vain for {what}");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }
}
