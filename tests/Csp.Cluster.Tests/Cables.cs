using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Csp.Cluster.Tests;

/// <summary>
/// The cables between processes: each process is reached at an address of its own, behind which this relay passes bytes on to the address where its socket really is. A cut cable
/// passes nothing in either direction, also of connections that the process itself opened, and closes nothing: that is how a network fails.
/// </summary>
internal sealed class Cables : IDisposable
{
    private const int PublicPort = 25520;
    private const int SocketPort = 25521;
    private readonly CancellationTokenSource _end = new();
    private readonly List<TcpListener> _listeners = [];
    private readonly HashSet<string> _cut = [];
    private readonly List<string> _addresses = [];

    /// <summary>A new address of this machine, relayed. All have the same length, so that none is the beginning of another.</summary>
    public string Add()
    {
        int pid = Environment.ProcessId;
        string address = $"127.{100 + pid / 150 % 150}.{100 + pid % 150}.{101 + _addresses.Count}";
        lock (_cut)
            _addresses.Add(address);
        TcpListener listener = new(IPAddress.Parse(address), PublicPort);
        listener.Start();
        _listeners.Add(listener);
        _ = AcceptAsync(listener, address);
        return address;
    }

    public static string Public(string address) => $"{address}:{PublicPort}";

    public static string Socket(string address) => $"{address}:{SocketPort}";

    public static int Port => PublicPort;

    public void Cut(string address)
    {
        lock (_cut)
            _cut.Add(address);
    }

    public void Mend(string address)
    {
        lock (_cut)
            _cut.Remove(address);
    }

    public void Dispose()
    {
        _end.Cancel();
        foreach (TcpListener listener in _listeners)
            listener.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener, string target)
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                _ = RelayAsync(await listener.AcceptTcpClientAsync(_end.Token), target);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task RelayAsync(TcpClient caller, string target)
    {
        using TcpClient near = caller, far = new();
        try
        {
            byte[] first = new byte[65536];
            int n = await near.GetStream().ReadAsync(first, _end.Token);
            // Akka's first message on a connection names the address of the process that opened it.
            string text = Encoding.Latin1.GetString(first, 0, n);
            string origin;
            lock (_cut)
                origin = _addresses.FirstOrDefault(a => a != target && text.Contains(a, StringComparison.Ordinal)) ?? "";
            await PassableAsync(origin, target);
            await far.ConnectAsync(IPEndPoint.Parse(Socket(target)), _end.Token);
            await far.GetStream().WriteAsync(first.AsMemory(0, n), _end.Token);
            await Task.WhenAny(PumpAsync(near.GetStream(), far.GetStream(), origin, target), PumpAsync(far.GetStream(), near.GetStream(), origin, target));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One of the two has closed or died; so does the connection.
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, string a, string b)
    {
        byte[] buffer = new byte[65536];
        while (await from.ReadAsync(buffer, _end.Token) is int n and > 0)
        {
            await PassableAsync(a, b);
            await to.WriteAsync(buffer.AsMemory(0, n), _end.Token);
        }
    }

    private async Task PassableAsync(string a, string b)
    {
        while (IsCut(a, b))
            await Task.Delay(50, _end.Token);
    }

    private bool IsCut(string a, string b)
    {
        lock (_cut)
            return _cut.Contains(a) || _cut.Contains(b);
    }
}
