using System.Globalization;

namespace Csp.Physics.FirstPrinciples;

/// <summary>Hands out working folders named after machine and process, so that those of a process that died can be found and removed.</summary>
internal sealed class ScratchFolders(string root)
{
    private static int _created;

    public ScratchFolder Create()
    {
        string path = Path.Combine(root, string.Create(CultureInfo.InvariantCulture,
            $"{Environment.MachineName}-{Environment.ProcessId}-{Interlocked.Increment(ref _created)}"));
        Directory.CreateDirectory(path);
        return new ScratchFolder(path);
    }

    /// <summary>Removes what processes of this machine that no longer exist have left behind.</summary>
    public void RemoveAbandoned()
    {
        foreach (string path in Directory.EnumerateDirectories(root, Environment.MachineName + "-*-*"))
        {
            string[] parts = Path.GetFileName(path)[(Environment.MachineName.Length + 1)..].Split('-');
            if (parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int process) && !Directory.Exists($"/proc/{process}"))
                new ScratchFolder(path).Dispose();
        }
    }
}

/// <summary>A folder that is removed with its contents when it is disposed.</summary>
internal sealed record ScratchFolder(string Path) : IDisposable
{
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another labeler may be removing the same abandoned folder; what remains is removed at the next start.
        }
    }
}
