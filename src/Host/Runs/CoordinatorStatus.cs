using Akka.Actor;
using Akka.Hosting;
using Csp.Actors.Hosting;
using Csp.Actors.Runs;

namespace Csp.Host.Runs;

/// <summary>Where the state of the run can be asked for.</summary>
public interface IRunStatusSource
{
    /// <summary>The state now, or null when the coordinator does not answer in time (starting, moving, overloaded).</summary>
    Task<RunStatus?> TryGetAsync(TimeSpan timeout, CancellationToken cancellation);
}

/// <summary>Asks the coordinator of this process's cluster.</summary>
public sealed class CoordinatorStatus(IReadOnlyActorRegistry registry) : IRunStatusSource
{
    public async Task<RunStatus?> TryGetAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        if (!registry.TryGet<CoordinatorKey>(out IActorRef coordinator))
            return null;
        try
        {
            return await coordinator.Ask<object>(GetRunStatus.Instance, timeout, cancellation) switch
            {
                RunStatus status => status,
                RunStatusJson elsewhere => elsewhere.Parse(),
                object other => throw new InvalidOperationException($"{other.GetType()} is no status"),
            };
        }
        catch (Exception e) when (e is AskTimeoutException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
