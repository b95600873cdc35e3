using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Benchmarks;

/// <summary>A model exported as float32 ONNX, on displaced copies of H3S cells, by crystals per call: <c>onnx MODEL.csp</c>. One thread.</summary>
internal static class OnnxSpeed
{
    private const int Copies = 64;

    public static void Run(string path)
    {
        byte[] model = File.ReadAllBytes(path);
        foreach (int n in new[] { 1, 2 })
        {
            Crystal reference = H3SCells.Displaced(n, 0, seed: 0);
            double[] positions = [.. Enumerable.Range(0, Copies).SelectMany(c => H3SCells.Displaced(n, 0.1, seed: c).Cartesian())];
            double[] energies = new double[Copies], forces = new double[positions.Length], stresses = new double[9 * Copies];
            foreach (int batch in new[] { 1, 8, 64 })
            {
                IPotential potential = PotentialFile.FromBytes(PotentialFile.ToOnnx([model], Precision.Float32, batch));
                double ms = CpuTime.Milliseconds(() => potential.EvaluateCopies(reference, positions, energies, forces, stresses));
                Console.WriteLine(FormattableString.Invariant($"{reference.Count,3} atoms, {batch,3} per call: {1000 * ms / Copies,7:0} µs CPU per copy"));
            }
        }
    }
}
