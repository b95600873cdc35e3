using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;

namespace Csp.Learning.Architectures.TensorNet;

/// <summary>
/// Untrained TensorNets of a few elements: weights and biases of a layer with n inputs are uniform in ±1/√n, embeddings normal, and the read-out
/// branches have two hidden layers. The sizes suit some hundred labels of compressed crystals, for whose short distances the three radial
/// functions of the published weights are too few.
/// </summary>
public static class TensorNetStart
{
    public const int DefaultChannels = 32;

    public static TensorNetSettings DefaultSizes { get; } = new() { Cutoff = 4.5, MaxN = 10 };

    /// <summary>The family, with fresh models of this size.</summary>
    /// <param name="settings">Cutoff, radial functions, layers.</param>
    /// <param name="channels">Tensors per atom, 1 to 512.</param>
    public static ITrainableArchitecture Family(TensorNetSettings settings, int channels) =>
        new EdgeGraphArchitecture(TensorNetModel.Family, TensorNetModel.Read, (structures, seed) => Random(settings, channels, structures, seed));

    /// <param name="settings">Cutoff, radial functions, layers.</param>
    /// <param name="channels">Tensors per atom, 1 to 512.</param>
    /// <param name="structures">Their elements become those of the model.</param>
    /// <param name="seed">Of the random weights.</param>
    /// <exception cref="PotentialException">No structures, or an impossible size.</exception>
    public static TensorNetModel Random(TensorNetSettings settings, int channels, IReadOnlyList<Crystal> structures, ulong seed)
    {
        if (structures.Count == 0)
            throw new PotentialException("a TensorNet cannot be made for no structures at all");
        if (channels is < 1 or > 512)
            throw new PotentialException($"a TensorNet must have 1 to 512 channels, not {channels}");
        Element[] elements = [.. structures.SelectMany(c => c.Elements).Distinct().OrderBy(e => e.Number)];
        GaussianSource random = new(seed);
        List<WeightArray> weights =
        [
            new("embedding", [elements.Length, channels], [.. Enumerable.Range(0, elements.Length * channels).Select(_ => random.Next())], Decay: false),
            new("scale", [elements.Length, 1], [.. elements.Select(_ => 1.0)], Decay: false),
        ];
        Layer("pair", channels, 2 * channels);
        for (int k = 1; k <= 3; k++)
            Layer($"distance{k}", channels, settings.MaxN);
        Matrices("tensor", 3);
        Layer("scalar.0", 2 * channels, channels);
        Layer("scalar.1", 3 * channels, 2 * channels);
        Norm("init_norm", channels);
        Norm("out_norm", 3 * channels);
        Layer("linear", channels, 3 * channels);
        foreach (string branch in new[] { "value", "gate" })
        {
            Layer($"readout.{branch}.0", channels, channels);
            Layer($"readout.{branch}.1", channels, channels);
            Layer($"readout.{branch}.2", 1, channels);
        }
        for (int b = 0; b < settings.Layers; b++)
        {
            Layer($"layer{b}.scalar.0", channels, settings.MaxN);
            Layer($"layer{b}.scalar.1", 2 * channels, channels);
            Layer($"layer{b}.scalar.2", 3 * channels, 2 * channels);
            Matrices($"layer{b}.tensor", 6);
        }
        return new TensorNetModel(settings, elements, elements.ToDictionary(e => e, _ => 0.0), weights);

        void Layer(string name, int outputs, int inputs)
        {
            weights.Add(new($"{name}.weight", [outputs, inputs], Uniform(outputs * inputs, inputs)));
            weights.Add(new($"{name}.bias", [outputs], Uniform(outputs, inputs), Decay: false));
        }

        void Matrices(string name, int count)
        {
            for (int k = 0; k < count; k++)
                weights.Add(new($"{name}.{k}.weight", [channels, channels], Uniform(channels * channels, channels)));
        }

        void Norm(string name, int width)
        {
            weights.Add(new($"{name}.weight", [width], [.. Enumerable.Repeat(1.0, width)], Decay: false));
            weights.Add(new($"{name}.bias", [width], new double[width], Decay: false));
        }

        double[] Uniform(int count, int inputs) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.Uniform() - 1) / Math.Sqrt(inputs))];
    }
}
