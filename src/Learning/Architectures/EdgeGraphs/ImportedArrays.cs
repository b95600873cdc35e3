using Csp.Learning.Checkpoints;
using Csp.Learning.Training;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>Takes arrays out of a checkpoint under Csp's names, with clear errors.</summary>
internal sealed class ImportedArrays(IReadOnlyDictionary<string, CheckpointTensor> tensors, string path)
{
    public bool Has(string name) => tensors.ContainsKey(name);

    public WeightArray Take(string from, string to)
    {
        CheckpointTensor tensor = Find(from);
        return new WeightArray(to, tensor.Shape, tensor.Values, Decay: tensor.Shape.Length == 2);
    }

    /// <summary>Columns <paramref name="first"/> on of a matrix [rows, columns] as rows: [count, rows].</summary>
    public WeightArray TransposedRows(string from, string to, int first, int count)
    {
        CheckpointTensor tensor = Find(from);
        if (tensor.Shape.Length != 2 || tensor.Shape[1] < first + count)
            throw Misshapen(from, tensor, $"at least {first + count} columns");
        int rows = (int)tensor.Shape[0], columns = (int)tensor.Shape[1];
        double[] values = new double[rows * count];
        for (int i = 0; i < count; i++)
        {
            for (int r = 0; r < rows; r++)
                values[i * rows + r] = tensor.Values[r * columns + first + i];
        }
        return new WeightArray(to, [count, rows], values, Decay: false);
    }

    /// <summary>Entries <paramref name="first"/> on of a vector as a column [count, 1].</summary>
    public WeightArray Column(string from, string to, int first, int count) =>
        new(to, [count, 1], Values(from, first + count)[first..(first + count)], Decay: false);

    /// <summary>The numbers of an array of at least some length.</summary>
    public double[] Values(string from, int atLeast = 1)
    {
        CheckpointTensor tensor = Find(from);
        return tensor.Values.Length >= atLeast ? tensor.Values : throw Misshapen(from, tensor, $"at least {atLeast} numbers");
    }

    private CheckpointTensor Find(string name) => tensors.TryGetValue(name, out CheckpointTensor? tensor)
        ? tensor
        : throw new CheckpointException(path, $"lacks the array '{name}'");

    private CheckpointException Misshapen(string name, CheckpointTensor tensor, string expected) =>
        new(path, $"has the array '{name}' with shape [{string.Join(",", tensor.Shape)}] where {expected} are needed");
}
