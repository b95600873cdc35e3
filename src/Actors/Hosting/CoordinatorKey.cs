namespace Csp.Actors.Hosting;

/// <summary>Registry key of the run's coordinator (a cluster singleton, or the proxy to it): <c>registry.Get&lt;CoordinatorKey&gt;()</c>.</summary>
public sealed class CoordinatorKey
{
    private CoordinatorKey()
    {
    }
}

/// <summary>Registry key of this process's worker agent.</summary>
public sealed class WorkerKey
{
    private WorkerKey()
    {
    }
}
