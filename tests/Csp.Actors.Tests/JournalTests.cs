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
        string[] lines = File.ReadAllLines(Golden());
        Assert.Equal(11, lines.Length);
        foreach (string line in lines)
        {
            Type type = Manifests.TypeOf(line[..2])!;
            IRunEvent e = Assert.IsAssignableFrom<IRunEvent>(MessagePackSerializer.Deserialize(type, Convert.FromHexString(line[3..]), CspSerializer.Options));
            Assert.InRange(e.At, 1000, 11000);
            Assert.Equal(WireSamples.All.Single(m => m.GetType() == type).ToString(), e.ToString());
        }
    }

    private static string Golden([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "Golden", "journal-1.txt");

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
