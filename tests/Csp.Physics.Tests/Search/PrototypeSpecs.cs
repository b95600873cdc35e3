using Csp.Physics.Crystals;
using Csp.Physics.Search.Prototypes;
using Csp.Physics.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Search;

/// <summary>Space groups of structure types as the International Tables and the Strukturbericht name them.</summary>
public class PrototypeSpecs
{
    [Theory]
    [InlineData("A1", "Cu", 225)]
    [InlineData("A2", "W", 229)]
    [InlineData("A3", "Mg", 194)]
    [InlineData("A4", "Si", 227)]
    [InlineData("A5", "Sn", 141)]
    [InlineData("A9", "C", 194)]
    [InlineData("Ah", "Po", 221)]
    [InlineData("B1", "NaCl", 225)]
    [InlineData("B2", "CsCl", 221)]
    [InlineData("B3", "ZnS", 216)]
    [InlineData("B4", "ZnS", 186)]
    [InlineData("B8_1", "NiAs", 194)]
    [InlineData("Bh", "WC", 187)]
    [InlineData("L1_0", "CuAu", 123)]
    [InlineData("C1", "CaF2", 225)]
    [InlineData("C2", "FeS2", 205)]
    [InlineData("C4", "TiO2", 136)]
    [InlineData("C5", "TiO2", 141)]
    [InlineData("C6", "CdI2", 164)]
    [InlineData("C32", "AlB2", 191)]
    [InlineData("A15", "Cr3Si", 223)]
    [InlineData("D0_3", "BiF3", 225)]
    [InlineData("D0_9", "ReO3", 221)]
    [InlineData("L1_2", "Cu3Au", 221)]
    [InlineData("H3S-Im-3m", "H3S", 229)]
    [InlineData("CaH6-Im-3m", "CaH6", 229)]
    [InlineData("E2_1", "CaTiO3", 221)]
    public void Every_type_has_its_space_group_formula_and_volume(string name, string formula, int group)
    {
        Composition composition = Composition.Parse(formula);
        Crystal[] crystals = [.. PrototypeLibrary.Named(name).Single().Of(composition, 12)];
        Assert.NotEmpty(crystals);
        Assert.All(crystals, crystal =>
        {
            Assert.Equal(composition.Reduced, crystal.Composition.Reduced);
            Assert.Equal(12, crystal.Volume / crystal.Count, 9);
            Assert.Equal(group, Spglib.Analyze(crystal, 1e-3).Number);
        });
    }

    [Fact]
    public void Every_type_is_listed_above_and_unknown_ones_are_refused()
    {
        int listed = typeof(PrototypeSpecs).GetMethod(nameof(Every_type_has_its_space_group_formula_and_volume))!.GetCustomAttributes(typeof(InlineDataAttribute), false).Length;
        Assert.Equal(PrototypeLibrary.All.Length, listed);
        Assert.Contains("Z99", Assert.Throws<FormatException>(() => PrototypeLibrary.Named("B1, Z99")).Message);
        Assert.Empty(PrototypeLibrary.Named("B1").Single().Of(Composition.Parse("H3S"), 4));
        // Three elements take the three places of a perovskite in two ways: C is fixed by its number.
        Assert.Equal(2, PrototypeLibrary.Named("perovskite").Single().Of(Composition.Parse("CaTiO3"), 11).Count());
    }
}
