using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class FingerprintSpecs(ITestOutputHelper output)
{
    private const double A = 3.04;

    /// <summary>Primitive H3S: body-centred S, H half-way between them; H moved by a displacement (Å) towards one S, along all three bonds.</summary>
    private static Crystal H3S(double displacement)
    {
        Mat3 bcc = new(-A / 2, A / 2, A / 2, A / 2, -A / 2, A / 2, A / 2, A / 2, -A / 2);
        double h = A / 2 - displacement;
        return Crystal.FromCartesian(bcc, Starts.Elements("H3S"), [h, 0, 0, 0, h, 0, 0, 0, h, 0, 0, 0]);
    }

    [Fact]
    public void R3m_and_Im3m_of_H3S_differ_at_a_displacement_of_five_hundredths()
    {
        Fingerprint im3m = Fingerprint.Of(H3S(0));
        double r3m = Fingerprint.Distance(im3m, Fingerprint.Of(H3S(0.05)));
        double noise = Fingerprint.Distance(im3m, Fingerprint.Of(H3S(0.001)));
        output.WriteLine($"0.05 Å: {r3m:F4}, 0.001 Å: {noise:F5}");
        double tolerance = new SearchSettings(Composition.Parse("H3S"), 150, 3, 5).DuplicateDistance;
        Assert.True(r3m > 2 * tolerance, $"{r3m}");
        Assert.True(noise < 0.2 * tolerance, $"{noise}");
        Assert.False(Fingerprint.Same(im3m, Fingerprint.Of(H3S(0.05)), tolerance));
        Assert.True(Fingerprint.Same(im3m, Fingerprint.Of(H3S(0.001)), tolerance));
    }

    [Fact]
    public void Cell_rotation_numbering_mirror_and_supercell_do_not_matter()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            Crystal crystal = Starts.Random("H6S2", 40, 1.0, seed);
            Random random = new(seed);
            Fingerprint original = Fingerprint.Of(crystal);
            Assert.Equal(0, Fingerprint.Distance(original, Fingerprint.Of(Disguise(crystal, random))), 6);
            Assert.Equal(0, Fingerprint.Distance(original, Fingerprint.Of(Disguise(Supercell.Build(crystal, 1, 2, 1).Crystal, random))), 6);
            Assert.Equal(0, Fingerprint.Distance(original, Fingerprint.Of(Supercell.Build(crystal, 3, 1, 1).Crystal)), 6);
        }
    }

    [Fact]
    public void Small_moves_change_it_by_little_and_other_crystals_are_far()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            Crystal crystal = Starts.Random("H12S4", 60, 1.0, seed);
            Fingerprint original = Fingerprint.Of(crystal);
            Random random = new(seed);
            double[] moved = [.. crystal.Cartesian().Select(x => x + 1e-3 * (2 * random.NextDouble() - 1))];
            double near = Fingerprint.Distance(original, Fingerprint.Of(crystal.WithCartesian(moved)));
            Assert.InRange(near, 1e-5, 2 * Math.Sqrt(3) * 1e-3);
            Assert.True(Fingerprint.Distance(original, Fingerprint.Of(Starts.Random("H12S4", 60, 1.0, seed + 100))) > 0.05);
            Assert.True(double.IsPositiveInfinity(Fingerprint.Distance(original, Fingerprint.Of(Starts.Random("H10S4", 60, 1.0, seed)))));
        }
    }

    [Fact]
    public void Close_packings_differ()
    {
        double nn = 2.5, c = nn * Math.Sqrt(8.0 / 3);
        Crystal hcp = new(new Mat3(nn, 0, 0, -nn / 2, nn * Math.Sqrt(3) / 2, 0, 0, 0, c), Starts.Elements("Ni2"), [0, 0, 0, 1.0 / 3, 2.0 / 3, 0.5]);
        double a = nn * Math.Sqrt(2) / 2;
        Crystal fcc = new(new Mat3(0, a, a, a, 0, a, a, a, 0), Starts.Elements("Ni"), [0, 0, 0]);
        Assert.InRange(Fingerprint.Distance(Fingerprint.Of(fcc), Fingerprint.Of(hcp)), 0.05, 0.3);
    }

    [Fact]
    public void Symmetry_and_triangle_inequality_hold()
    {
        Fingerprint[] prints = [.. Enumerable.Range(0, 6).Select(seed => Fingerprint.Of(Starts.Random(seed % 2 == 0 ? "H6S2" : "H9S3", seed % 2 == 0 ? 32 : 48, 1.0, seed)))];
        foreach (Fingerprint a in prints)
        {
            foreach (Fingerprint b in prints)
            {
                Assert.Equal(Fingerprint.Distance(a, b), Fingerprint.Distance(b, a), 9);
                foreach (Fingerprint c in prints)
                    Assert.True(Fingerprint.Distance(a, c) <= Fingerprint.Distance(a, b) + Fingerprint.Distance(b, c) + 1e-9);
            }
        }
    }

    private static Crystal Disguise(Crystal crystal, Random random)
    {
        Mat3 change = new(1, random.Next(3) - 1, 0, 0, 1, random.Next(3) - 1, random.Next(2), 0, 1);
        if (Math.Abs(Math.Abs(change.Determinant) - 1) > 1e-9)
            change = new Mat3(0, 1, 0, 1, 0, 0, 0, 1, 1);
        (double s, double c) = Math.SinCos(random.NextDouble() * 6);
        Mat3 rotation = new(c, s, 0, -s, c, 0, 0, 0, -1);
        int[] order = [.. Enumerable.Range(0, crystal.Count).OrderBy(_ => random.Next())];
        double[] cartesian = crystal.Cartesian();
        double[] shuffled = [.. order.SelectMany(i => { Vec3 r = (Vec3.At(cartesian, i) + new Vec3(0.3, 1, 2)) * rotation; return new[] { r.X, r.Y, r.Z }; })];
        return Crystal.FromCartesian(change * crystal.Lattice * rotation, [.. order.Select(i => crystal.Elements[i])], shuffled);
    }
}
