using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Relaxation;

/// <summary>What a relaxation is asked for.</summary>
/// <param name="PressureGPa">External hydrostatic pressure.</param>
public sealed record RelaxationSettings(double PressureGPa)
{
    /// <summary>Converged when every force component is below this, eV/Å.</summary>
    public double ForceTolerance { get; init; } = 1e-3;

    /// <summary>Converged when every component of sigma + P is below this, GPa.</summary>
    public double StressToleranceGPa { get; init; } = 0.05;

    public int MaxEvaluations { get; init; } = 300;

    /// <summary>Relax the cell too; otherwise atoms only.</summary>
    public bool RelaxCell { get; init; } = true;

    /// <summary>Keep the space group of the start (forces and stress are symmetrised).</summary>
    public bool KeepSymmetry { get; init; }

    /// <summary>Tolerance for finding the symmetry to keep, Å.</summary>
    public double SymmetryTolerance { get; init; } = 0.01;

    /// <summary>
    /// Stops a relaxation as unfinished once the decrease it can still expect leaves it above this enthalpy, eV/atom of the same potential; null never stops.
    /// </summary>
    public double? GiveUpAbove { get; init; }

    /// <summary>Structures on the way to report, evenly spread over the path (food for labels); 0 for none.</summary>
    public int KeepIntermediates { get; init; }

    /// <summary>Guard rails; see <see cref="GuardRails"/>.</summary>
    public GuardRails Guards { get; init; } = GuardRails.Default;
}

/// <summary>Limits outside of which a structure is stopped and rejected with a reason.</summary>
public sealed record GuardRails
{
    public static GuardRails Default { get; } = new();

    /// <summary>Smallest distance as a fraction of the sum of covalent radii.</summary>
    public double MinDistanceFactor { get; init; } = 0.5;

    /// <summary>Å^3 per atom.</summary>
    public double MinVolumePerAtom { get; init; } = 0.8;

    /// <summary>Å^3 per atom.</summary>
    public double MaxVolumePerAtom { get; init; } = 200;

    /// <summary>Largest force component that a relaxed or relaxing structure may have after the first ten steps, eV/Å.</summary>
    public double MaxForce { get; init; } = 1e3;

    /// <summary>Largest ratio of the longest to the shortest cell height.</summary>
    public double MaxAspect { get; init; } = 12;

    /// <summary>Largest model uncertainty, eV/atom, where the potential reports one; null switches the check off.</summary>
    public double? MaxUncertainty { get; init; }
}

public enum RelaxationStatus
{
    /// <summary>Forces and stress are within the tolerances.</summary>
    Converged,

    /// <summary>The evaluations were used up; the structure is usable but not at its minimum.</summary>
    Unfinished,

    /// <summary>A guard rail stopped it; see the reason.</summary>
    Rejected,
}

/// <summary>How a relaxation ended.</summary>
/// <param name="Status">See <see cref="RelaxationStatus"/>.</param>
/// <param name="Crystal">The last structure.</param>
/// <param name="Result">The potential's answer for it; null only when rejected before the first evaluation.</param>
/// <param name="EnthalpyPerAtom">(E + P V)/N in eV; NaN when rejected.</param>
/// <param name="Evaluations">Number of potential evaluations.</param>
/// <param name="Reason">Why it was rejected, one sentence.</param>
public sealed record RelaxationOutcome(
    RelaxationStatus Status, Crystal Crystal, PotentialResult? Result, double EnthalpyPerAtom, int Evaluations, string? Reason = null)
{
    /// <summary>Structures on the way, where they were asked for.</summary>
    public ImmutableArray<Crystal> Intermediates { get; init; } = [];
}
