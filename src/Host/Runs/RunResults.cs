using System.Collections.Immutable;
using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Host.Runs;

/// <summary>What a run found, as <c>results.json</c> holds it. Energies eV/atom, lengths Å, pressures GPa.</summary>
public sealed record RunResults
{
    public required string Formula { get; init; }

    public required double PressureGPa { get; init; }

    public required ulong Seed { get; init; }

    public required double ElapsedSeconds { get; init; }

    public required LabelCounts Labels { get; init; }

    public required StructureCounts Search { get; init; }

    public required ModelStatus? Model { get; init; }

    /// <summary>Best first.</summary>
    public required ImmutableArray<ResultRow> Structures { get; init; }

    public required ImmutableArray<string> Remarks { get; init; }

    public static RunResults From(RunSettings settings, RunFinished end)
    {
        Composition unit = Composition.Parse(settings.Formula);
        RunStatus final = end.Final;
        return new RunResults
        {
            Formula = settings.Formula,
            PressureGPa = settings.PressureGPa,
            Seed = settings.Seed,
            ElapsedSeconds = final.Elapsed.TotalSeconds,
            Labels = final.Labels,
            Search = final.Structures,
            Model = final.Model,
            Structures = [.. final.Best.Select((r, i) => ResultRow.From(i + 1, r, end.Crystals[r.Id], unit.Total))],
            Remarks = final.Remarks,
        };
    }
}

/// <summary>One structure of the results.</summary>
public sealed record ResultRow
{
    public required int Rank { get; init; }

    public required string Id { get; init; }

    /// <summary>Of the primitive cell.</summary>
    public required string Formula { get; init; }

    public required int Atoms { get; init; }

    /// <summary>At 0.05 Å.</summary>
    public required string SpaceGroup { get; init; }

    public required int SpaceGroupNumber { get; init; }

    /// <summary>At 0.2 Å.</summary>
    public required string SpaceGroupLoose { get; init; }

    /// <summary>Length of the conventional cell's a.</summary>
    public required double A { get; init; }

    public required double B { get; init; }

    public required double C { get; init; }

    public required double VolumePerAtom { get; init; }

    public required double VolumePerFormulaUnit { get; init; }

    public required double EnthalpyModel { get; init; }

    public required double? EnthalpyDft { get; init; }

    /// <summary>Model minus DFT, meV/atom.</summary>
    public required double? DifferenceMeV { get; init; }

    public required double? PressureDftGPa { get; init; }

    public required double? MaxForceDft { get; init; }

    public required FreeEnergy? Sscha { get; init; }

    public required string Origin { get; init; }

    public required int ModelVersion { get; init; }

    public required string? Remark { get; init; }

    /// <summary>Distorted forms that calculations cannot tell from this one.</summary>
    public required ImmutableArray<StructureVariant> Variants { get; init; }

    /// <summary>Rows are lattice vectors of the primitive cell.</summary>
    public required double[][] Lattice { get; init; }

    public required string[] Elements { get; init; }

    /// <summary>One row per atom.</summary>
    public required double[][] Fractional { get; init; }

    public static ResultRow From(int rank, RankedStructure s, Crystal crystal, int atomsPerUnit)
    {
        Crystal conventional = Spglib.Standardize(crystal, primitive: false, idealize: true);
        return new ResultRow
        {
            Rank = rank,
            Id = s.Id,
            Formula = crystal.Composition.ToString(),
            Atoms = crystal.Count,
            SpaceGroup = s.SpaceGroup,
            SpaceGroupNumber = s.SpaceGroupNumber,
            SpaceGroupLoose = s.SpaceGroupLoose,
            A = conventional.Lattice.Row(0).Norm,
            B = conventional.Lattice.Row(1).Norm,
            C = conventional.Lattice.Row(2).Norm,
            VolumePerAtom = crystal.Volume / crystal.Count,
            VolumePerFormulaUnit = crystal.Volume / crystal.Count * atomsPerUnit,
            EnthalpyModel = s.EnthalpyModel,
            EnthalpyDft = s.EnthalpyDft,
            DifferenceMeV = s.DifferenceMeV,
            PressureDftGPa = s.PressureDftGPa,
            MaxForceDft = s.MaxForceDft,
            Sscha = s.Sscha,
            Origin = s.Origin,
            ModelVersion = s.ModelVersion,
            Remark = s.Remark,
            Variants = s.Variants,
            Lattice = [.. Enumerable.Range(0, 3).Select(i => Triple(crystal.Lattice.Row(i)))],
            Elements = [.. crystal.Elements.Select(e => e.Symbol)],
            Fractional = [.. Enumerable.Range(0, crystal.Count).Select(i => Triple(crystal.FractionalOf(i)))],
        };
    }

    private static double[] Triple(Vec3 v) => [v.X, v.Y, v.Z];
}
