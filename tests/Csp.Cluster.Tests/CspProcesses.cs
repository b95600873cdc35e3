using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Csp.Cluster.Tests;

/// <summary>The processes of one test; those that are left end with it.</summary>
internal sealed class CspProcesses : IDisposable
{
    private readonly List<CspProcess> _all = [];

    public CspProcess Start(params string[] arguments)
    {
        CspProcess process = new(arguments);
        _all.Add(process);
        return process;
    }

    public static async Task Until(Func<bool> condition, double seconds)
    {
        for (Stopwatch watch = Stopwatch.StartNew(); !condition();)
        {
            Assert.True(watch.Elapsed.TotalSeconds < seconds, $"not within {seconds} s");
            await Task.Delay(100);
        }
    }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        foreach (CspProcess process in _all)
            process.Dispose();
    }
}
