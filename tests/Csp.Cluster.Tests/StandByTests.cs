using System.Globalization;
using Xunit;

namespace Csp.Cluster.Tests;

/// <summary>Two hosts and a node; the host that holds the run is killed, the other takes it over and brings it to its end.</summary>
public sealed class StandByTests(ITestOutputHelper output) : IDisposable
{
    private readonly CspProcesses _processes = new();
    private readonly ArgonWorkload _work = new(structures: 400, atoms: 6);

    public void Dispose()
    {
        _processes.Dispose();
        _work.Dispose();
    }

    [Fact]
    public async Task The_second_host_takes_over_when_the_first_is_killed()
    {
        int first = CspProcesses.FreePort(), second = CspProcesses.FreePort();
        string folder = _work.RunFolder("r");
        CspProcess host = _processes.Start("host", Configuration("first", $"port = {first}"), "--out", folder);
        await CspProcesses.Until(() => File.Exists(Path.Combine(folder, "host.json")), 60);
        CspProcess standBy = _processes.Start("host", Configuration("second", $"port = {second}, seeds = [\"127.0.0.1:{first}\"]"), "--out", folder, "--resume");
        _processes.Start("node", "--join", $"127.0.0.1:{first},127.0.0.1:{second}", "--cores", "1", "--roles", "relaxer,labeler");
        await CspProcesses.Until(() => standBy.Output.Contains(" structures ", StringComparison.Ordinal), 60);
        await CspProcesses.Until(() => Actors.Runs.JournalReader.Read(folder).Count > 40, 60);
        Assert.False(host.HasExited, "the run was over before its host could be killed");
        host.Kill();
        int code = await standBy.ExitAsync(TimeSpan.FromMinutes(3));
        output.WriteLine(standBy.Output);

        Assert.Equal(0, code);
        ArgonWorkload.Outcome outcome = _work.OutcomeOf("r");
        Assert.True(outcome.Ended && _work.IsComplete(outcome), $"{outcome.Enthalpies.Count} structures");
        Assert.Equal(outcome.Labels.Length, outcome.Labels.Distinct().Count());
        Assert.True(Actors.Runs.JournalReader.Read(folder).OfType<Actors.Runs.RunResumed>().Any());
    }

    private string Configuration(string name, string cluster)
    {
        string file = _work.Configuration + "." + name;
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"{File.ReadAllText(_work.Configuration)}\ncluster {{ {cluster}, stable-after = 2 s }}\n"));
        return file;
    }
}
