using System.Diagnostics;

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

    public static async Task<Outcome> RunAsync(string[] arguments, string? workingDirectory = null, (string Name, string Value)[]? environment = null)
    {
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Csp.Host.dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach ((string name, string value) in environment ?? [])
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new Outcome(process.ExitCode, await output, await error);
    }
}
