using System.Text.Json;
using Csp.Physics.Crystals;
using Csp.Tests;
using Xunit;

namespace Csp.Physics.Tests.Crystals;

public class SupercellTests
{
    [Theory]
    [InlineData("rocksalt_doublewell", 2)]
    [InlineData("neon_lj_fcc", 3)]
    public void Should_order_atoms_as_the_reference_does(string system, int copies)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(SharedData.Require("reference", "sscha", system, "system.json")));
        JsonElement root = json.RootElement;
        Mat3 lattice = Mat3.FromSpan(Numbers(root.GetProperty("unit_cell_A")));
        double[] positions = Numbers(root.GetProperty("positions_A"));
        Element[] elements = [.. Enumerable.Range(1, positions.Length / 3).Select(Element.FromNumber)];
        Supercell supercell = Supercell.Build(Crystal.FromCartesian(lattice, [.. elements], positions), copies, copies, copies);
        double[] expected = Numbers(root.GetProperty("supercell_positions_A"));
        double[] actual = supercell.Crystal.Cartesian();
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], 1e-9);
        double[] r = Numbers(root.GetProperty("supercell_R_int"));
        double[] map = Numbers(root.GetProperty("supercell_to_cell_atom"));
        for (int i = 0; i < supercell.Crystal.Count; i++)
        {
            Assert.Equal(((int)r[3 * i], (int)r[3 * i + 1], (int)r[3 * i + 2]), supercell.TranslationOf(supercell.CopyOf(i)));
            Assert.Equal((int)map[i], supercell.CellAtomOf(i));
        }
    }

    [Fact]
    public void Should_map_every_image_to_its_copy()
    {
        Supercell s = Supercell.Build(new Crystal(Mat3.Identity, [Element.FromSymbol("H")], [0.1, 0.2, 0.3]), 2, 3, 4);
        for (int copy = 0; copy < s.Copies; copy++)
        {
            (int x, int y, int z) = s.TranslationOf(copy);
            Assert.Equal(copy, s.CopyAt(x - 2, y + 6, z - 8));
            Assert.Equal(new Vec3(0.1 + x, 0.2 + y, 0.3 + z), s.Crystal.PositionOf(copy), (a, b) => (a - b).Norm < 1e-12);
        }
        Assert.Throws<ArgumentException>(() => Supercell.Build(s.Cell, 1, 0, 1));
    }

    private static double[] Numbers(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().SelectMany(Numbers)] : [element.GetDouble()];
}
