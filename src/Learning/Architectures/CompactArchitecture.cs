using System.Collections.Immutable;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures;

/// <summary>The compact potential as a family that <c>PotentialTrainer</c> can fit; see docs/compact-potential.md.</summary>
public sealed class CompactArchitecture(CompactSettings settings) : ITrainableArchitecture
{
    public CompactArchitecture()
        : this(CompactSettings.Default)
    {
    }

    public string Name => CompactModelFile.Architecture;

    public bool Recognizes(ReadOnlySpan<byte> modelBytes) => ModelFile.FamilyOf(modelBytes) == Name;

    public ITrainableModel Create(IReadOnlyList<Crystal> structures, ulong seed) =>
        new CompactTrainable(CompactStart.Random(settings, structures, seed), structures);

    public ITrainableModel Load(ReadOnlyMemory<byte> modelBytes, IReadOnlyList<Crystal> structures)
    {
        CompactModel model = CompactModelFile.Read(ModelFile.FromBytes(modelBytes.Span));
        foreach (Crystal crystal in structures)
            model.SpeciesOf(crystal);
        return new CompactTrainable(model, structures);
    }
}

/// <summary>A compact potential as the trainer sees it.</summary>
/// <param name="model">Starting weights.</param>
/// <param name="structures">Those trained on, last the taught ones, then those held out: all but the taught ones are the domain for which the trained model vouches.</param>
public sealed class CompactTrainable(CompactModel model, IReadOnlyList<Crystal> structures) : ITrainableModel
{
    private static readonly string[] Trained = ["radial", "angular", "linear", "hidden", "bias", "output", "offset"];

    public CompactModel Model => model;

    public IReadOnlyList<WeightArray> Weights { get; } =
    [
        .. from species in model.Species
           from name in Trained
           select WeightOf(model, species, name),
    ];

    public IReadOnlyDictionary<Element, double> ReferenceEnergies { get; } = model.Species.ToDictionary(s => s.Element, s => s.ReferenceEnergy);

    public ITrainableModel WithReferenceEnergies(IReadOnlyDictionary<Element, double> energies) => new CompactTrainable(
        new CompactModel(model.Settings, [.. model.Species.Select(s => s with { ReferenceEnergy = energies.GetValueOrDefault(s.Element, s.ReferenceEnergy) })]), structures);

    /// <summary>Reference energies and short-range repulsion.</summary>
    public PotentialResult Baseline(Crystal crystal)
    {
        int[] species = model.SpeciesOf(crystal);
        double energy = species.Sum(s => model.Species[s].ReferenceEnergy);
        double[] forces = new double[3 * crystal.Count], virial = new double[9], positions = crystal.Cartesian();
        NeighborList pairs = NeighborList.Build(crystal, model.Repulsions.Max(r => r.Outer));
        for (int i = 0; i < species.Length; i++)
        {
            for (int p = pairs.First[i]; p < pairs.First[i + 1]; p++)
            {
                Vec3 vector = pairs.Vector(p, i, positions, crystal.Lattice);
                double r = vector.Norm;
                (double repulsion, double slope) = model.Repulsions[species[i] * model.Species.Length + species[pairs.Neighbors[p]]].At(r);
                energy += repulsion / 2;
                Vec3 half = slope / (2 * r) * vector;
                for (int a = 0; a < 3; a++)
                {
                    forces[3 * i + a] += half[a];
                    forces[3 * pairs.Neighbors[p] + a] -= half[a];
                    for (int b = 0; b < 3; b++)
                        virial[3 * a + b] += vector[a] * half[b];
                }
            }
        }
        return new PotentialResult(energy, forces, 1 / crystal.Volume * Mat3.FromSpan(virial));
    }

    /// <summary>The number of atoms: Jacobians of equal cells are stacked.</summary>
    public int BatchKey(Crystal crystal) => crystal.Count;

    /// <summary>Numbers in the Jacobians, in thousands.</summary>
    public int CostOf(Crystal crystal)
    {
        long perAtom = model.Species.Length * (model.Settings.RadialBasis + CompactSettings.Harmonics * model.Settings.AngularBasis);
        return (int)Math.Min(int.MaxValue, 1 + perAtom * crystal.Count * (3 * crystal.Count + 9) / 1000);
    }

    public IReadOnlyDictionary<string, TensorData> Collate(IReadOnlyList<Crystal> batch, Precision precision) => CompactGraph.Collate(model, batch, precision);

    public Prediction Define(Graph graph, IReadOnlyDictionary<string, Tensor> weights) => CompactGraph.Define(graph, model, weights);

    public byte[] Serialize(IReadOnlyList<WeightArray> weights, ModelProvenance provenance)
    {
        CompactModel trained = With(weights);
        return CompactModelFile.Write(new CompactModel(trained.Settings, trained.Species, CompactDomain.Of(trained, structures, provenance)), provenance);
    }

    /// <summary>The model with other values of its trained weights.</summary>
    /// <exception cref="PotentialException">The sizes do not fit.</exception>
    public CompactModel With(IReadOnlyList<WeightArray> weights)
    {
        Dictionary<string, double[]> values = weights.ToDictionary(w => w.Name, w => w.Values);
        ImmutableArray<CompactSpecies> species = [.. model.Species.Select(s =>
        {
            string e = s.Element.Symbol;
            return s with
            {
                Radial = values[$"{e}.radial"],
                Angular = values[$"{e}.angular"],
                Linear = values[$"{e}.linear"],
                Hidden = values[$"{e}.hidden"],
                Bias = values[$"{e}.bias"],
                Output = values[$"{e}.output"],
                Offset = values[$"{e}.offset"][0],
            };
        })];
        return new CompactModel(model.Settings, species);
    }

    private static WeightArray WeightOf(CompactModel model, CompactSpecies species, string name)
    {
        CompactSettings settings = model.Settings;
        int q = settings.Descriptors, count = model.Species.Length;
        string full = $"{species.Element.Symbol}.{name}";
        return name switch
        {
            "radial" => new(full, [settings.RadialChannels, count, settings.RadialBasis], species.Radial),
            "angular" => new(full, [settings.AngularChannels, count, settings.AngularBasis], species.Angular),
            "linear" => new(full, [q], species.Linear),
            "hidden" => new(full, [settings.Hidden, q], species.Hidden),
            "bias" => new(full, [settings.Hidden], species.Bias, Decay: false),
            "output" => new(full, [settings.Hidden], species.Output),
            _ => new(full, [1], [species.Offset], Decay: false),
        };
    }
}
