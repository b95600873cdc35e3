namespace Csp.Learning.Graphs;

/// <summary>
/// Evaluates a graph in double precision with plain loops and no native code: slow, and the reference for everything else.
/// </summary>
public static class Interpreter
{
    /// <summary>The values of some nodes.</summary>
    /// <param name="outputs">Any nodes of one graph.</param>
    /// <param name="inputs">An array for every input that the outputs need, and for inputs that define the symbols of their shapes.</param>
    /// <exception cref="GraphException">An input is missing or has the wrong shape.</exception>
    public static TensorData[] Evaluate(IReadOnlyList<Tensor> outputs, IReadOnlyDictionary<string, TensorData> inputs)
    {
        Graph graph = outputs[0].Graph;
        int count = outputs.Max(o => o.Id) + 1;
        bool[] reached = graph.Reachable(outputs, count);
        Sizes sizes = new(graph.Inputs, inputs);
        Array?[] values = new Array?[count];
        for (int id = 0; id < count; id++)
        {
            if (reached[id])
                values[id] = Compute(graph[id], sizes, inputs, values);
        }
        return [.. outputs.Select(o => values[o.Id] is double[] d ? TensorData.Of(d, sizes.Of(o.Shape)) : TensorData.Of((long[])values[o.Id]!, sizes.Of(o.Shape)))];
    }

    private static Array Compute(Tensor node, Sizes sizes, IReadOnlyDictionary<string, TensorData> inputs, Array?[] values)
    {
        long[] shape = sizes.Of(node.Shape);
        double[] X(int k) => (double[])values[node.Inputs[k].Id]!;
        long[] ShapeOf(int k) => sizes.Of(node.Inputs[k].Shape);
        switch (node.Operation)
        {
            case Operation.Input input:
                TensorData data = inputs.TryGetValue(input.Name, out TensorData? d) ? d : throw new GraphException($"input {input.Name} is missing");
                return node.Type == ElementType.Index ? data.Values as long[] ?? throw new GraphException($"input {input.Name} must be int64") : data.ToDoubles();
            case Operation.Constant constant:
                return constant.Values.Values.ToArray();
            case Operation.SizeOf size:
                return new double[] { sizes.Of(size.Dim) };
            case Operation.Unary unary:
                return Array.ConvertAll(X(0), v => Scalars.Apply(unary.Kind, v));
            case Operation.Min min:
                return Array.ConvertAll(X(0), v => Math.Min(v, min.Bound));
            case Operation.LessMask mask:
                return Array.ConvertAll(X(0), v => v < mask.Bound ? 1.0 : 0.0);
            case Operation.Binary binary:
                double[] a = Broadcast(X(0), ShapeOf(0), shape), b = Broadcast(X(1), ShapeOf(1), shape);
                double[] sum = new double[a.Length];
                for (int i = 0; i < sum.Length; i++)
                    sum[i] = Scalars.Apply(binary.Kind, a[i], b[i]);
                return sum;
            case Operation.MatMul product:
                return Product(product, X(0), ShapeOf(0), X(1), ShapeOf(1), shape);
            case Operation.Transpose transpose:
                long[] from = Strides(ShapeOf(0));
                return Pick(X(0), shape, [.. transpose.Order.Axes.Select(axis => from[axis])], 0);
            case Operation.Reshape:
                return X(0).Length == Count(shape) ? X(0) : throw new GraphException($"{X(0).Length} numbers cannot be read as [{string.Join(",", shape)}]");
            case Operation.ReduceSum:
                return Accumulate(X(0), ShapeOf(0), shape);
            case Operation.Expand:
                return Broadcast(X(0), ShapeOf(0), shape);
            case Operation.Gather:
                return Rows(X(0), ShapeOf(0)[0], (long[])values[node.Inputs[1].Id]!, shape, gather: true);
            case Operation.ScatterAdd:
                return Rows(X(0), shape[0], (long[])values[node.Inputs[1].Id]!, shape, gather: false);
            case Operation.Concat concat:
                double[] all = new double[Count(shape)];
                long start = 0;
                for (int k = 0; k < node.Inputs.Length; k++)
                {
                    Paste(X(k), ShapeOf(k), all, shape, concat.Axis, start);
                    start += ShapeOf(k)[concat.Axis];
                }
                return all;
            case Operation.Slice slice:
                long[] strides = Strides(ShapeOf(0));
                return Pick(X(0), shape, strides, slice.Start * strides[slice.Axis]);
            case Operation.Pad pad:
                double[] padded = new double[Count(shape)];
                Paste(X(0), ShapeOf(0), padded, shape, pad.Axis, pad.Before);
                return padded;
            default:
                throw new GraphException($"{node} cannot be computed");
        }
    }

    private static double[] Product(Operation.MatMul op, double[] a, long[] shapeA, double[] b, long[] shapeB, long[] shape)
    {
        long m = shape[^2], n = shape[^1], inner = op.TransposeA ? shapeA[^2] : shapeA[^1], stack = shape.Length == 3 ? shape[0] : 1;
        (long ai, long ak) = op.TransposeA ? (1L, m) : (inner, 1L);
        (long bk, long bj) = op.TransposeB ? (1L, inner) : (n, 1L);
        double[] c = new double[stack * m * n];
        for (long s = 0; s < stack; s++)
        {
            for (long i = 0; i < m; i++)
            {
                for (long j = 0; j < n; j++)
                {
                    double sum = 0;
                    for (long k = 0; k < inner; k++)
                        sum += a[s * m * inner + i * ai + k * ak] * b[s * inner * n + k * bk + j * bj];
                    c[(s * m + i) * n + j] = sum;
                }
            }
        }
        return c;
    }

    private static double[] Rows(double[] x, long available, long[] indices, long[] shape, bool gather)
    {
        long width = Count(shape.AsSpan(1));
        double[] y = new double[Count(shape)];
        for (long e = 0; e < indices.Length; e++)
        {
            if (indices[e] < 0 || indices[e] >= available)
                throw new GraphException($"row {indices[e]} of {available}");
            (long from, long to) = gather ? (indices[e], e) : (e, indices[e]);
            for (long f = 0; f < width; f++)
                y[to * width + f] += x[from * width + f];
        }
        return y;
    }

    private static void Paste(double[] x, long[] shape, double[] y, long[] target, int axis, long start)
    {
        long[] strides = Strides(target);
        int k = 0;
        Walk(shape, strides, start * strides[axis], offset => y[offset] = x[k++]);
    }

    private static double[] Broadcast(double[] x, long[] from, long[] to) =>
        from.Length == 0 ? Enumerable.Repeat(x[0], (int)Count(to)).ToArray()
        : from.AsSpan().SequenceEqual(to) ? x
        : Pick(x, to, StretchedStrides(from), 0);

    private static double[] Accumulate(double[] x, long[] from, long[] to)
    {
        double[] y = new double[Count(to)];
        int k = 0;
        Walk(from, StretchedStrides(to), 0, offset => y[offset] += x[k++]);
        return y;
    }

    private static double[] Pick(double[] x, long[] shape, long[] strides, long start)
    {
        double[] y = new double[Count(shape)];
        int k = 0;
        Walk(shape, strides, start, offset => y[k++] = x[offset]);
        return y;
    }

    // Visits a box in row-major order with the given strides.
    private static void Walk(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, long offset, Action<long> visit)
    {
        if (shape.Length == 0)
        {
            visit(offset);
            return;
        }
        for (long i = 0; i < shape[0]; i++)
            Walk(shape[1..], strides[1..], offset + i * strides[0], visit);
    }

    private static long[] Strides(long[] shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }

    private static long[] StretchedStrides(long[] shape) => [.. Strides(shape).Select((s, i) => shape[i] == 1 ? 0 : s)];

    private static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long d in shape)
            count *= d;
        return count;
    }
}

/// <summary>The sizes of symbols, read off the arrays given for the inputs.</summary>
internal sealed class Sizes
{
    private readonly Dictionary<string, long> _sizes = [];

    public Sizes(IEnumerable<Tensor> declared, IReadOnlyDictionary<string, TensorData> given)
    {
        foreach (Tensor node in declared)
        {
            string name = ((Operation.Input)node.Operation).Name;
            if (!given.TryGetValue(name, out TensorData? data))
                continue;
            if (data.Shape.Length != node.Shape.Rank)
                throw new GraphException($"input {name} must be {node.Shape}, not [{string.Join(",", data.Shape)}]");
            for (int i = 0; i < data.Shape.Length; i++)
            {
                Dim dim = node.Shape[i];
                long size = data.Shape[i] / Math.Max(dim.Factor, 1);
                bool fits = dim.IsNumber ? data.Shape[i] == dim.Factor
                    : size * dim.Factor == data.Shape[i] && (_sizes.TryAdd(dim.Symbol!, size) || _sizes[dim.Symbol!] == size);
                if (!fits)
                    throw new GraphException($"input {name} must be {node.Shape}, not [{string.Join(",", data.Shape)}]");
            }
        }
    }

    public long Of(Dim dim) => dim.IsNumber ? dim.Factor
        : _sizes.TryGetValue(dim.Symbol!, out long size) ? size * dim.Factor : throw new GraphException($"no input tells the size of {dim.Symbol}");

    public long[] Of(Shape shape) => [.. shape.Dims.Select(Of)];
}
