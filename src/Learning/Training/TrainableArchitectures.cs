using Csp.Learning.Architectures;
using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Architectures.M3GNet;
using Csp.Learning.Architectures.TensorNet;
using Csp.Learning.Inference;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>The families of models that can be trained. A new family is one line in <see cref="All"/>.</summary>
public static class TrainableArchitectures
{
    /// <summary>Every family, by name.</summary>
    public static IReadOnlyList<ITrainableArchitecture> All { get; } =
    [
        new CompactArchitecture(),
        new EdgeGraphArchitecture(M3GNetModel.Family, M3GNetModel.Read),
        TensorNetStart.Family(TensorNetStart.DefaultSizes, TensorNetStart.DefaultChannels),
    ];

    /// <summary>The family with a name.</summary>
    /// <exception cref="PotentialException">There is none.</exception>
    public static ITrainableArchitecture Named(string name) => All.FirstOrDefault(a => a.Name == name)
        ?? throw new PotentialException($"there is no trainable model called '{name}' (known: {string.Join(", ", All.Select(a => a.Name))})");

    /// <summary>The family that a model file belongs to.</summary>
    /// <exception cref="PotentialException">None recognises it.</exception>
    public static ITrainableArchitecture Of(ReadOnlySpan<byte> modelBytes)
    {
        string? family = ModelFile.FamilyOf(modelBytes);
        return All.FirstOrDefault(a => a.Name == family)
            ?? throw new PotentialException("the parent model is of no family that can be trained");
    }
}
