using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>
/// A graph model from positions to energies of atoms, with the inputs of docs/onnx-interface.md. Edge features are computed in the graph, and
/// every edge has three-body terms: beyond their cutoff they vanish exactly.
/// </summary>
internal sealed class EdgeOnnx(EdgeGraphModel model) : IOnnxEnergy
{
    public double Cutoff => model.EdgeCutoff;

    public IEnumerable<Element> Elements => model.Species;

    public double StructureShift => model.StructureShift;

    public Tensor AtomEnergies(Graph g, OnnxInputs inputs, Tensor vectors)
    {
        Tensor r = g.Sqrt(g.ReduceSum(g.Square(vectors), 1));
        Edges edges = new(inputs, model.FeaturesOf(g, r, vectors * g.Reciprocal(r)));
        // Rows of per-element tables move to the place of the atomic number, so that `numbers` is their index.
        Dictionary<string, Tensor> weights = model.Weights.ToDictionary(w => w.Name, w => w.Name is "embedding" or "scale"
            ? ByNumber(g, model, w.Values)
            : g.Constant(w.Values, [.. w.Shape.Select(s => (Dim)s)]));
        return model.AtomEnergies(g, edges, weights) + g.Gather(ByNumber(g, model, [.. model.Species.Select(s => model.ReferenceEnergies[s])]), inputs.Numbers);
    }

    private sealed class Edges(OnnxInputs inputs, IReadOnlyDictionary<string, Tensor> features) : IEdgeTensors
    {
        public Dim Atoms => "atoms";

        public Tensor Species => inputs.Numbers;

        public Tensor Center => inputs.Center;

        public Tensor Neighbor => inputs.Neighbor;

        public Tensor ShortCenter => inputs.Center;

        public Tensor ShortNeighbor => inputs.Neighbor;

        public Tensor this[string feature] => features[feature];

        public Tensor OnEdges(Tensor ofShort) => ofShort;
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
