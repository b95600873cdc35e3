using Akka.Actor;
using Csp.Actors.Runs;

namespace Csp.Host.Runs;

/// <summary>Carries what the actors say about the run from the event stream into the run's log.</summary>
public sealed class RunLogActor : ReceiveActor
{
    public RunLogActor(RunLog log, Action<RunLogged> also)
    {
        Receive<RunLogged>(e =>
        {
            log.Add(e.At, e.Warning ? "WARN" : "INFO", e.Actor, e.Text);
            also(e);
        });
    }

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(RunLogged));
}
