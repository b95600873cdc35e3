using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures;

/// <summary>Untrained compact potentials: random weights, and descriptors centred and scaled by what they are in given structures.</summary>
public static class CompactStart
{
    /// <param name="settings">Sizes.</param>
    /// <param name="structures">Their elements become the species; their descriptors set shift and scale.</param>
    /// <param name="seed">Of the random weights.</param>
    /// <exception cref="PotentialException">No structures, or a setting out of range.</exception>
    public static CompactModel Random(CompactSettings settings, IReadOnlyList<Crystal> structures, ulong seed)
    {
        if (structures.Count == 0)
            throw new PotentialException("a compact potential cannot be made for no structures at all");
        Element[] elements = [.. structures.SelectMany(c => c.Elements).Distinct().OrderBy(e => e.Number)];
        Random random = new(unchecked((int)(seed ^ seed >> 32)));
        settings.Check();
        int q = settings.Descriptors, h = settings.Hidden;
        ImmutableArray<CompactSpecies> species = [.. elements.Select(e => new CompactSpecies(
            e, 0, 0,
            Smooth(settings.RadialChannels * elements.Length, settings.RadialBasis),
            Smooth(settings.AngularChannels * elements.Length, settings.AngularBasis),
            new double[q], Filled(q, 1), new double[q],
            Normal(h * q, 1 / Math.Sqrt(q)), Normal(h, 0.5), Normal(h, 0.1 / Math.Sqrt(h))))];
        return Normalised(new CompactModel(settings, species), structures);

        double[] Normal(int count, double width) => [.. Enumerable.Range(0, count).Select(_ => width * NextNormal(random))];

        // Rough functions of the distance start small: coefficients fall with the degree of the Chebyshev polynomial.
        double[] Smooth(int rows, int basis) => [.. Enumerable.Range(0, rows * basis).Select(i => NextNormal(random) / (1 + 0.5 * (i % basis)))];
    }

    /// <summary>Shift and scale so that every descriptor has mean 0 and about unit spread over the atoms of each species.</summary>
    private static CompactModel Normalised(CompactModel model, IReadOnlyList<Crystal> structures)
    {
        int q = model.Settings.Descriptors, count = model.Species.Length;
        double[][] sums = [.. model.Species.Select(_ => new double[q])], squares = [.. model.Species.Select(_ => new double[q])];
        int[] atoms = new int[count];
        foreach (Crystal crystal in structures)
        {
            int[] species = model.SpeciesOf(crystal);
            double[] descriptors = CompactDescriptors.Of(model, crystal, species);
            for (int i = 0; i < species.Length; i++)
            {
                atoms[species[i]]++;
                for (int d = 0; d < q; d++)
                {
                    double value = descriptors[i * q + d];
                    sums[species[i]][d] += value;
                    squares[species[i]][d] += value * value;
                }
            }
        }
        return new CompactModel(model.Settings, [.. model.Species.Select((s, t) =>
        {
            double[] shift = new double[q], scale = new double[q];
            for (int d = 0; d < q; d++)
            {
                double mean = sums[t][d] / atoms[t], spread = Math.Sqrt(Math.Max(0, squares[t][d] / atoms[t] - mean * mean));
                shift[d] = mean;

                // A descriptor that hardly varies here may vary elsewhere: its scale is bounded by its size.
                scale[d] = 1 / (spread + 0.05 * Math.Abs(mean) + 1e-2);
            }
            return s with { Shift = shift, Scale = scale };
        })]);
    }

    private static double[] Filled(int count, double value)
    {
        double[] values = new double[count];
        Array.Fill(values, value);
        return values;
    }

    private static double NextNormal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
