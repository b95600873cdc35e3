using System.Collections.Immutable;

namespace Csp.Learning.Graphs;

// Reverse-mode differentiation. The gradient is again made of nodes, so it can be differentiated further.
public sealed partial class Graph
{
    /// <summary>
    /// d(scalar)/d(x) for each wanted x, as nodes of the shapes of x (zeros where the scalar does not depend on x).
    /// </summary>
    /// <exception cref="GraphException">Not a scalar, or a wanted tensor is made of indices.</exception>
    public ImmutableArray<Tensor> Grad(Tensor scalar, params IReadOnlyList<Tensor> wanted)
    {
        if (scalar.Shape.Rank != 0)
            throw new GraphException($"only a scalar has a gradient here, not {scalar.Shape}");
        if (wanted.FirstOrDefault(w => w.Type != ElementType.Real) is Tensor index)
            throw new GraphException($"no gradient with respect to the indices {index}");

        // Which nodes the wanted ones lead to, and which of these lead to the scalar.
        int count = scalar.Id + 1;
        bool[] depends = new bool[count];
        foreach (Tensor w in wanted)
        {
            if (w.Id < count)
                depends[w.Id] = true;
        }
        bool[] reached = Reachable([scalar], count);
        for (int id = 0; id < count; id++)
            depends[id] |= reached[id] && _order[id].Inputs.Any(i => depends[i.Id]);

        Tensor?[] adjoint = new Tensor?[count];
        adjoint[scalar.Id] = Constant(1);
        for (int id = count - 1; id >= 0; id--)
        {
            if (adjoint[id] is not Tensor g || !depends[id] || !reached[id])
                continue;
            Tensor node = _order[id];
            for (int k = 0; k < node.Inputs.Length; k++)
            {
                Tensor input = node.Inputs[k];
                if (input.Type != ElementType.Real || !depends[input.Id] || Pullback(node, k, g) is not Tensor part || IsZero(part))
                    continue;
                adjoint[input.Id] = adjoint[input.Id] is Tensor sum ? Add(sum, part) : part;
            }
        }
        return [.. wanted.Select(w => w.Id < count && adjoint[w.Id] is Tensor g ? g : Zeros(w.Shape))];
    }

    /// <summary>Marks every node that the given ones are computed from, them included.</summary>
    internal bool[] Reachable(IEnumerable<Tensor> outputs, int count)
    {
        bool[] reached = new bool[count];
        foreach (Tensor output in outputs)
            reached[output.Id] = true;
        for (int id = count - 1; id >= 0; id--)
        {
            if (!reached[id])
                continue;
            foreach (Tensor input in _order[id].Inputs)
                reached[input.Id] = true;
        }
        return reached;
    }

    // The part of input k in the gradient, given the gradient g of the node's value.
    private Tensor? Pullback(Tensor y, int k, Tensor g)
    {
        Tensor x = y.Inputs[k];
        switch (y.Operation)
        {
            case Operation.Unary unary:
                return Mul(g, Derivative(unary.Kind, x, y));
            case Operation.Binary { Kind: BinaryKind.Add }:
                return SumTo(g, x.Shape);
            case Operation.Binary { Kind: BinaryKind.Sub }:
                return k == 0 ? SumTo(g, x.Shape) : Neg(SumTo(g, x.Shape));
            case Operation.Binary { Kind: BinaryKind.Mul }:
                return SumTo(Mul(g, y.Inputs[1 - k]), x.Shape);
            case Operation.Min min:
                return Mul(g, LessMask(x, min.Bound));
            case Operation.LessMask:
                return null;
            case Operation.MatMul product:
                return ProductGradient(product, y.Inputs[0], y.Inputs[1], g, k);
            case Operation.Transpose transpose:
                int[] inverse = new int[transpose.Order.Axes.Length];
                for (int i = 0; i < inverse.Length; i++)
                    inverse[transpose.Order.Axes[i]] = i;
                return Transpose(g, inverse);
            case Operation.Reshape:
                return Reshape(g, x.Shape);
            case Operation.ReduceSum:
                return Expand(g, x.Shape);
            case Operation.Expand:
                return SumTo(g, x.Shape);
            case Operation.Gather:
                return ScatterAdd(g, y.Inputs[1], x.Shape[0]);
            case Operation.ScatterAdd:
                return Gather(g, y.Inputs[1]);
            case Operation.Concat concat:
                long start = y.Inputs.Take(k).Sum(i => i.Shape[concat.Axis].Number);
                return Slice(g, concat.Axis, start, x.Shape[concat.Axis].Number);
            case Operation.Slice slice:
                return Pad(g, slice.Axis, slice.Start, x.Shape[slice.Axis].Number - slice.Start - slice.Length);
            case Operation.Pad pad:
                return Slice(g, pad.Axis, pad.Before, x.Shape[pad.Axis].Number);
            default:
                throw new GraphException($"{y} has no gradient");
        }
    }

    private Tensor Derivative(UnaryKind kind, Tensor x, Tensor y) => kind switch
    {
        UnaryKind.Neg => Constant(-1),
        UnaryKind.Exp => y,
        UnaryKind.Log => Reciprocal(x),
        UnaryKind.Sqrt => Mul(Constant(0.5), Reciprocal(y)),
        UnaryKind.Sin => Cos(x),
        UnaryKind.Cos => Neg(Sin(x)),
        UnaryKind.Tanh => Sub(Constant(1), Square(y)),
        UnaryKind.Sigmoid => Mul(y, Sub(Constant(1), y)),
        UnaryKind.Reciprocal => Neg(Square(y)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    // Y = op(A)·op(B): the four cases of transposition, without any Transpose node.
    private Tensor ProductGradient(Operation.MatMul product, Tensor a, Tensor b, Tensor g, int k) => (product.TransposeA, product.TransposeB, k) switch
    {
        (false, false, 0) => MatMul(g, b, false, true),
        (false, false, _) => MatMul(a, g, true, false),
        (false, true, 0) => MatMul(g, b, false, false),
        (false, true, _) => MatMul(g, a, true, false),
        (true, false, 0) => MatMul(b, g, false, true),
        (true, false, _) => MatMul(a, g, false, false),
        (true, true, 0) => MatMul(b, g, true, true),
        (true, true, _) => MatMul(g, a, true, true),
    };

    // Undoes a broadcast from x.Shape: sums over the axes that were stretched.
    private Tensor SumTo(Tensor g, Shape shape)
    {
        if (g.Shape.Equals(shape))
            return g;
        if (shape.Rank == 0)
            return Sum(g);
        if (g.Shape.Rank == 0)
            throw new GraphException($"a gradient of shape {g.Shape} for {shape}");
        return ReduceSum(g, [.. Enumerable.Range(0, shape.Rank).Where(i => shape[i].IsOne && !g.Shape[i].IsOne)]);
    }
}
