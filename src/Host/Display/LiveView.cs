using System.Collections.Concurrent;
using Csp.Actors.Runs;
using Csp.Host.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Csp.Host.Display;

/// <summary>One page that redraws itself in a terminal.</summary>
public sealed class LiveView : IRunView
{
    private readonly ConcurrentQueue<RunLogged> _said = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RunFolder? _folder;
    private HostAddress? _host;
    private LiveDisplayContext? _context;
    private Task _drawing = Task.CompletedTask;

    public TimeSpan Interval => TimeSpan.FromSeconds(1);

    public void Begin(RunFolder folder, HostAddress host)
    {
        (_folder, _host) = (folder, host);
        _drawing = AnsiConsole.Live(new Text("starting …")).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async context =>
        {
            _context = context;
            await _ended.Task;
        });
    }

    public void Show(RunStatus status)
    {
        _context?.UpdateTarget(Page(status));
        _context?.Refresh();
    }

    public void Say(RunLogged line)
    {
        _said.Enqueue(line);
        while (_said.Count > 4)
            _said.TryDequeue(out _);
    }

    public void End()
    {
        _ended.TrySetResult();
        _drawing.Wait(TimeSpan.FromSeconds(2));
    }

    private Rows Page(RunStatus s)
    {
        int spare = Math.Max(3, AnsiConsole.Profile.Height - 24 - s.Workers.Length);
        List<IRenderable> rows =
        [
            new Markup($"[bold]{Markup.Escape(StatusText.Head(s))}[/]"),
            Line("structures", StatusText.Structures(s)),
            Line("labels", StatusText.Labels(s)),
            Line("model", StatusText.Model(s)),
            .. s.Ensembles.Where(e => e.State == "running").Select(e => Line("SSCHA", FormattableString.Invariant(
                $"{e.Id} {e.SpaceGroup}: population {e.Population}, F = {e.FreeEnergyEv:0.0000} ± {e.ErrorEv:0.0000} eV, gradient/error {e.GradientOverError:0.0}"))),
            new Markup("\n[bold]best[/]"),
            new Text(StatusText.Best(s, Math.Min(8, spare))),
            new Markup("\n[bold]workers[/]"),
            new Text(StatusText.Workers(s)),
            new Text(""),
        ];
        rows.AddRange(_said.Select(l => new Markup($"[{(l.Warning ? "yellow" : "grey")}]{Markup.Escape($"{l.At:HH:mm:ss} {l.Actor}: {l.Text}")}[/]")));
        if (_folder is not null && _host is not null)
            rows.Add(new Markup($"[grey]{Markup.Escape($"{_folder.Root}   add a node: ./csp node --join {_host.Cluster}   Ctrl-C stops (resume with --resume)")}[/]"));
        return new Rows(rows);
    }

    private static Markup Line(string head, string text) => new($"[grey]{head,-11}[/] {Markup.Escape(text)}");
}
