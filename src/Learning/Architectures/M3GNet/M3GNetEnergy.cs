using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Graphs;

namespace Csp.Learning.Architectures.M3GNet;

/// <summary>
/// The energy per atom of M3GNet (Chen and Ong, Nat. Comput. Sci. 2, 718 (2022)) as a graph. The three-body sum over neighbours k is
/// factorised exactly by the addition theorem, Σ_k w_k P_l(cos θ_jk) = Σ_m C_lm(j) Σ_k w_k C_lm(k), less the term k = j with P_l(1) = 1;
/// linear layers on (v_i, v_j, e_ij) are split so that the parts on v are computed per atom.
/// </summary>
internal sealed class M3GNetEnergy(Graph g, IEdgeTensors inputs, M3GNetSettings settings, IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>Unscaled energies, [A,1].</summary>
    public Tensor AtomEnergies()
    {
        Tensor h = inputs[M3GNetFeatures.Radial];
        Tensor v = g.Gather(weights["embedding"], inputs.Species);
        Tensor e = g.Silu(g.Linear(h, weights["edge.weight"], Optional("edge.bias")));
        for (int b = 0; b < settings.Blocks; b++)
        {
            string block = $"block{b}";
            e += ThreeBodyUpdate(block, v);
            e += GatedEdge($"{block}.edge", v, e) * g.Linear(h, weights[$"{block}.edge.radial.weight"]);
            Tensor radial = g.Linear(h, weights[$"{block}.atom.radial.weight"]);
            Tensor messages = GatedEdge($"{block}.atom", v, e) * (settings.SwishAtomWeight ? g.Silu(radial) : radial);
            v += g.ScatterAdd(messages, settings.SumAtDestination ? inputs.Neighbor : inputs.Center, inputs.Atoms);
        }
        return ReadOut(v) * g.Gather(weights["scale"], inputs.Species);
    }

    /// <summary>q_p of the short edges, [S, N·L]: the sum over triplets of an edge.</summary>
    public Tensor ThreeBodySum(string block, Tensor v)
    {
        Tensor gate = g.Sigmoid(g.Linear(v, weights[$"{block}.three.gate.weight"], weights[$"{block}.three.gate.bias"]));
        Tensor w = inputs[M3GNetFeatures.Three] * g.Gather(gate, settings.GateAtCenter ? inputs.ShortCenter : inputs.ShortNeighbor);
        (double[,] byDegree, double[,] byHarmonic) = Expansions();
        Tensor spread = g.Constant(byDegree);
        Tensor harmonics = g.MatMul(inputs[M3GNetFeatures.Harmonics], g.Constant(byHarmonic));
        Tensor moments = g.ScatterAdd(g.MatMul(w, spread) * harmonics, inputs.ShortCenter, inputs.Atoms);
        Tensor sum = g.MatMul(g.Gather(moments, inputs.ShortCenter) * harmonics, spread, transposeB: true);
        return inputs[M3GNetFeatures.Cut] * (sum - w);
    }

    private Tensor ThreeBodyUpdate(string block, Tensor v)
    {
        // Edges without triplets have q = 0, and a gated unit without biases maps that to 0: only the short ones are computed.
        Tensor q = ThreeBodySum(block, v);
        Tensor update = g.Silu(g.Linear(q, weights[$"{block}.three.update.value.weight"]))
            * g.Sigmoid(g.Linear(q, weights[$"{block}.three.update.gate.weight"]));
        return inputs.OnEdges(update);
    }

    private Tensor GatedEdge(string name, Tensor v, Tensor e) =>
        g.Silu(Branch($"{name}.value", v, e)) * g.Sigmoid(Branch($"{name}.gate", v, e));

    private Tensor Branch(string name, Tensor v, Tensor e)
    {
        Tensor w = weights[$"{name}.0.weight"], bias = weights[$"{name}.0.bias"];
        long atom = v.Shape[1].Number, edge = e.Shape[1].Number;
        Tensor center = g.Linear(v, g.Slice(w, 1, 0, atom), bias);
        Tensor neighbor = g.Linear(v, g.Slice(w, 1, atom, atom));
        Tensor x = g.Gather(center, inputs.Center) + g.Gather(neighbor, inputs.Neighbor) + g.Linear(e, g.Slice(w, 1, 2 * atom, edge));
        return Layers(name, 1, x);
    }

    private Tensor ReadOut(Tensor v) =>
        Layers("readout.value", 1, First("readout.value", v)) * g.Sigmoid(Layers("readout.gate", 1, First("readout.gate", v)));

    private Tensor First(string name, Tensor x) => g.Linear(x, weights[$"{name}.0.weight"], weights[$"{name}.0.bias"]);

    // The layers from number k on, each after a swish.
    private Tensor Layers(string name, int k, Tensor x)
    {
        for (; weights.TryGetValue($"{name}.{k}.weight", out Tensor? w); k++)
            x = g.Linear(g.Silu(x), w, weights[$"{name}.{k}.bias"]);
        return x;
    }

    private Tensor? Optional(string name) => weights.GetValueOrDefault(name);

    // Column (l, m, n) of the products takes column (l, n) of the radial part and column (l, m) of the harmonics.
    private (double[,] ByDegree, double[,] ByHarmonic) Expansions()
    {
        int n = settings.MaxN, l = settings.MaxL, columns = l * l * n;
        double[,] byDegree = new double[n * l, columns], byHarmonic = new double[l * l, columns];
        for (int degree = 0, harmonic = 0; degree < l; degree++)
        {
            for (int m = 0; m < 2 * degree + 1; m++, harmonic++)
            {
                for (int k = 0; k < n; k++)
                {
                    byDegree[degree * n + k, harmonic * n + k] = 1;
                    byHarmonic[harmonic, harmonic * n + k] = 1;
                }
            }
        }
        return (byDegree, byHarmonic);
    }
}
