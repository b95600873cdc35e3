using Csp.Learning.Training;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>matgl's gated perceptrons: layers 0, 2, 4, … of the two branches, the odd numbers being activations.</summary>
internal static class MatglGated
{
    public static IEnumerable<WeightArray> Take(ImportedArrays source, string from, string to)
    {
        foreach ((string branch, string name) in new[] { ("layers", "value"), ("gates", "gate") })
        {
            for (int k = 0; source.Has($"{from}.{branch}.{2 * k}.weight"); k++)
            {
                yield return source.Take($"{from}.{branch}.{2 * k}.weight", $"{to}.{name}.{k}.weight");
                yield return source.Take($"{from}.{branch}.{2 * k}.bias", $"{to}.{name}.{k}.bias");
            }
        }
    }
}
