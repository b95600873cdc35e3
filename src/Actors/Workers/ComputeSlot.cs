using Akka.Actor;
using Csp.Actors.Jobs;

namespace Csp.Actors.Workers;

/// <summary>Runs one job at a time on a thread of the compute dispatcher; its mailbox may wait, the agent's never does.</summary>
internal sealed class ComputeSlot : ReceiveActor
{
    public ComputeSlot() => Receive<Compute>(work =>
    {
        IJobResult? result;
        try
        {
            work.Cancellation.ThrowIfCancellationRequested();
            result = work.Work(work.Cancellation);
        }
        catch (OperationCanceledException)
        {
            result = null;
        }
        Sender.Tell(new Computed(work.Id, Self, result));
    });

    public sealed record Compute(string Id, Func<CancellationToken, IJobResult> Work, CancellationToken Cancellation);

    /// <param name="Id">Of the job.</param>
    /// <param name="Slot">Free again.</param>
    /// <param name="Result">Null when it was cancelled.</param>
    public sealed record Computed(string Id, IActorRef? Slot, IJobResult? Result);
}
