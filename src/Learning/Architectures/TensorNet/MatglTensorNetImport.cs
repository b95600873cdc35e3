using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Checkpoints;
using Csp.Learning.Training;

namespace Csp.Learning.Architectures.TensorNet;

/// <summary>matgl's TensorNet potentials.</summary>
internal static class MatglTensorNetImport
{
    /// <exception cref="CheckpointException">Arrays are missing, or a setting is not implemented.</exception>
    public static TensorNetModel Read(MatglConfig config, IReadOnlyDictionary<string, CheckpointTensor> tensors, string path)
    {
        config.Require("rbf_type", "SphericalBessel");
        config.Require("equivariance_invariance_group", "O(3)");
        config.Require("activation_type", "swish");
        config.Require("use_smooth", "True", "true");
        config.Require("is_intensive", "False", "false");
        config.Require("readout_type", "weighted_atom");
        ImportedArrays source = new(tensors, path);
        TensorNetSettings settings = new()
        {
            Cutoff = config.Number("cutoff"),
            MaxN = config.Size("max_n"),
            Layers = Enumerable.Range(0, 1000).TakeWhile(b => source.Has($"model.layers.{b}.linears_tensor.0.weight")).Count(),
            StructureShift = config.EnergyShift,
        };
        int species = config.Species.Length;
        List<WeightArray> weights =
        [
            source.Take("model.tensor_embedding.emb.weight", "embedding") with { Decay = false },
            new WeightArray("scale", [species, 1], [.. Enumerable.Repeat(config.EnergyScale, species)], Decay: false),
            .. Layer("model.tensor_embedding.emb2", "pair"),
            .. Enumerable.Range(1, 3).SelectMany(k => Layer($"model.tensor_embedding.distance_proj{k}", $"distance{k}")),
            .. Enumerable.Range(0, 3).Select(k => source.Take($"model.tensor_embedding.linears_tensor.{k}.weight", $"tensor.{k}.weight")),
            .. Enumerable.Range(0, 2).SelectMany(k => Layer($"model.tensor_embedding.linears_scalar.{k}", $"scalar.{k}")),
            .. Layer("model.tensor_embedding.init_norm", "init_norm"),
            .. Layer("model.out_norm", "out_norm"),
            .. Layer("model.linear", "linear"),
            .. MatglGated.Take(source, "model.final_layer.gated", "readout"),
        ];
        for (int b = 0; b < settings.Layers; b++)
        {
            weights.AddRange(Enumerable.Range(0, 3).SelectMany(k => Layer($"model.layers.{b}.linears_scalar.{k}", $"layer{b}.scalar.{k}")));
            weights.AddRange(Enumerable.Range(0, 6).Select(k => source.Take($"model.layers.{b}.linears_tensor.{k}.weight", $"layer{b}.tensor.{k}.weight")));
        }
        double[] references = source.Values("element_refs.property_offset", species);
        return new TensorNetModel(settings, config.Species, config.Species.Zip(references).ToDictionary(p => p.First, p => p.Second), weights);

        IEnumerable<WeightArray> Layer(string from, string to) =>
            [source.Take($"{from}.weight", $"{to}.weight"), source.Take($"{from}.bias", $"{to}.bias")];
    }
}
