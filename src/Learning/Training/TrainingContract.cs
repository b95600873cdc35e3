using Csp.Physics.Crystals;
using Csp.Physics.Files;

namespace Csp.Learning.Training;

/// <summary>What to train on.</summary>
/// <param name="Data">Structures with energy, and forces and stress where known.</param>
/// <param name="ParentModel">Bytes of the model to go on from; null starts a fresh one.</param>
/// <param name="Settings">How.</param>
/// <param name="Seed">Same seed, data and settings: same weights (with <see cref="TrainingSettings.MaxSeconds"/> not reached).</param>
public sealed record TrainingRequest(IReadOnlyList<Frame> Data, byte[]? ParentModel, TrainingSettings Settings, ulong Seed)
{
    /// <summary>
    /// Structures on which the new model should stay close to its parent, so that it does not forget what the data do not hold. The parent labels
    /// them; they are never held out.
    /// </summary>
    public IReadOnlyList<Crystal> Replay { get; init; } = [];

    /// <summary>
    /// Structures with labels of another model (a foundation model after fine-tuning, say), trained on with <see cref="TrainingSettings.ReplayWeight"/>
    /// beside the data. They are never held out.
    /// </summary>
    public IReadOnlyList<Frame> Taught { get; init; } = [];

    /// <summary>Labelled structures that are held out beside the share of the data: they measure errors and uncertainty, and stop the training when asked to.</summary>
    public IReadOnlyList<Frame> HeldOut { get; init; } = [];

    /// <summary>
    /// State of an interrupted training to go on from, with the same data, parent, settings (but for threads and seconds) and seed: the result is that
    /// of an uninterrupted one, bit for bit.
    /// </summary>
    public TrainingState? State { get; init; }

    /// <summary>Receives the state before the first step and after every evaluation of the hold-out, to be kept for <see cref="State"/>.</summary>
    public Action<TrainingState>? Checkpoint { get; init; }
}

/// <summary>A trained model.</summary>
/// <param name="ModelBytes">Self-contained model file.</param>
/// <param name="Training">Errors on the structures trained on.</param>
/// <param name="HoldOut">Errors on the structures held out.</param>
/// <param name="Epochs">Passes over the training set.</param>
/// <param name="Seconds">Wall time, of all goes at it.</param>
public sealed record TrainingResult(byte[] ModelBytes, TrainingErrors Training, TrainingErrors HoldOut, int Epochs, double Seconds)
{
    /// <summary>Errors on the structures held out before the first step (after fitting reference energies).</summary>
    public TrainingErrors HoldOutBefore { get; init; } = TrainingErrors.None;
}

/// <summary>Mean absolute and root-mean-square errors over <paramref name="Structures"/> structures; NaN when there are none.</summary>
public sealed record TrainingErrors(
    int Structures, double EnergyMaeMev, double EnergyRmseMev, double ForceMae, double ForceRmse, double StressMaeGPa, double StressRmseGPa)
{
    /// <summary>
    /// 68.27 % of the absolute energy errors are not larger, meV/atom: their standard deviation if they were normally distributed, and unlike the root mean
    /// square untouched by a few structures that are far from all others.
    /// </summary>
    public double? EnergyOneSigmaMev { get; init; }

    public static TrainingErrors None { get; } = new(0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);

    public override string ToString() => FormattableString.Invariant(
        $"E {EnergyMaeMev:F1}/{EnergyRmseMev:F1} meV/atom, F {ForceMae:F3}/{ForceRmse:F3} eV/Å, stress {StressMaeGPa:F2}/{StressRmseGPa:F2} GPa (MAE/RMSE of {Structures})");
}

/// <summary>Where a training stands.</summary>
public sealed record TrainingProgress(int Epoch, int Epochs, double Loss, double LearningRate, TrainingErrors HoldOut, double Seconds);

/// <summary>Where a model comes from; written into every model file.</summary>
/// <param name="ParentHash">SHA-256 of the parent's bytes, hex; null for a fresh model.</param>
/// <param name="DataHash">SHA-256 over the hashes of all structures with their labels, hex: those trained on, held out, replayed and taught.</param>
/// <param name="TrainingStructures">Number trained on.</param>
/// <param name="HoldOutStructures">Number held out.</param>
/// <param name="Settings">Training settings as JSON.</param>
/// <param name="Seed">Of the training.</param>
/// <param name="Training">Errors on the training set.</param>
/// <param name="HoldOut">Errors on the hold-out.</param>
public sealed record ModelProvenance(
    string? ParentHash, string DataHash, int TrainingStructures, int HoldOutStructures, string Settings, ulong Seed, TrainingErrors Training, TrainingErrors HoldOut)
{
    /// <summary>Number of structures trained on with labels of a model: replayed or taught.</summary>
    public int ModelLabelledStructures { get; init; }

    /// <summary>How many structures another model taught.</summary>
    public int TaughtStructures { get; init; }
}
