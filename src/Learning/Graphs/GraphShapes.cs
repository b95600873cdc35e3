using System.Collections.Immutable;

namespace Csp.Learning.Graphs;

// Operations that change shapes, and the products.
public sealed partial class Graph
{
    /// <summary>Product of matrices: [M,K]·[K,N], or of stacks of them [B,M,K]·[B,K,N]; each is transposed first if asked.</summary>
    /// <exception cref="GraphException">The shapes do not fit.</exception>
    public Tensor MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false)
    {
        int rank = a.Shape.Rank;
        if (rank != b.Shape.Rank || rank is not (2 or 3) || rank == 3 && a.Shape[0] != b.Shape[0])
            throw new GraphException($"no matrix product of {a.Shape} and {b.Shape}");
        int r = rank - 2, c = rank - 1;
        (Dim rows, Dim inner) = transposeA ? (a.Shape[c], a.Shape[r]) : (a.Shape[r], a.Shape[c]);
        (Dim inner2, Dim columns) = transposeB ? (b.Shape[c], b.Shape[r]) : (b.Shape[r], b.Shape[c]);
        if (inner != inner2)
            throw new GraphException($"no matrix product of {a.Shape}{(transposeA ? "ᵀ" : "")} and {b.Shape}{(transposeB ? "ᵀ" : "")}: {inner} is not {inner2}");
        Shape shape = rank == 2 ? new(rows, columns) : new(a.Shape[0], rows, columns);
        return IsZero(a) || IsZero(b) ? Zeros(shape) : Node(new Operation.MatMul(transposeA, transposeB), [a, b], shape);
    }

    /// <summary>x·Wᵀ + b for rows x [rows, in], W [out, in], b [out] or none: a linear layer as PyTorch stores it.</summary>
    public Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        Tensor y = MatMul(x, weight, transposeB: true);
        return bias is null ? y : Add(y, Reshape(bias, 1, bias.Shape[0]));
    }

    /// <summary>Axes in another order: axis i of the result is axis <c>order[i]</c> of x.</summary>
    public Tensor Transpose(Tensor x, params ReadOnlySpan<int> order)
    {
        ImmutableArray<int> axes = [.. order];
        if (axes.Length != x.Shape.Rank || axes.Order().Where((a, i) => a != i).Any())
            throw new GraphException($"({string.Join(",", axes)}) is not an order of the axes of {x.Shape}");
        if (axes.Where((a, i) => a != i).FirstOrDefault(-1) < 0)
            return x;
        if (x.Operation is Operation.Transpose inner)
            return Transpose(x.Inputs[0], [.. axes.Select(a => inner.Order.Axes[a])]);
        Shape shape = new([.. axes.Select(a => x.Shape[a])]);
        if (x.Operation is Operation.Expand)
        {
            Tensor small = x.Inputs[0];
            return Expand(small.Shape.Rank == 0 ? small : Transpose(small, axes.AsSpan()), shape);
        }
        return Node(new Operation.Transpose(new Permutation(axes)), [x], shape);
    }

    /// <summary>The same numbers, row-major, under another shape. Only fixed parts of the shapes are checked.</summary>
    public Tensor Reshape(Tensor x, params ReadOnlySpan<Dim> shape) => Reshape(x, new Shape(shape));

    /// <inheritdoc cref="Reshape(Tensor, ReadOnlySpan{Dim})"/>
    public Tensor Reshape(Tensor x, Shape shape)
    {
        if (x.Shape.Equals(shape))
            return x;
        if (x.Shape.IsFixed && shape.IsFixed && x.Shape.Count != shape.Count)
            throw new GraphException($"{x.Shape} cannot be read as {shape}");
        if (x.Operation is Operation.Reshape)
            return Reshape(x.Inputs[0], shape);
        if (x.Operation is Operation.Constant constant)
            return Node(constant, [], shape);
        if (x.Operation is Operation.Expand && x.Inputs[0].Shape.Dims.All(d => d.IsOne))
            return Expand(Reshape(x.Inputs[0], Shape.Scalar), shape);
        return Node(new Operation.Reshape(shape), [x], shape);
    }

    /// <summary>Sum along some axes, which stay with size 1.</summary>
    public Tensor ReduceSum(Tensor x, params ReadOnlySpan<int> axes)
    {
        ImmutableArray<int> all = [.. axes.ToArray().Distinct().Order().Where(a => !x.Shape[a].IsOne)];
        if (all.Length == 0)
            return x;
        Shape shape = all.Aggregate(x.Shape, (s, a) => s.With(a, 1));
        if (x.Operation is Operation.Expand)
        {
            // Σ over a repeated axis is a multiplication by its size.
            Tensor small = x.Inputs[0].Shape.Rank == 0 ? Reshape(x.Inputs[0], new Shape([.. x.Shape.Dims.Select(_ => (Dim)1)])) : x.Inputs[0];
            Tensor sum = ReduceSum(small, all.AsSpan());
            foreach (int axis in all.Where(a => small.Shape[a].IsOne))
                sum = Mul(SizeOf(x.Shape[axis]), sum);
            return Expand(sum, shape);
        }
        return Node(new Operation.ReduceSum(new Permutation(all)), [x], shape);
    }

    /// <summary>Sum of all elements, a scalar.</summary>
    public Tensor Sum(Tensor x) => Reshape(ReduceSum(x, [.. Enumerable.Range(0, x.Shape.Rank)]), Shape.Scalar);

    /// <summary>Sum along one axis, which disappears.</summary>
    public Tensor SumOver(Tensor x, int axis) => Reshape(ReduceSum(x, axis), new Shape(x.Shape.Dims.RemoveAt(axis).AsSpan()));

    /// <summary>Repeats a scalar, or the axes of size 1, up to a shape. Stays symbolic inside elementwise operations.</summary>
    public Tensor Expand(Tensor x, Shape shape)
    {
        if (x.Shape.Equals(shape))
            return x;
        if (!Shape.Broadcast(x.Shape, shape).Equals(shape))
            throw new GraphException($"{x.Shape} cannot be expanded to {shape}");
        if (x.Operation is Operation.Expand)
            return Expand(x.Inputs[0], shape);
        return x.Shape.Rank == 0 || !x.Shape.Dims.All(d => d.IsOne) || x.ScalarValue is not null
            ? Node(new Operation.Expand(shape), [x], shape)
            : Expand(Reshape(x, Shape.Scalar), shape);
    }

    /// <summary>Rows of x [N,…] chosen by indices [M]: [M,…].</summary>
    public Tensor Gather(Tensor x, Tensor indices)
    {
        CheckIndices(indices);
        Shape shape = x.Shape.With(0, indices.Shape[0]);
        if (x.Operation is Operation.Expand && (x.Inputs[0].Shape.Rank == 0 || x.Inputs[0].Shape[0].IsOne))
            return Expand(x.Inputs[0], shape);
        return Node(new Operation.Gather(), [x, indices], shape);
    }

    /// <summary>Adds the rows of x [M,…] into the rows that indices [M] name: [rows,…].</summary>
    public Tensor ScatterAdd(Tensor x, Tensor indices, Dim rows)
    {
        CheckIndices(indices);
        if (x.Shape.Rank == 0 || x.Shape[0] != indices.Shape[0])
            throw new GraphException($"{indices.Shape} indices for the rows of {x.Shape}");
        Shape shape = x.Shape.With(0, rows);
        return IsZero(x) ? Zeros(shape) : Node(new Operation.ScatterAdd(rows), [x, indices], shape);
    }

    /// <summary>One after the other along an axis whose sizes are numbers.</summary>
    public Tensor Concat(int axis, params ReadOnlySpan<Tensor> parts)
    {
        if (parts.Length == 1)
            return parts[0];
        long size = 0;
        foreach (Tensor part in parts)
        {
            size += part.Shape[axis].Number;
            if (!part.Shape.With(axis, 1).Equals(parts[0].Shape.With(axis, 1)))
                throw new GraphException($"{part.Shape} does not fit {parts[0].Shape} along axis {axis}");
        }
        return Node(new Operation.Concat(axis), parts, parts[0].Shape.With(axis, size));
    }

    /// <summary>Elements <paramref name="start"/> to start + length − 1 along an axis of fixed size.</summary>
    public Tensor Slice(Tensor x, int axis, long start, long length)
    {
        if (start < 0 || length < 0 || start + length > x.Shape[axis].Number)
            throw new GraphException($"{start}..{start + length} is outside of axis {axis} of {x.Shape}");
        if (start == 0 && length == x.Shape[axis].Number)
            return x;
        Shape shape = x.Shape.With(axis, length);
        if (x.Operation is Operation.Expand && (x.Inputs[0].Shape.Rank == 0 || x.Inputs[0].Shape[axis].IsOne))
            return Expand(x.Inputs[0], shape);
        return Node(new Operation.Slice(axis, start, length), [x], shape);
    }

    /// <summary>Zeros before and after along an axis of fixed size.</summary>
    public Tensor Pad(Tensor x, int axis, long before, long after)
    {
        if (before == 0 && after == 0)
            return x;
        Shape shape = x.Shape.With(axis, x.Shape[axis].Number + before + after);
        return IsZero(x) ? Zeros(shape) : Node(new Operation.Pad(axis, before, after), [x], shape);
    }

    private static void CheckIndices(Tensor indices)
    {
        if (indices.Type != ElementType.Index || indices.Shape.Rank != 1)
            throw new GraphException($"row numbers must be int64 of rank 1, not {indices.Type}{indices.Shape}");
    }
}
