using Microsoft.Extensions.Hosting;

namespace Csp.Host.Endpoints;

/// <summary>Signals belong to <see cref="Commands.Interrupts"/>; the host's own console lifetime would print and stop on its own.</summary>
public sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
