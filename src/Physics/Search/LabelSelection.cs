using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>How a structure came to be considered for a label.</summary>
public enum LabelOrigin
{
    /// <summary>Relaxed.</summary>
    Relaxed,

    /// <summary>On the way of a relaxation.</summary>
    Intermediate,

    /// <summary>A relaxed one with displaced atoms.</summary>
    Rattled,

    /// <summary>As proposed, not relaxed.</summary>
    Unrelaxed,
}

/// <summary>A structure that could be sent to DFT.</summary>
/// <param name="Source">Id of the proposal it comes from.</param>
/// <param name="Crystal">The structure.</param>
/// <param name="EnthalpyAboveBest">eV/atom above the best of the pool, by one model version.</param>
/// <param name="Uncertainty">eV/atom, where the model reports one.</param>
/// <param name="Origin">See <see cref="LabelOrigin"/>.</param>
public sealed record LabelCandidate(ulong Source, Crystal Crystal, double EnthalpyAboveBest, double? Uncertainty, LabelOrigin Origin);

/// <summary>A structure to label; higher priority first.</summary>
public sealed record LabelPick(LabelCandidate Candidate, double Priority);

/// <summary>What to prefer for labels.</summary>
public sealed record LabelSelectionSettings
{
    /// <summary>Structures this far above the best, eV/atom, are e times less urgent.</summary>
    public double Window { get; init; } = 0.1;

    /// <summary>Uncertainty at which a structure is certainly wanted, eV/atom.</summary>
    public double UncertaintyScale { get; init; } = 0.02;

    /// <summary>Distance to the nearest labelled structure (<see cref="Fingerprint.Distance"/>, Å) at which a structure counts as new.</summary>
    public double NoveltyScale { get; init; } = 0.1;

    /// <summary>Larger cells are never labelled.</summary>
    public int MaxAtoms { get; init; } = 16;
}

/// <summary>Which structures DFT should compute next: window × uncertainty × novelty.</summary>
public static class LabelSelection
{
    /// <summary>Up to <paramref name="count"/> structures, mutually different, highest priority first.</summary>
    public static ImmutableArray<LabelPick> Pick(
        IEnumerable<LabelCandidate> candidates, IReadOnlyList<Fingerprint> labelled, LabelSelectionSettings settings, int count) => throw new NotImplementedException();

    /// <summary>A copy with Gaussian displacements of the size of zero-point motion and a small random strain, in a supercell of at most <paramref name="maxAtoms"/> atoms.</summary>
    public static Crystal Rattle(Crystal crystal, int maxAtoms, ulong seed) => throw new NotImplementedException();
}
