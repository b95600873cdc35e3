using System.Net;

namespace Csp.Host.Configuration;

/// <summary>Whether an address can only be reached from this machine.</summary>
public static class Loopback
{
    public static bool Is(string host) => host is "localhost" || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
}
