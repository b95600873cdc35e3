using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Csp.Host.Runs;

/// <summary>
/// The log file of a run: one line per event, time first; traces of exceptions follow their line. Written by one background task, so
/// that nobody who logs waits for the disk.
/// </summary>
public sealed class RunLog : ILoggerProvider, IAsyncDisposable
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly StreamWriter _writer;
    private readonly Task _writing;

    /// <summary>Appends to a file.</summary>
    public RunLog(string path)
    {
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite));
        _writing = Task.Run(WriteAsync);
    }

    public void Add(DateTimeOffset at, string level, string source, string text, Exception? exception = null)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-dd HH:mm:ss.fff} {level,-5} {source}: {text}");
        _lines.Writer.TryWrite(exception is null ? line : $"{line}\n{exception}");
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_lines.Writer.TryComplete())
        {
            await _writing;
            await _writer.DisposeAsync();
        }
    }

    private async Task WriteAsync()
    {
        while (await _lines.Reader.WaitToReadAsync())
        {
            while (_lines.Reader.TryRead(out string? line))
                await _writer.WriteLineAsync(line);
            await _writer.FlushAsync();
        }
    }

    private sealed class Category(RunLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                log.Add(DateTimeOffset.Now, Short(logLevel), name, formatter(state, exception), exception);
        }

        private static string Short(LogLevel level) => level switch
        {
            LogLevel.Warning => "WARN",
            LogLevel.Error => "ERROR",
            LogLevel.Critical => "FATAL",
            _ => "INFO",
        };
    }
}
