using Csp.Actors.Runs;
using Csp.Host.Runs;
using Spectre.Console;

namespace Csp.Host.Display;

/// <summary>What a person sees while a run goes on. Calls come from several threads.</summary>
public interface IRunView
{
    /// <summary>How often a new status is worth showing.</summary>
    TimeSpan Interval { get; }

    void Begin(RunFolder folder, HostAddress host);

    void Show(RunStatus status);

    void Say(RunLogged line);

    void End();

    /// <summary>Redraws in a terminal, writes lines anywhere else.</summary>
    static IRunView ForThisConsole() => !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi ? new LiveView() : new PlainView(Console.Out);
}
