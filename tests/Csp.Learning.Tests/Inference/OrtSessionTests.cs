using System.Diagnostics;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Potentials;
using Csp.Tests;
using Microsoft.ML.OnnxRuntime;

namespace Csp.Learning.Tests.Inference;

/// <summary>One of them looks at the memory of the process, which other tests use too.</summary>
[Collection(nameof(Alone))]
public class OrtSessionTests
{
    [Fact]
    public void Runs_on_one_thread_because_scatter_races()
    {
        // Many rows onto few: with two intra-op threads ScatterND(add) loses contributions.
        Graph g = new();
        Tensor y = g.ScatterAdd(g.Input("x", "E", 64), g.IndexInput("rows", "E"), 32);
        using OrtSession session = OrtSession.Compile([("y", y)], Precision.Float64);
        Assert.Equal(new OrtExecution(1, 1, true, OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR), session.Execution);

        const int edges = 5000;
        Random random = new(1);
        double[] x = [.. Enumerable.Range(0, edges * 64).Select(_ => random.NextDouble())];
        long[] rows = [.. Enumerable.Range(0, edges).Select(_ => random.NextInt64(32))];
        Dictionary<string, TensorData> inputs = new() { ["x"] = TensorData.Of(x, edges, 64), ["rows"] = TensorData.Of(rows, edges) };
        double[] exact = Interpreter.Evaluate([y], inputs)[0].ToDoubles();
        double[] first = session.Evaluate(inputs)["y"].ToDoubles();
        for (int i = 0; i < exact.Length; i++)
            Assert.Equal(exact[i], first[i], 1e-10);
        for (int run = 0; run < 100; run++)
            Assert.Equal(first, session.Evaluate(inputs)["y"].ToDoubles());
    }

    [Fact]
    public void Many_threads_may_call_one_session()
    {
        Graph g = new();
        Tensor x = g.Input("x", "E", 8);
        using OrtSession session = OrtSession.Compile([("y", g.ReduceSum(g.Tanh(g.MatMul(x, g.Input("w", 8, 8))), 0))], Precision.Float32);
        Dictionary<string, TensorData>[] inputs = [.. Enumerable.Range(0, 8).Select(seed =>
        {
            Random random = new(seed);
            return new Dictionary<string, TensorData>
            {
                ["x"] = TensorData.Of([.. Enumerable.Range(0, 800).Select(_ => random.NextSingle())], 100, 8),
                ["w"] = TensorData.Of([.. Enumerable.Range(0, 64).Select(_ => random.NextSingle())], 8, 8),
            };
        })];
        double[][] serial = [.. inputs.Select(i => session.Evaluate(i)["y"].ToDoubles())];
        Parallel.For(0, 200, k => Assert.Equal(serial[k % 8], session.Evaluate(inputs[k % 8])["y"].ToDoubles()));
    }

    [Fact]
    public void Ten_thousand_runs_leak_nothing()
    {
        Graph g = new();
        Tensor x = g.Input("x", "N", 256);
        using OrtSession session = OrtSession.Compile([("y", g.Exp(x))], Precision.Float32);
        void Run(int times)
        {
            for (int i = 0; i < times; i++)
                session.Evaluate(new Dictionary<string, TensorData> { ["x"] = TensorData.Of(new float[4 * 256], 4, 256) });
        }
        Run(1000);
        long before = Resident();
        Run(10_000);
        // 10,000 dropped inputs and outputs would be 80 MB.
        Assert.InRange(Resident() - before, long.MinValue, 30_000_000);

        static long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            using Process process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    [Fact]
    public void Weights_can_be_written_into_the_file()
    {
        Graph g = new();
        Tensor x = g.Input("x", "N", 2), w = g.Input("w", 3, 2);
        (string, Tensor)[] outputs = [("y", g.Linear(x, w))];
        Dictionary<string, TensorData> weights = new() { ["w"] = TensorData.Of([1.0, 2, 3, 4, 5, 6], 3, 2) };
        using OrtSession session = OrtSession.Compile(outputs, Precision.Float64, weights);
        Assert.Equal(["x"], session.InputNames);
        Assert.Equal([3.0, 7, 11], session.Evaluate(new Dictionary<string, TensorData> { ["x"] = TensorData.Of([1.0, 1], 1, 2) })["y"].ToDoubles());
    }

    [Fact]
    public void Bad_models_and_inputs_are_one_clear_sentence()
    {
        Assert.Contains("refuses", Assert.Throws<PotentialException>(() => new OrtSession([1, 2, 3])).Message);
        Graph g = new();
        using OrtSession session = OrtSession.Compile([("y", g.Exp(g.Input("x", "N", 3)))], Precision.Float32);
        Assert.Contains("'x'", Assert.Throws<PotentialException>(() => session.Evaluate(new Dictionary<string, TensorData>())).Message);
        Assert.Throws<PotentialException>(() => session.Evaluate(new Dictionary<string, TensorData> { ["x"] = TensorData.Of([1f], 1, 1) }));
    }
}
