using Akka.Actor.Setup;

namespace Csp.Actors.Hosting;

/// <summary>
/// A run belongs to one process at a time: the one that holds the lock of its folder writes the journal. The system frees the lock when that process dies, however
/// it dies, and at no other time: neither a process id that was given away again nor a slow heartbeat is taken for life or death. Safe from several threads.
/// </summary>
/// <remarks>Hosts on several machines need a folder on a file system whose locks work between them (NFS 4, Lustre with flock).</remarks>
public sealed class RunLock(string folder) : IDisposable
{
    private readonly Lock _gate = new();
    private FileStream? _file;

    public static string FileOf(string folder) => Path.Combine(folder, ".lock");

    public bool IsHeld
    {
        get
        {
            lock (_gate)
                return _file is not null;
        }
    }

    /// <summary>Whether any process, this one included, holds the lock of a folder.</summary>
    public static bool IsTaken(string folder)
    {
        try
        {
            // A shared lock for an instant: it needs no right to write, and two who ask do not disturb each other.
            using FileStream probe = new(FileOf(folder), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>True when this process holds the lock afterwards.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            try
            {
                _file ??= new FileStream(FileOf(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                return false;
            }
            return true;
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    public void Dispose() => Release();
}

/// <summary>Tells the actor system of a host its lock.</summary>
internal sealed class RunLockSetup(RunLock owner) : Setup
{
    public RunLock Owner => owner;
}
