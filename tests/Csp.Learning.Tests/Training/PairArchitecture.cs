using System.Text.Json;
using System.Text.Json.Serialization;
using Csp.Learning.Graphs;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Tests.Training;

/// <summary>
/// The smallest model there is: E = Σ_i tanh-network of Σ_j of four fixed bumps of r_ij, forces through graph edges. For tests of the trainer
/// with an edge-based model, as graph networks are.
/// </summary>
internal sealed class PairArchitecture : ITrainableArchitecture
{
    public const double Cutoff = 4;

    // Errors on an empty hold-out are NaN.
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public string Name => "pair";

    public bool Recognizes(ReadOnlySpan<byte> modelBytes) => modelBytes.Length > 0 && modelBytes[0] == '{';

    public ITrainableModel Create(IReadOnlyList<Crystal> structures, ulong seed)
    {
        Random random = new((int)seed);
        double[] Draw(int n, double scale) => [.. Enumerable.Range(0, n).Select(_ => scale * (random.NextDouble() - 0.5))];
        return new Model(
            [new("w1", [8, 4], Draw(32, 1)), new("b1", [8], Draw(8, 1), false), new("w2", [1, 8], Draw(8, 0.1)), new("linear", [1, 4], new double[4])],
            new Dictionary<Element, double>());
    }

    public ITrainableModel Load(ReadOnlyMemory<byte> modelBytes, IReadOnlyList<Crystal> structures)
    {
        Saved saved = Read(modelBytes.Span);
        return new Model(saved.Weights, saved.References.ToDictionary(r => Element.FromNumber(r.Key), r => r.Value));
    }

    public static Saved Read(ReadOnlySpan<byte> modelBytes) => JsonSerializer.Deserialize<Saved>(modelBytes, Json)!;

    public sealed record Saved(WeightArray[] Weights, Dictionary<int, double> References, ModelProvenance Provenance);

    public sealed record Model(IReadOnlyList<WeightArray> Weights, IReadOnlyDictionary<Element, double> ReferenceEnergies) : ITrainableModel
    {
        public ITrainableModel WithReferenceEnergies(IReadOnlyDictionary<Element, double> energies) => this with { ReferenceEnergies = energies };

        public PotentialResult Baseline(Crystal crystal) =>
            new(crystal.Elements.Sum(e => ReferenceEnergies.GetValueOrDefault(e)), new double[3 * crystal.Count], Mat3.Zero);

        public int BatchKey(Crystal crystal) => 0;

        public int CostOf(Crystal crystal) => 100 * crystal.Count;

        public IReadOnlyDictionary<string, TensorData> Collate(IReadOnlyList<Crystal> batch, Precision precision)
        {
            List<long> centers = [], neighbors = [], structures = [], structureOfAtom = [];
            List<double> shifts = [], positions = [];
            for (int s = 0; s < batch.Count; s++)
            {
                Crystal crystal = batch[s];
                long first = structureOfAtom.Count;
                NeighborList list = NeighborList.Build(crystal, Cutoff);
                for (int i = 0; i < crystal.Count; i++)
                {
                    structureOfAtom.Add(s);
                    for (int p = list.First[i]; p < list.First[i + 1]; p++)
                    {
                        centers.Add(first + i);
                        neighbors.Add(first + list.Neighbors[p]);
                        structures.Add(s);
                        Vec3 shift = new Vec3(list.Images[3 * p], list.Images[3 * p + 1], list.Images[3 * p + 2]) * crystal.Lattice;
                        shifts.AddRange([shift.X, shift.Y, shift.Z]);
                    }
                }
                positions.AddRange(crystal.Cartesian());
            }
            return new Dictionary<string, TensorData>
            {
                ["positions"] = TensorData.Real([.. positions], precision, structureOfAtom.Count, 3),
                ["shifts"] = TensorData.Real([.. shifts], precision, centers.Count, 3),
                ["centers"] = TensorData.Of([.. centers], centers.Count),
                ["neighbors"] = TensorData.Of([.. neighbors], centers.Count),
                ["edgeStructure"] = TensorData.Of([.. structures], centers.Count),
                ["atomStructure"] = TensorData.Of([.. structureOfAtom], structureOfAtom.Count),
                ["strain"] = TensorData.Real(new double[9 * batch.Count], precision, batch.Count, 9),
            };
        }

        public Prediction Define(Graph g, IReadOnlyDictionary<string, Tensor> weights)
        {
            Tensor positions = g.Input("positions", "A", 3), strain = g.Input("strain", "B", 9);
            Tensor centers = g.IndexInput("centers", "E"), neighbors = g.IndexInput("neighbors", "E");
            Tensor vectors = g.Gather(positions, neighbors) - g.Gather(positions, centers) + g.Input("shifts", "E", 3);
            Tensor strains = g.Reshape(g.Gather(strain, g.IndexInput("edgeStructure", "E")), "E", 3, 3);
            vectors = vectors + g.Reshape(g.MatMul(g.Reshape(vectors, "E", 1, 3), strains), "E", 3);
            Tensor r = g.Sqrt(g.ReduceSum(g.Square(vectors), 1));
            Tensor envelope = g.Square(1.0 - g.Min(r / Cutoff, 1));
            Tensor bumps = g.Exp(-2.0 * g.Square(r - g.Constant([1.0, 1.6, 2.2, 2.8], 1, 4))) * envelope;
            Tensor features = g.ScatterAdd(bumps, centers, "A");
            Tensor energies = g.Linear(g.Tanh(g.Linear(features, weights["w1"], weights["b1"])), weights["w2"]) + g.Linear(features, weights["linear"]);
            Tensor perStructure = g.ScatterAdd(energies, g.IndexInput("atomStructure", "A"), "B");
            Tensor total = g.Sum(perStructure);
            var slopes = g.Grad(total, positions, strain);
            return new Prediction(g.Reshape(perStructure, "B"), -slopes[0], slopes[1]);
        }

        public byte[] Serialize(IReadOnlyList<WeightArray> weights, ModelProvenance provenance) =>
            JsonSerializer.SerializeToUtf8Bytes(
                new Saved([.. weights], ReferenceEnergies.ToDictionary(r => r.Key.Number, r => r.Value), provenance),
                Json);
    }
}
