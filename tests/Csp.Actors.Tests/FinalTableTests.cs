using Csp.Actors.Jobs;
using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>Which structures of the final stage are one, and their order; on H3S at 150 GPa with hydrogen moved along the bond (R3m) or not (Im-3m).</summary>
public sealed class FinalTableTests
{
    private static readonly SearchSettings Search = new(Composition.Parse("H3S"), 150, 3, 4.4);

    /// <param name="key">Name of the case.</param>
    /// <param name="shift">Å, of every hydrogen along [111] of its bond.</param>
    /// <param name="enthalpy">eV/atom.</param>
    private static FinalCase Case(string key, double shift, double enthalpy)
    {
        const double A = 3.06;
        Element h = Element.FromSymbol("H"), s = Element.FromSymbol("S");
        Crystal crystal = new Crystal(A / 2 * new Mat3(-1, 1, 1, 1, -1, 1, 1, 1, -1), [s, h, h, h], [0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5]);
        double[] x = crystal.Cartesian();
        for (int atom = 1; atom < 4; atom++)
            x[3 * atom + (3 - atom)] += shift;
        crystal = crystal.WithCartesian(x);
        Lineage lineage = new("random", [], 0, null);
        return new FinalCase(key, 1, crystal, false, "random", 0, lineage)
        {
            Relaxed = new StructureRelaxed(0, key, 1, lineage, RelaxationStatus.Converged, crystal, enthalpy, null, 1, RelaxMode.Tight, false, null, false),
        };
    }

    private static IReadOnlyList<FinalForm> Merge(params FinalCase[] cases) =>
        FinalTable.Merged(FinalTable.Distinct(cases, Search.DuplicateDistance), Search.NicheRadius);

    [Fact]
    public void Distorted_forms_that_labels_cannot_tell_apart_are_variants_of_the_most_symmetric()
    {
        FinalForm only = Assert.Single(Merge(Case("low", 0.08, -76.5601), Case("high", 0, -76.5600)));
        Assert.Equal(("high", "Im-3m"), (only.Case.Key, only.SpaceGroup));
        StructureVariant variant = Assert.Single(only.Case.Variants);
        Assert.Equal(("low", "R3m"), (variant.Id, variant.SpaceGroup));
        Assert.Equal(-0.1, variant.AboveMeV, 6);
    }

    [Fact]
    public void R3m_that_lies_lower_by_more_than_the_labels_resolution_keeps_its_row()
    {
        IReadOnlyList<FinalForm> rows = Merge(Case("low", 0.08, -76.563), Case("high", 0, -76.560));
        Assert.Equal(["R3m", "Im-3m"], rows.Select(r => r.SpaceGroup));
        Assert.All(rows, r => Assert.Empty(r.Case.Variants));
    }

    [Fact]
    public void The_free_energy_orders_the_structures_that_have_one()
    {
        FinalCase Row(string key, double dft, double? free) =>
            Case(key, 0, dft) with { DftEnthalpy = dft, Sscha = free is double f ? new FreeEnergy("done", f, 0.0002) : null };
        (System.Collections.Immutable.ImmutableArray<RankedStructure> rows, _) =
            FinalTable.Rows([Row("a", -3.000, -2.90), Row("b", -2.999, null), Row("c", -2.998, -2.95)], Search.Formula);
        Assert.Equal(["c", "b", "a"], rows.Select(r => r.Id));
    }
}
