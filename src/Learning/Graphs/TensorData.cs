namespace Csp.Learning.Graphs;

/// <summary>What the real tensors of an emitted graph are made of.</summary>
public enum Precision
{
    Float32,
    Float64,
}

/// <summary>An array with a shape: float, double or int64 numbers in row-major order. The array is not copied; do not change it while a graph reads it.</summary>
public sealed class TensorData
{
    private TensorData(Array values, long[] shape)
    {
        long count = shape.Aggregate(1L, (n, d) => n * d);
        if (shape.Any(d => d < 0) || count != values.Length)
            throw new GraphException($"an array of shape [{string.Join(",", shape)}] holds {count} numbers, not {values.Length}");
        Values = values;
        Shape = shape;
    }

    /// <summary>float[], double[] or long[].</summary>
    public Array Values { get; }

    public long[] Shape { get; }

    public int Count => Values.Length;

    public static TensorData Of(float[] values, params long[] shape) => new(values, shape);

    public static TensorData Of(double[] values, params long[] shape) => new(values, shape);

    public static TensorData Of(long[] values, params long[] shape) => new(values, shape);

    /// <summary>Real numbers in the wanted precision; the array itself where it has it already.</summary>
    public static TensorData Real(double[] values, Precision precision, params long[] shape) => new TensorData(values, shape).In(precision);

    /// <summary>The same numbers in a precision; indices stay as they are.</summary>
    public TensorData In(Precision precision) => (Values, precision) switch
    {
        (double[] d, Precision.Float32) => new(Array.ConvertAll(d, v => (float)v), Shape),
        (float[] f, Precision.Float64) => new(Array.ConvertAll(f, v => (double)v), Shape),
        _ => this,
    };

    /// <summary>The real numbers as double precision (the array itself where it is).</summary>
    /// <exception cref="GraphException">They are indices.</exception>
    public double[] ToDoubles() => Values switch
    {
        double[] d => d,
        float[] f => Array.ConvertAll(f, v => (double)v),
        _ => throw new GraphException("indices are not real numbers"),
    };
}
