using System.Collections.Immutable;

namespace Csp.Learning.Graphs;

public enum ElementType
{
    /// <summary>float32 or float64, as the graph is emitted.</summary>
    Real,

    /// <summary>int64 indices.</summary>
    Index,
}

/// <summary>A node of a <see cref="Graph"/>: an array that is known by how it is computed. Made by the graph's methods and by operators.</summary>
public sealed class Tensor
{
    internal Tensor(Graph graph, int id, Operation operation, ImmutableArray<Tensor> inputs, ElementType type, Shape shape)
    {
        Graph = graph;
        Id = id;
        Operation = operation;
        Inputs = inputs;
        Type = type;
        Shape = shape;
    }

    public Graph Graph { get; }

    /// <summary>Position in the graph: always larger than the ids of its inputs.</summary>
    public int Id { get; }

    public Operation Operation { get; }

    public ImmutableArray<Tensor> Inputs { get; }

    public ElementType Type { get; }

    public Shape Shape { get; }

    /// <summary>The value when this is a constant scalar.</summary>
    public double? ScalarValue => Shape.Rank == 0 && Operation is Operation.Constant c ? c.Values.Values[0] : null;

    public static Tensor operator +(Tensor a, Tensor b) => a.Graph.Add(a, b);

    public static Tensor operator +(Tensor a, double b) => a.Graph.Add(a, a.Graph.Constant(b));

    public static Tensor operator +(double a, Tensor b) => b.Graph.Add(b.Graph.Constant(a), b);

    public static Tensor operator -(Tensor a, Tensor b) => a.Graph.Sub(a, b);

    public static Tensor operator -(Tensor a, double b) => a.Graph.Sub(a, a.Graph.Constant(b));

    public static Tensor operator -(double a, Tensor b) => b.Graph.Sub(b.Graph.Constant(a), b);

    public static Tensor operator -(Tensor a) => a.Graph.Neg(a);

    public static Tensor operator *(Tensor a, Tensor b) => a.Graph.Mul(a, b);

    public static Tensor operator *(Tensor a, double b) => a.Graph.Mul(a, a.Graph.Constant(b));

    public static Tensor operator *(double a, Tensor b) => b.Graph.Mul(b.Graph.Constant(a), b);

    public static Tensor operator /(Tensor a, Tensor b) => a.Graph.Div(a, b);

    public static Tensor operator /(Tensor a, double b) => a.Graph.Mul(a, a.Graph.Constant(1 / b));

    public static Tensor operator /(double a, Tensor b) => b.Graph.Div(b.Graph.Constant(a), b);

    public override string ToString() => $"%{Id} {Operation.GetType().Name}{Shape}({string.Join(",", Inputs.Select(i => i.Id))})";
}
