using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Csp.Cluster.Tests;

/// <summary>
/// A PostgreSQL server of the test's own on a loopback port, from the binaries of the machine; or the one that <c>CSP_POSTGRES</c> (a connection string) names. Its server does not run
/// as root, so root starts it as the user that the package made.
/// </summary>
internal sealed class PostgresServer : IDisposable
{
    private readonly Process? _server;
    private readonly string? _folder;

    private PostgresServer(string connection, Process? server, string? folder) => (Connection, _server, _folder) = (connection, server, folder);

    public string Connection { get; }

    /// <summary>The file that a user names as driver.</summary>
    public static string Driver => Path.Combine(AppContext.BaseDirectory, "Npgsql.dll");

    /// <summary>Null where there is none.</summary>
    public static async Task<PostgresServer?> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("CSP_POSTGRES") is string given)
            return new PostgresServer(given, null, null);
        if (Binaries() is not string binaries)
            return null;
        string folder = Directory.CreateTempSubdirectory("csp-postgres-").FullName, data = Path.Combine(folder, "data");
        if (Environment.UserName == "root")
            await RunAsync("chown", "postgres", folder);
        await RunAsync([.. AsUser(), Path.Combine(binaries, "initdb"), "-D", data, "-U", "csp", "-A", "trust", "-N", "--no-locale", "-E", "UTF8"]);
        int port = CspProcesses.FreePort();
        string number = port.ToString(CultureInfo.InvariantCulture);
        Process server = Start([.. AsUser(), Path.Combine(binaries, "postgres"), "-D", data, "-h", "127.0.0.1", "-p", number, "-k", ""]);
        PostgresServer started = new($"Host=127.0.0.1;Port={number};Database=postgres;Username=csp", server, folder);
        await CspProcesses.Until(() => server.HasExited || started.Answers(), 120);
        return started;
    }

    public NpgsqlConnection Open()
    {
        NpgsqlConnection connection = new(Connection);
        connection.Open();
        return connection;
    }

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
        {
            using Process stop = Process.Start("kill", ["-INT", _server.Id.ToString(CultureInfo.InvariantCulture)]);
            if (!_server.WaitForExit(20_000))
                _server.Kill();
            _server.Dispose();
        }
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    private bool Answers()
    {
        try
        {
            using NpgsqlConnection connection = Open();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Debian keeps the server's programs out of the path.</summary>
    private static string? Binaries()
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), .. Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin"))
            : []];
        return folders.LastOrDefault(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "postgres")));
    }

    private static string[] AsUser() => Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    private static async Task RunAsync(params string[] command)
    {
        using Process process = Start(command);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)}: {errors}");
    }

    private static Process Start(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = "/",
    })!;
}
