using Csp.Physics.Crystals;

namespace Csp.Benchmarks;

/// <summary>Im-3m H3S compressed so far (about 170 GPa) that 32 displaced atoms have some 4,976 ordered pairs within 5 Å: the crystal that all speeds are given for.</summary>
internal static class H3SCells
{
    private const double LatticeConstant = 3.02;

    /// <summary><paramref name="n"/>³ primitive cells of 4 atoms; every coordinate displaced by up to <paramref name="displacement"/> Å.</summary>
    public static Crystal Displaced(int n, double displacement, int seed)
    {
        Element h = Element.FromSymbol("H"), s = Element.FromSymbol("S");
        Mat3 lattice = 0.5 * n * LatticeConstant * new Mat3(-1, 1, 1, 1, -1, 1, 1, 1, -1);
        double[] basis = [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0];
        Random random = new(seed);
        List<Element> elements = [];
        List<double> positions = [];
        for (int cell = 0; cell < n * n * n; cell++)
        {
            for (int b = 0; b < 4; b++)
            {
                elements.Add(b == 0 ? s : h);
                Vec3 f = 1.0 / n * new Vec3(basis[3 * b] + cell % n, basis[3 * b + 1] + cell / n % n, basis[3 * b + 2] + cell / (n * n));
                Vec3 r = f * lattice;
                foreach (double x in new[] { r.X, r.Y, r.Z })
                    positions.Add(x + displacement * (2 * random.NextDouble() - 1));
            }
        }
        return Crystal.FromCartesian(lattice, [.. elements], [.. positions]);
    }
}
