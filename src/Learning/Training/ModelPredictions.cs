using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>What a trainable model says about single structures, through its own graph: the same numbers that training compares with labels.</summary>
internal sealed class ModelPredictions : IDisposable
{
    private readonly ITrainableModel _model;
    private readonly OrtSession _session;

    public ModelPredictions(ITrainableModel model)
    {
        _model = model;
        Graph graph = new();
        Prediction prediction = model.Define(graph, model.Weights.ToDictionary(w => w.Name, w => graph.Input(w.Name, [.. w.Shape.Select(d => (Dim)d)])));
        _session = OrtSession.Compile(
            [("energies", prediction.Energies), ("forces", prediction.Forces), ("virials", prediction.Virials)], Precision.Float32,
            model.Weights.ToDictionary(w => w.Name, w => TensorData.Of(w.Values, w.Shape)));
    }

    /// <exception cref="PotentialException">An element is not in the model.</exception>
    public PotentialResult Of(Crystal crystal)
    {
        PotentialResult baseline = _model.Baseline(crystal);
        Dictionary<string, TensorData> results = _session.Evaluate(_model.Collate([crystal], Precision.Float32));
        double[] forces = [.. results["forces"].ToDoubles().Zip(baseline.Forces, (f, b) => f + b)];
        return new PotentialResult(
            baseline.Energy + results["energies"].ToDoubles()[0], forces, baseline.Stress + 1 / crystal.Volume * Mat3.FromSpan(results["virials"].ToDoubles()));
    }

    public void Dispose() => _session.Dispose();
}
