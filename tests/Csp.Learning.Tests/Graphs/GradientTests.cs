using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using static Csp.Learning.Tests.Graphs.OperationCases;

namespace Csp.Learning.Tests.Graphs;

public class GradientTests
{
    public static TheoryData<string> Cases => Names;

    [Theory]
    [MemberData(nameof(Cases))]
    public void First_and_second_gradients_are_those_of_finite_differences(string name)
    {
        (_, _, Tensor sum, Tensor first, Tensor second) = Build(name);
        Dictionary<string, TensorData> inputs = Inputs(7);
        TensorData[] exact = Interpreter.Evaluate([first, second], inputs);
        double[] x = inputs["x"].ToDoubles();
        double[] direction = [0.3, -1.1, 0.8];
        const double h = 4e-4;
        for (int i = 0; i < x.Length; i++)
        {
            // Fourth-order central differences.
            (double Sum, double Along)[] f = [At(i, h), At(i, -h), At(i, 2 * h), At(i, -2 * h)];
            Close((8 * (f[0].Sum - f[1].Sum) - (f[2].Sum - f[3].Sum)) / (12 * h), exact[0].ToDoubles()[i], 1e-8);
            Close((8 * (f[0].Along - f[1].Along) - (f[2].Along - f[3].Along)) / (12 * h), exact[1].ToDoubles()[i], 1e-8);
        }

        (double, double) At(int i, double step)
        {
            double[] moved = [.. x];
            moved[i] += step;
            TensorData[] r = Interpreter.Evaluate([sum, first], new Dictionary<string, TensorData>(inputs) { ["x"] = TensorData.Of(moved, 4, 3) });
            return (r[0].ToDoubles()[0], r[1].ToDoubles().Select((v, k) => v * direction[k % 3]).Sum());
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Onnx_runtime_agrees_with_the_interpreter(string name)
    {
        (_, Tensor value, Tensor sum, Tensor first, Tensor second) = Build(name);
        (string, Tensor)[] outputs = [("value", value), ("sum", sum), ("first", first), ("second", second)];
        Dictionary<string, TensorData> inputs = Inputs(8);
        TensorData[] exact = Interpreter.Evaluate([.. outputs.Select(o => o.Item2)], inputs);
        foreach ((Precision precision, double tolerance) in new[] { (Precision.Float64, 1e-12), (Precision.Float32, 1e-4) })
        {
            using OrtSession session = OrtSession.Compile(outputs, precision);
            Dictionary<string, TensorData> results = session.Evaluate(inputs);
            for (int o = 0; o < outputs.Length; o++)
            {
                TensorData got = results[outputs[o].Item1];
                Assert.Equal(exact[o].Shape, got.Shape);
                double scale = exact[o].ToDoubles().Max(Math.Abs);
                foreach ((double a, double b) in exact[o].ToDoubles().Zip(got.ToDoubles()))
                    Assert.True(Math.Abs(a - b) <= tolerance * Math.Max(1, scale), $"{outputs[o].Item1} in {precision}: {b} instead of {a}");
            }
        }
    }

    [Fact]
    public void Third_derivatives_work_too()
    {
        Graph g = new();
        Tensor x = g.Input("x");
        Tensor y = g.Exp(2.0 * x) + g.Power(x, 4);
        Tensor third = g.Grad(g.Grad(g.Grad(y, x)[0], x)[0], x)[0];
        double value = Interpreter.Evaluate([third], new Dictionary<string, TensorData> { ["x"] = TensorData.Of([0.7]) })[0].ToDoubles()[0];
        Close(8 * Math.Exp(1.4) + 24 * 0.7, value, 1e-13);
    }

    [Fact]
    public void Equal_expressions_are_one_node_and_expansions_stay_lazy()
    {
        Graph g = new();
        Tensor a = g.Input("a", "N", 3), b = g.Input("b", "N", 3);
        Assert.Same(a * b + 1.0, 1.0 + b * a);
        Tensor gradient = g.Grad(g.Sum(g.Square(a)), a)[0];
        Assert.DoesNotContain("Expand", OnnxEmitter.Describe([gradient]));
        Assert.Throws<GraphException>(() => g.Input("a", "M", 3));
        Assert.Throws<GraphException>(() => g.MatMul(a, b));
        Assert.Throws<GraphException>(() => g.Grad(a, b));
    }

    [Fact]
    public void Nothing_to_sum_gives_zero()
    {
        Graph g = new();
        Tensor x = g.Input("x", "E", 3);
        Tensor rows = g.IndexInput("rows", "E");
        Tensor w = g.Input("w", 2, 3);
        Tensor y = g.ScatterAdd(g.Tanh(g.Linear(x, w)), rows, 4);
        Tensor[] outputs = [y, g.Grad(g.Sum(g.Square(y)), w)[0]];
        Dictionary<string, TensorData> none = new()
        {
            ["x"] = TensorData.Of(Array.Empty<double>(), 0, 3),
            ["rows"] = TensorData.Of(Array.Empty<long>(), 0),
            ["w"] = TensorData.Of(new double[6], 2, 3),
        };
        using OrtSession session = OrtSession.Compile([("y", outputs[0]), ("g", outputs[1])], Precision.Float64);
        Dictionary<string, TensorData> results = session.Evaluate(none);
        Assert.Equal(new double[8], results["y"].ToDoubles());
        Assert.Equal(new double[6], results["g"].ToDoubles());
        Assert.Equal(new double[8], Interpreter.Evaluate(outputs, none)[0].ToDoubles());
    }

    private static void Close(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"{actual} instead of {expected}");
}
