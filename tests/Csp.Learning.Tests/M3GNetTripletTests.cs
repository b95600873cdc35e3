using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Architectures.M3GNet;
using Csp.Learning.Graphs;
using Csp.Physics.Crystals;

namespace Csp.Learning.Tests;

/// <summary>The factorised three-body sum against the plain sum over triplets.</summary>
public class M3GNetTripletTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Factorised_sum_equals_the_sum_over_triplets(bool gateAtCenter)
    {
        Random random = new(3);
        Element[] table = [Element.FromSymbol("H"), Element.FromSymbol("S")];
        Crystal crystal = new(new Mat3(3.1, 0.2, 0, -0.3, 3.3, 0.4, 0.5, 0, 3.6), [table[0], table[1], table[0]], [0, 0.1, 0, 0.5, 0.45, 0.52, 0.1, 0.6, 0.7]);
        M3GNetSettings settings = new() { MaxN = 4, MaxL = 4, GateAtCenter = gateAtCenter };
        M3GNetFeatures features = new(settings, new Dictionary<string, double[]>());
        Dictionary<string, TensorData> inputs = features.Collate([crystal], table.Select((e, i) => (e, i)).ToDictionary(p => p.e, p => p.i), Precision.Float64);
        int nl = 16, u = 5;
        double[] v = Numbers(3 * u), w = Numbers(nl * u), b = Numbers(nl);
        inputs["v"] = TensorData.Of(v, 3, u);
        inputs["w"] = TensorData.Of(w, nl, u);
        inputs["b"] = TensorData.Of(b, nl);

        Graph graph = new();
        EdgeInputs edges = new(graph, features.Features);
        Tensor sum = new M3GNetEnergy(graph, edges, settings, new Dictionary<string, Tensor>
        {
            ["block0.three.gate.weight"] = graph.Input("w", nl, u),
            ["block0.three.gate.bias"] = graph.Input("b", nl),
        }).ThreeBodySum("block0", graph.Input("v", "A", u));
        double[] factorised = Interpreter.Evaluate([sum], inputs)[0].ToDoubles();

        EdgeBatch batch = new([crystal], settings.Cutoff, settings.ThreeBodyCutoff);
        SphericalBesselBasis bessel = new(settings.Cutoff, 4, 4);
        double[] s = new double[16], ds = new double[16];
        double largest = 0;
        for (int p = 0; p < batch.Short.Length; p++)
        {
            double[] q = new double[nl];
            Vec3 dp = Vec3.At(batch.Vectors, (int)batch.Short[p]);
            for (int k = 0; k < batch.Short.Length; k++)
            {
                if (k == p || batch.Center[batch.Short[k]] != batch.Center[batch.Short[p]])
                    continue;
                Vec3 dk = Vec3.At(batch.Vectors, (int)batch.Short[k]);
                double cos = Vec3.Dot(dp, dk) / (dp.Norm * dk.Norm);
                bessel.Evaluate(dk.Norm, s, ds);
                int gated = (int)(gateAtCenter ? batch.Center : batch.Neighbor)[batch.Short[k]];
                for (int c = 0; c < nl; c++)
                {
                    int l = c / 4;
                    double gate = b[c];
                    for (int i = 0; i < u; i++)
                        gate += w[c * u + i] * v[gated * u + i];
                    double legendre = l switch { 0 => 1, 1 => cos, 2 => 1.5 * cos * cos - 0.5, _ => 2.5 * cos * cos * cos - 1.5 * cos };
                    q[c] += s[c] * Math.Sqrt((2 * l + 1) / (4 * Math.PI)) * legendre / (1 + Math.Exp(-gate)) * Smooth(dp.Norm) * Smooth(dk.Norm);
                }
            }
            for (int c = 0; c < nl; c++)
            {
                largest = Math.Max(largest, Math.Abs(q[c]));
                Assert.Equal(q[c], factorised[p * nl + c], 1e-12);
            }
        }
        Assert.True(largest > 1e-3);

        double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextDouble() - 1)];

        static double Smooth(double r)
        {
            double x = r / 4;
            return x >= 1 ? 0 : 1 - 10 * Math.Pow(x, 3) + 15 * Math.Pow(x, 4) - 6 * Math.Pow(x, 5);
        }
    }

    [Fact]
    public void Zeros_of_spherical_bessel_functions_are_the_tabulated_ones()
    {
        // Abramowitz and Stegun, table 10.6.
        Assert.Equal(4.4934094579, SphericalBesselBasis.Zero(1, 1), 1e-9);
        Assert.Equal(5.7634591969, SphericalBesselBasis.Zero(2, 1), 1e-9);
        Assert.Equal(6.9879320005, SphericalBesselBasis.Zero(3, 1), 1e-9);
    }
}
