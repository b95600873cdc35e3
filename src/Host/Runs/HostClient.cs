using System.Net.Http.Json;
using System.Text.Json;
using Csp.Actors.Runs;
using Csp.Host.Errors;

namespace Csp.Host.Runs;

/// <summary>Asks a running host of this machine, found by its run folder.</summary>
public sealed class HostClient(RunFolder folder, HostAddress host) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(host.Http), Timeout = TimeSpan.FromSeconds(10) };

    public RunFolder Folder => folder;

    public HostAddress Host => host;

    /// <summary>The host of a run folder, or of the newest run under <c>runs</c> whose host is alive.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static HostClient Find(string? path, string under = "runs")
    {
        if (path is not null)
        {
            if (!Directory.Exists(path))
                throw new CommandException($"there is no run folder {path}");
            RunFolder given = new(path);
            return new HostClient(given, given.FindHost() ?? throw new CommandException($"no host is running in {given.Root}"));
        }
        IEnumerable<string> folders = Directory.Exists(under) ? Directory.EnumerateDirectories(under).OrderByDescending(Directory.GetLastWriteTimeUtc) : [];
        foreach (string candidate in folders)
        {
            RunFolder folder = new(candidate);
            if (folder.FindHost() is HostAddress host)
                return new HostClient(folder, host);
        }
        throw new CommandException($"no run is going on under {Path.GetFullPath(under)}; name its folder, as in 'csp status RUN'");
    }

    /// <exception cref="CommandException">The host does not answer.</exception>
    public async Task<RunStatus> StatusAsync(CancellationToken cancellation)
    {
        try
        {
            return await _http.GetFromJsonAsync<RunStatus>("status", JsonText.Options, cancellation)
                ?? throw new CommandException($"the host of {folder.Root} gave an empty answer");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new CommandException($"the host of {folder.Root} at {host.Http} does not answer: {ErrorPolicy.OneLine(e.Message)}", e);
        }
    }

    public void Dispose() => _http.Dispose();
}
