using System.CommandLine;
using Csp.Actors.Runs;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Spectre.Console;

namespace Csp.Host.Commands;

/// <summary><c>csp status</c> and <c>csp metrics</c>: a running host, asked over its loopback pages.</summary>
public static class StatusCommand
{
    public static Command BuildStatus() => Build(
        "status", "What a running host does: structures, labels, model, best structures, workers, queues.", StatusText.Page, status => status);

    public static Command BuildMetrics() => Build(
        "metrics", "Actors, workers and queues of a running host in numbers (for Prometheus: the /metrics page that it prints).", StatusText.Metrics,
        status => new { status.At, status.Elapsed, status.Queues, status.Workers, status.Actors });

    private static Command Build(string name, string description, Func<RunStatus, string> text, Func<RunStatus, object> json)
    {
        Argument<string?> run = new("RUN") { Description = "Run folder (default: the newest under runs whose host is alive).", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> watch = new("--watch") { Description = "Again every two seconds, until the run ends or Ctrl-C." };
        Option<bool> asJson = CommonOptions.Json();
        Command command = new(name, description) { run, watch, asJson };
        command.SetAction((parsed, cancellation) => ShowAsync(
            parsed.GetValue(run), parsed.GetValue(watch), parsed.GetValue(asJson) ? s => JsonText.Of(json(s)) : text, cancellation));
        return command;
    }

    private static async Task<int> ShowAsync(string? run, bool watch, Func<RunStatus, string> text, CancellationToken cancellation)
    {
        using HostClient client = HostClient.Find(run);
        Console.WriteLine(text(await client.StatusAsync(cancellation)));
        while (watch)
        {
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(2), cancellation);
                if (client.Folder.FindHost() != client.Host)
                    return 0;
                string page = text(await client.StatusAsync(cancellation));
                if (!Console.IsOutputRedirected)
                    AnsiConsole.Clear();
                Console.WriteLine(page);
            }
            catch (OperationCanceledException)
            {
                return 0;
            }
            catch (CommandException) when (client.Folder.FindHost() is null)
            {
                return 0;
            }
        }
        return 0;
    }
}
