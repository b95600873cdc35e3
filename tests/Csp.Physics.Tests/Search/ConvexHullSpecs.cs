using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class ConvexHullSpecs
{
    [Fact]
    public void Heights_above_a_binary_hull_are_those_of_the_tie_lines()
    {
        ConvexHull hull = new([Of(1, "S", 0), Of(2, "H", 0), Of(3, "H3S", -1), Of(4, "H2S", -0.5), Of(5, "HS", -0.8), Of(6, "H3S", -0.9)]);
        Assert.Equal([1ul, 2, 3, 5], hull.Stable.Select(p => p.Id).Order().ToArray());
        // H2S at x(H) = 2/3 between HS (1/2, -0.8) and H3S (3/4, -1).
        Assert.Equal(-0.5 - (-0.8 - 0.2 * (2.0 / 3 - 0.5) / 0.25), hull.Above(Composition.Parse("H2S"), -0.5), 9);
        Assert.Equal(0.1, hull.Above(Composition.Parse("H6S2"), -0.9), 9);
        Assert.Equal(-0.25, hull.Above(Composition.Parse("S4"), -0.25), 9);
        HullMixture mixture = hull.MixtureOf(Composition.Parse("H2S"))!;
        Assert.Equal([3ul, 5], mixture.Phases.Select(p => p.Phase.Id).Order().ToArray());
        Assert.Equal(1, mixture.Phases.Sum(p => p.Fraction), 9);
        Assert.Null(hull.MixtureOf(Composition.Parse("NaS")));
    }

    [Fact]
    public void A_ternary_phase_decomposes_into_three()
    {
        ConvexHull hull = new([Of(1, "Na", 0), Of(2, "Cl", 0), Of(3, "O", 0), Of(4, "NaCl", -2), Of(5, "NaClO3", -0.9)]);
        HullMixture mixture = hull.MixtureOf(Composition.Parse("NaClO3"))!;
        Assert.Equal(-0.9, mixture.EnthalpyPerAtom, 9);
        HullMixture other = hull.MixtureOf(Composition.Parse("Na2ClO"))!;
        // Per Na2ClO: 1/3 NaClO3 and 2/3 NaCl make (-4.5/3 - 4 * 2/3)/4 and leave sodium over.
        Assert.Equal((-4.5 / 3 - 4 * 2.0 / 3) / 4, other.EnthalpyPerAtom, 9);
        Assert.Equal([1ul, 4, 5], other.Phases.Select(p => p.Phase.Id).Order().ToArray());
    }

    [Fact]
    public void Cells_are_all_combinations_of_the_blocks()
    {
        var cells = CompositionSpace.Cells([Composition.Parse("S"), Composition.Parse("H2")], 1, 4);
        Assert.Equal(["S", "H2", "S2", "H2S", "S3", "H2S2", "H4", "S4"], cells.Select(c => c.ToString()).OrderBy(c => Composition.Parse(c).Total).ThenBy(c => Array.IndexOf(["S", "H2", "S2", "H2S", "S3", "H2S2", "H4", "S4"], c)));
        Assert.Throws<ArgumentException>(() => CompositionSpace.Cells([Composition.Parse("S9")], 1, 4));
    }

    [Fact]
    public void A_variable_composition_search_finds_the_compound_of_the_binary_mixture()
    {
        SearchSettings settings = new(Composition.Parse("NiP"), 0, 4.2, 7)
        {
            Compositions = CompositionSpace.Cells([Composition.Parse("Ni"), Composition.Parse("P")], 1, 4),
            InitialRandom = 30,
            MinDistanceFactor = 0,
            MinDistanceFloor = 1.5,
        };
        SearchLoop loop = new(settings, LennardJones.KobAndersen);
        List<SearchStep> steps = [.. loop.Run(new SearchLimits(70), 2, TestContext.Current.CancellationToken)];
        Crystal cesiumChloride = new(Mat3.Diagonal(2, 2, 2), Starts.Elements("NiP"), [0, 0, 0, 0.5, 0.5, 0.5]);
        double known = CrystalRelaxer.Relax(cesiumChloride, LennardJones.KobAndersen, new RelaxationSettings(0)).EnthalpyPerAtom;
        Assert.Contains(loop.Pool.Hull!.Stable, p => p.Composition.Reduced.Equals(Composition.Parse("NiP")) && p.EnthalpyPerAtom < known + 2e-3);
        Assert.Contains(loop.Pool.Hull.Stable, p => p.Composition.Counts.Length == 1);
        Assert.All(loop.Pool.Ranked, e => Assert.True(loop.Pool.RankingKey(e) >= -1e-9));
        Assert.Contains(steps, s => s.Proposal.Operator == OperatorNames.Exchange);
    }

    private static HullPhase Of(ulong id, string formula, double enthalpy) => new(id, Composition.Parse(formula), enthalpy);
}
