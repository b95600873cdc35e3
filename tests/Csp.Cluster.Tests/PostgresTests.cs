using System.Globalization;
using Csp.Actors.Runs;
using Npgsql;
using Xunit;

namespace Csp.Cluster.Tests;

/// <summary>Hosts as processes, their journals in one real PostgreSQL server.</summary>
public sealed class PostgresTests(ITestOutputHelper output) : IDisposable
{
    private readonly CspProcesses _processes = new();
    private readonly ArgonWorkload _work = new(structures: 150, atoms: 6);
    private PostgresServer? _server;

    public void Dispose()
    {
        _processes.Dispose();
        _work.Dispose();
        _server?.Dispose();
    }

    [Fact]
    public async Task A_run_that_was_killed_goes_on_from_PostgreSQL_and_another_one_beside_it_is_not_disturbed()
    {
        _server = await PostgresServer.StartAsync();
        Assert.SkipWhen(_server is null, "no PostgreSQL server on this machine");
        string conf = _work.Configuration + ".postgres";
        File.WriteAllText(conf, string.Create(CultureInfo.InvariantCulture, $$"""
            {{File.ReadAllText(_work.Configuration)}}
            cluster.journal { kind = postgresql, connection = "{{_server.Connection}}", driver = "{{PostgresServer.Driver}}" }
            """));
        string folder = _work.RunFolder("killed");
        CspProcess other = _processes.Start("run", conf, "--out", _work.RunFolder("other"));
        CspProcess host = _processes.Start("run", conf, "--out", folder);
        await CspProcesses.Until(() => host.HasExited || Events(folder).Count > 30, 300);
        Assert.False(host.HasExited, host.Output);
        host.Kill();
        int before = Events(folder).Count;
        CspProcess again = _processes.Start("run", conf, "--out", folder, "--resume");
        Assert.Equal(0, await again.ExitAsync(TimeSpan.FromMinutes(5)));
        Assert.Equal(0, await other.ExitAsync(TimeSpan.FromMinutes(5)));

        IReadOnlyList<IRunEvent> events = Events(folder);
        output.WriteLine($"{before} events when it was killed, {events.Count} at the end");
        Assert.False(File.Exists(RunJournal.FileOf(folder)));
        Assert.Single(events.OfType<RunResumed>());
        ArgonWorkload.Outcome killed = ArgonWorkload.OutcomeOf(events), calm = ArgonWorkload.OutcomeOf(Events(_work.RunFolder("other")));
        Assert.True(killed.Ended && calm.Ended && _work.IsComplete(killed) && _work.IsComplete(calm));
        foreach ((ulong id, double enthalpy) in calm.Enthalpies)
            Assert.Equal(enthalpy, killed.Enthalpies[id], 1e-9);
        Assert.Equal(calm.Labels.Order(), killed.Labels.Order());
        Assert.Equal(calm.Final, killed.Final);

        CspProcess twice = _processes.Start("run", conf, "--out", folder);
        Assert.Equal(1, await twice.ExitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("holds a run already", twice.Output, StringComparison.Ordinal);
    }

    /// <summary>Empty before the journal's tables are there.</summary>
    private IReadOnlyList<IRunEvent> Events(string folder)
    {
        if (!File.Exists(RunJournal.NameFileOf(folder)))
            return [];
        using NpgsqlConnection connection = _server!.Open();
        try
        {
            return JournalReader.Read(connection, File.ReadAllText(RunJournal.NameFileOf(folder)).Trim());
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return [];
        }
    }
}
