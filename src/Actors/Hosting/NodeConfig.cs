using System.Globalization;
using Akka.Configuration;
using Csp.Actors.Runs;
using Csp.Actors.Serialization;

namespace Csp.Actors.Hosting;

/// <summary>Akka's configuration of every process.</summary>
internal static class NodeConfig
{
    public static Config Of(ClusterSettings cluster)
    {
        string refusing = $"{typeof(RefusingJsonSerializer).FullName}, {typeof(RefusingJsonSerializer).Assembly.GetName().Name}";
        string tls = cluster.Tls is null ? "" : "akka.remote.dot-netty.tcp.enable-ssl = true";
        return ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
            akka {
              loglevel = INFO
              stdout-loglevel = OFF
              stdout-logger-class = "Csp.Actors.Hosting.SilentLogger, Csp.Actors"
              coordinated-shutdown.exit-clr = off
              coordinated-shutdown.phases.before-cluster-shutdown.timeout = 6s
              actor {
                telemetry.enabled = true
                serialization-settings.allow-unregistered-types = false
                serializers.json = "{{refusing}}"
                serialization-identifiers."{{refusing}}" = 1
              }
              remote {
                log-frame-size-exceeding = 100000b
                dot-netty.tcp.maximum-frame-size = {{cluster.MaxFrameBytes}}b
                dot-netty.tcp.batching.enabled = off
              }
              cluster {
                downing-provider-class = "{{typeof(MembershipProvider).FullName}}, {{typeof(MembershipProvider).Assembly.GetName().Name}}"
                failure-detector.acceptable-heartbeat-pause = 5s
                seed-node-timeout = 5s
                shutdown-after-unsuccessful-join-seed-nodes = 60s
                retry-unsuccessful-join-after = 2s
                periodic-tasks-initial-delay = 0.2s
                leader-actions-interval = 0.25s
                gossip-interval = 0.5s
                allow-weakly-up-members = 3s
                singleton { hand-over-retry-interval = 0.5s, min-number-of-hand-over-retries = 10 }
                singleton-proxy { buffer-size = 10000, singleton-identification-interval = 0.25s }
              }
            }
            csp.membership.stable-after = {{cluster.StableAfter.TotalSeconds}}s
            {{tls}}
            # One thread per slot: a shared pool wakes at most as many threads at once as the machine has cores, and slots that wait for a program would hold up the others.
            {{CspHosting.ComputeDispatcher}} { type = PinnedDispatcher, throughput = 1 }
            {{CspHosting.SearchDispatcher}} {
              type = ForkJoinDispatcher
              throughput = 1
              dedicated-thread-pool { thread-count = 2, threadtype = background }
            }
            """));
    }
}

/// <summary>The journal's configuration: SQLite in the run folder, or PostgreSQL.</summary>
internal static class JournalConfig
{
    public static Config Of(RunSettings run, ClusterSettings cluster)
    {
        bool postgres = cluster.Journal == "postgresql";
        string provider = postgres ? "PostgreSQL.15" : "SQLite.MS";
        string connection = cluster.JournalConnection.Length > 0 ? cluster.JournalConnection : RunFolder.ConnectionOf(run);
        string quoted = connection.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return ConfigurationFactory.ParseString($$"""
            akka.persistence {
              journal.plugin = "akka.persistence.journal.sql"
              journal.sql.connection-string = "{{quoted}}"
              journal.sql.provider-name = "{{provider}}"
              snapshot-store.plugin = "akka.persistence.snapshot-store.sql"
              snapshot-store.sql.connection-string = "{{quoted}}"
              snapshot-store.sql.provider-name = "{{provider}}"
            }
            """);
    }
}
