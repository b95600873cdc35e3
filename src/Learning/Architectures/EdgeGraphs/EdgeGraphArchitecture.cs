using Csp.Learning.Inference;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>A family of graph models for the trainer.</summary>
/// <param name="name">Of the family.</param>
/// <param name="read">Makes a model of a file.</param>
/// <param name="create">Makes a fresh one for structures, with a seed; null where the family is only fine-tuned from published weights.</param>
public sealed class EdgeGraphArchitecture(string name, Func<ModelFile, EdgeGraphModel> read, Func<IReadOnlyList<Crystal>, ulong, EdgeGraphModel>? create = null)
    : ITrainableArchitecture
{
    public string Name => name;

    public bool Recognizes(ReadOnlySpan<byte> modelBytes) => ModelFile.FamilyOf(modelBytes) == name;

    public ITrainableModel Create(IReadOnlyList<Crystal> structures, ulong seed) => create is not null
        ? create(structures, seed)
        : throw new PotentialException($"a {name} is fine-tuned from published weights and not trained from nothing; give a parent model");

    public ITrainableModel Load(ReadOnlyMemory<byte> modelBytes, IReadOnlyList<Crystal> structures)
    {
        EdgeGraphModel model = read(ModelFile.FromBytes(modelBytes.Span));
        Element? missing = structures.SelectMany(s => s.Elements).FirstOrDefault(e => !model.Species.Contains(e));
        return missing is null ? model : throw new PotentialException($"the parent model was not made for {missing}");
    }
}
