using System.Diagnostics;
using Csp.Host.Errors;
using Csp.Learning.Training;

namespace Csp.Host.Commands;

/// <summary>The state of a training beside the model file that it will write: there while the training is under way or was interrupted.</summary>
internal sealed class StateFile(string output)
{
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(10);

    private TrainingState? _latest;
    private Stopwatch? _written;

    public string Path { get; } = output + ".state";

    public bool Exists => File.Exists(Path);

    /// <summary>The state that an earlier training left; null without one.</summary>
    /// <exception cref="CommandException">It cannot be read.</exception>
    public TrainingState? Read() => Exists ? new TrainingState(ModelBytes.Read(Path)) : null;

    /// <summary>Takes note of a state, and writes it if that is due.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public void Keep(TrainingState state)
    {
        _latest = state;
        if (_written is null || _written.Elapsed > WriteEvery)
            Write();
    }

    /// <summary>Writes the latest state that is not yet written.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public void Write()
    {
        if (_latest is null)
            return;
        ModelBytes.Write(Path, _latest.Bytes);
        _latest = null;
        _written = Stopwatch.StartNew();
    }

    public void Delete() => File.Delete(Path);
}
