using System.Collections.Immutable;

namespace Csp.Actors.Runs;

/// <summary>How one process takes part in the cluster.</summary>
public sealed record ClusterSettings
{
    /// <summary>Address to bind to and to be reached at. Anything but a loopback address needs <see cref="Tls"/>.</summary>
    public required string HostName { get; init; }

    /// <summary>0 = any free port.</summary>
    public required int Port { get; init; }

    /// <summary>host:port that the socket is bound to when it is not the address to be reached at (containers, several networks); empty = the same.</summary>
    public string Bind { get; init; } = "";

    /// <summary>host:port of the nodes to join, coordinator first; empty = start a new cluster.</summary>
    public ImmutableArray<string> Seeds { get; init; } = [];

    /// <summary>Jobs of each kind that this process runs at once; 0 = does not take that role.</summary>
    public required WorkerSlots Slots { get; init; }

    /// <summary>A job whose worker is silent for this long is given to another.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>How long an unreachable node is given before it is removed.</summary>
    public required TimeSpan StableAfter { get; init; }

    /// <summary>Largest message, bytes; the same on every node.</summary>
    public required int MaxFrameBytes { get; init; }

    /// <summary><c>sqlite</c> (file in the run folder) or <c>postgresql</c>.</summary>
    public required string Journal { get; init; }

    /// <summary>Connection string; empty for SQLite's file in the run folder.</summary>
    public required string JournalConnection { get; init; }

    /// <summary>Npgsql.dll, PostgreSQL's driver, which does not come with Csp; empty for SQLite.</summary>
    public string JournalDriver { get; init; } = "";

    public TlsSettings? Tls { get; init; }

    /// <summary>Shared by all processes of a cluster; a node with another one gets no work. Empty = none.</summary>
    public string Secret { get; init; } = "";

    internal string SecretHash => Secret.Length == 0 ? "" : Models.BlobShelf.HashOf(System.Text.Encoding.UTF8.GetBytes("csp:" + Secret));
}

/// <summary>Parallel jobs per kind on one node.</summary>
public sealed record WorkerSlots(int Relaxer, int Labeler, int Trainer, int Ensemble)
{
    public static WorkerSlots None { get; } = new(0, 0, 0, 0);
}

/// <summary>Mutual TLS with a private certificate authority.</summary>
/// <param name="Certificate">PKCS#12 file with this node's certificate and key.</param>
/// <param name="PasswordFile">File whose first line is the password, or null.</param>
/// <param name="Authority">PEM or DER file of the authority that every peer's certificate must come from.</param>
public sealed record TlsSettings(string Certificate, string? PasswordFile, string Authority);
