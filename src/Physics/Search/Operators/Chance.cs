using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Operators;

/// <summary>Random numbers of the kinds that the operators draw.</summary>
internal static class Chance
{
    /// <summary>An independent stream for every pair of seed and number (SplitMix64 of both).</summary>
    public static Random Stream(ulong seed, ulong number) => new((int)(Mix(Mix(seed) ^ number) >> 33));

    public static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    /// <summary>Normal, mean 0, variance 1 (Box and Muller).</summary>
    public static double Gaussian(this Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    public static Vec3 GaussianVector(this Random random) => new(random.Gaussian(), random.Gaussian(), random.Gaussian());

    public static double Between(this Random random, double low, double high) => low + (high - low) * random.NextDouble();

    public static T Pick<T>(this Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>Symmetric, every independent component normal with this deviation.</summary>
    public static Mat3 GaussianStrain(this Random random, double sigma)
    {
        double yz = sigma * random.Gaussian() / 2, xz = sigma * random.Gaussian() / 2, xy = sigma * random.Gaussian() / 2;
        return new Mat3(sigma * random.Gaussian(), xy, xz, xy, sigma * random.Gaussian(), yz, xz, yz, sigma * random.Gaussian());
    }

    /// <summary>Å: a length typical of neighbours.</summary>
    public static double Spacing(Crystal crystal) => Math.Cbrt(crystal.Volume / crystal.Count);
}
