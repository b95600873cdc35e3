using System.Globalization;
using Csp.Learning.Graphs;
using Csp.Physics.Crystals;

namespace Csp.Learning.Inference;

/// <summary>The inputs of a potential as an ONNX file, and its metadata; described in docs/onnx-interface.md.</summary>
internal sealed record OnnxInputs(Tensor Numbers, Tensor Positions, Tensor Cell, Tensor Center, Tensor Neighbor, Tensor Images)
{
    public static OnnxInputs Declare(Graph graph) => new(
        graph.IndexInput("numbers", "atoms"),
        graph.Input("positions", "atoms", 3),
        graph.Input("cell", 3, 3),
        graph.IndexInput("center", "pairs"),
        graph.IndexInput("neighbor", "pairs"),
        graph.Input("image", "pairs", 3));

    public static IReadOnlyDictionary<string, string> Metadata(string name, double cutoff, IEnumerable<Element> elements) => new Dictionary<string, string>
    {
        ["name"] = name,
        ["cutoff"] = cutoff.ToString("R", CultureInfo.InvariantCulture),
        ["elements"] = string.Join(' ', elements.Select(e => e.Symbol)),
    };

    public static Dictionary<string, TensorData> Collate(Crystal crystal, NeighborList pairs)
    {
        long[] center = new long[pairs.PairCount], neighbor = new long[pairs.PairCount];
        double[] image = new double[3 * pairs.PairCount];
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = pairs.First[i]; p < pairs.First[i + 1]; p++)
            {
                center[p] = i;
                neighbor[p] = pairs.Neighbors[p];
                for (int d = 0; d < 3; d++)
                    image[3 * p + d] = pairs.Images[3 * p + d];
            }
        }
        return new()
        {
            ["numbers"] = TensorData.Of([.. crystal.Elements.Select(e => (long)e.Number)], crystal.Count),
            ["positions"] = TensorData.Of(crystal.Cartesian(), crystal.Count, 3),
            ["cell"] = TensorData.Of(crystal.Lattice.ToArray(), 3, 3),
            ["center"] = TensorData.Of(center, pairs.PairCount),
            ["neighbor"] = TensorData.Of(neighbor, pairs.PairCount),
            ["image"] = TensorData.Of(image, pairs.PairCount, 3),
        };
    }
}
