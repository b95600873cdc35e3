namespace Csp.Host.Display;

/// <summary>Progress of a command on the standard error: one line that rewrites itself in a terminal, nothing where it would only fill a log.</summary>
public sealed class ProgressLine : IDisposable
{
    private readonly bool _terminal = !Console.IsErrorRedirected;
    private readonly Lock _lock = new();
    private DateTime _next;
    private int _width;

    /// <summary>Shows a text; more than five a second are skipped.</summary>
    public void Show(string text)
    {
        if (!_terminal)
            return;
        lock (_lock)
        {
            if (DateTime.UtcNow < _next)
                return;
            _next = DateTime.UtcNow.AddMilliseconds(200);
            Console.Error.Write($"\r{text.PadRight(_width)}");
            _width = text.Length;
        }
    }

    public void Dispose()
    {
        if (_width > 0)
            Console.Error.Write($"\r{new string(' ', _width)}\r");
    }
}
