using Csp.Learning.Training;
using Csp.Learning.Uncertainty;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures;

/// <summary>The training domain of a compact potential: its descriptors over all labelled structures, scaled by the error on those held out.</summary>
internal static class CompactDomain
{
    /// <param name="model">Trained.</param>
    /// <param name="structures">Training structures, then the held-out ones.</param>
    /// <param name="provenance">Their numbers and errors. Without a hold-out, twice the error on the training structures stands in.</param>
    public static TrainingDomain Of(CompactModel model, IReadOnlyList<Crystal> structures, ModelProvenance provenance)
    {
        int q = model.Settings.Descriptors, count = model.Species.Length;
        List<double>[] bySpecies = [.. Enumerable.Range(0, count).Select(_ => new List<double>())];
        List<(int[] Species, double[] Descriptors)> all = [];
        foreach (Crystal crystal in structures)
        {
            int[] species = model.SpeciesOf(crystal);
            double[] descriptors = CompactDescriptors.Normalised(model, crystal, species);
            all.Add((species, descriptors));
            for (int i = 0; i < species.Length; i++)
                bySpecies[species[i]].AddRange(descriptors.AsSpan(i * q, q));
        }
        TrainingDomain unscaled = new(1, [.. bySpecies.Select(d => SpeciesDomain.Of([.. d], q))]);

        int heldOut = provenance.HoldOutStructures > 0 ? provenance.HoldOutStructures : structures.Count;
        double error = provenance.HoldOutStructures > 0 ? provenance.HoldOut.EnergyRmseMev : 2 * provenance.Training.EnergyRmseMev;
        double sum = 0;
        foreach ((int[] species, double[] descriptors) in all.Skip(structures.Count - heldOut))
        {
            double mean = 0;
            for (int i = 0; i < species.Length; i++)
                mean += unscaled.Species[species[i]].SquaredDistance(descriptors.AsSpan(i * q, q)) / species.Length;
            sum += mean;
        }
        double typical = Math.Sqrt(sum / heldOut);
        return unscaled with { Scale = double.IsFinite(error) && typical > 0 ? error / 1000 / typical : 0 };
    }
}
