using System.Collections.Immutable;

namespace Csp.Learning.Graphs;

/// <summary>
/// Symbolic tensors, hash-consed: equal operations on equal inputs are one node. Nodes only describe; <see cref="Interpreter"/> and
/// an emitted ONNX model compute. Elementwise operands have equal ranks (1 stretches) or one is a scalar. Not thread-safe while building.
/// </summary>
public sealed partial class Graph
{
    private readonly Dictionary<(Operation, Key), Tensor> _nodes = [];
    private readonly Dictionary<string, Tensor> _inputs = [];
    private readonly List<Tensor> _order = [];

    /// <summary>All named inputs, in order of declaration.</summary>
    public IEnumerable<Tensor> Inputs => _order.Where(n => n.Operation is Operation.Input);

    public int NodeCount => _order.Count;

    internal Tensor this[int id] => _order[id];

    /// <summary>A real input. Asking again for the same name gives the same node.</summary>
    /// <exception cref="GraphException">The name is taken by an input of another shape.</exception>
    public Tensor Input(string name, params ReadOnlySpan<Dim> shape) => Declare(name, ElementType.Real, new Shape(shape));

    /// <summary>An int64 input: row numbers.</summary>
    public Tensor IndexInput(string name, params ReadOnlySpan<Dim> shape) => Declare(name, ElementType.Index, new Shape(shape));

    private Tensor Declare(string name, ElementType type, Shape shape)
    {
        if (_inputs.TryGetValue(name, out Tensor? known))
        {
            return known.Type == type && known.Shape.Equals(shape)
                ? known
                : throw new GraphException($"input {name} is {known.Type}{known.Shape} and cannot be {type}{shape}");
        }
        return _inputs[name] = Node(new Operation.Input(name), [], shape, type);
    }

    /// <summary>A constant scalar.</summary>
    public Tensor Constant(double value) => Node(new Operation.Constant(new Numbers([value])), [], Shape.Scalar);

    /// <summary>A constant array, row-major.</summary>
    public Tensor Constant(ReadOnlySpan<double> values, params ReadOnlySpan<Dim> shape)
    {
        Shape s = new(shape);
        if (s.Count != values.Length)
            throw new GraphException($"a constant of shape {s} needs {s.Count} numbers, not {values.Length}");
        return Node(new Operation.Constant(new Numbers([.. values])), [], s);
    }

    /// <summary>A constant matrix of [rows, columns].</summary>
    public Tensor Constant(double[,] values) =>
        Constant(values.Cast<double>().ToArray(), values.GetLength(0), values.GetLength(1));

    /// <summary>The size of a dimension as a real scalar.</summary>
    public Tensor SizeOf(Dim dim) => dim.IsNumber ? Constant(dim.Number) : Node(new Operation.SizeOf(dim), [], Shape.Scalar);

    /// <summary>Zeros of a shape.</summary>
    public Tensor Zeros(Shape shape) => Expand(Constant(0), shape);

    public Tensor Add(Tensor a, Tensor b)
    {
        if (a.ScalarValue == 0)
            return b;
        if (b.ScalarValue == 0)
            return a;
        if (IsZero(a) && Shape.Broadcast(a.Shape, b.Shape).Equals(b.Shape))
            return b;
        if (IsZero(b) && Shape.Broadcast(a.Shape, b.Shape).Equals(a.Shape))
            return a;
        return Binary(BinaryKind.Add, a, b);
    }

    public Tensor Sub(Tensor a, Tensor b) => b.ScalarValue == 0 ? a : a.ScalarValue == 0 ? Neg(b) : Binary(BinaryKind.Sub, a, b);

    public Tensor Mul(Tensor a, Tensor b)
    {
        if (a.ScalarValue == 1)
            return b;
        if (b.ScalarValue == 1)
            return a;
        if (a.ScalarValue == -1)
            return Neg(b);
        if (b.ScalarValue == -1)
            return Neg(a);
        if (a.ScalarValue == 0 || b.ScalarValue == 0 || IsZero(a) || IsZero(b))
            return Zeros(Shape.Broadcast(a.Shape, b.Shape));
        // c1·(c2·x) = (c1 c2)·x
        if (a.ScalarValue is double outer && b.Operation is Operation.Binary { Kind: BinaryKind.Mul } && b.Inputs[0].ScalarValue is double inner)
            return Mul(Constant(outer * inner), b.Inputs[1]);
        return b.ScalarValue is not null ? Mul(b, a) : Binary(BinaryKind.Mul, a, b);
    }

    /// <summary>a times the reciprocal of b.</summary>
    public Tensor Div(Tensor a, Tensor b) => Mul(a, Reciprocal(b));

    public Tensor Neg(Tensor x) =>
        x.Operation is Operation.Unary { Kind: UnaryKind.Neg } ? x.Inputs[0]
        : x.Operation is Operation.Binary { Kind: BinaryKind.Mul } && x.Inputs[0].ScalarValue is double c ? Mul(Constant(-c), x.Inputs[1])
        : Unary(UnaryKind.Neg, x);

    public Tensor Exp(Tensor x) => Unary(UnaryKind.Exp, x);

    public Tensor Log(Tensor x) => Unary(UnaryKind.Log, x);

    public Tensor Sqrt(Tensor x) => Unary(UnaryKind.Sqrt, x);

    public Tensor Sin(Tensor x) => Unary(UnaryKind.Sin, x);

    public Tensor Cos(Tensor x) => Unary(UnaryKind.Cos, x);

    public Tensor Tanh(Tensor x) => Unary(UnaryKind.Tanh, x);

    /// <summary>1/(1+exp(-x)).</summary>
    public Tensor Sigmoid(Tensor x) => Unary(UnaryKind.Sigmoid, x);

    /// <summary>x times sigmoid(x), also called swish.</summary>
    public Tensor Silu(Tensor x) => Mul(x, Sigmoid(x));

    public Tensor Reciprocal(Tensor x) => Unary(UnaryKind.Reciprocal, x);

    /// <summary>x times itself.</summary>
    public Tensor Square(Tensor x) => Mul(x, x);

    /// <summary>A whole power by repeated multiplication; negative powers through the reciprocal.</summary>
    public Tensor Power(Tensor x, int n) => n switch
    {
        0 => Expand(Constant(1), x.Shape),
        1 => x,
        < 0 => Reciprocal(Power(x, -n)),
        _ when n % 2 == 0 => Square(Power(x, n / 2)),
        _ => Mul(x, Power(x, n - 1)),
    };

    /// <summary>min(x, bound); the gradient is 0 from the bound on.</summary>
    public Tensor Min(Tensor x, double bound) => Elementwise(new Operation.Min(bound), x);

    /// <summary>max(x, bound); the gradient is 0 up to the bound.</summary>
    public Tensor Max(Tensor x, double bound) => Neg(Min(Neg(x), -bound));

    /// <summary>1 where x is below the bound, else 0; without gradient.</summary>
    public Tensor LessMask(Tensor x, double bound) => Elementwise(new Operation.LessMask(bound), x);

    private Tensor Unary(UnaryKind kind, Tensor x)
    {
        if (x.ScalarValue is double v)
            return Constant(Scalars.Apply(kind, v));
        return Elementwise(new Operation.Unary(kind), x);
    }

    // An elementwise operation of an expanded tensor is computed before the expansion.
    private Tensor Elementwise(Operation operation, Tensor x) => x.Operation is Operation.Expand
        ? Expand(Elementwise(operation, x.Inputs[0]), x.Shape)
        : Node(operation, [x], x.Shape);

    private Tensor Binary(BinaryKind kind, Tensor a, Tensor b)
    {
        if (a.ScalarValue is double va && b.ScalarValue is double vb)
            return Constant(Scalars.Apply(kind, va, vb));
        Shape shape = Shape.Broadcast(a.Shape, b.Shape);
        Tensor x = a.Operation is Operation.Expand ? a.Inputs[0] : a;
        Tensor y = b.Operation is Operation.Expand ? b.Inputs[0] : b;
        if (x != a || y != b)
            return Expand(kind switch { BinaryKind.Add => Add(x, y), BinaryKind.Sub => Sub(x, y), _ => Mul(x, y) }, shape);

        // Products and sums commute: one order for both, constants first.
        if (kind != BinaryKind.Sub && (b.ScalarValue is not null || a.ScalarValue is null && a.Id > b.Id))
            (a, b) = (b, a);
        return Node(new Operation.Binary(kind), [a, b], shape);
    }

    internal static bool IsZero(Tensor x) => x.ScalarValue == 0 || x.Operation is Operation.Expand && IsZero(x.Inputs[0]);

    private Tensor Node(Operation operation, ReadOnlySpan<Tensor> inputs, Shape shape, ElementType type = ElementType.Real)
    {
        foreach (Tensor input in inputs)
        {
            if (input.Graph != this)
                throw new GraphException("a tensor of another graph");
        }
        ImmutableArray<Tensor> all = [.. inputs];
        (Operation, Key) key = (operation, new Key([.. all.Select(i => i.Id)], shape));
        if (_nodes.TryGetValue(key, out Tensor? known))
            return known;
        Tensor node = new(this, _order.Count, operation, all, type, shape);
        _order.Add(node);
        return _nodes[key] = node;
    }

    private readonly struct Key(int[] inputs, Shape shape) : IEquatable<Key>
    {
        private readonly int[] _inputs = inputs;
        private readonly Shape _shape = shape;

        public bool Equals(Key other) => _inputs.AsSpan().SequenceEqual(other._inputs) && _shape.Equals(other._shape);

        public override bool Equals(object? obj) => obj is Key key && Equals(key);

        public override int GetHashCode() => _inputs.Aggregate(_shape.GetHashCode(), HashCode.Combine);
    }
}
