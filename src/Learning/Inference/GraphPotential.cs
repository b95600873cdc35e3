using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Graphs;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>A graph model (M3GNet, TensorNet) run by ONNX Runtime. One session serves all threads; each call uses one.</summary>
public sealed class GraphPotential : IPotential, IDisposable
{
    private readonly EdgeGraphModel _model;
    private readonly Precision _precision;
    private readonly OrtSession _session;

    /// <param name="model">The model with its weights.</param>
    /// <param name="precision">Of the graph; features and baseline are computed in double precision either way.</param>
    /// <param name="name">For tables and logs.</param>
    public GraphPotential(EdgeGraphModel model, Precision precision, string name)
    {
        _model = model;
        _precision = precision;
        Name = name;
        Graph graph = new();
        Prediction prediction = model.Define(graph, model.Weights.ToDictionary(w => w.Name, w => graph.Input(w.Name, [.. w.Shape.Select(s => (Dim)s)])));
        _session = OrtSession.Compile(
            [("energies", prediction.Energies), ("forces", prediction.Forces), ("virials", prediction.Virials)], precision,
            model.Weights.ToDictionary(w => w.Name, w => TensorData.Of(w.Values, w.Shape)));
    }

    public string Name { get; }

    public bool Supports(Element element) => _model.Species.Contains(element);

    public PotentialResult Evaluate(Crystal crystal)
    {
        PotentialResult baseline = _model.Baseline(crystal);
        Dictionary<string, TensorData> outputs = _session.Evaluate(_model.Collate([crystal], _precision));
        double energy = baseline.Energy + outputs["energies"].ToDoubles()[0];
        double[] forces = outputs["forces"].ToDoubles();
        Mat3 stress = 1 / crystal.Volume * Mat3.FromSpan(outputs["virials"].ToDoubles());
        if (!double.IsFinite(energy) || !stress.IsFinite || Array.Exists(forces, f => !double.IsFinite(f)))
            throw new PotentialException($"{Name} gives numbers that are not finite for {crystal}");
        // Rounding leaves the virial symmetric to the last digits only.
        return new PotentialResult(energy, forces, 0.5 * (stress + stress.Transpose));
    }

    public void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses)
    {
        // Copies are not joined into one call: large batches fall out of the caches and are slower (measured).
        int n = 3 * reference.Count;
        for (int k = 0; k < energies.Length; k++)
        {
            PotentialResult result = Evaluate(reference.WithCartesian(positions.Slice(k * n, n)));
            energies[k] = result.Energy;
            result.Forces.CopyTo(forces.Slice(k * n, n));
            if (!stresses.IsEmpty)
                result.Stress.ToArray().CopyTo(stresses.Slice(9 * k, 9));
        }
    }

    public void Dispose() => _session.Dispose();
}
