using Akka.Hosting;
using Csp.Actors.Runs;

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

    /// <summary>A host: may run the coordinator singleton, whose journal is in <see cref="RunSettings.RunFolder"/>, and takes jobs too.</summary>
    /// <param name="builder">The actor system to be.</param>
    /// <param name="run">The run.</param>
    /// <param name="cluster">This process.</param>
    /// <param name="resume">Go on from the journal of the run folder; otherwise a journal that is already there is an error.</param>
    /// <exception cref="RunFolderException">The run folder cannot be used (no journal to resume from, or one that is there already, or not writable).</exception>
    public static AkkaConfigurationBuilder AddCspCoordinator(
        this AkkaConfigurationBuilder builder, RunSettings run, ClusterSettings cluster, bool resume) => throw new NotImplementedException();

    /// <summary>A node that only takes jobs from the cluster of <see cref="ClusterSettings.Seeds"/>.</summary>
    public static AkkaConfigurationBuilder AddCspWorker(this AkkaConfigurationBuilder builder, ClusterSettings cluster) => throw new NotImplementedException();
}

/// <summary>The run folder cannot be used; one sentence why.</summary>
public sealed class RunFolderException(string message, Exception? inner = null) : Exception(message, inner);
