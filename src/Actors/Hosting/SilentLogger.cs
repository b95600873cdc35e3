using Akka.Event;

namespace Csp.Actors.Hosting;

/// <summary>
/// Stands in for the logger that Akka writes to the console with before the real ones start and after they stop; the level of that one cannot keep
/// it from printing at the end, in the middle of the result table.
/// </summary>
public sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
