using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Checkpoints;
using Csp.Learning.Training;

namespace Csp.Learning.Architectures.M3GNet;

/// <summary>
/// matgl's M3GNet potentials: gate at the end of the second edge, linear radial weights, an edge bias, messages summed at the destination.
/// Triplets are numbered consistently (matgl's released code mixes two edge numberings; the weights work with either, and only the consistent
/// one is invariant under relabelling).
/// </summary>
internal static class MatglM3GNetImport
{
    /// <exception cref="CheckpointException">Arrays are missing, or a setting is not implemented.</exception>
    public static M3GNetModel Read(MatglConfig config, IReadOnlyDictionary<string, CheckpointTensor> tensors, string path)
    {
        config.Require("rbf_type", "SphericalBessel");
        config.Require("readout_type", "weighted_atom");
        config.Require("activation_type", "swish");
        config.Require("include_state", "False", "false");
        config.Require("use_phi", "False", "false");
        config.Require("is_intensive", "False", "false");
        bool smooth = config.Flag("use_smooth");
        M3GNetSettings settings = new()
        {
            Blocks = config.Size("nblocks"),
            MaxN = config.Size("max_n"),
            MaxL = config.Size("max_l"),
            Cutoff = config.Number("cutoff"),
            ThreeBodyCutoff = config.Number("threebody_cutoff"),
            EdgeBasis = smooth ? EdgeBasisKind.Smooth : EdgeBasisKind.SphericalBessel,
            ThreeBodyBasis = smooth ? EdgeBasisKind.Smooth : EdgeBasisKind.SphericalBessel,
            SumAtDestination = true,
            StructureShift = config.EnergyShift,
        };
        ImportedArrays source = new(tensors, path);
        int species = config.Species.Length;
        List<WeightArray> weights =
        [
            source.Take("model.embedding.layer_node_embedding.weight", "embedding") with { Decay = false },
            new WeightArray("scale", [species, 1], [.. Enumerable.Repeat(config.EnergyScale, species)], Decay: false),
            source.Take("model.embedding.layer_edge_embedding.layers.0.weight", "edge.weight"),
            source.Take("model.embedding.layer_edge_embedding.layers.0.bias", "edge.bias"),
        ];
        for (int b = 0; b < settings.Blocks; b++)
        {
            string three = $"model.three_body_interactions.{b}", conv = $"model.graph_layers.{b}.conv", to = $"block{b}";
            weights.Add(source.Take($"{three}.update_network_atom.layers.0.weight", $"{to}.three.gate.weight"));
            weights.Add(source.Take($"{three}.update_network_atom.layers.0.bias", $"{to}.three.gate.bias"));
            weights.Add(source.Take($"{three}.update_network_bond.layers.0.weight", $"{to}.three.update.value.weight"));
            weights.Add(source.Take($"{three}.update_network_bond.gates.0.weight", $"{to}.three.update.gate.weight"));
            weights.Add(source.Take($"{conv}.edge_weight_func.weight", $"{to}.edge.radial.weight"));
            weights.Add(source.Take($"{conv}.node_weight_func.weight", $"{to}.atom.radial.weight"));
            weights.AddRange(MatglGated.Take(source, $"{conv}.edge_update_func", $"{to}.edge"));
            weights.AddRange(MatglGated.Take(source, $"{conv}.node_update_func", $"{to}.atom"));
        }
        weights.AddRange(MatglGated.Take(source, "model.final_layer.gated", "readout"));
        double[] references = source.Values("element_refs.property_offset", species);
        return new M3GNetModel(settings, config.Species, config.Species.Zip(references).ToDictionary(p => p.First, p => p.Second), weights,
            new Dictionary<string, double[]>());
    }
}
