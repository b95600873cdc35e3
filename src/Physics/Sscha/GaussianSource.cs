using System.Numerics;

namespace Csp.Physics.Sscha;

/// <summary>Standard normal numbers, the same on every machine: xoshiro256** (Blackman and Vigna, 2018) and the polar method of Marsaglia.</summary>
public sealed class GaussianSource
{
    private readonly ulong[] _state = new ulong[4];
    private double? _spare;

    /// <param name="seed">Any number.</param>
    /// <param name="stream">Streams of one seed are independent.</param>
    public GaussianSource(ulong seed, ulong stream = 0)
    {
        // SplitMix64 spreads seed and stream over the state.
        ulong x = seed ^ BitOperations.RotateLeft(stream * 0x9E3779B97F4A7C15, 31);
        for (int i = 0; i < 4; i++)
        {
            x += 0x9E3779B97F4A7C15;
            ulong z = x;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            _state[i] = z ^ (z >> 31);
        }
    }

    public double Next()
    {
        if (_spare is double spare)
        {
            _spare = null;
            return spare;
        }
        while (true)
        {
            double u = 2 * Uniform() - 1, v = 2 * Uniform() - 1, s = u * u + v * v;
            if (s is >= 1 or 0)
                continue;
            double factor = Math.Sqrt(-2 * Math.Log(s) / s);
            _spare = v * factor;
            return u * factor;
        }
    }

    /// <summary>From 0 (included) to 1 (excluded), 53 bits.</summary>
    public double Uniform() => (NextBits() >> 11) * 1.1102230246251565e-16;

    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_state[1] * 5, 7) * 9;
        ulong t = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= t;
        _state[3] = BitOperations.RotateLeft(_state[3], 45);
        return result;
    }
}
