using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Csp.Cluster.Tests;

/// <summary>A csp process that a test may kill, freeze and thaw. Only processes started here are ever signalled.</summary>
internal sealed class CspProcess : IDisposable
{
    private const int SigStop = 19;
    private const int SigCont = 18;
    private const int SigTerm = 15;
    private readonly Process _process;
    private readonly List<string> _output = [];

    public CspProcess(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Csp.Host.dll");
        ProcessStartInfo start = new("dotnet", ["exec", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredPGO"] = "0";
        Arguments = string.Join(' ', arguments);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Arguments { get; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    public void Kill()
    {
        Signal(SigCont);
        _process.Kill();
        _process.WaitForExit();
    }

    public void Freeze() => Signal(SigStop);

    public void Thaw() => Signal(SigCont);

    public void Terminate() => Signal(SigTerm);

    public async Task<int> ExitAsync(TimeSpan limit)
    {
        using CancellationTokenSource cancellation = new(limit);
        await _process.WaitForExitAsync(cancellation.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.Add(line);
    }

    private void Signal(int number)
    {
        if (!_process.HasExited)
            _ = kill(_process.Id, number);
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
