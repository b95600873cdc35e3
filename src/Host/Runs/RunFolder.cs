using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Csp.Actors.Hosting;
using Csp.Host.Errors;

namespace Csp.Host.Runs;

/// <summary>The folder of a run: what is in it under which name (docs/run-folder.md). At most one process runs in a folder.</summary>
public sealed class RunFolder : IDisposable
{
    private bool _standBy;

    public RunFolder(string path)
    {
        Root = Path.GetFullPath(path);
        Owner = new RunLock(Root);
    }

    public string Root { get; }

    public string Name => Path.GetFileName(Root);

    /// <summary>Everything worth knowing afterwards, line by line; a stand-by host has a file of its own.</summary>
    public string Log => Path.Combine(Root, _standBy ? string.Create(CultureInfo.InvariantCulture, $"stand-by-{Environment.ProcessId}.log") : "run.log");

    /// <summary>The configuration as it was given.</summary>
    public string Configuration => Path.Combine(Root, "run.conf");

    public string Results => Path.Combine(Root, "results.json");

    /// <summary>The table that the run printed at its end.</summary>
    public string Table => Path.Combine(Root, "results.txt");

    public string Structures => Path.Combine(Root, "structures");

    public string Labels => Path.Combine(Root, "labels.extxyz");

    public string Models => Path.Combine(Root, "models");

    /// <summary>Addresses of the host while it runs; see <see cref="HostAddress"/>.</summary>
    public string HostFile => Path.Combine(Root, "host.json");

    /// <summary>Held by the process that runs here.</summary>
    public RunLock Owner { get; }

    /// <summary>The folder for a configuration when none was given: <c>runs/NAME</c>, <c>runs/NAME-2</c>, …</summary>
    /// <param name="configuration">Its file name gives the folder's.</param>
    /// <param name="resume">The newest that exists instead of the first that does not.</param>
    /// <param name="under">Folder that holds runs.</param>
    /// <exception cref="CommandException">Nothing to resume.</exception>
    public static string Choose(string configuration, bool resume, string under = "runs")
    {
        string name = Path.GetFileNameWithoutExtension(configuration);
        int n = 1;
        while (Directory.Exists(Numbered(n)))
            n++;
        if (!resume)
            return Numbered(n);
        return n > 1 ? Numbered(n - 1) : throw new CommandException($"there is no run to resume: {Path.GetFullPath(Numbered(1))} does not exist (use --out for another folder)");

        string Numbered(int i) => Path.Combine(under, i == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"));
    }

    /// <summary>Creates the folder, checks that it can be written, and takes its lock until <see cref="Dispose"/>.</summary>
    /// <param name="standBy">Another process may run in it; this one waits for its end.</param>
    /// <exception cref="CommandException">It cannot be written, or another process runs in it.</exception>
    public void Open(bool standBy = false)
    {
        try
        {
            Directory.CreateDirectory(Root);
            // Root may write anywhere as far as permission bits go, so only a real write tells.
            string probe = Path.Combine(Root, $".probe-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            Directory.CreateDirectory(Structures);
            Directory.CreateDirectory(Models);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CommandException($"the run folder {Root} cannot be written: {e.Message}", e);
        }
        _standBy = standBy && !Owner.TryTake();
        // A command that asks whether anyone runs here holds the lock for an instant.
        for (int attempt = 0; !_standBy && !Owner.TryTake(); attempt++)
        {
            if (attempt == 10)
                throw new CommandException($"another process is running in {Root}");
            Thread.Sleep(50);
        }
    }

    public void Dispose() => Owner.Dispose();

    /// <summary>Tells other processes of this machine where the host can be reached.</summary>
    public void Publish(HostAddress address)
    {
        string unfinished = HostFile + ".tmp";
        File.WriteAllText(unfinished, JsonSerializer.Serialize(address, JsonText.Options));
        File.Move(unfinished, HostFile, overwrite: true);
    }

    /// <summary>The host that runs in this folder, or null.</summary>
    public HostAddress? FindHost()
    {
        try
        {
            HostAddress? address = JsonSerializer.Deserialize<HostAddress>(File.ReadAllText(HostFile), JsonText.Options);
            return address is not null && RunLock.IsTaken(Root) ? address : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The cluster port of the host that was here before, where it is free; else null.</summary>
    public int? FormerPort()
    {
        try
        {
            HostAddress? address = JsonSerializer.Deserialize<HostAddress>(File.ReadAllText(HostFile), JsonText.Options);
            if (address is null || !int.TryParse(address.Cluster.AsSpan(address.Cluster.LastIndexOf(':') + 1), out int port))
                return null;
            using TcpListener probe = new(IPAddress.Loopback, port);
            probe.Start();
            return port;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or SocketException)
        {
            return null;
        }
    }
}

/// <summary>Where a running host can be reached.</summary>
/// <param name="ProcessId">On this machine.</param>
/// <param name="Cluster">host:port for <c>csp node --join</c>.</param>
/// <param name="Http">Base of the loopback status pages, e.g. <c>http://127.0.0.1:40001</c>.</param>
public sealed record HostAddress(int ProcessId, string Cluster, string Http);
