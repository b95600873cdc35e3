using Csp.Physics.Crystals;
using Csp.Physics.Files;

namespace Csp.Learning.Training;

/// <summary>The model that a training starts with, its reference energies, and what models say about structures without labels of their own.</summary>
internal static class StartingModel
{
    /// <summary>A fresh model with fitted reference energies, or the parent, with its reference energies shifted when asked for.</summary>
    public static ITrainableModel Of(TrainingRequest request, ITrainableArchitecture architecture, TrainingSet set)
    {
        Crystal[] structures = [.. set.Training.Select(e => e.Crystal), .. request.Replay, .. request.Taught.Select(f => f.Crystal), .. set.HoldOut.Select(e => e.Crystal)];
        if (request.ParentModel is not byte[] parent)
        {
            ITrainableModel fresh = architecture.Create(structures, request.Seed);
            ITrainableModel bare = fresh.WithReferenceEnergies(structures.SelectMany(c => c.Elements).Distinct().ToDictionary(e => e, _ => 0.0));
            return fresh.WithReferenceEnergies(ReferenceEnergies.Fit([.. set.Training.Select(e => (e.Crystal.Composition, e.Energy - bare.Baseline(e.Crystal).Energy))]));
        }
        ITrainableModel model = architecture.Load(parent, structures);
        return request.Settings.RefitReferences ? model.WithReferenceEnergies(Shifted(model, set)) : model;
    }

    /// <summary>
    /// The replay with the labels of <paramref name="model"/> before training (the parent's forces and stresses, and its energies on the scale of
    /// the new labels), and what another model has taught.
    /// </summary>
    public static IReadOnlyList<TrainingExample> ModelLabelled(TrainingRequest request, ITrainableModel model)
    {
        if (request.Settings.ReplayWeight == 0)
            return [];
        IEnumerable<Frame> frames = Replayed(request.Replay, model).Concat(request.Taught);
        return [.. frames.Select((frame, i) => TrainingExample.Of(frame, i + 1) with { Weight = request.Settings.ReplayWeight })];
    }

    private static IReadOnlyList<Frame> Replayed(IReadOnlyList<Crystal> replay, ITrainableModel model)
    {
        // Predictions compile the model's graph: not for nothing.
        if (replay.Count == 0)
            return [];
        using ModelPredictions predictions = new(model);
        return [.. replay.Select(crystal => Frame.Of(crystal, predictions.Of(crystal)))];
    }

    private static Dictionary<Element, double> Shifted(ITrainableModel model, TrainingSet set)
    {
        using ModelPredictions predictions = new(model);
        IReadOnlyDictionary<Element, double> shifts = ReferenceEnergies.Fit(
            [.. set.Training.Select(e => (e.Crystal.Composition, e.Energy - predictions.Of(e.Crystal).Energy))]);
        return shifts.ToDictionary(s => s.Key, s => s.Value + model.ReferenceEnergies[s.Key]);
    }
}
