using Csp.Learning.Graphs;
using Csp.Physics.Crystals;

namespace Csp.Learning.Inference;

/// <summary>The inputs of a potential as an ONNX file, described in docs/onnx-interface.md; <paramref name="Structure"/> is null in files for one crystal per call.</summary>
internal sealed record OnnxInputs(Tensor Numbers, Tensor Positions, Tensor Cell, Tensor Center, Tensor Neighbor, Tensor Images, Tensor? Structure)
{
    public const string Structures = "structures";

    public static OnnxInputs Declare(Graph graph, bool batched = false) => new(
        graph.IndexInput("numbers", "atoms"),
        graph.Input("positions", "atoms", 3),
        batched ? graph.Input("cell", Structures, 3, 3) : graph.Input("cell", 3, 3),
        graph.IndexInput("center", "pairs"),
        graph.IndexInput("neighbor", "pairs"),
        graph.Input("image", "pairs", 3),
        batched ? graph.IndexInput("structure", "atoms") : null);

    /// <summary>The vectors of all pairs, r_j + n·h - r_i, [pairs, 3].</summary>
    public Tensor Vectors(Graph g)
    {
        Tensor between = g.Gather(Positions, Neighbor) - g.Gather(Positions, Center);
        if (Structure is null)
            return between + g.MatMul(Images, Cell);
        // Every pair gets the nine numbers of its cell; n·h then is a product of columns.
        Tensor cells = g.Gather(g.Gather(g.Reshape(Cell, Structures, 9), Structure), Center);
        return between + g.MatMul(g.MatMul(Images, g.Constant(Outer.Rows)) * cells, g.Constant(Outer.Columns), transposeB: true);
    }

    /// <summary>The numbers of some crystals, one after the other.</summary>
    public static Dictionary<string, TensorData> Collate(IReadOnlyList<Crystal> crystals, double cutoff, bool batched)
    {
        NeighborList[] lists = [.. crystals.Select(c => NeighborList.Build(c, cutoff))];
        int atoms = crystals.Sum(c => c.Count), count = lists.Sum(l => l.PairCount);
        long[] structure = new long[atoms], center = new long[count], neighbor = new long[count];
        double[] image = new double[3 * count];
        int first = 0, pair = 0;
        for (int s = 0; s < lists.Length; s++)
        {
            NeighborList list = lists[s];
            for (int i = 0; i < crystals[s].Count; i++)
            {
                structure[first + i] = s;
                for (int p = list.First[i]; p < list.First[i + 1]; p++, pair++)
                {
                    center[pair] = first + i;
                    neighbor[pair] = first + list.Neighbors[p];
                    for (int d = 0; d < 3; d++)
                        image[3 * pair + d] = list.Images[3 * p + d];
                }
            }
            first += crystals[s].Count;
        }
        double[] cells = [.. crystals.SelectMany(c => c.Lattice.ToArray())];
        return new()
        {
            ["numbers"] = TensorData.Of([.. crystals.SelectMany(c => c.Elements).Select(e => (long)e.Number)], atoms),
            ["positions"] = TensorData.Of([.. crystals.SelectMany(c => c.Cartesian())], atoms, 3),
            ["cell"] = batched ? TensorData.Of(cells, crystals.Count, 3, 3) : TensorData.Of(cells, 3, 3),
            ["center"] = TensorData.Of(center, count),
            ["neighbor"] = TensorData.Of(neighbor, count),
            ["image"] = TensorData.Of(image, count, 3),
            ["structure"] = TensorData.Of(structure, atoms),
        };
    }
}
