using Csp.Learning.Training;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures.M3GNet;

/// <summary>Which arrays an M3GNet of given sizes has. A file is checked against this before anything is computed with it.</summary>
internal static class M3GNetShapes
{
    /// <exception cref="PotentialException">A size is out of range.</exception>
    public static void CheckSizes(M3GNetSettings settings)
    {
        if (settings.Blocks is < 1 or > 64 || settings.MaxN is < 1 or > 4 || settings.MaxL is < 1 or > 4
            || !(settings.Cutoff is > 0 and < 20) || !(settings.ThreeBodyCutoff > 0 && settings.ThreeBodyCutoff <= settings.Cutoff))
            throw new PotentialException("the sizes of this M3GNet are impossible (blocks 1 to 64, max_n and max_l 1 to 4, three-body cutoff at most the cutoff)");
        if (!Enum.IsDefined(settings.EdgeBasis) || !Enum.IsDefined(settings.ThreeBodyBasis))
            throw new PotentialException("this M3GNet names a radial basis that this program does not know");
    }

    /// <exception cref="PotentialException">An array is missing, superfluous, misshapen or holds a number that is not finite.</exception>
    public static void Check(M3GNetSettings settings, int species, int radialColumns, IReadOnlyList<WeightArray> weights)
    {
        Dictionary<string, long[]> shapes = weights.ToDictionary(w => w.Name, w => w.Shape);
        int nl = settings.MaxN * settings.MaxL;
        long atom = Columns("embedding"), edge = shapes.TryGetValue("edge.weight", out long[]? e) && e.Length == 2 ? e[0] : 0;

        HashSet<string> known = [];
        Expect("embedding", species, atom);
        Expect("scale", species, 1);
        Expect("edge.weight", edge, radialColumns);
        if (shapes.ContainsKey("edge.bias"))
            Expect("edge.bias", edge);
        for (int b = 0; b < settings.Blocks; b++)
        {
            Expect($"block{b}.three.gate.weight", nl, atom);
            Expect($"block{b}.three.gate.bias", nl);
            Expect($"block{b}.three.update.value.weight", edge, nl);
            Expect($"block{b}.three.update.gate.weight", edge, nl);
            Expect($"block{b}.edge.radial.weight", edge, radialColumns);
            Expect($"block{b}.atom.radial.weight", atom, radialColumns);
            Perceptron($"block{b}.edge", 2 * atom + edge, edge);
            Perceptron($"block{b}.atom", 2 * atom + edge, atom);
        }
        Perceptron("readout", atom, 1);
        if (weights.FirstOrDefault(w => !known.Contains(w.Name)) is WeightArray extra)
            throw new PotentialException($"the weights hold an array '{extra.Name}' that this M3GNet has no use for");
        foreach (WeightArray weight in weights)
        {
            if (weight.Values.Any(v => !double.IsFinite(v)))
                throw new PotentialException($"the array '{weight.Name}' holds a number that is not finite");
        }

        long Columns(string name) => shapes.TryGetValue(name, out long[]? shape) && shape.Length == 2 ? shape[1] : 0;

        void Perceptron(string name, long input, long output)
        {
            foreach (string branch in new[] { "value", "gate" })
            {
                long width = input;
                int k = 0;
                for (; shapes.TryGetValue($"{name}.{branch}.{k}.weight", out long[]? shape) && shape.Length == 2; k++)
                {
                    Expect($"{name}.{branch}.{k}.weight", shape[0], width);
                    Expect($"{name}.{branch}.{k}.bias", shape[0]);
                    width = shape[0];
                }
                if (k == 0 || width != output)
                    throw new PotentialException($"the layers '{name}.{branch}' of this M3GNet are missing or end in {width} instead of {output} numbers");
            }
        }

        void Expect(string name, params long[] shape)
        {
            if (!shapes.TryGetValue(name, out long[]? actual))
                throw new PotentialException($"the weights lack the array '{name}' of an M3GNet");
            if (!actual.AsSpan().SequenceEqual(shape))
                throw new PotentialException($"the array '{name}' has the shape [{string.Join(",", actual)}] where this M3GNet needs [{string.Join(",", shape)}]");
            known.Add(name);
        }
    }
}
