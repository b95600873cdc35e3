using System.Collections.Concurrent;
using Akka.Actor;
using Csp.Actors.Jobs;
using Csp.Actors.Runs;

namespace Csp.Actors.Workers;

/// <summary>
/// Runs one job at a time on a thread of the compute dispatcher. It takes the jobs that are ready by itself, one after the other, so that between two of them nothing has to be
/// told to anyone; when there is none it says so and waits for <see cref="Go"/>.
/// </summary>
internal sealed class ComputeSlot : ReceiveActor
{
    /// <param name="group">Of the slot.</param>
    /// <param name="ready">Filled by the agent, emptied by the slots.</param>
    public ComputeSlot(SlotGroup group, ConcurrentQueue<Compute> ready) => Receive<Go>(_ =>
    {
        while (ready.TryDequeue(out Compute? work))
            Context.Parent.Tell(Done(work));
        Context.Parent.Tell(new Idle(Self, group));
    });

    private static Computed Done(Compute work)
    {
        IJobResult? result = null;
        if (!work.Job.Stop.IsCancellationRequested)
        {
            work.Job.Start(RunClock.Monotonic);
            try
            {
                result = work.Run(work.Job.Stop.Token);
            }
            catch (OperationCanceledException)
            {
                // Nobody waits for it any more.
            }
        }
        return new Computed(work.Job, result, RunClock.Monotonic);
    }

    /// <summary>There is something to do.</summary>
    public sealed record Go
    {
        public static readonly Go Instance = new();
    }

    /// <summary>There was nothing left to do.</summary>
    public sealed record Idle(IActorRef Slot, SlotGroup Group);

    public sealed record Compute(RunningJob Job, Func<CancellationToken, IJobResult> Run);

    /// <param name="Job">That is over.</param>
    /// <param name="Result">Null when it was cancelled.</param>
    /// <param name="At">When it ended.</param>
    public sealed record Computed(RunningJob Job, IJobResult? Result, double At);
}
