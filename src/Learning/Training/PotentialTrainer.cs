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
        IReadOnlyList<TrainingExample> modelLabelled = StartingModel.ModelLabelled(request, model);
        string? parentHash = request.ParentModel is byte[] parent ? Convert.ToHexStringLower(SHA256.HashData(parent)) : null;
        using TrainingRun run = new(model, parentHash, set, modelLabelled, settings, request.Seed, cancellation);
        double peak = request.ParentModel is null ? settings.LearningRate : settings.WarmStartLearningRate;
        bool judged = set.HoldOut.Count > 0;
        TrainingCourse course;
        if (request.State is TrainingState state)
        {
            course = run.Restore(state);
        }
        else
        {
            (double score, TrainingErrors before) = run.Judge(run.AveragedWeights, cancellation);
            course = new TrainingCourse(0, before, score, run.AveragedWeights, run.Epoch);
            request.Checkpoint?.Invoke(run.Save(course));
        }
        double earlier = course.Seconds;
        TrainingPlan plan = new(settings, Seconds(), run.Epoch);
        bool over = Ended() || Stale();
        while (!over)
        {
            double rate = 0;
            double loss = run.RunEpoch(done =>
            {
                double progress = plan.Progress(done, Seconds());
                rate = LearningRateSchedule.At(progress, peak, settings);
                return progress < 1 ? rate : null;
            }, cancellation);
            over = Ended();
            if (over || run.Epoch % settings.EvaluateEvery == 0)
            {
                (double score, TrainingErrors holdOut) = run.Judge(run.AveragedWeights, cancellation);
                if (!judged || settings.KeepLast || !(score >= course.Score))
                    course = course with { Score = score, Weights = run.AveragedWeights, Epoch = run.Epoch };
                progress?.Report(new TrainingProgress(run.Epoch, settings.MaxEpochs, loss, rate, holdOut, Seconds()));
                request.Checkpoint?.Invoke(run.Save(course with { Seconds = Seconds() }));
            }
            over |= Stale();
        }

        TrainingErrors training = run.ErrorsOnTraining(course.Weights, cancellation), after = run.Judge(course.Weights, cancellation).Errors;
        ModelProvenance provenance = new(
            parentHash, TrainingSet.HashOf([.. set.Training, .. set.HoldOut, .. modelLabelled]), set.Training.Count, set.HoldOut.Count,
            JsonSerializer.Serialize(settings), request.Seed, training, after)
        {
            ModelLabelledStructures = modelLabelled.Count,
            TaughtStructures = request.Taught.Count,
        };
        byte[] bytes = model.Serialize(WithValues(model.Weights, course.Weights), provenance);
        return new TrainingResult(bytes, training, after, run.Epoch, Seconds()) { HoldOutBefore = course.Before };

        double Seconds() => earlier + clock.Elapsed.TotalSeconds;

        bool Ended() => run.Epoch >= settings.MaxEpochs || Seconds() >= settings.MaxSeconds;

        bool Stale() => judged && settings.Patience > 0 && !settings.KeepLast && run.Epoch - course.Epoch >= settings.Patience;
    }

    internal static IReadOnlyList<WeightArray> WithValues(IReadOnlyList<WeightArray> weights, double[][] values) =>
        [.. weights.Select((w, i) => w with { Values = values[i].ToArray() })];
}
