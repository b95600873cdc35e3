using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Csp.Actors.Runs;
using Csp.Actors.Workers;
using Csp.Benchmarks.Clusters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>Who gets into a cluster: real handshakes on loopback.</summary>
public sealed class AdmissionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Only_nodes_with_a_certificate_of_the_authority_get_in()
    {
        using X509Certificate2 ours = Authority("ours"), others = Authority("others");
        TlsSettings Tls(string name, X509Certificate2 authority) => new(Certificate(name, authority), null, FileOf("ours", ours));
        ClusterSettings home = WaitingJobs.Settings(0) with { Tls = Tls("host", ours) };
        using IHost host = WaitingJobs.Host(RunSettingsExample.ArgonSearch(_folder, 1), home, out Task<IActorRef> starting);
        await host.StartAsync();
        IActorRef coordinator = await starting;
        string address = WaitingJobs.AddressOf(host);

        // One slot, four and sixteen: the number of slots says who is in.
        using IHost stranger = WaitingJobs.Node(WaitingJobs.Settings(4, address) with { Tls = Tls("stranger", others) }, WaitingJobs.Of);
        using IHost open = WaitingJobs.Node(WaitingJobs.Settings(16, address), WaitingJobs.Of);
        await Task.WhenAll(stranger.StartAsync(), open.StartAsync());
        await Task.Delay(1000);
        using IHost member = WaitingJobs.Node(WaitingJobs.Settings(1, address) with { Tls = Tls("member", ours) }, WaitingJobs.Of);
        await member.StartAsync();
        for (int i = 0; await coordinator.Ask<int>(new CountSlots()) == 0; i++)
        {
            Assert.True(i < 200, "a node with the right certificate did not get in");
            await Task.Delay(100);
        }
        await Task.Delay(1000);

        Assert.Equal(1, await coordinator.Ask<int>(new CountSlots()));
        Assert.Equal(2, Akka.Cluster.Cluster.Get(host.Services.GetRequiredService<ActorSystem>()).State.Members.Count);
        Assert.True(await StaysOpenAsync(address, X509CertificateLoader.LoadPkcs12FromFile(Path.Combine(_folder, "member.pfx"), null)));
        Assert.False(await StaysOpenAsync(address, X509CertificateLoader.LoadPkcs12FromFile(Path.Combine(_folder, "stranger.pfx"), null)));
        Assert.False(await StaysOpenAsync(address, null));
        await Task.WhenAll(member.StopAsync(), stranger.StopAsync(), open.StopAsync());
        await host.StopAsync();
    }

    [Fact]
    public async Task A_node_without_the_secret_gets_no_work_and_hears_why()
    {
        using IHost host = WaitingJobs.Host(RunSettingsExample.ArgonSearch(_folder, 1), WaitingJobs.Settings(0) with { Secret = "tell nobody" }, out Task<IActorRef> starting);
        await host.StartAsync();
        IActorRef coordinator = await starting;
        string address = WaitingJobs.AddressOf(host);
        using IHost stranger = WaitingJobs.Node(WaitingJobs.Settings(4, address) with { Secret = "a guess" }, WaitingJobs.Of);
        await stranger.StartAsync();
        TaskCompletionSource<string> refused = new();
        ActorSystem system = stranger.Services.GetRequiredService<ActorSystem>();
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Listener(refused))), typeof(NodeRefused));
        string reason = await refused.Task.WaitAsync(TimeSpan.FromSeconds(20));
        using IHost member = WaitingJobs.Node(WaitingJobs.Settings(1, address) with { Secret = "tell nobody" }, WaitingJobs.Of);
        await member.StartAsync();
        Finished finished = await coordinator.Ask<Finished>(new HandOut([0.01, 0.01], 2), TimeSpan.FromSeconds(20));

        Assert.Contains("secret", reason, StringComparison.Ordinal);
        Assert.True(finished.Busy > 0);
        // The broker counts twice a second.
        await Task.Delay(1000);
        Assert.Equal(1, await coordinator.Ask<int>(new CountSlots()));
        await Task.WhenAll(member.StopAsync(), stranger.StopAsync());
        await host.StopAsync();
    }

    /// <summary>Whether the other side keeps a connection with this certificate for a second and a half.</summary>
    private static async Task<bool> StaysOpenAsync(string address, X509Certificate2? certificate)
    {
        string[] parts = address.Split(':');
        using TcpClient client = new();
        await client.ConnectAsync(parts[0], int.Parse(parts[1]));
        using SslStream stream = new(client.GetStream(), false, (_, _, _, _) => true);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(1.5));
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "csp", ClientCertificates = certificate is null ? [] : [certificate] }, limit.Token);
            return await stream.ReadAsync(new byte[1], limit.Token) > 0;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }

    private static X509Certificate2 Authority(string name)
    {
        CertificateRequest request = new($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private string FileOf(string name, X509Certificate2 authority)
    {
        string file = Path.Combine(_folder, name + ".pem");
        File.WriteAllText(file, authority.ExportCertificatePem());
        return file;
    }

    private string Certificate(string name, X509Certificate2 authority)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 signed = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = signed.CopyWithPrivateKey(key);
        string file = Path.Combine(_folder, name + ".pfx");
        File.WriteAllBytes(file, withKey.Export(X509ContentType.Pkcs12));
        return file;
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(TaskCompletionSource<string> refused) => Receive<NodeRefused>(m => refused.TrySetResult(m.Reason));
    }
}
