using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures.TensorNet;

/// <summary>
/// TensorNet (Simeon and De Fabritiis, NeurIPS 2023) in matgl's form. Its cutoff is smooth in the first derivative only: second
/// derivatives of the energy, and so phonons, jump when an edge crosses it.
/// </summary>
public sealed class TensorNetModel : EdgeGraphModel
{
    public const string Family = "tensornet";

    private readonly TensorNetSettings _settings;
    private readonly TensorNetFeatures _features;

    public TensorNetModel(
        TensorNetSettings settings, IReadOnlyList<Element> species, IReadOnlyDictionary<Element, double> references, IReadOnlyList<WeightArray> weights)
        : base(species, references, weights, new Dictionary<string, double[]>())
    {
        if (settings.MaxN is < 1 or > 64 || settings.Layers is < 0 or > 64 || !(settings.Cutoff is > 0 and < 20))
            throw new PotentialException("the sizes of this TensorNet are impossible (max_n 1 to 64, at most 64 layers, cutoff below 20 Å)");
        _settings = settings;
        _features = new TensorNetFeatures(settings);
        Check(weights);
    }

    public override string Architecture => Family;

    public override double EdgeCutoff => _settings.Cutoff;

    public override double StructureShift => _settings.StructureShift;

    protected override System.Text.Json.JsonElement SettingsJson => ModelFile.SettingsFrom(_settings);

    /// <exception cref="PotentialException">Damaged: arrays are missing or have the wrong shape.</exception>
    public static TensorNetModel Read(ModelFile file)
    {
        (IReadOnlyList<Element> species, IReadOnlyDictionary<Element, double> references, IReadOnlyList<WeightArray> weights, _) = Parts(file);
        return new TensorNetModel(file.SettingsAs<TensorNetSettings>(), species, references, weights);
    }

    public override Tensor AtomEnergies(Graph graph, IEdgeTensors edges, IReadOnlyDictionary<string, Tensor> weights) =>
        new TensorNetEnergy(graph, edges, _settings, weights).AtomEnergies();

    public override IReadOnlyDictionary<string, Tensor> FeaturesOf(Graph graph, Tensor r, Tensor unit) => _features.InGraph(graph, r, unit);

    protected override EdgeFeature[] Features => _features.Features;

    protected override IReadOnlyDictionary<string, TensorData> CollateFeatures(IReadOnlyList<Crystal> batch, Precision precision) =>
        _features.Collate(batch, SpeciesIndex, precision);

    protected override ITrainableModel With(IReadOnlyDictionary<Element, double> references) =>
        new TensorNetModel(_settings, Species, references, Weights);

    // Building the graph once checks every name and shape.
    private void Check(IReadOnlyList<WeightArray> weights)
    {
        foreach (string table in new[] { "embedding", "scale" })
        {
            if (weights.FirstOrDefault(w => w.Name == table) is not WeightArray { Shape: [long rows, > 0] } || rows != Species.Length)
                throw new PotentialException($"the weights do not make a TensorNet: '{table}' must have one row for each of its {Species.Length} elements");
        }
        try
        {
            Graph graph = new();
            Define(graph, weights.ToDictionary(w => w.Name, w => graph.Input(w.Name, [.. w.Shape.Select(s => (Dim)s)])));
        }
        catch (Exception e) when (e is GraphException or KeyNotFoundException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            throw new PotentialException($"the weights do not make a TensorNet: {e.Message}", e);
        }
        if (weights.FirstOrDefault(w => w.Values.Any(v => !double.IsFinite(v))) is WeightArray bad)
            throw new PotentialException($"the array '{bad.Name}' holds a number that is not finite");
    }
}
