using System.Collections.Immutable;
using System.Reflection;
using Csp.Learning.Inference;
using Csp.Learning.Training;
using Csp.Learning.Uncertainty;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures;

/// <summary>Compact potentials as model files: settings in the header, ten arrays per species called e.g. <c>H.hidden</c>, and the training domain.</summary>
public static class CompactModelFile
{
    public const string Architecture = "compact";

    public static string Program { get; } = $"csp {typeof(CompactModelFile).Assembly.GetName().Version?.ToString(3)}";

    public static byte[] Write(CompactModel model, ModelProvenance? provenance)
    {
        CompactSettings settings = model.Settings;
        int q = settings.Descriptors, species = model.Species.Length;
        List<ModelArray> arrays = [];
        foreach (CompactSpecies s in model.Species)
        {
            string e = s.Element.Symbol;
            arrays.Add(new($"{e}.reference", [1], [s.ReferenceEnergy]));
            arrays.Add(new($"{e}.offset", [1], [s.Offset]));
            arrays.Add(new($"{e}.radial", [settings.RadialChannels, species, settings.RadialBasis], s.Radial));
            arrays.Add(new($"{e}.angular", [settings.AngularChannels, species, settings.AngularBasis], s.Angular));
            arrays.Add(new($"{e}.shift", [q], s.Shift));
            arrays.Add(new($"{e}.scale", [q], s.Scale));
            arrays.Add(new($"{e}.linear", [q], s.Linear));
            arrays.Add(new($"{e}.hidden", [settings.Hidden, q], s.Hidden));
            arrays.Add(new($"{e}.bias", [settings.Hidden], s.Bias));
            arrays.Add(new($"{e}.output", [settings.Hidden], s.Output));
        }
        if (model.Domain is TrainingDomain domain)
        {
            arrays.Add(new("uncertainty.scale", [1], [domain.Scale]));
            for (int s = 0; s < species; s++)
            {
                arrays.Add(new($"{model.Species[s].Element}.center", [q], domain.Species[s].Center));
                arrays.Add(new($"{model.Species[s].Element}.whitening", [q, q], domain.Species[s].Whitening));
            }
        }
        ModelHeader header = new(Architecture, [.. model.Species.Select(s => s.Element.Symbol)], ModelFile.SettingsFrom(settings), provenance, Program);
        return new ModelFile(header, arrays).ToBytes();
    }

    /// <exception cref="PotentialException">Not a compact model, or incomplete.</exception>
    public static CompactModel Read(ModelFile file)
    {
        if (file.Header.Architecture != Architecture)
            throw new PotentialException($"the model file holds a model of the family '{file.Header.Architecture}' and not a compact potential");
        CompactSettings settings = file.SettingsAs<CompactSettings>();
        ImmutableArray<CompactSpecies> species = [.. file.Header.Species.Select(symbol => new CompactSpecies(
            Element.TryFromSymbol(symbol) ?? throw new PotentialException($"the model file names '{symbol}', which is not a chemical element"),
            One($"{symbol}.reference"), One($"{symbol}.offset"), file[$"{symbol}.radial"], file[$"{symbol}.angular"],
            file[$"{symbol}.shift"], file[$"{symbol}.scale"], file[$"{symbol}.linear"],
            file[$"{symbol}.hidden"], file[$"{symbol}.bias"], file[$"{symbol}.output"]))];
        TrainingDomain? domain = file.Has("uncertainty.scale")
            ? new(One("uncertainty.scale"), [.. file.Header.Species.Select(e => new SpeciesDomain(file[$"{e}.center"], file[$"{e}.whitening"]))])
            : null;
        return new CompactModel(settings, species, domain);

        double One(string name) => file[name] is [double value] ? value : throw new PotentialException($"array '{name}' of the model file must hold one number");
    }
}
