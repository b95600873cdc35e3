using Csp.Actors.Runs;
using Microsoft.Data.Sqlite;

namespace Csp.Actors.Hosting;

/// <summary>Makes a run folder ready before the actor system starts.</summary>
public static class RunFolder
{
    /// <exception cref="RunFolderException">See <see cref="CspHosting.AddCspCoordinator"/>.</exception>
    public static void Prepare(RunSettings run, ClusterSettings cluster, bool resume)
    {
        bool sqlite = cluster.Journal == "sqlite";
        string folder = run.RunFolder, journal = sqlite ? RunJournal.FileOf(folder) : RunJournal.NameFileOf(folder);
        try
        {
            Directory.CreateDirectory(folder);
            Directory.CreateDirectory(RunJournal.LabelsOf(folder));
            Directory.CreateDirectory(RunJournal.ModelsOf(folder));
            string probe = Path.Combine(folder, $".probe-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new RunFolderException($"the run folder {folder} cannot be written: {e.Message}", e);
        }
        if (resume && !File.Exists(journal))
            throw new RunFolderException($"there is no run to resume in {folder} ({Path.GetFileName(journal)} is missing)");
        if (!resume && File.Exists(journal))
            throw new RunFolderException($"{folder} holds a run already: go on with it by --resume, or choose another folder by --out");
        if (!sqlite)
        {
            PostgreSqlDriver.Check(cluster);
            if (!resume)
                File.WriteAllText(journal, $"{Path.GetFileName(folder)} {Guid.NewGuid():N}\n");
            return;
        }
        try
        {
            // Without write-ahead logging every reader of the file would block the journal.
            using SqliteConnection connection = new(ConnectionOf(run));
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";
            command.ExecuteNonQuery();
        }
        catch (SqliteException e)
        {
            throw new RunFolderException($"the journal {journal} cannot be opened: {e.Message}", e);
        }
    }

    internal static string ConnectionOf(RunSettings run) => $"Data Source={RunJournal.FileOf(run.RunFolder)}";
}
