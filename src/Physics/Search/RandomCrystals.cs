using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Search;

/// <summary>What random crystals are asked for.</summary>
/// <param name="Composition">Atoms of the returned cell, which is the primitive cell of the requested space group.</param>
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

    /// <summary>Smallest distances of single element pairs, Å, instead of factor and floor; either order of the pair counts.</summary>
    public ImmutableDictionary<(Element, Element), double> MinDistances { get; init; } = ImmutableDictionary<(Element, Element), double>.Empty;

    /// <summary>
    /// A crystal of higher symmetry than the group that was drawn is drawn again up to this often, then taken as it is (its group contains the
    /// requested one). Few atoms on special positions often have no other choice.
    /// </summary>
    public int HigherSymmetryRetries { get; init; } = 20;

    /// <summary>Wall time after which one crystal is given up. Only a request that reaches it can depend on the machine.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts (lattice and sites drawn anew) after which one crystal is given up.</summary>
    public int MaxAttempts { get; init; } = 5000;

    /// <summary>The smallest allowed distance of two elements, Å.</summary>
    public double MinDistance(Element a, Element b) =>
        MinDistances.TryGetValue((a, b), out double d) || MinDistances.TryGetValue((b, a), out d)
            ? d
            : Math.Max(MinDistanceFloor, MinDistanceFactor * (a.CovalentRadius + b.CovalentRadius));
}

/// <summary>A random crystal, or the reason why there is none.</summary>
/// <param name="RequestedGroup">The space group that was drawn; 0 when none of the groups can hold the composition.</param>
/// <param name="Crystal">The reduced primitive cell; null when none was found.</param>
/// <param name="FoundGroup">The group that spglib finds (tolerance 0.01 Å): the requested one or one that contains it; 0 without crystal.</param>
/// <param name="Attempts">Attempts used.</param>
/// <param name="Reason">Why there is none, one sentence.</param>
public sealed record RandomCrystalOutcome(int RequestedGroup, Crystal? Crystal, int FoundGroup, int Attempts, string? Reason = null)
{
    /// <summary>The operations of the requested group in the returned cell; empty without crystal.</summary>
    public ImmutableArray<SymmetryOperation> Operations { get; init; } = [];

    /// <summary>Groups that were drawn before this one and gave no crystal, with the reason and the attempts they cost (part of <see cref="Attempts"/>).</summary>
    public ImmutableArray<(int Group, int Attempts, string Reason)> Abandoned { get; init; } = [];

    /// <summary>The crystal with <c>requested_group</c> and <c>found_group</c> beside it.</summary>
    /// <exception cref="InvalidOperationException">There is no crystal.</exception>
    public Frame ToFrame() => new Frame(Crystal ?? throw new InvalidOperationException($"there is no crystal: {Reason}"))
        .With("requested_group", RequestedGroup.ToString(CultureInfo.InvariantCulture))
        .With("found_group", FoundGroup.ToString(CultureInfo.InvariantCulture));
}

/// <summary>How often one space group was asked for and what came of it.</summary>
/// <param name="Group">Number.</param>
/// <param name="Requested">How often it was drawn; 0 for groups that cannot hold the composition, see the reason.</param>
/// <param name="Generated">Crystals whose group is this one or contains it.</param>
/// <param name="Exact">Crystals whose group is exactly this one.</param>
/// <param name="Attempts">Draws of sites and lattice.</param>
/// <param name="Reason">Why some requests gave nothing, one sentence; null when all did.</param>
public sealed record RandomCrystalStatistics(int Group, int Requested, int Generated, int Exact, int Attempts, string? Reason);

/// <summary>Many random crystals.</summary>
/// <param name="Outcomes">The crystals, in the order of their streams.</param>
/// <param name="Groups">One entry per group of the request, ascending.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Reason">Why there are fewer than asked for, one sentence; null when there are not.</param>
public sealed record RandomCrystalBatch(
    ImmutableArray<RandomCrystalOutcome> Outcomes, ImmutableArray<RandomCrystalStatistics> Groups, double Seconds, string? Reason);

/// <summary>Random crystals with the symmetry of a given space group, all 230 of them.</summary>
public static class RandomCrystals
{
    private static readonly ConditionalWeakTable<RandomCrystalRequest, RandomCrystalGenerator> Generators = [];

    /// <summary>One random crystal. Same request and seed, same crystal. Groups that turn out too crowded for the distances are replaced by others.</summary>
    /// <exception cref="ArgumentException">The request makes no sense (volume window, groups, factor); the sentence says why.</exception>
    /// <exception cref="SymmetryException">spglib is not installed.</exception>
    public static RandomCrystalOutcome Generate(RandomCrystalRequest request, ulong seed) =>
        GeneratorOf(request).Generate(new SeededRandom(seed));

    /// <summary>
    /// Many random crystals with the success per requested group. Crystal i depends on the seed and i only, not on the number of threads.
    /// </summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Seed.</param>
    /// <param name="threads">Threads to draw with.</param>
    /// <param name="timeLimit">Wall time after which the rest is given up; none when null. Ten failures without one success give up too.</param>
    /// <param name="progress">Reports the number of crystals so far.</param>
    /// <param name="cancellation">Ends the batch with an exception.</param>
    /// <exception cref="ArgumentException">As <see cref="Generate"/>, or the count or the number of threads is not positive.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RandomCrystalBatch GenerateMany(RandomCrystalRequest request, int count, ulong seed, int threads = 1, TimeSpan? timeLimit = null,
        IProgress<int>? progress = null, CancellationToken cancellation = default) =>
        new RandomCrystalBatchRun(GeneratorOf(request), count, seed, timeLimit, progress).Run(threads, cancellation);

    internal static RandomCrystalGenerator GeneratorOf(RandomCrystalRequest request) =>
        Generators.GetValue(request, r => new RandomCrystalGenerator(r));
}
