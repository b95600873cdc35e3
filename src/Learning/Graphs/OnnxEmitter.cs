using System.Text;

namespace Csp.Learning.Graphs;

/// <summary>
/// Writes nodes of a graph as an ONNX model (IR 9, opset 20, standard operators only), in float32 or float64. What costs time is decided here:
/// double Sigmoid as 0.5+0.5·tanh(x/2), matrix products as Gemm with flags and a fused bias, scatter as ScatterND(add). That operator races
/// when it runs on several threads, so an emitted model must run with one intra-op thread.
/// </summary>
public sealed class OnnxEmitter
{
    private const long Opset = 20;
    private const long IrVersion = 9;

    private readonly Graph _graph;
    private readonly Precision _precision;
    private readonly List<OnnxMessage> _nodes = [];
    private readonly List<OnnxMessage> _initializers = [];
    private readonly Dictionary<string, string> _constants = [];
    private readonly Dictionary<Dim, string> _dims = [];
    private readonly Dictionary<Shape, string> _shapes = [];
    private readonly HashSet<Tensor> _usedInputs = [];
    private readonly Dictionary<int, Tensor> _fusedBias = [];
    private readonly HashSet<int> _fusedProducts = [];
    private int _extra;

    private OnnxEmitter(Graph graph, Precision precision)
    {
        _graph = graph;
        _precision = precision;
    }

    /// <summary>The model file.</summary>
    /// <param name="outputs">What the model computes, by name.</param>
    /// <param name="precision">Of all real numbers.</param>
    /// <param name="initializers">Inputs that are given a value in the file and so are no inputs of the model (weights).</param>
    /// <param name="metadata">Key-value pairs for the file's metadata.</param>
    /// <exception cref="GraphException">No outputs, or an initializer of the wrong shape.</exception>
    public static byte[] Emit(
        IReadOnlyList<(string Name, Tensor Value)> outputs,
        Precision precision,
        IReadOnlyDictionary<string, TensorData>? initializers = null,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (outputs.Count == 0)
            throw new GraphException("a model needs an output");
        return new OnnxEmitter(outputs[0].Value.Graph, precision).Model(outputs, initializers ?? new Dictionary<string, TensorData>(), metadata ?? new Dictionary<string, string>());
    }

    private int RealCode => _precision == Precision.Float32 ? 1 : 11;

    private byte[] Model(
        IReadOnlyList<(string Name, Tensor Value)> outputs, IReadOnlyDictionary<string, TensorData> initializers, IReadOnlyDictionary<string, string> metadata)
    {
        int count = outputs.Max(o => o.Value.Id) + 1;
        bool[] reached = _graph.Reachable(outputs.Select(o => o.Value), count);
        FindFusedBiases(outputs, reached);
        for (int id = 0; id < count; id++)
        {
            if (reached[id] && !_fusedProducts.Contains(id))
                Write(_graph[id]);
        }
        OnnxMessage graph = new();
        foreach ((string name, Tensor value) in outputs)
            Node("Identity", name, [NameOf(value)]);
        foreach (OnnxMessage node in _nodes)
            graph.Message(1, node);
        graph.Text(2, "csp");
        foreach (Tensor input in _usedInputs.OrderBy(i => i.Id))
        {
            string name = NameOf(input);
            if (!initializers.TryGetValue(name, out TensorData? value))
                continue;
            if (!input.Shape.IsFixed || !input.Shape.Dims.Select(d => d.Factor).SequenceEqual(value.Shape))
                throw new GraphException($"input {name} is {input.Shape} and cannot be set to an array of [{string.Join(",", value.Shape)}]");
            _initializers.Add(OnnxMessage.Tensor(name, value.In(_precision)));
        }
        foreach (OnnxMessage initializer in _initializers)
            graph.Message(5, initializer);
        foreach (Tensor input in _usedInputs.OrderBy(i => i.Id).Where(i => !initializers.ContainsKey(NameOf(i))))
            graph.Message(11, OnnxMessage.ValueInfo(NameOf(input), input.Type == ElementType.Index ? 7 : RealCode, input.Shape));
        foreach ((string name, Tensor value) in outputs)
            graph.Message(12, OnnxMessage.ValueInfo(name, value.Type == ElementType.Index ? 7 : RealCode, value.Shape));
        OnnxMessage model = new OnnxMessage().Int(1, IrVersion).Text(2, "csp").Message(7, graph).Message(8, new OnnxMessage().Text(1, "").Int(2, Opset));
        foreach ((string key, string value) in metadata)
            model.Message(14, new OnnxMessage().Text(1, key).Text(2, value));
        return model.ToArray();
    }

    // A matrix product that is used once, by the addition of a row or of a matrix of its shape, becomes one Gemm with that as its bias.
    private void FindFusedBiases(IReadOnlyList<(string Name, Tensor Value)> outputs, bool[] reached)
    {
        Dictionary<int, int> uses = [];
        foreach ((_, Tensor value) in outputs)
            uses[value.Id] = 2;
        for (int id = 0; id < reached.Length; id++)
        {
            if (reached[id])
            {
                foreach (Tensor input in _graph[id].Inputs)
                    uses[input.Id] = uses.GetValueOrDefault(input.Id) + 1;
            }
        }
        for (int id = 0; id < reached.Length; id++)
        {
            if (!reached[id] || _graph[id] is not { Operation: Operation.Binary { Kind: BinaryKind.Add } } sum)
                continue;
            for (int k = 0; k < 2; k++)
            {
                (Tensor product, Tensor bias) = (sum.Inputs[k], sum.Inputs[1 - k]);
                if (product.Operation is not Operation.MatMul || product.Shape.Rank != 2 || uses[product.Id] != 1 || _fusedProducts.Contains(product.Id))
                    continue;
                bool row = bias.Shape.Rank == 2 && bias.Shape[0].IsOne && bias.Shape[1] == product.Shape[1] && product.Shape.Equals(sum.Shape);
                if (!row && !bias.Shape.Equals(product.Shape))
                    continue;
                _fusedProducts.Add(product.Id);
                _fusedBias[sum.Id] = product;
                break;
            }
        }
    }

    private static string NameOf(Tensor node) => node.Operation is Operation.Input input ? input.Name : $"%{node.Id}";

    private void Write(Tensor node)
    {
        string name = NameOf(node);
        string[] x = [.. node.Inputs.Select(NameOf)];
        switch (node.Operation)
        {
            case Operation.Input:
                _usedInputs.Add(node);
                break;
            case Operation.Constant constant:
                _initializers.Add(OnnxMessage.Tensor(name, TensorData.Real([.. constant.Values.Values], _precision, [.. node.Shape.Dims.Select(d => d.Number)])));
                break;
            case Operation.SizeOf size:
                string real = Node("Cast", null, [DimName(size.Dim)], ("to", (long)RealCode));
                Node("Reshape", name, [real, Index([])]);
                break;
            case Operation.Unary { Kind: UnaryKind.Sigmoid } when _precision == Precision.Float64:
                string half = Real(0.5);
                string tanh = Node("Tanh", null, [Node("Mul", null, [x[0], half])]);
                Node("Add", name, [Node("Mul", null, [tanh, half]), half]);
                break;
            case Operation.Unary unary:
                Node(unary.Kind.ToString(), name, x);
                break;
            case Operation.Binary when _fusedBias.TryGetValue(node.Id, out Tensor? product):
                Tensor bias = node.Inputs[0] == product ? node.Inputs[1] : node.Inputs[0];
                EmitGemm((Operation.MatMul)product.Operation, name, [.. product.Inputs.Select(NameOf), NameOf(bias)]);
                break;
            case Operation.Binary binary:
                Node(binary.Kind.ToString(), name, x);
                break;
            case Operation.Min min:
                Node("Min", name, [x[0], Real(min.Bound)]);
                break;
            case Operation.LessMask mask:
                Node("Cast", name, [Node("Less", null, [x[0], Real(mask.Bound)])], ("to", (long)RealCode));
                break;
            case Operation.MatMul product when node.Shape.Rank == 2:
                EmitGemm(product, name, x);
                break;
            case Operation.MatMul product:
                string a = product.TransposeA ? Node("Transpose", null, [x[0]], ("perm", new long[] { 0, 2, 1 })) : x[0];
                string b = product.TransposeB ? Node("Transpose", null, [x[1]], ("perm", new long[] { 0, 2, 1 })) : x[1];
                Node("MatMul", name, [a, b]);
                break;
            case Operation.Transpose transpose:
                Node("Transpose", name, x, ("perm", transpose.Order.Axes.Select(i => (long)i).ToArray()));
                break;
            case Operation.Reshape reshape:
                Node("Reshape", name, [x[0], ShapeName(reshape.To)], ("allowzero", 1L));
                break;
            case Operation.ReduceSum sum:
                Node("ReduceSum", name, [x[0], Index([.. sum.Axes.Axes])], ("keepdims", 1L));
                break;
            case Operation.Expand expand:
                Node("Expand", name, [x[0], ShapeName(expand.To)]);
                break;
            case Operation.Gather:
                Node("Gather", name, x, ("axis", 0L));
                break;
            case Operation.ScatterAdd:
                TensorData zero = TensorData.Real([0.0], _precision, 1);
                string zeros = Node("ConstantOfShape", null, [ShapeName(node.Shape)], ("value", zero));
                Node("ScatterND", name, [zeros, Column(x[1]), x[0]], ("reduction", "add"));
                break;
            case Operation.Concat concat:
                Node("Concat", name, x, ("axis", (long)concat.Axis));
                break;
            case Operation.Slice slice:
                Node("Slice", name, [x[0], Index([slice.Start]), Index([slice.Start + slice.Length]), Index([slice.Axis])]);
                break;
            case Operation.Pad pad:
                Node("Pad", name, [x[0], Index([pad.Before, pad.After]), Real(0), Index([pad.Axis])]);
                break;
            default:
                throw new GraphException($"{node} cannot be written as ONNX");
        }
    }

    private void EmitGemm(Operation.MatMul product, string name, string[] inputs) =>
        Node("Gemm", name, inputs, ("transA", product.TransposeA ? 1L : 0L), ("transB", product.TransposeB ? 1L : 0L));

    private string Node(string operation, string? output, string[] inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        output ??= $"%x{_extra++}";
        OnnxMessage node = new();
        foreach (string input in inputs)
            node.Text(1, input);
        node.Text(2, output).Text(3, output).Text(4, operation);
        foreach ((string name, object value) in attributes)
            node.Message(5, OnnxMessage.Attribute(name, value));
        _nodes.Add(node);
        return output;
    }

    private string Column(string indices)
    {
        string key = $"column {indices}";
        return _constants.TryGetValue(key, out string? known) ? known : _constants[key] = Node("Reshape", null, [indices, Index([-1, 1])]);
    }

    private string Real(double value) => Fixed(FormattableString.Invariant($"real {value:R}"), TensorData.Real([value], _precision));

    private string Index(long[] values) => Fixed($"index {string.Join(",", values)}", TensorData.Of(values, values.Length));

    private string Fixed(string key, TensorData data)
    {
        if (_constants.TryGetValue(key, out string? known))
            return known;
        string name = $"%c{_constants.Count}";
        _initializers.Add(OnnxMessage.Tensor(name, data));
        return _constants[key] = name;
    }

    // A shape as an int64 tensor: fixed, or put together from the sizes of inputs; one node per distinct shape.
    private string ShapeName(Shape shape)
    {
        if (shape.IsFixed)
            return Index([.. shape.Dims.Select(d => d.Number)]);
        if (_shapes.TryGetValue(shape, out string? known))
            return known;
        string[] parts = [.. shape.Dims.Select(DimName)];
        return _shapes[shape] = parts.Length == 1 ? parts[0] : Node("Concat", null, parts, ("axis", 0L));
    }

    private string DimName(Dim dim)
    {
        if (dim.IsNumber)
            return Index([dim.Factor]);
        if (_dims.TryGetValue(dim, out string? known))
            return known;
        if (dim.Factor != 1)
            return _dims[dim] = Node("Mul", null, [DimName(dim.Symbol!), Index([dim.Factor])]);
        foreach (Tensor input in _graph.Inputs)
        {
            int axis = input.Shape.Dims.IndexOf(dim);
            if (axis < 0)
                continue;
            _usedInputs.Add(input);
            return _dims[dim] = Node("Shape", null, [NameOf(input)], ("start", (long)axis), ("end", axis + 1L));
        }
        throw new GraphException($"no input tells the size of {dim}");
    }

    /// <summary>A readable list of the nodes that some outputs need, one per line, for people.</summary>
    public static string Describe(IReadOnlyList<Tensor> outputs)
    {
        Graph graph = outputs[0].Graph;
        int count = outputs.Max(o => o.Id) + 1;
        bool[] reached = graph.Reachable(outputs, count);
        StringBuilder text = new();
        for (int id = 0; id < count; id++)
        {
            if (reached[id])
                text.AppendLine(graph[id].ToString());
        }
        return text.ToString();
    }
}
