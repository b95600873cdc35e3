using System.Collections.Immutable;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>
/// A graph potential whose energy depends on edge features: M3GNet, TensorNet. Immutable. The energy of a crystal is
/// Σ_i reference(Z_i) + shift + Σ_i scale(Z_i) y_i, with y_i from the graph; the first two are the baseline, computed in double precision.
/// </summary>
public abstract class EdgeGraphModel : ITrainableModel
{
    private readonly ImmutableDictionary<Element, double> _references;

    protected EdgeGraphModel(
        IReadOnlyList<Element> species, IReadOnlyDictionary<Element, double> references, IReadOnlyList<WeightArray> weights,
        IReadOnlyDictionary<string, double[]> constants)
    {
        if (species.Count == 0 || species.Distinct().Count() != species.Count)
            throw new PotentialException("the elements of the model are none, or one of them is listed twice");
        if (references.Values.Any(v => !double.IsFinite(v)) || constants.Values.Any(c => c.Any(v => !double.IsFinite(v))))
            throw new PotentialException("a reference energy or a constant of the basis is not a finite number");
        Species = [.. species];
        SpeciesIndex = species.Select((e, i) => (e, i)).ToImmutableDictionary(p => p.e, p => p.i);
        _references = references.ToImmutableDictionary();
        Weights = weights;
        Constants = constants;
    }

    /// <summary>Family name in model files.</summary>
    public abstract string Architecture { get; }

    public ImmutableArray<Element> Species { get; }

    public IReadOnlyList<WeightArray> Weights { get; }

    public IReadOnlyDictionary<Element, double> ReferenceEnergies => _references;

    /// <summary>Constants of the basis as the original file stores them; empty for exact ones.</summary>
    protected IReadOnlyDictionary<string, double[]> Constants { get; }

    protected ImmutableDictionary<Element, int> SpeciesIndex { get; }

    /// <summary>Edges up to this length matter, Å.</summary>
    public abstract double EdgeCutoff { get; }

    /// <summary>Energy added per structure, eV.</summary>
    public abstract double StructureShift { get; }

    public ITrainableModel WithReferenceEnergies(IReadOnlyDictionary<Element, double> energies) => With(_references.SetItems(energies));

    public PotentialResult Baseline(Crystal crystal)
    {
        Require(crystal);
        return new PotentialResult(StructureShift + crystal.Elements.Sum(e => _references[e]), new double[3 * crystal.Count], Mat3.Zero);
    }

    public int BatchKey(Crystal crystal) => 0;

    /// <summary>Number of edges.</summary>
    public int CostOf(Crystal crystal) => NeighborList.Build(crystal, EdgeCutoff).PairCount;

    public IReadOnlyDictionary<string, TensorData> Collate(IReadOnlyList<Crystal> batch, Precision precision)
    {
        foreach (Crystal crystal in batch)
            Require(crystal);
        return CollateFeatures(batch, precision);
    }

    public Prediction Define(Graph graph, IReadOnlyDictionary<string, Tensor> weights)
    {
        EdgeInputs inputs = new(graph, Features);
        return inputs.Predict(AtomEnergies(graph, inputs, weights));
    }

    /// <summary>Energies per atom without references, [A, 1].</summary>
    public abstract Tensor AtomEnergies(Graph graph, IEdgeTensors edges, IReadOnlyDictionary<string, Tensor> weights);

    /// <summary>The features as functions in a graph, every edge taken as a short one.</summary>
    /// <param name="graph">Where.</param>
    /// <param name="r">Lengths of the edges, Å, [E, 1].</param>
    /// <param name="unit">Their directions, [E, 3].</param>
    public abstract IReadOnlyDictionary<string, Tensor> FeaturesOf(Graph graph, Tensor r, Tensor unit);

    public byte[] Serialize(IReadOnlyList<WeightArray> weights, ModelProvenance provenance) => ToFile(weights, provenance).ToBytes();

    /// <summary>The model as a file: trained ones have a provenance, imported ones a source.</summary>
    public ModelFile ToFile(IReadOnlyList<WeightArray> weights, ModelProvenance? provenance, string? source = null) => new(
        new ModelHeader(Architecture, [.. Species.Select(s => s.Symbol)], SettingsJson, provenance, $"csp {typeof(EdgeGraphModel).Assembly.GetName().Version}") { Source = source },
        [
            .. weights.Select(w => new ModelArray(w.Name, [.. w.Shape.Select(s => (int)s)], w.Values)),
            new ModelArray("reference_energies", [Species.Length], [.. Species.Select(s => _references[s])]),
            .. Constants.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => new ModelArray($"constant.{c.Key}", [c.Value.Length], c.Value)),
        ]);

    /// <summary>What the model reads from edges.</summary>
    protected abstract EdgeFeature[] Features { get; }

    protected abstract System.Text.Json.JsonElement SettingsJson { get; }

    protected abstract ITrainableModel With(IReadOnlyDictionary<Element, double> references);

    protected abstract IReadOnlyDictionary<string, TensorData> CollateFeatures(IReadOnlyList<Crystal> batch, Precision precision);

    /// <summary>Splits a model file in what the constructors need.</summary>
    protected static (IReadOnlyList<Element> Species, IReadOnlyDictionary<Element, double> References, IReadOnlyList<WeightArray> Weights, IReadOnlyDictionary<string, double[]> Constants) Parts(ModelFile file)
    {
        Element[] species = [.. file.Header.Species.Select(s => Element.TryFromSymbol(s) ?? throw new PotentialException($"the model file is damaged: '{s}' is not an element"))];
        double[] references = file["reference_energies"];
        if (references.Length != species.Length || species.Distinct().Count() != species.Length)
            throw new PotentialException("the model file is damaged: its reference energies do not fit its elements");
        return (species,
            species.Zip(references).ToDictionary(p => p.First, p => p.Second),
            [.. file.Arrays.Where(a => a.Name != "reference_energies" && !a.Name.StartsWith("constant.", StringComparison.Ordinal))
                .Select(a => new WeightArray(a.Name, [.. a.Shape.Select(s => (long)s)], a.Values, Decay: a.Shape.Length == 2 && a.Name is not ("embedding" or "scale")))],
            file.Arrays.Where(a => a.Name.StartsWith("constant.", StringComparison.Ordinal)).ToDictionary(a => a.Name["constant.".Length..], a => a.Values));
    }

    private void Require(Crystal crystal)
    {
        foreach (Element element in crystal.Elements)
        {
            if (!SpeciesIndex.ContainsKey(element))
                throw new PotentialException($"the model was not made for {element}");
        }
    }
}
