using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Hosting;
using Csp.Actors.Hosting;
using Csp.Actors.Runs;
using Csp.Actors.Serialization;
using MessagePack;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>Journals of earlier versions and of later ones.</summary>
public sealed class JournalTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"csp-journal-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The bytes of schema 1 as they were written when it was approved; a field that came later is at its default.</summary>
    [Fact]
    public void Events_of_schema_1_are_read_for_ever()
    {
        Directory.CreateDirectory(_folder);
        string[] lines = File.ReadAllLines(Golden("journal-1.txt"));
        Assert.Equal(11, lines.Length);
        foreach (string line in lines)
        {
            Type type = Manifests.TypeOf(line[..2])!;
            IRunEvent e = Assert.IsAssignableFrom<IRunEvent>(MessagePackSerializer.Deserialize(type, Convert.FromHexString(line[3..]), CspSerializer.Options));
            Assert.InRange(e.At, 1000, 11000);
            Assert.Equal(WireSamples.All.Single(m => m.GetType() == type).ToString(), e.ToString());
        }
    }

    /// <summary>A run whose journal, tables and all, an earlier version wrote: what it had done counts, and the rest is done.</summary>
    [Fact]
    public async Task A_run_of_schema_1_goes_on_from_its_journal()
    {
        RunSettings example = RunSettingsExample.ArgonSearch(_folder, 12);
        RunSettings run = example with
        {
            FormulaUnits = [2],
            Search = example.Search with { RandomShare = 1, PoolSize = 5, MaxVolumePerAtom = 45, MinDistanceFactor = 0.75, Groups = [1, 2, 12, 15, 62, 139, 166, 194, 221, 225, 229] },
        };
        Directory.CreateDirectory(RunJournal.ModelsOf(run.RunFolder));
        File.WriteAllText(RunJournal.ModelFileOf(run.RunFolder, 1), RunSettingsExample.Argon);
        using (SqliteConnection connection = new($"Data Source={RunJournal.FileOf(run.RunFolder)};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = File.ReadAllText(Golden("run-1.sql"));
            command.ExecuteNonQuery();
        }
        IReadOnlyList<IRunEvent> old = JournalReader.Read(run.RunFolder);
        Assert.Equal(5, old.OfType<StructureRelaxed>().Count());

        RunFinished finished = Assert.IsType<RunFinished>(await EndOfAsync(run, RunSettingsExample.OneProcess, resume: true));
        IReadOnlyList<IRunEvent> events = JournalReader.Read(run.RunFolder);
        Assert.Equal(old.Select(e => e.ToString()), events.Take(old.Count).Select(e => e.ToString()));
        Assert.Equal(Enumerable.Range(1, 12).Select(i => (ulong)i), events.OfType<StructureRelaxed>().Where(e => e.Mode == Jobs.RelaxMode.Search).Select(e => e.Structure).Order());
        Assert.Single(events.OfType<ModelPublished>());
        Assert.Equal(12, finished.Final.Structures.Relaxed + finished.Final.Structures.Rejected);
    }

    private static string Golden(string name, [CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "Golden", name);

    [Fact]
    public async Task A_journal_of_a_later_schema_is_refused_with_a_sentence_and_left_as_it_is()
    {
        RunSettings run = RunSettingsExample.ArgonSearch(_folder, 3);
        Assert.IsType<RunFinished>(await EndOfAsync(run, RunSettingsExample.OneProcess, resume: false));
        using (SqliteConnection connection = new($"Data Source={RunJournal.FileOf(run.RunFolder)};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE journal SET message = $m WHERE manifest = 'EA'";
            command.Parameters.AddWithValue("$m", MessagePackSerializer.Serialize(new RunStarted(1000, RunJournal.Schema + 1, "{}"), CspSerializer.Options));
            Assert.Equal(1, command.ExecuteNonQuery());
        }
        int events = JournalReader.Read(run.RunFolder).Count;

        RunFailed failed = Assert.IsType<RunFailed>(await EndOfAsync(run, RunSettingsExample.OneProcess, resume: true));
        Assert.Contains("another version of csp", failed.Reason, StringComparison.Ordinal);
        Assert.Equal(events, JournalReader.Read(run.RunFolder).Count);
    }

    [Fact]
    public void PostgreSQL_without_its_driver_is_refused_with_a_sentence()
    {
        RunSettings run = RunSettingsExample.ArgonSearch(_folder, 1);
        ClusterSettings cluster = RunSettingsExample.OneProcess with { Journal = "postgresql", JournalConnection = "Host=127.0.0.1;Port=1", JournalDriver = "" };
        Assert.Contains("Npgsql.dll", Assert.Throws<RunFolderException>(() => RunFolder.Prepare(run, cluster, resume: false)).Message, StringComparison.Ordinal);
    }

    private static async Task<RunEnd> EndOfAsync(RunSettings run, ClusterSettings cluster, bool resume)
    {
        Task<RunEnd>? end = null;
        using IHost host = new HostBuilder().ConfigureServices(services => services.AddAkka(CspHosting.SystemName, (builder, _) => builder
            .WithActors((system, _) => { end = system.WhenRunEnds(); })
            .AddCspCoordinator(run, cluster, resume))).Build();
        await host.StartAsync();
        try
        {
            return await end!.WaitAsync(TimeSpan.FromMinutes(2));
        }
        finally
        {
            await host.StopAsync();
        }
    }
}
