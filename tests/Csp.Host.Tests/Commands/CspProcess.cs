using System.Diagnostics;
using System.Globalization;

namespace Csp.Host.Tests.Commands;

/// <summary>The program as a person starts it: a process of its own.</summary>
public static class CspProcess
{
    public sealed record Outcome(int ExitCode, string Output, string Error)
    {
        /// <summary>The single line on the standard error.</summary>
        public string Sentence
        {
            get
            {
                string[] lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
                Assert.True(lines.Length == 1, $"one line was expected on the standard error, not:\n{Error}");
                return lines[0];
            }
        }
    }

    /// <summary>Starts it with both outputs redirected.</summary>
    public static Process Start(string[] arguments, string workingDirectory)
    {
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Csp.Host.dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    /// <summary>Ctrl-C, and its end. A shell starts what runs in its background with that signal ignored; then SIGTERM has to do.</summary>
    public static async Task InterruptAsync(Process process)
    {
        string ignored = File.ReadLines($"/proc/{process.Id}/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
        await SignalAsync(process, (ulong.Parse(ignored[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 2) == 0 ? "INT" : "TERM");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public static async Task SignalAsync(Process process, string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public static async Task<Outcome> RunAsync(string[] arguments, string workingDirectory, TimeSpan? limit = null)
    {
        using Process process = Start(arguments, workingDirectory);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(limit ?? TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new Outcome(process.ExitCode, await output, await error);
    }
}
