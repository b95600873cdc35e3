using System.Collections.Immutable;

namespace Csp.Learning.Graphs;

/// <summary>One dimension: a number, or a symbol (a size known only when the graph runs) times a number.</summary>
/// <param name="Symbol">Null for a number.</param>
/// <param name="Factor">The number itself, or what the symbol is multiplied with.</param>
public readonly record struct Dim(string? Symbol, long Factor)
{
    public bool IsNumber => Symbol is null;

    public bool IsOne => Symbol is null && Factor == 1;

    /// <summary>The value of a dimension that is a number.</summary>
    /// <exception cref="GraphException">It is a symbol.</exception>
    public long Number => Symbol is null ? Factor : throw new GraphException($"dimension {this} has no fixed size");

    public static implicit operator Dim(long number) => new(null, number);

    public static implicit operator Dim(int number) => new(null, number);

    public static implicit operator Dim(string symbol) => new(symbol, 1);

    public static Dim operator *(Dim dim, long factor) => new(dim.Symbol, dim.Factor * factor);

    public override string ToString() => Symbol is null ? $"{Factor}" : Factor == 1 ? Symbol : $"{Factor}{Symbol}";
}

/// <summary>The dimensions of a tensor; rank 0 is a scalar. Equal when all dimensions are.</summary>
public sealed class Shape : IEquatable<Shape>
{
    public static readonly Shape Scalar = new();

    public Shape(params ReadOnlySpan<Dim> dims) => Dims = [.. dims];

    public ImmutableArray<Dim> Dims { get; }

    public int Rank => Dims.Length;

    public Dim this[int axis] => Dims[axis];

    /// <summary>Whether every dimension is a number.</summary>
    public bool IsFixed => Dims.All(d => d.IsNumber);

    /// <summary>Number of elements of a fixed shape.</summary>
    public long Count => Dims.Aggregate(1L, (n, d) => n * d.Number);

    public Shape With(int axis, Dim dim) => new(Dims.SetItem(axis, dim).AsSpan());

    public bool Equals(Shape? other) => other is not null && Dims.AsSpan().SequenceEqual(other.Dims.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Shape);

    public override int GetHashCode() => Dims.Aggregate(Rank, HashCode.Combine);

    public override string ToString() => $"[{string.Join(",", Dims)}]";

    /// <summary>
    /// The shape of an elementwise operation. Operands have equal ranks, with 1 against anything, or one of them is a scalar.
    /// </summary>
    /// <exception cref="GraphException">They do not fit.</exception>
    public static Shape Broadcast(Shape a, Shape b)
    {
        if (a.Rank == 0)
            return b;
        if (b.Rank == 0)
            return a;
        if (a.Rank != b.Rank)
            throw new GraphException($"shapes {a} and {b} differ in rank");
        Dim[] dims = new Dim[a.Rank];
        for (int i = 0; i < dims.Length; i++)
        {
            dims[i] = a[i].IsOne ? b[i] : a[i];
            if (!b[i].IsOne && b[i] != dims[i])
                throw new GraphException($"shapes {a} and {b} do not fit in dimension {i}");
        }
        return new Shape(dims);
    }
}

/// <summary>A graph is built or run in a way that cannot work; the message says what and where.</summary>
public sealed class GraphException(string message) : Exception(message);
