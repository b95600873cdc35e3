using System.Numerics;

namespace Csp.Physics.Crystals;

/// <summary>
/// Random numbers that are the same on every machine and in every version for one seed: xoshiro256** (Blackman and Vigna, ACM Trans. Math.
/// Softw. 47, 36 (2021)), seeded by SplitMix64. Not safe from several threads; give each its own stream.
/// </summary>
public sealed class SeededRandom : Random
{
    private ulong _a, _b, _c, _d;

    /// <param name="seed">The seed.</param>
    /// <param name="stream">Independent streams of one seed, e.g. the index of a job.</param>
    public SeededRandom(ulong seed, ulong stream = 0)
    {
        ulong state = seed ^ Mix(stream + 0x632BE59BD9B4E019);
        _a = Mix(state += 0x9E3779B97F4A7C15);
        _b = Mix(state += 0x9E3779B97F4A7C15);
        _c = Mix(state += 0x9E3779B97F4A7C15);
        _d = Mix(state + 0x9E3779B97F4A7C15);
    }

    /// <summary>A generator in a given state, not all zeros.</summary>
    internal static SeededRandom InState(ulong a, ulong b, ulong c, ulong d) => new(0) { _a = a, _b = b, _c = c, _d = d };

    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public override double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Between(double low, double high) => low + (high - low) * NextDouble();

    public override int Next() => (int)(NextUInt64() >> 33) is int n && n < int.MaxValue ? n : Next();

    public override int Next(int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (int)Below((ulong)Math.Max(maxValue, 1));
    }

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return (int)(minValue + (long)Below((ulong)Math.Max((long)maxValue - minValue, 1)));
    }

    public override long NextInt64() => (long)(NextUInt64() >> 1) is long n && n < long.MaxValue ? n : NextInt64();

    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return minValue + (long)Below(Math.Max((ulong)(maxValue - minValue), 1));
    }

    public override float NextSingle() => (NextUInt64() >> 40) * (1f / (1 << 24));

    public override void NextBytes(Span<byte> buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
            buffer[i] = (byte)(NextUInt64() >> 56);
    }

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    /// <summary>A normal deviate of mean 0 and variance 1 (polar method of Marsaglia; one of the pair is used).</summary>
    public double NextNormal()
    {
        while (true)
        {
            double x = 2 * NextDouble() - 1, y = 2 * NextDouble() - 1, s = x * x + y * y;
            if (s is > 0 and < 1)
                return x * Math.Sqrt(-2 * Math.Log(s) / s);
        }
    }

    protected override double Sample() => NextDouble();

    /// <summary>Uniform in [0, n) without bias (Lemire, ACM Trans. Model. Comput. Simul. 29, 3 (2019)).</summary>
    private ulong Below(ulong n)
    {
        ulong high = Math.BigMul(NextUInt64(), n, out ulong low);
        if (low < n)
        {
            ulong threshold = unchecked(0 - n) % n;
            while (low < threshold)
                high = Math.BigMul(NextUInt64(), n, out low);
        }
        return high;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
