using System.Text.Json.Serialization;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures;

/// <summary>Sizes of a compact potential; see docs/compact-potential.md for the formulas. The defaults suit 20 to 400 labels of two or three elements.</summary>
public sealed record CompactSettings
{
    public static CompactSettings Default { get; } = new();

    /// <summary>Highest degree of the spherical harmonics, fixed in this architecture.</summary>
    public const int MaxDegree = 4;

    /// <summary>Number of components with 1 ≤ l ≤ 4.</summary>
    public const int Harmonics = 24;

    /// <summary>Cutoff of the radial descriptors, Å.</summary>
    public double RadialCutoff { get; init; } = 4.8;

    /// <summary>Cutoff of the angular descriptors, Å; at most <see cref="RadialCutoff"/>.</summary>
    public double AngularCutoff { get; init; } = 4.0;

    /// <summary>Chebyshev functions per species pair of the radial descriptors.</summary>
    public int RadialBasis { get; init; } = 12;

    /// <summary>Chebyshev functions per species pair of the angular descriptors.</summary>
    public int AngularBasis { get; init; } = 9;

    /// <summary>Radial descriptors per atom.</summary>
    public int RadialChannels { get; init; } = 7;

    /// <summary>Channels of the angular moments.</summary>
    public int AngularChannels { get; init; } = 4;

    /// <summary>Power spectrum of all channel pairs n ≤ n' instead of n = n' only.</summary>
    public bool MixChannels { get; init; } = true;

    /// <summary>Neurons of the hidden layer of each species.</summary>
    public int Hidden { get; init; } = 30;

    /// <summary>Channel pairs (n, n') of the power spectrum, n ≤ n'.</summary>
    [JsonIgnore]
    public IReadOnlyList<(int First, int Second)> ChannelPairs => MixChannels
        ? [.. from a in Enumerable.Range(0, AngularChannels) from b in Enumerable.Range(a, AngularChannels - a) select (a, b)]
        : [.. from a in Enumerable.Range(0, AngularChannels) select (a, a)];

    /// <summary>Descriptors per atom: radial channels, then the power spectrum ordered by l and channel pair.</summary>
    [JsonIgnore]
    public int Descriptors => RadialChannels + MaxDegree * (MixChannels ? AngularChannels * (AngularChannels + 1) / 2 : AngularChannels);

    /// <exception cref="PotentialException">A size or a cutoff is out of range.</exception>
    public CompactSettings Check()
    {
        Require(RadialCutoff is >= 1 and <= 12, $"the radial cutoff must be between 1 and 12 Å, not {RadialCutoff}");
        Require(AngularCutoff >= 1 && AngularCutoff <= RadialCutoff, $"the angular cutoff must be between 1 Å and the radial cutoff, not {AngularCutoff}");
        Require(RadialBasis is >= 1 and <= 32, $"the radial basis must have 1 to 32 functions, not {RadialBasis}");
        Require(AngularBasis is >= 1 and <= 32, $"the angular basis must have 1 to 32 functions, not {AngularBasis}");
        Require(RadialChannels is >= 1 and <= 64, $"there must be 1 to 64 radial channels, not {RadialChannels}");
        Require(AngularChannels is >= 1 and <= 16, $"there must be 1 to 16 angular channels, not {AngularChannels}");
        Require(Hidden is >= 1 and <= 512, $"the hidden layer must have 1 to 512 neurons, not {Hidden}");
        return this;
    }

    private static void Require(bool condition, string sentence)
    {
        if (!condition)
            throw new PotentialException("compact potential: " + sentence);
    }
}
