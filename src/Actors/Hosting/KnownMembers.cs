using System.Net;
using System.Net.Sockets;
using Csp.Actors.Runs;

namespace Csp.Actors.Hosting;

/// <summary>
/// Who was in the cluster, kept in the run folder: a host that comes back after a crash takes its old address and joins the nodes that went on without it, instead of
/// forming a cluster of its own that they would have to find.
/// </summary>
internal static class KnownMembers
{
    private static string FileOf(string runFolder) => Path.Combine(runFolder, "members.txt");

    /// <summary>host:port per line, the host first.</summary>
    public static void Write(string runFolder, string host, IEnumerable<string> nodes)
    {
        string file = FileOf(runFolder);
        try
        {
            File.WriteAllLines(file + ".tmp", [host, .. nodes.Where(n => n != host).Distinct().Order(StringComparer.Ordinal)]);
            File.Move(file + ".tmp", file, overwrite: true);
        }
        catch (IOException)
        {
            // Only a convenience: without the file nodes find the host after their own time-out.
        }
    }

    /// <summary>The settings with which a resumed host finds its nodes again; unchanged where seeds are configured or nothing is known.</summary>
    public static ClusterSettings Rejoin(string runFolder, ClusterSettings cluster)
    {
        if (!cluster.Seeds.IsDefaultOrEmpty || !File.Exists(FileOf(runFolder)))
            return cluster;
        string[] members = File.ReadAllLines(FileOf(runFolder));
        if (members.Length < 2 || members[0].Split(':') is not [string host, string text] || host != cluster.HostName || !int.TryParse(text, out int port)
            || (cluster.Port != 0 && cluster.Port != port) || (cluster.Bind.Length == 0 && !IsFree(host, port)))
            return cluster;
        return cluster with { Port = port, Seeds = [.. members] };
    }

    private static bool IsFree(string host, int port)
    {
        try
        {
            using TcpListener probe = new(IPAddress.TryParse(host, out IPAddress? address) ? address : IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
