using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>
/// Fits a model to labelled structures: reference energies first, then AdamW on energies, forces and stresses with warm-up, cosine decay and
/// averaged weights; the weights that were best on the hold-out are kept. Everything that does not depend on weights is computed once.
/// </summary>
public static class PotentialTrainer
{
    /// <summary>Trains; see <see cref="TrainingRequest"/>.</summary>
    /// <exception cref="PotentialException">No usable data, an unknown architecture, or a parent model that does not fit the data.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TrainingResult Train(TrainingRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Train(request, request.ParentModel is byte[] parent ? TrainableArchitectures.Of(parent) : TrainableArchitectures.Named(request.Settings.Architecture), progress, cancellation);

    /// <summary>Trains a model of a given family.</summary>
    /// <inheritdoc cref="Train(TrainingRequest, IProgress{TrainingProgress}?, CancellationToken)"/>
    public static TrainingResult Train(
        TrainingRequest request, ITrainableArchitecture architecture, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        Stopwatch clock = Stopwatch.StartNew();
        TrainingSettings settings = request.Settings.Checked();
        TrainingSet set = TrainingSet.Split(request.Data, settings.HoldOut, settings.Focus, request.HeldOut);
        ITrainableModel model = StartingModel.Of(request, architecture, set);
        using TrainingRun run = new(model, set, StartingModel.ModelLabelled(request, model), settings, request.Seed, cancellation);
        if (request.State is TrainingState state)
            run.Restore(state, set.DataHash);

        double peak = request.ParentModel is null ? settings.LearningRate : settings.WarmStartLearningRate;
        (double best, TrainingErrors before) = run.Judge(run.AveragedWeights, cancellation);
        double[][] bestWeights = run.AveragedWeights;
        int bestEpoch = run.Epoch;
        TrainingPlan plan = new(settings, clock.Elapsed.TotalSeconds, run.Epoch);
        bool over = run.Epoch >= settings.MaxEpochs;
        while (!over)
        {
            double rate = 0;
            double loss = run.RunEpoch(done =>
            {
                double progress = plan.Progress(done, clock.Elapsed.TotalSeconds);
                rate = LearningRateSchedule.At(progress, peak, settings);
                return progress < 1 ? rate : null;
            }, cancellation);
            over = clock.Elapsed.TotalSeconds >= settings.MaxSeconds || run.Epoch >= settings.MaxEpochs;
            if (over || run.Epoch % settings.EvaluateEvery == 0)
            {
                (double score, TrainingErrors holdOut) = run.Judge(run.AveragedWeights, cancellation);
                if (set.HoldOut.Count == 0 || settings.KeepLast || !(score >= best))
                    (best, bestWeights, bestEpoch) = (score, run.AveragedWeights, run.Epoch);
                progress?.Report(new TrainingProgress(run.Epoch, settings.MaxEpochs, loss, rate, holdOut, clock.Elapsed.TotalSeconds));
                request.Checkpoint?.Invoke(run.Save(set.DataHash));
            }
            over |= set.HoldOut.Count > 0 && settings.Patience > 0 && !settings.KeepLast && run.Epoch - bestEpoch >= settings.Patience;
        }

        TrainingErrors training = run.ErrorsOnTraining(bestWeights, cancellation), after = run.Judge(bestWeights, cancellation).Errors;
        ModelProvenance provenance = new(
            request.ParentModel is byte[] parent ? Convert.ToHexStringLower(SHA256.HashData(parent)) : null,
            set.DataHash, set.Training.Count, set.HoldOut.Count, JsonSerializer.Serialize(settings), request.Seed, training, after);
        byte[] bytes = model.Serialize(WithValues(model.Weights, bestWeights), provenance);
        return new TrainingResult(bytes, training, after, run.Epoch, clock.Elapsed.TotalSeconds) { HoldOutBefore = before };
    }

    internal static IReadOnlyList<WeightArray> WithValues(IReadOnlyList<WeightArray> weights, double[][] values) =>
        [.. weights.Select((w, i) => w with { Values = values[i].ToArray() })];
}
