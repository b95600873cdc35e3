using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures.M3GNet;

/// <summary>M3GNet (Chen and Ong, Nat. Comput. Sci. 2, 718 (2022)) as MatterSim and matgl publish it.</summary>
public sealed class M3GNetModel : EdgeGraphModel
{
    public const string Family = "m3gnet";

    private readonly M3GNetSettings _settings;
    private readonly M3GNetFeatures _features;

    public M3GNetModel(
        M3GNetSettings settings, IReadOnlyList<Element> species, IReadOnlyDictionary<Element, double> references,
        IReadOnlyList<WeightArray> weights, IReadOnlyDictionary<string, double[]> constants)
        : base(species, references, weights, constants)
    {
        _settings = settings;
        M3GNetShapes.CheckSizes(settings);
        _features = new M3GNetFeatures(settings, constants);
        M3GNetShapes.Check(settings, species.Count, _features.RadialColumns, weights);
    }

    public override string Architecture => Family;

    public override double EdgeCutoff => _settings.Cutoff;

    public override double StructureShift => _settings.StructureShift;

    protected override System.Text.Json.JsonElement SettingsJson => ModelFile.SettingsFrom(_settings);

    /// <exception cref="PotentialException">Damaged: arrays are missing or have the wrong shape.</exception>
    public static M3GNetModel Read(ModelFile file)
    {
        (IReadOnlyList<Element> species, IReadOnlyDictionary<Element, double> references, IReadOnlyList<WeightArray> weights, IReadOnlyDictionary<string, double[]> constants) = Parts(file);
        return new M3GNetModel(file.SettingsAs<M3GNetSettings>(), species, references, weights, constants);
    }

    public override Tensor AtomEnergies(Graph graph, IEdgeTensors edges, IReadOnlyDictionary<string, Tensor> weights) =>
        new M3GNetEnergy(graph, edges, _settings, weights).AtomEnergies();

    public override IReadOnlyDictionary<string, Tensor> FeaturesOf(Graph graph, Tensor r, Tensor unit) => _features.InGraph(graph, r, unit);

    protected override EdgeFeature[] Features => _features.Features;

    protected override IReadOnlyDictionary<string, TensorData> CollateFeatures(IReadOnlyList<Crystal> batch, Precision precision) =>
        _features.Collate(batch, SpeciesIndex, precision);

    protected override ITrainableModel With(IReadOnlyDictionary<Element, double> references) =>
        new M3GNetModel(_settings, Species, references, Weights, Constants);
}
