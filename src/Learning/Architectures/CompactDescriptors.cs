using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures;

/// <summary>Descriptors of every atom of a crystal.</summary>
internal static class CompactDescriptors
{
    /// <summary>p: after shift and scale.</summary>
    /// <returns>Shape [atoms, <see cref="CompactSettings.Descriptors"/>].</returns>
    public static double[] Normalised(CompactModel model, Crystal crystal, int[] species)
    {
        double[] result = Of(model, crystal, species);
        int q = model.Settings.Descriptors;
        for (int i = 0; i < result.Length; i++)
        {
            CompactSpecies own = model.Species[species[i / q]];
            result[i] = (result[i] - own.Shift[i % q]) * own.Scale[i % q];
        }
        return result;
    }

    /// <summary>q: before shift and scale.</summary>
    /// <returns>Shape [atoms, <see cref="CompactSettings.Descriptors"/>].</returns>
    public static double[] Of(CompactModel model, Crystal crystal, int[] species)
    {
        CompactSettings settings = model.Settings;
        int q = settings.Descriptors, count = model.Species.Length;
        CompactMoments moments = CompactMoments.Of(crystal, species, count, settings, derivatives: false);
        IReadOnlyList<(int First, int Second)> channels = settings.ChannelPairs;
        double[] result = new double[species.Length * q];
        double[] mixed = new double[settings.AngularChannels];
        for (int i = 0; i < species.Length; i++)
        {
            CompactSpecies weights = model.Species[species[i]];
            Span<double> own = result.AsSpan(i * q, q);
            Mix(weights.Radial, moments.Values[0].AsSpan(i * count * settings.RadialBasis, count * settings.RadialBasis), own[..settings.RadialChannels]);
            for (int l = 1; l <= CompactSettings.MaxDegree; l++)
            {
                for (int m = 0; m < 2 * l + 1; m++)
                {
                    int size = count * settings.AngularBasis;
                    Mix(weights.Angular, moments.Values[l].AsSpan((i * (2 * l + 1) + m) * size, size), mixed);
                    for (int p = 0; p < channels.Count; p++)
                        own[settings.RadialChannels + (l - 1) * channels.Count + p] += mixed[channels[p].First] * mixed[channels[p].Second];
                }
            }
        }
        return result;
    }

    private static void Mix(double[] coefficients, ReadOnlySpan<double> sums, Span<double> channels)
    {
        for (int n = 0; n < channels.Length; n++)
        {
            double sum = 0;
            for (int k = 0; k < sums.Length; k++)
                sum += coefficients[n * sums.Length + k] * sums[k];
            channels[n] = sum;
        }
    }
}
