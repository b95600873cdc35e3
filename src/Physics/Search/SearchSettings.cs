using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>Everything an evolutionary search is asked for.</summary>
/// <param name="Formula">The formula unit, e.g. H3S.</param>
/// <param name="PressureGPa">External pressure.</param>
/// <param name="MinVolumePerAtom">Smallest volume of random crystals, Å^3/atom.</param>
/// <param name="MaxVolumePerAtom">Largest volume of random crystals, Å^3/atom.</param>
public sealed record SearchSettings(Composition Formula, double PressureGPa, double MinVolumePerAtom, double MaxVolumePerAtom)
{
    /// <summary>Numbers of formula units per cell to search; each is equally likely.</summary>
    public ImmutableArray<int> FormulaUnits { get; init; } = [1, 2, 4];

    /// <summary>
    /// Cells of a variable-composition search (see <see cref="CompositionSpace"/>), which ranks by the height above the convex hull of the pool
    /// itself; empty for a search of the formula alone.
    /// </summary>
    public ImmutableArray<Composition> Compositions { get; init; } = [];

    /// <summary>All cells that the search may hold.</summary>
    public ImmutableArray<Composition> Cells => Compositions.IsDefaultOrEmpty ? [.. FormulaUnits.Select(n => Formula.Times(n))] : Compositions;

    /// <summary>
    /// Random crystals are drawn around <see cref="VolumeEstimate"/> for their composition and the pressure instead of the volume window: the atoms of a
    /// variable-composition search differ in size.
    /// </summary>
    public bool EstimateVolumes { get; init; }

    /// <summary>Volume window of random crystals, Å^3 per cell.</summary>
    public (double Min, double Max) VolumeWindow(Composition cell) => EstimateVolumes
        ? VolumeEstimate.Window(cell, PressureGPa)
        : (cell.Total * MinVolumePerAtom, cell.Total * MaxVolumePerAtom);

    /// <summary>Space groups of random crystals.</summary>
    public ImmutableArray<int> Groups { get; init; } = [.. Enumerable.Range(1, 230)];

    /// <summary>Smallest distance of a proposal as a fraction of the sum of covalent radii.</summary>
    public double MinDistanceFactor { get; init; } = 0.75;

    /// <summary>No two atoms of a proposal are closer than this, Å.</summary>
    public double MinDistanceFloor { get; init; } = 0.7;

    /// <summary>Smallest distances of single element pairs, Å, instead of factor and floor; either order of the pair counts.</summary>
    public ImmutableDictionary<(Element, Element), double> MinDistances { get; init; } = ImmutableDictionary<(Element, Element), double>.Empty;

    /// <summary>
    /// This fraction of the random crystals is displaced by a twentieth of a neighbour distance, so that its relaxation may leave the space
    /// group: the symmetric minimum is often only a saddle.
    /// </summary>
    public double BrokenSymmetryShare { get; init; } = 0.9;

    /// <summary>This fraction of the proposals packs its atoms as the best structures so far do (<see cref="Packing"/>).</summary>
    public double LearnedShare { get; init; } = 0.75;

    /// <summary>Random crystals before the first variation.</summary>
    public int InitialRandom { get; init; } = 4;

    /// <summary>The share of random crystals never falls below this.</summary>
    public double MinRandomShare { get; init; } = 0.25;

    /// <summary>The share of any other operator never falls below this.</summary>
    public double MinOperatorShare { get; init; } = 0.015;

    /// <summary>Members that parents are drawn from and that are kept.</summary>
    public int PoolSize { get; init; } = 60;

    /// <summary>Members closer than this to each other (<see cref="Fingerprint.Distance"/>, Å) share a niche.</summary>
    public double NicheRadius { get; init; } = 0.08;

    /// <summary>A niche holds at most so many members.</summary>
    public int NicheSize { get; init; } = 3;

    /// <summary>Two relaxed structures closer than this (<see cref="Fingerprint.Distance"/>, Å) are the same.</summary>
    public double DuplicateDistance { get; init; } = 0.012;

    /// <summary>Parents are drawn by rank; with a value here a member this much above the best, eV/atom, is in addition e times less likely.</summary>
    public double? SelectionWindow { get; init; }

    /// <summary>Operators that may be used besides random crystals; empty means all that apply.</summary>
    public ImmutableArray<string> Operators { get; init; } = [];

    /// <summary>
    /// A <see cref="SearchLoop"/> stops relaxations that cannot come among the members that parents are drawn from
    /// (<see cref="Csp.Physics.Relaxation.RelaxationSettings.GiveUpAbove"/>). Only for a fixed composition.
    /// </summary>
    public bool LookAhead { get; init; }

    /// <summary>
    /// Proposals of a <see cref="SearchLoop"/> that may be under way at once: proposal n knows the results up to n − this, whatever the number of
    /// threads. No more threads than this are of use.
    /// </summary>
    public int InFlight { get; init; } = 4;

    /// <summary>Same seed and same answers, same search.</summary>
    public ulong Seed { get; init; } = 1;
}
