using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Pattern;
using Akka.Remote.Hosting;
using Csp.Actors.Runs;
using Csp.Actors.Serialization;
using Csp.Actors.Workers;

namespace Csp.Actors.Hosting;

/// <summary>
/// Composition root: the two kinds of process. Both set up remoting, clustering, serialization, dispatchers and (where
/// <see cref="ClusterSettings.Slots"/> asks for any) the worker agent of this process; nothing else of Akka has to be configured.
/// Use with <c>services.AddAkka(CspHosting.SystemName, (builder, provider) => builder.AddCspCoordinator(…))</c>.
/// </summary>
public static class CspHosting
{
    /// <summary>Name of the actor system; the same in every process of a cluster.</summary>
    public const string SystemName = "csp";

    /// <summary>Cluster role of processes that may run the coordinator.</summary>
    public const string CoordinatorRole = "coordinator";

    /// <summary>Threads of their own for jobs.</summary>
    internal const string ComputeDispatcher = "csp.compute-dispatcher";

    /// <summary>Threads of their own for proposals and label choices.</summary>
    internal const string SearchDispatcher = "csp.search-dispatcher";

    /// <summary>A host: may run the coordinator singleton, whose journal is in <see cref="RunSettings.RunFolder"/>, and takes jobs too.</summary>
    /// <param name="builder">The actor system to be.</param>
    /// <param name="run">The run.</param>
    /// <param name="cluster">This process.</param>
    /// <param name="resume">Go on from the journal of the run folder; otherwise a journal that is already there is an error.</param>
    /// <param name="owner">Who may write the journal; null = a lock of the run folder.</param>
    /// <exception cref="RunFolderException">The run folder cannot be used (no journal to resume from, or one that is there already, or not writable).</exception>
    public static AkkaConfigurationBuilder AddCspCoordinator(
        this AkkaConfigurationBuilder builder, RunSettings run, ClusterSettings cluster, bool resume, RunLock? owner = null)
    {
        RunFolder.Prepare(run, cluster, resume);
        if (resume)
            cluster = KnownMembers.Rejoin(run.RunFolder, cluster);
        owner ??= new RunLock(run.RunFolder);
        return AddCoordinator(builder, run, cluster, owner, RunCoordinator.Props(run, cluster, owner));
    }

    /// <summary>A host whose coordinator is any actor that speaks with workers.</summary>
    internal static AkkaConfigurationBuilder AddCoordinator(
        AkkaConfigurationBuilder builder, RunSettings run, ClusterSettings cluster, RunLock owner, Props coordinator)
    {
        builder.AddSetup(new RunLockSetup(owner));
        builder.AddStartup((system, _) => CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseClusterShutdown, "release-run", () =>
        {
            owner.Release();
            return Task.FromResult(Akka.Done.Instance);
        }));
        AddNode(builder, cluster, coordinator: true);
        builder.AddHocon(JournalConfig.Of(run, cluster), HoconAddMode.Prepend);
        builder.AddHocon(Akka.Persistence.Sql.SqlPersistence.DefaultConfiguration, HoconAddMode.Append);
        Props supervised = BackoffSupervisor.Props(Backoff
            .OnStop(coordinator, "run", TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(20), 0.2, -1)
            .WithSupervisorStrategy(new OneForOneStrategy(20, TimeSpan.FromMinutes(5), Decider.From(Directive.Restart, Directive.Stop.When<ActorInitializationException>()))));
        builder.WithSingleton<CoordinatorKey>("coordinator", supervised, new ClusterSingletonOptions { Role = CoordinatorRole });
        return AddWorker(builder, cluster, null);
    }

    /// <summary>A node that only takes jobs from the cluster of <see cref="ClusterSettings.Seeds"/>.</summary>
    public static AkkaConfigurationBuilder AddCspWorker(this AkkaConfigurationBuilder builder, ClusterSettings cluster) => AddCspWorker(builder, cluster, null);

    /// <param name="builder">The actor system to be.</param>
    /// <param name="cluster">This process.</param>
    /// <param name="executionOf">What does the jobs; null = Physics and Learning.</param>
    internal static AkkaConfigurationBuilder AddCspWorker(
        AkkaConfigurationBuilder builder, ClusterSettings cluster, Func<JobContext, string, IJobExecution>? executionOf)
    {
        AddNode(builder, cluster, coordinator: false);
        builder.WithSingletonProxy<CoordinatorKey>("coordinator", new ClusterSingletonOptions { Role = CoordinatorRole });
        return AddWorker(builder, cluster, executionOf);
    }

    private static void AddNode(AkkaConfigurationBuilder builder, ClusterSettings cluster, bool coordinator)
    {
        string scheme = cluster.Tls is null ? "akka.tcp" : "akka.ssl.tcp";
        RemoteOptions remote = cluster.Bind.Split(':') is [string bindHost, string bindPort]
            ? new() { HostName = bindHost, Port = int.Parse(bindPort, CultureInfo.InvariantCulture), PublicHostName = cluster.HostName, PublicPort = cluster.Port }
            : new() { HostName = cluster.HostName, Port = cluster.Port };
        if (cluster.Tls is TlsSettings tls)
            builder.AddSetup(MutualTls.SetupOf(tls));
        builder.WithRemoting(remote);
        builder.WithClustering(new ClusterOptions
        {
            Roles = [.. coordinator ? [CoordinatorRole] : Array.Empty<string>(), .. RolesOf(cluster.Slots)],
            SeedNodes = [.. cluster.Seeds.Select(s => s.Contains("://", StringComparison.Ordinal) ? s : $"{scheme}://{SystemName}@{s}")],
        });
        builder.WithCustomSerializer("csp-msgpack", [typeof(ICspMessage)], system => new CspSerializer(system));
        builder.AddHocon(NodeConfig.Of(cluster), HoconAddMode.Prepend);
        if (coordinator && cluster.Seeds.IsDefaultOrEmpty)
            builder.AddStartup((system, _) => Akka.Cluster.Cluster.Get(system).Join(Akka.Cluster.Cluster.Get(system).SelfAddress));
    }

    private static IEnumerable<string> RolesOf(WorkerSlots slots)
    {
        if (slots.Relaxer > 0)
            yield return "relaxer";
        if (slots.Labeler > 0)
            yield return "labeler";
        if (slots.Trainer > 0)
            yield return "trainer";
        if (slots.Ensemble > 0)
            yield return "ensemble";
    }

    private static AkkaConfigurationBuilder AddWorker(
        AkkaConfigurationBuilder builder, ClusterSettings cluster, Func<JobContext, string, IJobExecution>? executionOf)
    {
        if (cluster.Slots == WorkerSlots.None)
            return builder;
        return builder.WithActors((system, registry) =>
        {
            Address self = Akka.Cluster.Cluster.Get(system).SelfAddress;
            IActorRef agent = system.ActorOf(WorkerAgent.Props(registry.Get<CoordinatorKey>(), cluster, $"{self.Host}:{self.Port}", executionOf), "worker");
            registry.Register<WorkerKey>(agent);
            CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseBeforeClusterShutdown, "hand-back-jobs", async () =>
            {
                try
                {
                    await agent.Ask<Left>(new Leave(), TimeSpan.FromSeconds(4)).ConfigureAwait(false);
                }
                catch (AskTimeoutException)
                {
                    // The coordinator is gone or busy: the leases lapse and others do the jobs.
                }
                return Akka.Done.Instance;
            });
        });
    }
}

/// <summary>The run folder cannot be used; one sentence why.</summary>
public sealed class RunFolderException(string message, Exception? inner = null) : Exception(message, inner);
