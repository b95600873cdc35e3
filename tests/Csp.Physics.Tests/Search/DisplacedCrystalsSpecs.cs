using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class DisplacedCrystalsSpecs
{
    private static readonly Element H = Element.FromSymbol("H"), S = Element.FromSymbol("S");

    private static readonly Crystal Cell = new(
        1.5 * new Mat3(-1, 1, 1, 1, -1, 1, 1, 1, -1), [S, H, H, H], [0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5]);

    [Fact]
    public void Displacements_are_normal_and_fall_with_the_fourth_root_of_the_mass()
    {
        DisplacementRequest request = new(0.05, 0.05) { Supercell = (1, 2, 2) };
        double[] start = Supercell.Build(Cell, 1, 2, 2).Crystal.Cartesian();
        double light = 0, heavy = 0;
        const int copies = 300;
        for (int k = 0; k < copies; k++)
        {
            Crystal copy = DisplacedCrystals.Draw(Cell, request, 7, (ulong)k);
            double[] positions = copy.Cartesian();
            for (int i = 0; i < positions.Length; i++)
                (copy.Elements[i / 3] == H ? ref light : ref heavy) += Math.Pow(positions[i] - start[i], 2);
        }
        // 10,800 and 3,600 components: standard errors of the root mean squares of 0.7 and 1.2 %.
        Assert.Equal(0.05, Math.Sqrt(light / (copies * 36)), 0.0015);
        Assert.Equal(0.05 * Math.Pow(1.008 / 32.06, 0.25), Math.Sqrt(heavy / (copies * 12)), 0.001);
    }

    [Fact]
    public void Volume_strain_and_seed_are_as_asked_for()
    {
        DisplacementRequest request = new(0, 0.1) { Strain = 0.05, VolumePerAtom = (3, 4) };
        double[] volumes = [.. Enumerable.Range(0, 200).Select(k => DisplacedCrystals.Draw(Cell, request, 1, (ulong)k).Volume / 4)];
        Assert.InRange(volumes.Min(), 3, 3.1);
        Assert.InRange(volumes.Max(), 3.9, 4);
        Crystal strained = DisplacedCrystals.Draw(Cell, new(0, 0) { Strain = 0.05 }, 1, 1);
        Assert.Equal(Cell.Volume, strained.Volume, 1e-9);
        Assert.InRange((strained.Lattice - Cell.Lattice).Norm, 0.02, 1);
        Assert.Equal(DisplacedCrystals.Draw(Cell, request, 5, 3).Cartesian(), DisplacedCrystals.Draw(Cell, request, 5, 3).Cartesian());
        Assert.NotEqual(DisplacedCrystals.Draw(Cell, request, 5, 3).Volume, DisplacedCrystals.Draw(Cell, request, 5, 4).Volume);
    }

    [Fact]
    public void Impossible_requests_are_one_sentence()
    {
        Assert.Contains("amplitude", Assert.Throws<SearchException>(() => DisplacedCrystals.Draw(Cell, new(0.2, 0.1), 1, 1)).Message);
        Assert.Contains("supercell", Assert.Throws<SearchException>(() => DisplacedCrystals.Draw(Cell, new(0, 0.1) { Supercell = (0, 1, 1) }, 1, 1)).Message);
        Assert.Contains("covalent radii", Assert.Throws<SearchException>(() => DisplacedCrystals.Draw(Cell, new(0, 0.1) { VolumePerAtom = (0.1, 0.1) }, 1, 1)).Message);
    }
}
