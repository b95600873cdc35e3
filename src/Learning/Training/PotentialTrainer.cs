using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
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
        TrainingSet set = TrainingSet.Split(request.Data, settings.HoldOut);
        ITrainableModel model = StartingModel(request, architecture, set);
        using TrainingRun run = new(model, set, settings, request.Seed, cancellation);
        if (request.State is TrainingState state)
            run.Restore(state, set.DataHash);

        double peak = request.ParentModel is null ? settings.LearningRate : settings.WarmStartLearningRate;
        double best = double.PositiveInfinity;
        double[][] bestWeights = run.AveragedWeights;
        int bestEpoch = run.Epoch;
        TrainingErrors holdOut = TrainingErrors.None;
        double planned = settings.MaxEpochs;
        double began = clock.Elapsed.TotalSeconds;
        int first = run.Epoch;
        while (run.Epoch < settings.MaxEpochs)
        {
            double rate = 0;
            double loss = run.RunEpoch(done => rate = LearningRateSchedule.At(done / planned, peak, settings), cancellation);

            // Where the time will not do for all epochs, the schedule is drawn over those that it does for.
            double perEpoch = (clock.Elapsed.TotalSeconds - began) / (run.Epoch - first);
            planned = Math.Min(settings.MaxEpochs, run.Epoch + Math.Max(0, settings.MaxSeconds - clock.Elapsed.TotalSeconds) / perEpoch);
            bool over = clock.Elapsed.TotalSeconds >= settings.MaxSeconds || run.Epoch == settings.MaxEpochs;
            if (over || run.Epoch % settings.EvaluateEvery == 0)
            {
                (double score, holdOut) = run.Judge(run.AveragedWeights, cancellation);
                if (set.HoldOut.Count == 0 || score < best)
                    (best, bestWeights, bestEpoch) = (score, run.AveragedWeights, run.Epoch);
                progress?.Report(new TrainingProgress(run.Epoch, settings.MaxEpochs, loss, rate, holdOut, clock.Elapsed.TotalSeconds));
                request.Checkpoint?.Invoke(run.Save(set.DataHash));
            }
            if (over || set.HoldOut.Count > 0 && settings.Patience > 0 && run.Epoch - bestEpoch >= settings.Patience)
                break;
        }

        TrainingErrors training = run.ErrorsOnTraining(bestWeights, cancellation);
        (_, holdOut) = run.Judge(bestWeights, cancellation);
        ModelProvenance provenance = new(
            request.ParentModel is byte[] parent ? Convert.ToHexStringLower(SHA256.HashData(parent)) : null,
            set.DataHash, set.Training.Count, set.HoldOut.Count, JsonSerializer.Serialize(settings), request.Seed, training, holdOut);
        byte[] bytes = model.Serialize(WithValues(model.Weights, bestWeights), provenance);
        return new TrainingResult(bytes, training, holdOut, run.Epoch, clock.Elapsed.TotalSeconds);
    }

    private static ITrainableModel StartingModel(TrainingRequest request, ITrainableArchitecture architecture, TrainingSet set)
    {
        Crystal[] structures = [.. set.Training.Concat(set.HoldOut).Select(e => e.Crystal)];
        if (request.ParentModel is byte[] parent)
            return architecture.Load(parent, structures);
        ITrainableModel model = architecture.Create(structures, request.Seed);
        ITrainableModel bare = model.WithReferenceEnergies(structures.SelectMany(c => c.Elements).Distinct().ToDictionary(e => e, _ => 0.0));
        return model.WithReferenceEnergies(ReferenceEnergies.Fit([.. set.Training.Select(e => (e.Crystal.Composition, e.Energy - bare.Baseline(e.Crystal).Energy))]));
    }

    internal static IReadOnlyList<WeightArray> WithValues(IReadOnlyList<WeightArray> weights, double[][] values) =>
        [.. weights.Select((w, i) => w with { Values = values[i].ToArray() })];
}
