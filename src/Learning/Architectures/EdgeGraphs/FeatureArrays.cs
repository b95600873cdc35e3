using Csp.Learning.Graphs;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>Values and derivatives of one <see cref="EdgeFeature"/> while they are filled edge by edge.</summary>
internal sealed class FeatureArrays(EdgeFeature feature, int rows)
{
    private readonly double[][] _derivatives = [.. EdgeInputs.NamesOf(feature).Select(_ => new double[rows * feature.Columns])];

    private readonly double[] _values = new double[rows * feature.Columns];

    public Span<double> Values(int row) => _values.AsSpan(row * feature.Columns, feature.Columns);

    /// <summary>d/dr, or the derivative along axis 0..2.</summary>
    public Span<double> Derivatives(int row, int axis = 0) => _derivatives[axis].AsSpan(row * feature.Columns, feature.Columns);

    public void AddTo(Dictionary<string, TensorData> inputs, Precision precision)
    {
        inputs[feature.Name] = TensorData.Of(_values, rows, feature.Columns).In(precision);
        foreach ((string name, double[] values) in EdgeInputs.NamesOf(feature).Zip(_derivatives))
            inputs[name] = TensorData.Of(values, rows, feature.Columns).In(precision);
    }
}
