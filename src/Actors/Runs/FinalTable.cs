using System.Collections.Immutable;
using Csp.Actors.Jobs;
using Csp.Actors.Population;
using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Csp.Physics.Symmetry;

namespace Csp.Actors.Runs;

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
    public static IReadOnlyList<FinalForm> Distinct(IEnumerable<FinalCase> cases, double duplicateDistance)
    {
        List<FinalForm> kept = [];
        foreach (FinalCase candidate in cases.Where(c => c.Usable).OrderByDescending(c => c.KeepSymmetry).ThenBy(c => c.Enthalpy))
        {
            if (FinalForm.Of(candidate) is FinalForm form && kept.TrueForAll(k => k.DistanceTo(form) > duplicateDistance))
                kept.Add(form);
        }
        return [.. kept.OrderBy(k => k.Case.Enthalpy)];
    }

    /// <summary>
    /// One row per structure that calculations can tell apart. Forms with the same space group once displacements of 0.2 Å are undone, nearer than
    /// <paramref name="familyRadius"/> and within <see cref="Resolution"/> of the lowest are one structure, because labels of different cells differ by as much: the
    /// one of highest symmetry stands for all, and the others are named as its variants.
    /// </summary>
    public static IReadOnlyList<FinalForm> Merged(IReadOnlyList<FinalForm> distinct, double familyRadius)
    {
        List<List<FinalForm>> families = [];
        foreach (FinalForm form in distinct)
        {
            List<FinalForm>? family = families.Find(f => f[0].Loose == form.Loose && form.Case.Enthalpy - f[0].Case.Enthalpy < Resolution && f[0].DistanceTo(form) < familyRadius);
            if (family is null)
                families.Add([form]);
            else
                family.Add(form);
        }
        return [.. families.Select(Representative).OrderBy(f => f.Case.Enthalpy)];
    }

    private static FinalForm Representative(List<FinalForm> family)
    {
        FinalForm first = family.OrderByDescending(f => f.OperationsPerAtom).ThenBy(f => f.Case.Enthalpy).First();
        ImmutableArray<StructureVariant> variants = [.. family.Where(f => f != first).Select(f =>
            new StructureVariant(f.Case.Key, f.SpaceGroup, 1000 * (f.Case.Enthalpy - first.Case.Enthalpy)))];
        return first with { Case = first.Case with { Variants = variants } };
    }

    /// <summary>
    /// Structures for the SSCHA: per family the variant of highest symmetry, families by enthalpy, within the window above the best. A family is a
    /// structure with its parents of higher symmetry, and everything so close to its best member that it is a distortion of it.
    /// </summary>
    public static IReadOnlyList<FinalForm> ForSscha(IReadOnlyList<FinalForm> forms, double windowEv, double familyRadius, int count)
    {
        List<List<FinalForm>> families = [];
        foreach (FinalForm form in forms.Where(f => f.Case.Enthalpy <= forms[0].Case.Enthalpy + windowEv))
        {
            List<FinalForm>? family = families.Find(f => f.Exists(m => m.Case.Root == form.Case.Root) || f[0].DistanceTo(form) < familyRadius);
            if (family is null)
                families.Add([form]);
            else
                family.Add(form);
        }
        return [.. families
            .Select(f => f.OrderByDescending(c => c.OperationsPerAtom).ThenBy(c => c.Case.Enthalpy).First())
            .Take(count)];
    }

    /// <summary>
    /// By DFT enthalpy, then by the model's; structures that have a free energy change places among themselves so that the lowest free energy is first: it decides
    /// where static enthalpies cannot.
    /// </summary>
    private static IEnumerable<FinalCase> Ranked(IEnumerable<FinalCase> cases)
    {
        FinalCase[] rows = [.. cases.OrderBy(c => c.DftEnthalpy ?? double.PositiveInfinity).ThenBy(c => c.Enthalpy)];
        int[] places = [.. Enumerable.Range(0, rows.Length).Where(i => rows[i].FreeEnergyPerAtom is not null)];
        FinalCase[] byFreeEnergy = [.. places.Select(i => rows[i]).OrderBy(c => c.FreeEnergyPerAtom)];
        foreach ((int place, FinalCase c) in places.Zip(byFreeEnergy))
            rows[place] = c;
        return rows;
    }

    /// <summary>The table, best first.</summary>
    public static (ImmutableArray<RankedStructure> Rows, ImmutableDictionary<string, Crystal> Crystals) Rows(IEnumerable<FinalCase> cases, Composition formula)
    {
        ImmutableArray<RankedStructure>.Builder rows = ImmutableArray.CreateBuilder<RankedStructure>();
        ImmutableDictionary<string, Crystal>.Builder crystals = ImmutableDictionary.CreateBuilder<string, Crystal>();
        foreach (FinalCase c in Ranked(cases))
        {
            Crystal crystal = c.Relaxed!.Crystal!;
            (string symbol, int number) = Spglib.SpaceGroupOf(crystal, 0.05);
            crystals[c.Key] = crystal;
            rows.Add(new RankedStructure
            {
                Id = c.Key,
                Formula = formula.ToString(),
                Atoms = crystal.Count,
                SpaceGroup = symbol,
                SpaceGroupNumber = number,
                SpaceGroupLoose = Spglib.SpaceGroupOf(crystal, 0.2).Symbol,
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
                Variants = c.Variants,
            });
        }
        return (rows.ToImmutable(), crystals.ToImmutable());
    }
}
