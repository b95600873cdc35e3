using System.Collections.Immutable;

namespace Csp.Learning.Graphs;

public enum UnaryKind { Neg, Exp, Log, Sqrt, Sin, Cos, Tanh, Sigmoid, Reciprocal }

public enum BinaryKind { Add, Sub, Mul }

/// <summary>What a node does with its inputs; two equal operations on equal inputs are one node.</summary>
public abstract record Operation
{
    private Operation()
    {
    }

    /// <summary>A named input; indices are int64, all else real.</summary>
    public sealed record Input(string Name) : Operation;

    /// <summary>Numbers fixed in the graph.</summary>
    public sealed record Constant(Numbers Values) : Operation;

    /// <summary>The size of a dimension as a real scalar.</summary>
    public sealed record SizeOf(Dim Dim) : Operation;

    public sealed record Unary(UnaryKind Kind) : Operation;

    public sealed record Binary(BinaryKind Kind) : Operation;

    /// <summary>min(x, c).</summary>
    public sealed record Min(double Bound) : Operation;

    /// <summary>1 where x &lt; c, else 0; without gradient.</summary>
    public sealed record LessMask(double Bound) : Operation;

    /// <summary>Product of two matrices (rank 2), or of equally many matrices (rank 3), each transposed first if asked.</summary>
    public sealed record MatMul(bool TransposeA, bool TransposeB) : Operation;

    public sealed record Transpose(Permutation Order) : Operation;

    /// <summary>The same numbers in row-major order under another shape.</summary>
    public sealed record Reshape(Shape To) : Operation;

    /// <summary>Sum along axes, which stay with size 1.</summary>
    public sealed record ReduceSum(Permutation Axes) : Operation;

    /// <summary>Repeats along axes of size 1.</summary>
    public sealed record Expand(Shape To) : Operation;

    /// <summary>Rows of the first input chosen by the second.</summary>
    public sealed record Gather : Operation;

    /// <summary>Rows of the first input added up into the rows that the second names; others are 0.</summary>
    public sealed record ScatterAdd(Dim Rows) : Operation;

    public sealed record Concat(int Axis) : Operation;

    public sealed record Slice(int Axis, long Start, long Length) : Operation;

    /// <summary>Zeros before and after along an axis.</summary>
    public sealed record Pad(int Axis, long Before, long After) : Operation;
}

/// <summary>A short list of axes, equal by content.</summary>
public sealed class Permutation(ImmutableArray<int> axes) : IEquatable<Permutation>
{
    public ImmutableArray<int> Axes { get; } = axes;

    public bool Equals(Permutation? other) => other is not null && Axes.AsSpan().SequenceEqual(other.Axes.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Permutation);

    public override int GetHashCode() => Axes.Aggregate(17, HashCode.Combine);
}

/// <summary>A list of numbers, equal by content (bit by bit).</summary>
public sealed class Numbers(ImmutableArray<double> values) : IEquatable<Numbers>
{
    private readonly int _hash = values.Aggregate(values.Length, HashCode.Combine);

    public ImmutableArray<double> Values { get; } = values;

    public bool Equals(Numbers? other) => other is not null && _hash == other._hash && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Numbers);

    public override int GetHashCode() => _hash;
}
