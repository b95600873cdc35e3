using Akka.Actor;
using Csp.Actors.Runs;

namespace Csp.Actors.Hosting;

/// <summary>The end of a run as a task.</summary>
public static class RunEnds
{
    /// <summary>
    /// Completes when the coordinator in this process publishes <see cref="RunFinished"/> or <see cref="RunFailed"/>. Call it before the
    /// actor system starts its singletons, e.g. inside <c>WithActors</c> (in a lambda with a body: start-up would wait for a task that the lambda returns).
    /// </summary>
    public static Task<RunEnd> WhenRunEnds(this ActorSystem system)
    {
        TaskCompletionSource<RunEnd> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IActorRef listener = system.ActorOf(Props.Create(() => new EndListener(end)), $"run-end-{Guid.NewGuid():N}");
        system.EventStream.Subscribe(listener, typeof(RunEnd));
        return end.Task;
    }

    private sealed class EndListener : ReceiveActor
    {
        public EndListener(TaskCompletionSource<RunEnd> end) => Receive<RunEnd>(e =>
        {
            end.TrySetResult(e);
            Context.Stop(Self);
        });
    }
}
