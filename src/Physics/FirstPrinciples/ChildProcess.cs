using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Csp.Physics.FirstPrinciples;

/// <summary>How a child process ended.</summary>
/// <param name="ExitCode">128 + signal when a signal ended it.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
/// <param name="TimedOut">It was ended because its time was up.</param>
internal sealed record ChildResult(int ExitCode, string Output, string Errors, bool TimedOut);

/// <summary>
/// Runs a program in a session (and process group) of its own that never outlives its purpose: the whole group is killed on
/// timeout and on cancellation, and the kernel kills it should this process die.
/// </summary>
internal static partial class ChildProcess
{
    private const int SigKill = 9;

    private const int SigTerm = 15;

    // The kernel's parent-death signal fires when the *thread* that forked ends, so one thread that never ends forks all children.
    private static readonly BlockingCollection<Action> Forks = [];

    static ChildProcess()
    {
        Thread forker = new(() =>
        {
            foreach (Action fork in Forks.GetConsumingEnumerable())
                fork();
        })
        { IsBackground = true, Name = "csp-fork" };
        forker.Start();
    }

    /// <summary>Programs of util-linux and coreutils in front of the command; each replaces itself by the next, so one process results.</summary>
    public static IReadOnlyList<string> Launchers { get; } = ["setsid", "setpriv", "nice"];

    /// <param name="command">Program (full path) and arguments.</param>
    /// <param name="directory">Working directory.</param>
    /// <param name="environment">Variables added to or replacing this process's.</param>
    /// <param name="niceness">Added niceness.</param>
    /// <param name="timeout">Wall time; not positive = timed out at once.</param>
    /// <param name="cancellation">Kills the group.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the group is gone.</exception>
    /// <exception cref="Win32Exception">The program could not be started.</exception>
    public static async Task<ChildResult> RunAsync(
        IReadOnlyList<string> command, string directory, IReadOnlyDictionary<string, string> environment, int niceness, TimeSpan timeout, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (timeout <= TimeSpan.Zero)
            return new ChildResult(-1, "", "", TimedOut: true);
        ProcessStartInfo start = new("setsid")
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in (string[])["setpriv", "--pdeathsig", "KILL", "nice", "-n", $"{niceness}", .. command])
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        using Process process = await ForkAsync(start).ConfigureAwait(false);
        int group = process.Id;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using CancellationTokenSource clock = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        clock.CancelAfter(timeout);
        bool ended = false;
        try
        {
            await process.WaitForExitAsync(clock.Token).ConfigureAwait(false);
            ended = true;
        }
        catch (OperationCanceledException)
        {
            // Ended below; which of timeout and cancellation it was is asked afterwards.
        }
        if (!ended)
        {
            // mpirun ends its ranks when it is asked; a lone pw.x just ends. Who does not listen is killed.
            _ = Kill(-group, SigTerm);
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(2));
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        // After a normal end, too: whoever is left in the group would keep the pipes open.
        _ = Kill(-group, SigKill);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        string text = await output.ConfigureAwait(false), complaints = await errors.ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return new ChildResult(process.ExitCode, text, complaints, TimedOut: !ended);
    }

    private static Task<Process> ForkAsync(ProcessStartInfo start)
    {
        TaskCompletionSource<Process> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Forks.Add(() =>
        {
            try
            {
                done.SetResult(Process.Start(start) ?? throw new Win32Exception($"{start.FileName} did not start"));
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
