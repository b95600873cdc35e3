using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>What random crystals are asked for.</summary>
/// <param name="Composition">Atoms of the returned cell, which is the primitive cell of the crystal.</param>
/// <param name="MinVolume">Å^3 of the returned cell.</param>
/// <param name="MaxVolume">Å^3 of the returned cell.</param>
public sealed record RandomCrystalRequest(Composition Composition, double MinVolume, double MaxVolume)
{
    /// <summary>Space group numbers to draw from, each with the same probability; groups that cannot hold the composition are skipped.</summary>
    public ImmutableArray<int> Groups { get; init; } = [.. Enumerable.Range(1, 230)];

    /// <summary>Smallest distance as a fraction of the sum of covalent radii (but see <see cref="MinDistanceFloor"/>).</summary>
    public double MinDistanceFactor { get; init; } = 0.8;

    /// <summary>No two atoms are closer than this, Å (0.62 Å would be the sum of radii of H and H).</summary>
    public double MinDistanceFloor { get; init; } = 0.7;

    /// <summary>Smallest distances of single element pairs, Å; either order of the pair counts.</summary>
    public ImmutableDictionary<(Element, Element), double> MinDistances { get; init; } = ImmutableDictionary<(Element, Element), double>.Empty;

    /// <summary>Wall time after which one crystal is given up.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Attempts (lattice and sites drawn anew) after which one crystal is given up.</summary>
    public int MaxAttempts { get; init; } = 2000;
}

/// <summary>A random crystal, or the reason why there is none.</summary>
/// <param name="RequestedGroup">The space group that was drawn; 0 when none of the groups can hold the composition.</param>
/// <param name="Crystal">The primitive cell; null when none was found.</param>
/// <param name="Attempts">Attempts used.</param>
/// <param name="Reason">Why there is none, one sentence.</param>
public sealed record RandomCrystalOutcome(int RequestedGroup, Crystal? Crystal, int Attempts, string? Reason = null);

/// <summary>Random crystals with the symmetry of a given space group, all 230 of them.</summary>
public static class RandomCrystals
{
    /// <summary>One random crystal. Same request and seed, same crystal.</summary>
    /// <exception cref="ArgumentException">The request makes no sense (volume window, groups, factor); the sentence says why.</exception>
    public static RandomCrystalOutcome Generate(RandomCrystalRequest request, ulong seed) => throw new NotImplementedException();
}
