using System.Data.Common;
using Csp.Actors.Serialization;
using MessagePack;
using Microsoft.Data.Sqlite;

namespace Csp.Actors.Runs;

/// <summary>Reads the journal of a finished, stopped or running run without an actor system.</summary>
public static class JournalReader
{
    /// <summary>All events in their order.</summary>
    /// <param name="runFolder">Folder of a run with a SQLite journal.</param>
    /// <exception cref="InvalidDataException">No journal, or one that this version cannot read; one sentence.</exception>
    public static IReadOnlyList<IRunEvent> Read(string runFolder)
    {
        string file = RunJournal.FileOf(runFolder);
        if (!File.Exists(file))
            throw new InvalidDataException($"there is no journal in {runFolder}");
        try
        {
            using SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM sqlite_master WHERE name = 'journal'";
            if ((long)command.ExecuteScalar()! == 0)
                return [];
            return Read(connection, RunJournal.PersistenceId);
        }
        catch (Exception e) when (e is SqliteException or MessagePackSerializationException)
        {
            throw new InvalidDataException($"the journal {file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>All events of one run in their order.</summary>
    /// <param name="connection">An open connection to a database with journals.</param>
    /// <param name="name">Of the run, see <see cref="RunJournal.PersistenceIdOf"/>.</param>
    /// <exception cref="InvalidDataException">An event that this version does not know.</exception>
    public static IReadOnlyList<IRunEvent> Read(DbConnection connection, string name)
    {
        List<IRunEvent> events = [];
        using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT message, manifest, identifier FROM journal WHERE persistence_id = @name ORDER BY sequence_number";
        DbParameter parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@name", name);
        command.Parameters.Add(parameter);
        using DbDataReader rows = command.ExecuteReader();
        while (rows.Read())
        {
            string manifest = rows.GetString(1);
            if (rows.GetInt32(2) != CspSerializer.Id || Manifests.TypeOf(manifest) is not Type type)
                throw new InvalidDataException($"the journal holds an event of kind '{manifest}' that this version of csp does not know");
            events.Add((IRunEvent)MessagePackSerializer.Deserialize(type, (byte[])rows[0], CspSerializer.Options)!);
        }
        return events;
    }
}
