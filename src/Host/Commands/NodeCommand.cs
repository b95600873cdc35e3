using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using Csp.Actors.Runs;
using Csp.Host.Configuration;
using Csp.Host.Errors;
using Csp.Host.Runs;

namespace Csp.Host.Commands;

/// <summary><c>csp node --join</c>: adds this machine's cores to a running cluster.</summary>
public static class NodeCommand
{
    private static readonly ImmutableArray<string> Roles = ["relaxer", "labeler", "trainer", "ensemble"];

    public static Command Build()
    {
        Option<string[]> join = new("--join") { Description = "HOST:PORT of the hosts to join (or a run folder on this machine).", Required = true, AllowMultipleArgumentsPerToken = true };
        Option<string> roles = new("--roles") { Description = "Kinds of jobs to take.", DefaultValueFactory = _ => string.Join(',', Roles) };
        Option<int> cores = new("--cores") { Description = "Cores to use (0 = all of this machine).", DefaultValueFactory = _ => 0 };
        Option<string> host = new("--host") { Description = "Address of this node; anything but loopback needs the --tls options.", DefaultValueFactory = _ => "127.0.0.1" };
        Option<int> port = new("--port") { Description = "Port of this node (0 = any free one).", DefaultValueFactory = _ => 0 };
        Option<string?> bind = new("--bind") { Description = "ADDRESS:PORT of the socket where it is not --host and --port (containers, NAT)." };
        Option<string?> secret = new("--secret-file") { Description = "File whose first line is the cluster's secret (cluster.secret-file of the host)." };
        Option<string?> certificate = new("--tls-certificate") { Description = "PKCS#12 file with this node's certificate and key." };
        Option<string?> password = new("--tls-password-file") { Description = "File whose first line is its password." };
        Option<string?> authority = new("--tls-authority") { Description = "Certificate of the authority that signed every node's certificate." };
        Option<string?> log = new("--log") { Description = "Log file (default: none)." };
        Command command = new("node", "Add a compute node to a running cluster, at any time.") { join, roles, cores, host, port, bind, secret, certificate, password, authority, log };
        command.SetAction((parsed, cancellation) =>
        {
            TlsSettings? tls = Tls(parsed.GetValue(certificate), parsed.GetValue(password), parsed.GetValue(authority));
            string address = parsed.GetRequiredValue(host);
            if (!Loopback.Is(address) && tls is null)
                throw new CommandException($"--host {address} is not a loopback address: that needs --tls-certificate and --tls-authority");
            string socket = BindOf(parsed.GetValue(bind), parsed.GetValue(port), tls);
            SettingsSource defaults = SettingsSource.FromText("reference.conf", "");
            ClusterSettings settings = RunConfiguration.ClusterOf(defaults) with
            {
                HostName = address,
                Port = parsed.GetValue(port),
                Seeds = [.. parsed.GetRequiredValue(join).SelectMany(j => j.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(SeedOf)],
                Slots = SlotsOf(parsed.GetRequiredValue(roles), CommonOptions.ThreadsOf(parsed.GetValue(cores))),
                Tls = tls,
                Bind = socket,
                Secret = parsed.GetValue(secret) is string file ? SecretOf(file) : "",
            };
            return new NodeSession(settings, parsed.GetValue(log)).RunAsync(cancellation);
        });
        return command;
    }

    /// <summary>
    /// Jobs at once for N cores: one role gets them all; otherwise DFT and the model's work share them half and half, relaxations and
    /// ensemble chunks (which alternate) have the same number of slots, and one training runs at a time.
    /// </summary>
    public static WorkerSlots SlotsOf(string roles, int cores)
    {
        string[] asked = roles.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string? unknown = asked.FirstOrDefault(r => !Roles.Contains(r));
        if (unknown is not null || asked.Length == 0)
            throw new CommandException($"--roles: '{unknown}' is not a role; the roles are {string.Join(", ", Roles)}");
        bool dft = asked.Contains("labeler"), model = asked.Any(r => r != "labeler");
        int half = Math.Max(1, cores / 2);
        int forModel = dft ? half : Math.Max(1, cores);
        return new WorkerSlots(
            Relaxer: asked.Contains("relaxer") ? forModel : 0,
            Labeler: !dft ? 0 : model ? half : Math.Max(1, cores),
            Trainer: asked.Contains("trainer") ? 1 : 0,
            Ensemble: asked.Contains("ensemble") ? forModel : 0);
    }

    private static string BindOf(string? bind, int port, TlsSettings? tls)
    {
        if (bind is null)
            return "";
        if (!IPEndPoint.TryParse(bind, out IPEndPoint? socket) || socket.Port == 0 || port == 0)
            throw new CommandException($"--bind needs ADDRESS:PORT, and --port the port to be reached at, not '{bind}' and {port}");
        return Loopback.Is(socket.Address.ToString()) || tls is not null
            ? bind
            : throw new CommandException($"--bind {bind} is not a loopback address: that needs --tls-certificate and --tls-authority");
    }

    private static string SecretOf(string file) =>
        !File.Exists(file) ? throw new CommandException($"{file} does not exist")
        : RunConfiguration.SecretOf(file) ?? throw new CommandException($"{file} is empty");

    private static string SeedOf(string join)
    {
        if (Directory.Exists(join))
            return new RunFolder(join).FindHost()?.Cluster ?? throw new CommandException($"no host is running in {join}");
        int colon = join.LastIndexOf(':');
        return colon > 0 && int.TryParse(join.AsSpan(colon + 1), out int port) && port is > 0 and <= 65535
            ? join
            : throw new CommandException($"--join needs HOST:PORT or a run folder, not '{join}'");
    }

    private static TlsSettings? Tls(string? certificate, string? password, string? authority)
    {
        foreach (string? file in (string?[])[certificate, password, authority])
        {
            if (file is not null && !File.Exists(file))
                throw new CommandException($"{file} does not exist");
        }
        if (certificate is null)
            return null;
        return new TlsSettings(certificate, password, authority ?? throw new CommandException("--tls-certificate needs --tls-authority"));
    }
}
