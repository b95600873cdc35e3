using Csp.Actors.Runs;
using Csp.Host.Runs;

namespace Csp.Host.Display;

/// <summary>A line every few seconds, when something has changed, and a line for every warning.</summary>
public sealed class PlainView(TextWriter output) : IRunView
{
    private readonly Lock _lock = new();
    private string _last = "";

    public TimeSpan Interval => TimeSpan.FromSeconds(5);

    public void Begin(RunFolder folder, HostAddress host) => Write(
        $"run folder {folder.Root}\nadd a node: ./csp node --join {host.Cluster}\nstatus: ./csp status {folder.Root}   metrics: {host.Http}/metrics");

    public void Show(RunStatus status)
    {
        string line = StatusText.Line(status);
        string content = line[line.IndexOf(' ')..];
        if (content == _last)
            return;
        _last = content;
        Write(line);
    }

    public void Say(RunLogged line)
    {
        if (line.Warning)
            Write($"warning: {line.Actor}: {line.Text}");
    }

    public void End()
    {
    }

    private void Write(string text)
    {
        lock (_lock)
        {
            output.WriteLine(text);
            output.Flush();
        }
    }
}
