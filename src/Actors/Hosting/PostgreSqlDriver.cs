using System.Data.Common;
using System.Reflection;
using System.Runtime.Loader;
using Csp.Actors.Runs;

namespace Csp.Actors.Hosting;

/// <summary>PostgreSQL's driver is the user's: loaded from the file that <c>cluster.journal.driver</c> names, so that Csp without a server needs nothing of it.</summary>
internal static class PostgreSqlDriver
{
    /// <exception cref="RunFolderException">No driver, or no server that answers.</exception>
    public static void Check(ClusterSettings cluster)
    {
        try
        {
            Assembly driver = AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(a => a.GetName().Name == "Npgsql") ?? Load(cluster.JournalDriver);
            object? factory = driver.GetType("Npgsql.NpgsqlFactory")?.GetField("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);
            using DbConnection connection = (factory as DbProviderFactory)?.CreateConnection()
                ?? throw new RunFolderException($"{cluster.JournalDriver} is not the driver of PostgreSQL (Npgsql.dll)");
            connection.ConnectionString = cluster.JournalConnection;
            connection.Open();
        }
        catch (Exception e) when (e is DbException or BadImageFormatException or IOException or ArgumentException or System.Net.Sockets.SocketException)
        {
            throw new RunFolderException($"the journal in PostgreSQL cannot be opened: {e.Message}", e);
        }
    }

    private static Assembly Load(string path)
    {
        if (path.Length == 0)
            throw new RunFolderException("a journal in PostgreSQL needs its driver: name the file Npgsql.dll in cluster.journal.driver");
        // In the default context, where linq2db looks for it by name; what it needs itself lies beside it.
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            File.Exists(Path.Combine(folder, name.Name + ".dll")) ? context.LoadFromAssemblyPath(Path.Combine(folder, name.Name + ".dll")) : null;
        return AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.GetFullPath(path));
    }
}
