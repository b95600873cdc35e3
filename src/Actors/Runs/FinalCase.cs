using System.Collections.Immutable;
using Csp.Actors.Jobs;
using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Csp.Physics.Symmetry;

namespace Csp.Actors.Runs;

/// <summary>One structure of the final stage.</summary>
/// <param name="Key">e.g. <c>s17</c>, or <c>s17-229</c> for the parent of higher symmetry that s17 is near to.</param>
/// <param name="Root">Structure of the pool it comes from.</param>
internal sealed record FinalCase(string Key, ulong Root, Crystal Start, bool KeepSymmetry, string Origin, int Generation, Lineage Lineage)
{
    public StructureRelaxed? Relaxed { get; init; }

    public bool Labelled { get; init; }

    public bool LabelAsked { get; init; }

    public double? DftEnthalpy { get; init; }

    public double? DftPressure { get; init; }

    public double? DftForce { get; init; }

    public string? Remark { get; init; }

    public FreeEnergy? Sscha { get; init; }

    public ImmutableArray<StructureVariant> Variants { get; init; } = [];

    public bool Usable => Relaxed is { Crystal: not null, Status: not Csp.Physics.Relaxation.RelaxationStatus.Rejected };

    public double Enthalpy => Relaxed?.EnthalpyPerAtom ?? double.PositiveInfinity;

    /// <summary>F + PV with the DFT correction where there is one, eV/atom.</summary>
    public double? FreeEnergyPerAtom => Sscha?.PerAtom + (Sscha?.DftCorrection ?? 0);
}

/// <summary>A relaxed case with what is needed to compare it with others, looked up once.</summary>
/// <param name="SpaceGroup">Symbol at 0.05 Å.</param>
/// <param name="Loose">Symbol at 0.2 Å.</param>
/// <param name="OperationsPerAtom">Symmetry operations per atom at 0.05 Å: does not depend on the cell.</param>
internal sealed record FinalForm(FinalCase Case, Fingerprint Print, string SpaceGroup, string Loose, double OperationsPerAtom)
{
    /// <returns>Null for a crystal too flat or dense for a fingerprint.</returns>
    public static FinalForm? Of(FinalCase c)
    {
        Crystal crystal = c.Relaxed!.Crystal!;
        try
        {
            return new FinalForm(
                c, Fingerprint.Of(crystal), Spglib.SpaceGroupOf(crystal, 0.05).Symbol, Spglib.SpaceGroupOf(crystal, 0.2).Symbol, OperationsOf(crystal));
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public double DistanceTo(FinalForm other) => Fingerprint.Distance(Print, other.Print);

    private static double OperationsOf(Crystal crystal)
    {
        try
        {
            return (double)Spglib.Analyze(crystal, 0.05).Operations.Length / crystal.Count;
        }
        catch (SymmetryException)
        {
            return 0;
        }
    }
}
