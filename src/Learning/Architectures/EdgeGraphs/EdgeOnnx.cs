using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>
/// A graph model from positions to energy, forces and virial, with the inputs and outputs of docs/onnx-interface.md. Edge features are
/// computed in the graph, and every edge has three-body terms: beyond their cutoff they vanish exactly.
/// </summary>
internal sealed class EdgeOnnx : IEdgeTensors
{
    private readonly IReadOnlyDictionary<string, Tensor> _features;

    private EdgeOnnx(OnnxInputs inputs, IReadOnlyDictionary<string, Tensor> features)
    {
        (Species, Center, Neighbor) = (inputs.Numbers, inputs.Center, inputs.Neighbor);
        _features = features;
    }

    public Dim Atoms => "atoms";

    public Tensor Species { get; }

    public Tensor Center { get; }

    public Tensor Neighbor { get; }

    public Tensor ShortCenter => Center;

    public Tensor ShortNeighbor => Neighbor;

    public Tensor this[string feature] => _features[feature];

    public Tensor OnEdges(Tensor ofShort) => ofShort;

    public static byte[] Export(EdgeGraphModel model, Precision precision, string name)
    {
        Graph g = new();
        OnnxInputs inputs = OnnxInputs.Declare(g);
        Tensor vectors = g.Gather(inputs.Positions, inputs.Neighbor) - g.Gather(inputs.Positions, inputs.Center) + g.MatMul(inputs.Images, inputs.Cell);
        Tensor r = g.Sqrt(g.ReduceSum(g.Square(vectors), 1));
        EdgeOnnx edges = new(inputs, model.FeaturesOf(g, r, vectors * g.Reciprocal(r)));

        // Rows of per-element tables move to the place of the atomic number, so that `numbers` is their index.
        Dictionary<string, Tensor> weights = model.Weights.ToDictionary(w => w.Name, w => w.Name is "embedding" or "scale"
            ? ByNumber(g, model, w.Values)
            : g.Constant(w.Values, [.. w.Shape.Select(s => (Dim)s)]));
        Tensor references = g.Gather(ByNumber(g, model, [.. model.Species.Select(s => model.ReferenceEnergies[s])]), inputs.Numbers);
        Tensor energy = g.Sum(model.AtomEnergies(g, edges, weights)) + g.Sum(references) + g.Constant(model.StructureShift);

        Tensor slope = g.Grad(energy, vectors)[0];
        Tensor forces = g.ScatterAdd(slope, inputs.Center, "atoms") - g.ScatterAdd(slope, inputs.Neighbor, "atoms");
        Tensor virial = g.MatMul(vectors, slope, transposeA: true);
        return OnnxEmitter.Emit(
            [("energy", g.Reshape(energy, 1)), ("forces", forces), ("virial", virial)], precision, metadata: OnnxInputs.Metadata(name, model.EdgeCutoff, model.Species));
    }

    private static Tensor ByNumber(Graph g, EdgeGraphModel model, double[] rows)
    {
        int columns = rows.Length / model.Species.Length, last = model.Species.Max(s => s.Number);
        double[] table = new double[(last + 1) * columns];
        for (int s = 0; s < model.Species.Length; s++)
            rows.AsSpan(s * columns, columns).CopyTo(table.AsSpan(model.Species[s].Number * columns));
        return g.Constant(table, last + 1, columns);
    }
}
