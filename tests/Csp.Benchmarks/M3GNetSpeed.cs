using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Checkpoints;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;

namespace Csp.Benchmarks;

/// <summary>
/// Energy, forces and stress of compressed H3S in 4, 32 and 108 atoms by published weights, one thread: <c>m3gnet MODEL</c>. With MatterSim's 1M model the
/// original in PyTorch needs 0.059, 0.65 and 1.7 s of CPU time on a core that multiplies matrices at 110 GFLOP/s; what this core does is measured beside it.
/// </summary>
internal static class M3GNetSpeed
{
    private const int Size = 1024;

    public static void Run(string path)
    {
        EdgeGraphModel model = ModelImporter.Read(path);
        using GraphPotential potential = new(model, Precision.Float32, "single");
        foreach (int n in new[] { 1, 2, 3 })
        {
            Crystal crystal = H3SCells.Displaced(n, 0.05, seed: 1);
            double ms = CpuTime.Milliseconds(() => potential.Evaluate(crystal));
            Console.WriteLine(FormattableString.Invariant($"{crystal.Count,4} atoms {NeighborList.Build(crystal, model.EdgeCutoff).PairCount,6} edges {ms,9:0.0} ms CPU"));
        }
        Graph g = new();
        using OrtSession product = OrtSession.Compile([("c", g.MatMul(g.Input("a", Size, Size), g.Input("b", Size, Size)))], Precision.Float32);
        Dictionary<string, TensorData> inputs = new() { ["a"] = TensorData.Of(new float[Size * Size], Size, Size), ["b"] = TensorData.Of(new float[Size * Size], Size, Size) };
        Console.WriteLine(FormattableString.Invariant($"matrix product of this core: {2e-6 * Size * Size * Size / CpuTime.Milliseconds(() => product.Evaluate(inputs)):0} GFLOP/s"));
    }
}
