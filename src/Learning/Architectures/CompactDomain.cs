using Csp.Learning.Training;
using Csp.Learning.Uncertainty;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures;

/// <summary>
/// The training domain of a compact potential: its descriptors over all labelled structures, scaled by the typical error on those held out. Structures that
/// a model taught are left out: there the potential is as good as that model's word.
/// </summary>
internal static class CompactDomain
{
    /// <summary>Error on new structures over error on those trained on; measured with models/h-s (docs/compact-potential.md).</summary>
    private const double Unjudged = 8;

    /// <param name="model">Trained.</param>
    /// <param name="structures">Those trained on, last the taught ones, then the held-out ones.</param>
    /// <param name="provenance">Their numbers and errors. Without a hold-out, a multiple of the error on the training structures stands in.</param>
    public static TrainingDomain Of(CompactModel model, IReadOnlyList<Crystal> structures, ModelProvenance provenance)
    {
        int q = model.Settings.Descriptors, count = model.Species.Length;
        List<double>[] bySpecies = [.. Enumerable.Range(0, count).Select(_ => new List<double>())];
        List<(int[] Species, double[] Descriptors)> all = [];
        int judgedFrom = structures.Count - provenance.HoldOutStructures;
        foreach (Crystal crystal in structures.Take(judgedFrom - provenance.TaughtStructures).Concat(structures.Skip(judgedFrom)))
        {
            int[] species = model.SpeciesOf(crystal);
            double[] descriptors = CompactDescriptors.Normalised(model, crystal, species);
            all.Add((species, descriptors));
            for (int i = 0; i < species.Length; i++)
                bySpecies[species[i]].AddRange(descriptors.AsSpan(i * q, q));
        }
        TrainingDomain unscaled = new(1, [.. bySpecies.Select(d => SpeciesDomain.Of([.. d], q))]);

        // Not root mean squares, because a hold-out has a few structures far from all others, with errors and distances ten times the usual ones:
        // they would say nothing about the rest. And not the median of the errors, from which 61 % and not 68 % were within the uncertainty (models/h-s).
        bool judged = provenance.HoldOutStructures > 0;
        TrainingErrors errors = judged ? provenance.HoldOut : provenance.Training;
        double error = (judged ? 1 : Unjudged) * (errors.EnergyOneSigmaMev ?? errors.EnergyRmseMev);
        double[] distances = [.. all.Skip(judged ? all.Count - provenance.HoldOutStructures : 0).Select(Distance).Order()];
        double typical = distances[distances.Length / 2];
        return unscaled with { Scale = double.IsFinite(error) && typical > 0 ? error / 1000 / typical : 0 };

        double Distance((int[] Species, double[] Descriptors) structure)
        {
            double mean = 0;
            for (int i = 0; i < structure.Species.Length; i++)
                mean += unscaled.Species[structure.Species[i]].SquaredDistance(structure.Descriptors.AsSpan(i * q, q)) / structure.Species.Length;
            return Math.Sqrt(mean);
        }
    }
}
