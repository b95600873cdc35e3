namespace Csp.Actors.Runs;

/// <summary>What a run writes and where.</summary>
public static class RunJournal
{
    /// <summary>Version of the events; a journal of another one is refused with a sentence.</summary>
    public const int Schema = 1;

    /// <summary>Name of the run in the tables of its own SQLite file.</summary>
    public const string PersistenceId = "run";

    /// <summary>Name of the run in the tables; a PostgreSQL database may hold many runs, whose folders hold their names.</summary>
    public static string PersistenceIdOf(RunSettings run, ClusterSettings cluster) =>
        cluster.Journal == "sqlite" ? PersistenceId : File.ReadAllText(NameFileOf(run.RunFolder)).Trim();

    /// <summary>SQLite file of the journal.</summary>
    public static string FileOf(string runFolder) => Path.Combine(runFolder, "journal.sqlite");

    /// <summary>Holds the name of the run in PostgreSQL; it goes with the folder wherever that is moved.</summary>
    public static string NameFileOf(string runFolder) => Path.Combine(runFolder, "journal.name");

    /// <summary>One extended-XYZ file per label under its key, see <see cref="Csp.Physics.FirstPrinciples.LabelStore"/>.</summary>
    public static string LabelsOf(string runFolder) => Path.Combine(runFolder, "labels");

    /// <summary>Model files.</summary>
    public static string ModelsOf(string runFolder) => Path.Combine(runFolder, "models");

    public static string ModelFileOf(string runFolder, int version) => Path.Combine(ModelsOf(runFolder), $"v{version:D3}.model");

    /// <summary>State of SSCHA calculations, from which a stopped run goes on.</summary>
    public static string EnsemblesOf(string runFolder) => Path.Combine(runFolder, "sscha");
}
