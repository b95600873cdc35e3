using Csp.Learning.Graphs;

namespace Csp.Learning.Tests.Graphs;

/// <summary>Every operation on an input x [N,3] (N = 4, numbers between 0.3 and 1.5) and row numbers "rows" [M] (M = 6) below 4.</summary>
internal static class OperationCases
{
    public static readonly IReadOnlyDictionary<string, Func<Graph, Tensor, Tensor>> All = new Dictionary<string, Func<Graph, Tensor, Tensor>>
    {
        ["add"] = (g, x) => g.Square(x) + g.Reshape(g.Slice(x, 1, 0, 1), "N", 1),
        ["add scalar"] = (g, x) => x * g.Sum(x) + g.Sum(g.Square(x)),
        ["sub"] = (g, x) => g.Square(x) - g.ReduceSum(g.Power(x, 3), 0),
        ["mul"] = (g, x) => x * g.ReduceSum(x, 1),
        ["div"] = (g, x) => x / g.ReduceSum(g.Square(x), 1),
        ["neg"] = (g, x) => -g.Square(x),
        ["exp"] = (g, x) => g.Exp(x),
        ["log"] = (g, x) => g.Log(x),
        ["sqrt"] = (g, x) => g.Sqrt(x),
        ["sin"] = (g, x) => g.Sin(x),
        ["cos"] = (g, x) => g.Cos(2.0 * x),
        ["tanh"] = (g, x) => g.Tanh(x),
        ["sigmoid"] = (g, x) => g.Sigmoid(x),
        ["silu"] = (g, x) => g.Silu(3.0 * x - 2.0),
        ["reciprocal"] = (g, x) => g.Reciprocal(x),
        ["power 5"] = (g, x) => g.Power(x, 5),
        ["power -3"] = (g, x) => g.Power(x + 0.5, -3),
        ["min"] = (g, x) => g.Square(g.Min(x, 0.9)),
        ["max"] = (g, x) => g.Square(g.Max(x, 0.9)),
        ["mask"] = (g, x) => g.LessMask(x, 0.9) * g.Power(x, 3),
        ["matmul"] = (g, x) => g.MatMul(g.Square(x), g.Constant(Ramp(6), 3, 2)),
        ["matmul both"] = (g, x) => g.MatMul(x, g.MatMul(x, g.Square(x), transposeA: true)),
        ["matmul tA"] = (g, x) => g.MatMul(x, g.Square(x), transposeA: true),
        ["matmul tB"] = (g, x) => g.MatMul(g.Square(x), x, transposeB: true),
        ["matmul tA tB"] = (g, x) => g.MatMul(g.MatMul(x, x, transposeA: true), g.Square(x), transposeA: true, transposeB: true),
        ["batched"] = (g, x) => g.MatMul(Outer(g, x), Outer(g, g.Square(x))),
        ["batched tA"] = (g, x) => g.MatMul(Outer(g, g.Square(x)), g.Reshape(x, "N", 3, 1), transposeA: true),
        ["batched tB"] = (g, x) => g.MatMul(g.Reshape(x, "N", 1, 3), Outer(g, g.Square(x)), transposeB: true),
        ["batched tA tB"] = (g, x) => g.MatMul(Outer(g, g.Sin(x)), Outer(g, g.Square(0.5 * x)), transposeA: true, transposeB: true),
        ["linear"] = (g, x) => g.Tanh(g.Linear(g.Square(x), g.Constant(Ramp(6), 2, 3), g.Constant(Ramp(2), 2))),
        ["transpose"] = (g, x) => g.Transpose(g.Square(x), 1, 0) * g.Transpose(x, 1, 0),
        ["transpose 3"] = (g, x) => g.Transpose(Outer(g, x) * g.Reshape(x, "N", 1, 3), 2, 0, 1),
        ["reshape"] = (g, x) => g.Square(g.Reshape(g.Square(x), new Dim("N", 3))),
        ["reduce"] = (g, x) => g.Square(g.ReduceSum(g.Square(x), 0)) + g.Sum(x) * g.ReduceSum(x, 0, 1),
        ["sum over"] = (g, x) => g.Square(g.SumOver(g.Square(x), 1)),
        ["expand"] = (g, x) => g.Square(g.MatMul(g.Expand(g.ReduceSum(g.Square(x), 1), x.Shape), g.Constant(Ramp(3), 3, 1))),
        ["expand sum"] = (g, x) => g.Square(g.ReduceSum(g.Expand(g.ReduceSum(g.Square(x), 0), x.Shape), 0)),
        ["gather"] = (g, x) => g.Square(g.Gather(g.Square(x), g.IndexInput("rows", "M"))),
        ["scatter"] = (g, x) => g.Square(g.ScatterAdd(g.Gather(g.Square(x), g.IndexInput("rows", "M")), g.IndexInput("rows", "M"), "N")),
        ["scatter fixed"] = (g, x) => g.Square(g.ScatterAdd(g.Gather(g.Square(x), g.IndexInput("rows", "M")), g.IndexInput("rows", "M"), 5)),
        ["concat"] = (g, x) => g.Square(g.Concat(1, g.Square(x), x, g.Exp(x))),
        ["slice"] = (g, x) => g.Square(g.Slice(g.Square(x), 1, 1, 2)),
        ["pad"] = (g, x) => g.Square(g.Pad(g.Square(x), 1, 2, 1) + 0.5),
        ["size"] = (g, x) => g.Square(x) * g.SizeOf("N") * g.SizeOf(new Dim("N", 2)),
    };

    public static TheoryData<string> Names => new(All.Keys);

    public static Dictionary<string, TensorData> Inputs(int seed)
    {
        Random random = new(seed);
        return new()
        {
            ["x"] = TensorData.Of(Enumerable.Range(0, 12).Select(_ => 0.3 + 1.2 * random.NextDouble()).ToArray(), 4, 3),
            ["rows"] = TensorData.Of([2L, 0, 3, 2, 2, 1], 6),
        };
    }

    /// <summary>y, a weighted sum of it, its gradient g, and the gradient of a weighted sum of g.</summary>
    public static (Tensor X, Tensor Value, Tensor Sum, Tensor First, Tensor Second) Build(string name)
    {
        Graph graph = new();
        Tensor x = graph.Input("x", "N", 3);
        Tensor y = All[name](graph, x);
        Tensor sum = graph.Sum(graph.Sin(y * 0.02)) + 0.1 * graph.Sum(graph.Tanh(y));
        Tensor first = graph.Grad(sum, x)[0];
        Tensor second = graph.Grad(graph.Sum(first * graph.Constant([0.3, -1.1, 0.8], 1, 3)), x)[0];
        return (x, y, sum, first, second);
    }

    private static Tensor Outer(Graph g, Tensor x) => g.Reshape(x, "N", 3, 1) * g.Reshape(g.Square(x), "N", 1, 3);

    private static double[] Ramp(int n) => [.. Enumerable.Range(0, n).Select(i => 0.3 - 0.17 * i)];
}
