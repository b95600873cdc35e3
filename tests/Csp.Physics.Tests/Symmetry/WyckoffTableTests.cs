using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Symmetry;

public class WyckoffTableTests
{
    [Fact]
    public void All_groups_should_have_the_1731_positions_of_the_international_tables()
    {
        WyckoffTable[] tables = [.. Enumerable.Range(1, 230).Select(WyckoffTable.Of)];
        Assert.Equal(1731, tables.Sum(t => t.Positions.Length));
        Assert.All(tables, t => Assert.Equal((3, 1), (t.Positions[^1].Freedom, t.Positions.Count(p => p.Freedom == 3))));
        // Pmmm has 27, Im-3m 12, R-3m 9, Ia-3d 8, P6/mmm 18 (International Tables A).
        Assert.Equal([27, 12, 9, 8, 18], new[] { 47, 229, 166, 230, 191 }.Select(n => WyckoffTable.Of(n).Positions.Length));
        Assert.Equal([1, 3, 4, 6, 6, 8, 12, 12, 24, 24, 24, 48], WyckoffTable.Of(229).Positions.Select(p => p.Multiplicity));
    }

    [Fact]
    public void Every_image_of_a_position_should_be_one_atom_of_one_orbit()
    {
        for (int number = 1; number <= 230; number += 3)
        {
            WyckoffTable table = WyckoffTable.Of(number);
            foreach (WyckoffPosition position in table.Positions)
            {
                Vec3 x = position.Origin;
                for (int d = 0; d < position.Freedom; d++)
                    x += (0.0913 + 0.3137 * d) * position.Directions[d];
                Vec3[] orbit = [.. position.Images.Select(o => o.Apply(x))];
                // The conventional operations map the orbit onto itself.
                Mat3 toConventional = table.PrimitiveBasis, toPrimitive = toConventional.Inverse;
                foreach (SymmetryOperation operation in table.Group.Operations)
                {
                    Vec3 image = operation.Apply(x * toConventional) * toPrimitive;
                    Assert.Single(orbit, p => Fraction(p - image) < 1e-6);
                }
            }
        }
    }

    private static double Fraction(Vec3 d) => new Vec3(d.X - Math.Round(d.X), d.Y - Math.Round(d.Y), d.Z - Math.Round(d.Z)).Norm;
}
