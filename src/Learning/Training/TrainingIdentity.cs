using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Csp.Learning.Graphs;

namespace Csp.Learning.Training;

/// <summary>
/// What decides about the result of a training, as one number: an interrupted training may only go on with the same. The arrays that the graph
/// is fed with hold structures, labels, weights of structures and sizes of the model all at once.
/// </summary>
internal static class TrainingIdentity
{
    public static byte[] Of(IEnumerable<TrainingBatch> batches, IReadOnlyList<WeightArray> weights, string? parentHash, TrainingSettings settings, ulong seed)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Neither threads nor the time allowed change the steps.
        Text(JsonSerializer.Serialize(settings with { Threads = 1, MaxSeconds = 1 }) + seed + parentHash);
        foreach (WeightArray weight in weights)
        {
            Text(weight.Name);
            hash.AppendData(MemoryMarshal.AsBytes<double>(weight.Values));
        }
        foreach (TrainingBatch batch in batches)
        {
            foreach ((string name, TensorData data) in batch.Inputs.OrderBy(i => i.Key, StringComparer.Ordinal))
            {
                Text($"{name}[{string.Join(",", data.Shape)}]");
                hash.AppendData(data.Values switch
                {
                    float[] f => MemoryMarshal.AsBytes<float>(f),
                    double[] d => MemoryMarshal.AsBytes<double>(d),
                    Array l => MemoryMarshal.AsBytes<long>((long[])l),
                });
            }
        }
        return hash.GetHashAndReset();

        void Text(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}
