using Csp.Host.Errors;
using Csp.Learning.Architectures;
using Csp.Learning.Architectures.TensorNet;
using Csp.Learning.Training;

namespace Csp.Host.Commands;

/// <summary>What <c>csp train</c> is told about the size of a model that it makes from nothing.</summary>
/// <param name="Architecture">Name of the family.</param>
/// <param name="Cutoff">Å; the second of the compact potential's angular functions.</param>
/// <param name="Neurons">Of the compact potential.</param>
/// <param name="Channels">Of a TensorNet.</param>
internal sealed record FreshModel(string Architecture, (double First, double? Second)? Cutoff, int? Neurons, int? Channels)
{
    /// <summary>Nothing was asked for.</summary>
    public bool IsDefault => this == new FreshModel(TrainingSettings.Default.Architecture, null, null, null);

    /// <exception cref="CommandException">A size that the family does not have.</exception>
    /// <exception cref="Csp.Physics.Potentials.PotentialException">No such family, one that is not made from nothing, or an impossible size.</exception>
    public ITrainableArchitecture Family() => Architecture switch
    {
        CompactModelFile.Architecture when Channels is not null => throw new CommandException("--channels is for --architecture tensornet"),
        CompactModelFile.Architecture => new CompactArchitecture(Compact()),
        TensorNetModel.Family when Neurons is not null || Cutoff?.Second is not null =>
            throw new CommandException("a tensornet has one cutoff, and no --neurons"),
        TensorNetModel.Family => TensorNetStart.Family(
            TensorNetStart.DefaultSizes with { Cutoff = Cutoff?.First ?? TensorNetStart.DefaultSizes.Cutoff }, Channels ?? TensorNetStart.DefaultChannels),
        _ => TrainableArchitectures.Named(Architecture),
    };

    private CompactSettings Compact() => (CompactSettings.Default with
    {
        RadialCutoff = Cutoff?.First ?? CompactSettings.Default.RadialCutoff,
        AngularCutoff = Cutoff?.Second ?? Math.Min(Cutoff?.First ?? double.PositiveInfinity, CompactSettings.Default.AngularCutoff),
        Hidden = Neurons ?? CompactSettings.Default.Hidden,
    }).Check();
}
