using System.Collections.Immutable;
using Csp.Actors.Jobs;
using Csp.Actors.Population;
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

    public bool Usable => Relaxed is { Crystal: not null, Status: not Csp.Physics.Relaxation.RelaxationStatus.Rejected };

    public double Enthalpy => Relaxed?.EnthalpyPerAtom ?? double.PositiveInfinity;
}

/// <summary>Pure steps of the final stage: which structures take part, which of them are the same, and the table.</summary>
internal static class FinalTable
{
    /// <summary>Å: displacements up to this are undone to find a parent; the last includes the hydrogen off-centring of R3m H3S (0.1 to 0.2 Å).</summary>
    private static readonly double[] Tolerances = [0.1, 0.2, 0.4];

    /// <summary>eV/atom.</summary>
    private const double Resolution = 0.001;

    /// <summary>A structure and its parents of higher symmetry.</summary>
    public static IEnumerable<FinalCase> CasesOf(HeadEntry entry, Lineage lineage)
    {
        yield return new FinalCase($"s{entry.Id}", entry.Id, entry.Crystal, KeepSymmetry: false, entry.Origin, entry.Generation, lineage);
        foreach ((Crystal parent, int number) in ParentsOf(entry.Crystal))
            yield return new FinalCase($"s{entry.Id}-{number}", entry.Id, parent, KeepSymmetry: true, $"{entry.Origin}, symmetrised", entry.Generation, lineage);
    }

    /// <summary>Standard primitive cells that the crystal is within a few tenths of an Å of, one per space group higher than its own.</summary>
    public static IReadOnlyList<(Crystal Parent, int Number)> ParentsOf(Crystal crystal)
    {
        List<(Crystal, int)> parents = [];
        try
        {
            int own = Spglib.Analyze(crystal, 0.01).Operations.Length;
            double volumePerAtom = crystal.Volume / crystal.Count;
            foreach (double tolerance in Tolerances)
            {
                Crystal parent = Spglib.Standardize(crystal, primitive: true, idealize: true, tolerance);
                SymmetryDataset found = Spglib.Analyze(parent, 0.01);
                bool higher = found.Operations.Length * crystal.Count > own * parent.Count;
                if (higher && Math.Abs(parent.Volume / parent.Count / volumePerAtom - 1) < 0.15 && parents.TrueForAll(p => p.Item2 != found.Number))
                    parents.Add((parent, found.Number));
            }
        }
        catch (Exception e) when (e is SymmetryException or ArgumentException)
        {
            // spglib finds no cell at such a tolerance: the parents found so far are all there are.
        }
        return parents;
    }

    /// <summary>Usable cases by model enthalpy, each crystal once; of two that are the same, the one whose symmetry was kept stays.</summary>
    public static List<FinalCase> Distinct(IEnumerable<FinalCase> cases, double duplicateDistance)
    {
        List<(FinalCase Case, Fingerprint Print)> kept = [];
        foreach (FinalCase candidate in cases.Where(c => c.Usable).OrderByDescending(c => c.KeepSymmetry).ThenBy(c => c.Enthalpy))
        {
            Fingerprint print;
            try
            {
                print = Fingerprint.Of(candidate.Relaxed!.Crystal!);
            }
            catch (InvalidOperationException)
            {
                continue;
            }
            if (kept.TrueForAll(k => Fingerprint.Distance(k.Print, print) > duplicateDistance))
                kept.Add((candidate, print));
        }
        return [.. kept.Select(k => k.Case).OrderBy(c => c.Enthalpy)];
    }

    /// <summary>
    /// Cells for the SSCHA: per family the variant of highest symmetry, families by enthalpy, within the window above the best. A family is a
    /// structure with its parents of higher symmetry, and everything so close to its best member that it is a distortion of it.
    /// </summary>
    public static IReadOnlyList<FinalCase> ForSscha(IReadOnlyList<FinalCase> distinct, double windowEv, double familyRadius, int count)
    {
        if (distinct.Count == 0)
            return [];
        double best = distinct[0].Enthalpy;
        List<(Fingerprint Head, List<FinalCase> Members)> families = [];
        foreach (FinalCase c in distinct.Where(c => c.Enthalpy <= best + windowEv))
        {
            Fingerprint print = Fingerprint.Of(c.Relaxed!.Crystal!);
            int known = families.FindIndex(f => f.Members.Exists(m => m.Root == c.Root) || Fingerprint.Distance(f.Head, print) < familyRadius);
            if (known < 0)
                families.Add((print, [c]));
            else
                families[known].Members.Add(c);
        }
        return [.. families
            .Select(f => f.Members.OrderByDescending(c => OperationsPerAtom(c.Relaxed!.Crystal!)).ThenBy(c => c.Enthalpy).First())
            .Take(count)];
    }

    /// <summary>
    /// By DFT enthalpy, then by the model's. Variants of one structure (those that have the same space group when displacements of 0.2 Å are undone) within
    /// <see cref="Resolution"/> of their best are equal, because labels of different cells differ by as much; the one of highest symmetry goes first.
    /// </summary>
    private static IEnumerable<FinalCase> Ranked(IEnumerable<FinalCase> cases)
    {
        var labelled = cases.Select(c => (Case: c, Family: SearchPlanning.SpaceGroupOf(c.Relaxed!.Crystal!, 0.2).Symbol)).ToArray();
        Dictionary<string, double> best = labelled.Where(l => l.Case.DftEnthalpy is not null).GroupBy(l => l.Family).ToDictionary(g => g.Key, g => g.Min(l => l.Case.DftEnthalpy!.Value));
        return labelled
            .OrderBy(l => l.Case.DftEnthalpy is not double h ? double.PositiveInfinity : h - best[l.Family] < Resolution ? best[l.Family] : h)
            .ThenByDescending(l => l.Case.DftEnthalpy is null ? 0 : OperationsPerAtom(l.Case.Relaxed!.Crystal!))
            .ThenBy(l => l.Case.Enthalpy)
            .Select(l => l.Case);
    }

    /// <summary>The table: by DFT enthalpy, cases without a label after all others by the model's.</summary>
    public static (ImmutableArray<RankedStructure> Rows, ImmutableDictionary<string, Crystal> Crystals) Rows(IEnumerable<FinalCase> cases, Composition formula)
    {
        ImmutableArray<RankedStructure>.Builder rows = ImmutableArray.CreateBuilder<RankedStructure>();
        ImmutableDictionary<string, Crystal>.Builder crystals = ImmutableDictionary.CreateBuilder<string, Crystal>();
        foreach (FinalCase c in Ranked(cases))
        {
            Crystal crystal = c.Relaxed!.Crystal!;
            (string symbol, int number) = SearchPlanning.SpaceGroupOf(crystal, 0.05);
            crystals[c.Key] = crystal;
            rows.Add(new RankedStructure
            {
                Id = c.Key,
                Formula = formula.ToString(),
                Atoms = crystal.Count,
                SpaceGroup = symbol,
                SpaceGroupNumber = number,
                SpaceGroupLoose = SearchPlanning.SpaceGroupOf(crystal, 0.2).Symbol,
                EnthalpyModel = c.Enthalpy,
                EnthalpyDft = c.DftEnthalpy,
                DifferenceMeV = 1000 * (c.Enthalpy - c.DftEnthalpy),
                PressureDftGPa = c.DftPressure,
                MaxForceDft = c.DftForce,
                VolumePerAtom = crystal.Volume / crystal.Count,
                Origin = c.Origin,
                Generation = c.Generation,
                ModelVersion = c.Relaxed.Model,
                Uncertainty = c.Relaxed.Uncertainty,
                Sscha = c.Sscha,
                Remark = c.Remark,
            });
        }
        return (rows.ToImmutable(), crystals.ToImmutable());
    }

    private static double OperationsPerAtom(Crystal crystal)
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
