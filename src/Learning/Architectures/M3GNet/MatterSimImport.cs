using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Checkpoints;
using Csp.Learning.Training;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures.M3GNet;

/// <summary>
/// MatterSim's checkpoints (Yang et al., arXiv 2405.04967): M3GNet with the gate at the centre, a swish on the radial weight of the atom update,
/// no edge bias, and per-species scale and shift. The weights under <c>model</c> are used, not the moving average.
/// </summary>
internal static class MatterSimImport
{
    /// <exception cref="CheckpointException">Not such a checkpoint.</exception>
    public static M3GNetModel Read(TorchCheckpoint checkpoint, string path)
    {
        IReadOnlyDictionary<string, double> arguments = checkpoint.Numbers("model_args");
        IReadOnlyDictionary<string, CheckpointTensor> tensors = checkpoint.Tensors("model");
        M3GNetSettings settings = new()
        {
            Blocks = Size("num_blocks", 4),
            MaxN = Size("max_n", 4),
            MaxL = Size("max_l", 4),
            Cutoff = arguments.GetValueOrDefault("cutoff", 5),
            ThreeBodyCutoff = arguments.GetValueOrDefault("threebody_cutoff", 4),
            GateAtCenter = true,
            SwishAtomWeight = true,
            SumAtDestination = false,
        };
        if (settings.MaxN != settings.MaxL)
            throw new CheckpointException(path, $"has max_n = {settings.MaxN} and max_l = {settings.MaxL}; MatterSim's three-body basis is only defined when they are equal");
        int maxZ = Math.Min(Size("max_z", 94), Element.All.Count);
        Element[] species = [.. Enumerable.Range(1, maxZ).Select(Element.FromNumber)];

        ImportedArrays source = new(tensors, path);
        List<WeightArray> weights = [source.TransposedRows("atom_embedding.mlp.0.linear.weight", "embedding", 1, maxZ)];
        weights.Add(source.Column("normalizer.scale", "scale", 1, maxZ));
        weights.Add(source.Take("edge_encoder.mlp.0.linear.weight", "edge.weight"));
        for (int b = 0; b < settings.Blocks; b++)
        {
            string from = $"graph_conv.{b}", to = $"block{b}";
            weights.Add(source.Take($"{from}.three_body.atom_mlp.linear.weight", $"{to}.three.gate.weight"));
            weights.Add(source.Take($"{from}.three_body.atom_mlp.linear.bias", $"{to}.three.gate.bias"));
            weights.Add(source.Take($"{from}.three_body.edge_gate_mlp.g.0.linear.weight", $"{to}.three.update.value.weight"));
            weights.Add(source.Take($"{from}.three_body.edge_gate_mlp.sigma.0.linear.weight", $"{to}.three.update.gate.weight"));
            weights.Add(source.Take($"{from}.edge_layer_edge.linear.weight", $"{to}.edge.radial.weight"));
            weights.Add(source.Take($"{from}.edge_layer_atom.linear.weight", $"{to}.atom.radial.weight"));
            weights.AddRange(Gated($"{from}.gated_mlp_edge", $"{to}.edge"));
            weights.AddRange(Gated($"{from}.gated_mlp_atom", $"{to}.atom"));
        }
        weights.AddRange(Gated("final", "readout"));

        double[] shifts = source.Values("normalizer.shift", maxZ + 1);
        Dictionary<string, double[]> constants = [];
        foreach (string name in new[] { "rbf.n_1_pi_cutoff", "rbf.n_2_pi_cutoff", "rbf.fnr_weights", "rbf.en", "rbf.dn", "sbf.coef", "sbf.factor" })
        {
            // Buffers may be absent; then the exact constants serve.
            if (tensors.TryGetValue(name, out CheckpointTensor? tensor))
                constants[name[4..]] = tensor.Values;
        }
        return new M3GNetModel(settings, species, species.ToDictionary(e => e, e => shifts[e.Number]), weights, constants);

        int Size(string name, int usual) => arguments.GetValueOrDefault(name, usual) is double value && value == Math.Floor(value) && value is >= 1 and <= 1000
            ? (int)value
            : throw new CheckpointException(path, $"has an impossible model argument '{name}'");

        IEnumerable<WeightArray> Gated(string from, string to)
        {
            foreach ((string branch, string name) in new[] { ("g", "value"), ("sigma", "gate") })
            {
                for (int k = 0; source.Has($"{from}.{branch}.{k}.linear.weight"); k++)
                {
                    yield return source.Take($"{from}.{branch}.{k}.linear.weight", $"{to}.{name}.{k}.weight");
                    yield return source.Take($"{from}.{branch}.{k}.linear.bias", $"{to}.{name}.{k}.bias");
                }
            }
        }
    }
}
