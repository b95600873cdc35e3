using System.Runtime.InteropServices;
using Csp.Host.Errors;

namespace Csp.Host.Commands;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks the command to stop gracefully (its cancellation token), the second ends the process at once.
/// </summary>
public sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _signals;

    public Interrupts()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
    }

    /// <summary>Of this process.</summary>
    public static Interrupts? Current { get; set; }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) == 1)
        {
            Console.Error.WriteLine("csp: stopping (once more: at once)");
            // Not inside the signal handler: callbacks of the token may take time, and a second signal must get through.
            Task.Run(_source.Cancel);
        }
        else
        {
            Environment.Exit(ErrorPolicy.Interrupted);
        }
    }
}
