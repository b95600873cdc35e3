using Csp.Learning.Graphs;
using Csp.Learning.Training;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>A function of edges that a model reads: values and derivatives are computed outside of the graph, in double precision.</summary>
/// <param name="Name">Of the graph input.</param>
/// <param name="Columns">Numbers per edge.</param>
/// <param name="OnShort">Given for the short edges only.</param>
/// <param name="Angular">Depends on the direction (three derivative arrays) and not on the length (one).</param>
public sealed record EdgeFeature(string Name, int Columns, bool OnShort, bool Angular);

/// <summary>
/// The inputs of a graph of edges, and the chain rule from dE/d(feature) to forces and virials. The energy depends on the edge vectors
/// only through the features, so the graph holds no sines and no square roots, and one set of derivative arrays serves the
/// first and the second reverse sweep.
/// </summary>
public sealed class EdgeInputs : IEdgeTensors
{
    private readonly Graph _graph;
    private readonly EdgeFeature[] _features;
    private readonly Dictionary<string, Tensor> _inputs = [];

    public EdgeInputs(Graph graph, params EdgeFeature[] features)
    {
        _graph = graph;
        _features = features;
        Species = graph.IndexInput("species", "A");
        AtomStructure = graph.IndexInput("structure_of_atom", "A");
        EdgeStructure = graph.IndexInput("structure_of_edge", "E");
        Center = graph.IndexInput("center", "E");
        Neighbor = graph.IndexInput("neighbor", "E");
        Vector = graph.Input("vector", "E", 3);
        Direction = graph.Input("direction", "E", 3);
        Structures = graph.Input("structures", "B", 1);
        Short = graph.IndexInput("short", "S");
        ShortCenter = graph.IndexInput("short_center", "S");
        ShortNeighbor = graph.IndexInput("short_neighbor", "S");
        foreach (EdgeFeature feature in features)
        {
            foreach (string name in NamesOf(feature).Prepend(feature.Name))
                _inputs[name] = graph.Input(name, feature.OnShort ? "S" : "E", feature.Columns);
        }
    }

    public Dim Atoms => "A";

    public Tensor Species { get; }

    public Tensor AtomStructure { get; }

    public Tensor EdgeStructure { get; }

    public Tensor Center { get; }

    public Tensor Neighbor { get; }

    public Tensor Vector { get; }

    public Tensor Direction { get; }

    /// <summary>[B,1], only there to define B.</summary>
    public Tensor Structures { get; }

    /// <summary>[S] numbers of edges.</summary>
    public Tensor Short { get; }

    public Tensor ShortCenter { get; }

    public Tensor ShortNeighbor { get; }

    public Tensor this[string feature] => _inputs[feature];

    public Tensor OnEdges(Tensor ofShort) => _graph.ScatterAdd(ofShort, Short, "E");

    /// <summary>Energies per structure, forces and virials from energies per atom [A,1].</summary>
    public Prediction Predict(Tensor atomEnergies)
    {
        Graph g = _graph;
        Tensor energies = g.Reshape(g.ScatterAdd(atomEnergies, AtomStructure, "B"), "B");
        IReadOnlyList<Tensor> gradients = g.Grad(g.Sum(energies), [.. _features.Select(f => _inputs[f.Name])]);

        Tensor radial = g.Zeros(new Shape("E", 1)), shortRadial = g.Zeros(new Shape("S", 1));
        Tensor angular = g.Zeros(new Shape("E", 3)), shortAngular = g.Zeros(new Shape("S", 3));
        for (int k = 0; k < _features.Length; k++)
        {
            Tensor[] parts = [.. NamesOf(_features[k]).Select(name => g.ReduceSum(gradients[k] * _inputs[name], 1))];
            if (_features[k] is { Angular: true })
            {
                Tensor vector = g.Concat(1, parts);
                (angular, shortAngular) = _features[k].OnShort ? (angular, shortAngular + vector) : (angular + vector, shortAngular);
            }
            else
            {
                (radial, shortRadial) = _features[k].OnShort ? (radial, shortRadial + parts[0]) : (radial + parts[0], shortRadial);
            }
        }
        // dE/d(edge vector), [E,3].
        Tensor slope = Direction * (radial + OnEdges(shortRadial)) + angular + OnEdges(shortAngular);
        Tensor forces = g.ScatterAdd(slope, Center, "A") - g.ScatterAdd(slope, Neighbor, "A");
        Tensor outer = g.MatMul(Vector, g.Constant(Outer.Rows)) * g.MatMul(slope, g.Constant(Outer.Columns));
        return new Prediction(energies, forces, g.ScatterAdd(outer, EdgeStructure, "B"));
    }

    /// <summary>The names of a feature's derivative arrays: d/dr, or d/dx, d/dy, d/dz.</summary>
    public static IEnumerable<string> NamesOf(EdgeFeature feature) =>
        feature.Angular ? [$"{feature.Name}.dx", $"{feature.Name}.dy", $"{feature.Name}.dz"] : [$"{feature.Name}.dr"];

    /// <summary>The arrays of a batch other than features.</summary>
    public static Dictionary<string, TensorData> Collate(EdgeBatch batch, IReadOnlyDictionary<Csp.Physics.Crystals.Element, int> speciesIndex, Precision precision)
    {
        int edges = batch.EdgeCount, structures = batch.Crystals.Count;
        return new()
        {
            ["species"] = TensorData.Of([.. batch.Crystals.SelectMany(c => c.Elements).Select(e => (long)speciesIndex[e])], batch.AtomCount),
            ["structure_of_atom"] = TensorData.Of(batch.AtomStructure, batch.AtomCount),
            ["structure_of_edge"] = TensorData.Of(batch.EdgeStructure, edges),
            ["center"] = TensorData.Of(batch.Center, edges),
            ["neighbor"] = TensorData.Of(batch.Neighbor, edges),
            ["vector"] = TensorData.Of(batch.Vectors, edges, 3).In(precision),
            ["direction"] = TensorData.Of(batch.Directions, edges, 3).In(precision),
            ["structures"] = TensorData.Of(new double[structures], structures, 1).In(precision),
            ["short"] = TensorData.Of(batch.Short, batch.Short.Length),
            ["short_center"] = TensorData.Of(Array.ConvertAll(batch.Short, e => batch.Center[e]), batch.Short.Length),
            ["short_neighbor"] = TensorData.Of(Array.ConvertAll(batch.Short, e => batch.Neighbor[e]), batch.Short.Length),
        };
    }
}
