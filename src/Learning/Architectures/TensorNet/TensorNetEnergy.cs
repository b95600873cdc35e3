using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Graphs;

namespace Csp.Learning.Architectures.TensorNet;

/// <summary>
/// The energy per atom of TensorNet (Simeon and De Fabritiis, NeurIPS 2023) as a graph. A 3×3 tensor of every atom and channel is kept in
/// its irreducible parts, as columns: the trace part I (1 number), the antisymmetric part A (3, as an axial vector a with A = K(a)) and the
/// symmetric traceless part S (6 numbers xx, xy, xz, yy, yz, zz). Channel mixing acts on each part alone, so no 3×3 matrix is stored until
/// two tensors are multiplied.
/// </summary>
internal sealed class TensorNetEnergy(Graph g, IEdgeTensors inputs, TensorNetSettings settings, IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>The parts of the tensors of all rows: I [1], A [3], S [6] arrays of [rows, channels].</summary>
    private sealed record Parts(Tensor I, Tensor[] A, Tensor[] S);

    private readonly long _channels = weights["embedding"].Shape[1].Number;

    /// <summary>Unscaled energies times the scale, [A,1].</summary>
    public Tensor AtomEnergies()
    {
        Parts x = Embedding();
        for (int b = 0; b < settings.Layers; b++)
            x = Interaction($"layer{b}", x);
        (Tensor i, Tensor a, Tensor s) = Norms(x);
        Tensor f = g.Linear(LayerNorm("out_norm", g.Concat(1, i, a, s)), weights["linear.weight"], weights["linear.bias"]);
        Tensor y = ReadOut("value", f) * g.Sigmoid(ReadOut("gate", f));
        return y * g.Gather(weights["scale"], inputs.Species);
    }

    private Parts Embedding()
    {
        Tensor h = inputs[TensorNetFeatures.Radial], cut = inputs[TensorNetFeatures.Cut], n = inputs[TensorNetFeatures.Unit];
        Tensor x = g.Gather(weights["embedding"], inputs.Species);
        Tensor pair = weights["pair.weight"];
        Tensor z = g.Gather(g.Linear(x, g.Slice(pair, 1, 0, _channels), weights["pair.bias"]), inputs.Center)
            + g.Gather(g.Linear(x, g.Slice(pair, 1, _channels, _channels)), inputs.Neighbor);
        Tensor Weighted(int k) => z * g.Linear(h, weights[$"distance{k}.weight"], weights[$"distance{k}.bias"]) * cut;
        Tensor ToAtoms(Tensor edges) => g.ScatterAdd(edges, inputs.Neighbor, inputs.Atoms);

        Tensor[] axis = [.. Enumerable.Range(0, 3).Select(k => g.Slice(n, 1, k, 1))];
        Tensor w2 = Weighted(2), w3 = Weighted(3);
        Parts sum = new(
            ToAtoms(Weighted(1)),
            [.. axis.Select(v => ToAtoms(w2 * v))],
            [.. Symmetric.Select(p => ToAtoms(w3 * (axis[p.Row] * axis[p.Column] - (p.Row == p.Column ? 1.0 / 3 : 0))))]);

        (Tensor ii, Tensor aa, Tensor ss) = Norms(sum);
        Tensor norm = LayerNorm("init_norm", ii + aa + ss);
        norm = g.Silu(g.Linear(norm, weights["scalar.0.weight"], weights["scalar.0.bias"]));
        Tensor[] gates = Gates("scalar.1", norm);
        return Mix(sum, "tensor", 0, gates);
    }

    private Parts Interaction(string layer, Parts x)
    {
        Tensor phi = inputs[TensorNetFeatures.Radial];
        for (int k = 0; k < 2; k++)
            phi = g.Silu(g.Linear(phi, weights[$"{layer}.scalar.{k}.weight"], weights[$"{layer}.scalar.{k}.bias"]));
        Tensor[] gates = [.. Gates($"{layer}.scalar.2", phi).Select(p => p * inputs[TensorNetFeatures.Cut])];

        x = Normalize(x);
        Parts y = Mix(x, $"{layer}.tensor", 0);
        Parts m = new(Message(gates[0], y.I), [.. y.A.Select(a => Message(gates[1], a))], [.. y.S.Select(s => Message(gates[2], s))]);

        // P = M Y + Y M, then mixed by parts.
        Tensor[,] left = Matrix(m), right = Matrix(y);
        Tensor[,] one = Product(left, right), other = Product(right, left), product = new Tensor[3, 3];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
                product[i, j] = one[i, j] + other[i, j];
        }
        Parts d = Mix(Normalize(Decompose(product)), $"{layer}.tensor", 3);
        Tensor[,] delta = Matrix(d);
        Parts square = Decompose(Product(delta, delta));
        return Combine(x, Combine(d, square));
    }

    private Tensor Message(Tensor gate, Tensor part) => g.ScatterAdd(gate * g.Gather(part, inputs.Neighbor), inputs.Center, inputs.Atoms);

    // Entry (c, k) of the interleaved output stands at 3c + k: rows k, 3 + k, … of the weights give gate k.
    private Tensor[] Gates(string name, Tensor x)
    {
        Tensor w = g.Reshape(weights[$"{name}.weight"], _channels, 3, x.Shape[1]), b = g.Reshape(weights[$"{name}.bias"], _channels, 3);
        return
        [
            .. Enumerable.Range(0, 3).Select(k => g.Silu(g.Linear(x,
                g.Reshape(g.Slice(w, 1, k, 1), _channels, x.Shape[1]), g.Reshape(g.Slice(b, 1, k, 1), _channels)))),
        ];
    }

    // Channel mixing of each part with its own matrix, each scaled by a gate if given.
    private Parts Mix(Parts x, string name, int first, Tensor[]? gates = null)
    {
        Tensor One(Tensor part, int k)
        {
            Tensor mixed = g.Linear(part, weights[$"{name}.{first + k}.weight"]);
            return gates is null ? mixed : gates[k] * mixed;
        }
        return new Parts(One(x.I, 0), [.. x.A.Select(a => One(a, 1))], [.. x.S.Select(s => One(s, 2))]);
    }

    // X / (|X|² + 1)
    private Parts Normalize(Parts x)
    {
        (Tensor i, Tensor a, Tensor s) = Norms(x);
        Tensor factor = g.Reciprocal(i + a + s + 1);
        return new Parts(factor * x.I, [.. x.A.Select(v => factor * v)], [.. x.S.Select(v => factor * v)]);
    }

    // |I|² = 3 I², |A|² = 2 a·a, |S|² with the off-diagonal entries twice; the three parts are orthogonal.
    private (Tensor I, Tensor A, Tensor S) Norms(Parts x) => (
        3 * g.Square(x.I),
        2 * x.A.Select(g.Square).Aggregate(g.Add),
        x.S.Select((s, k) => Symmetric[k].Row == Symmetric[k].Column ? g.Square(s) : 2 * g.Square(s)).Aggregate(g.Add));

    private static (int Row, int Column)[] Symmetric => [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];

    private static Tensor[,] Matrix(Parts x)
    {
        Tensor[,] m = new Tensor[3, 3];
        for (int k = 0; k < 6; k++)
        {
            (int i, int j) = Symmetric[k];
            if (i == j)
            {
                m[i, i] = x.S[k] + x.I;
                continue;
            }
            // K(a) = [[0, -a_z, a_y], [a_z, 0, -a_x], [-a_y, a_x, 0]]
            Tensor a = (i, j) switch { (0, 1) => -x.A[2], (0, 2) => x.A[1], _ => -x.A[0] };
            m[i, j] = x.S[k] + a;
            m[j, i] = x.S[k] - a;
        }
        return m;
    }

    private static Tensor[,] Product(Tensor[,] a, Tensor[,] b)
    {
        Tensor[,] c = new Tensor[3, 3];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
                c[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j];
        }
        return c;
    }

    private static Parts Decompose(Tensor[,] m)
    {
        Tensor trace = (m[0, 0] + m[1, 1] + m[2, 2]) * (1.0 / 3);
        return new Parts(
            trace,
            [0.5 * (m[2, 1] - m[1, 2]), 0.5 * (m[0, 2] - m[2, 0]), 0.5 * (m[1, 0] - m[0, 1])],
            [.. Symmetric.Select(p => p.Row == p.Column ? m[p.Row, p.Row] - trace : 0.5 * (m[p.Row, p.Column] + m[p.Column, p.Row]))]);
    }

    private static Parts Combine(Parts a, Parts b) =>
        new(a.I + b.I, [.. a.A.Zip(b.A, (x, y) => x + y)], [.. a.S.Zip(b.S, (x, y) => x + y)]);

    private Tensor LayerNorm(string name, Tensor x)
    {
        long width = x.Shape[1].Number;
        Tensor centered = x - g.ReduceSum(x, 1) * (1.0 / width);
        Tensor variance = g.ReduceSum(g.Square(centered), 1) * (1.0 / width);
        return centered * g.Reciprocal(g.Sqrt(variance + 1e-5)) * g.Reshape(weights[$"{name}.weight"], 1, width) + g.Reshape(weights[$"{name}.bias"], 1, width);
    }

    private Tensor ReadOut(string branch, Tensor x)
    {
        x = g.Linear(x, weights[$"readout.{branch}.0.weight"], weights[$"readout.{branch}.0.bias"]);
        for (int k = 1; weights.TryGetValue($"readout.{branch}.{k}.weight", out Tensor? w); k++)
            x = g.Linear(g.Silu(x), w, weights[$"readout.{branch}.{k}.bias"]);
        return x;
    }
}
