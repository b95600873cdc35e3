using System.Collections.Immutable;
using Csp.Learning.Architectures;
using Csp.Physics.Crystals;

namespace Csp.Learning.Tests.Architectures;

internal static class TestCrystals
{
    public static readonly Element H = Element.FromSymbol("H");
    public static readonly Element S = Element.FromSymbol("S");

    /// <summary>Im-3m H3S in its cubic cell, repeated n times each way, with every coordinate displaced by up to <paramref name="displacement"/> Å.</summary>
    public static Crystal H3S(double a, int n = 1, double displacement = 0, int seed = 1)
    {
        double[] basis = [0, 0, 0, 0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5];
        Element[] kinds = [S, H, H, H];
        List<Element> elements = [];
        List<double> fractional = [];
        Random random = new(seed);
        for (int x = 0; x < n; x++)
        {
            for (int y = 0; y < n; y++)
            {
                for (int z = 0; z < n; z++)
                {
                    for (int half = 0; half < 2; half++)
                    {
                        for (int b = 0; b < 4; b++)
                        {
                            elements.Add(kinds[b]);
                            int[] cell = [x, y, z];
                            for (int d = 0; d < 3; d++)
                                fractional.Add((basis[3 * b + d] + 0.5 * half + cell[d]) / n + displacement * (2 * random.NextDouble() - 1) / (n * a));
                        }
                    }
                }
            }
        }
        return new Crystal(Mat3.Diagonal(n * a, n * a, n * a), [.. elements], fractional.ToArray());
    }

    /// <summary>A triclinic cell with atoms at random places, some outside of it; small cells have many images within the cutoff.</summary>
    public static Crystal Random(int atoms, double volumePerAtom, int seed)
    {
        Random random = new(seed);
        double edge = Math.Cbrt(atoms * volumePerAtom);
        Mat3 lattice = edge * new Mat3(1, 0.1, -0.05, 0.3, 0.9, 0.1, -0.2, 0.15, 1.15);
        double[] fractional = [.. Enumerable.Range(0, 3 * atoms).Select(_ => 3 * random.NextDouble() - 1)];
        ImmutableArray<Element> elements = [.. Enumerable.Range(0, atoms).Select(i => i % 3 == 0 ? S : H)];
        return new Crystal(lattice, elements, fractional);
    }

    public static CompactModel Model(CompactSettings? settings = null, int seed = 3)
    {
        CompactModel start = CompactStart.Random(settings ?? CompactSettings.Default, [H3S(3.1, 1, 0.2), Random(6, 6, 1), Random(3, 5, 2)], (ulong)seed);
        Random random = new(seed);
        return new CompactModel(start.Settings, [.. start.Species.Select(s => s with
        {
            ReferenceEnergy = -3 * s.Element.Number,
            Offset = 0.3,
            Linear = [.. s.Linear.Select(_ => 0.2 * random.NextDouble() - 0.1)],
            Output = [.. s.Output.Select(_ => random.NextDouble() - 0.5)],
        })]);
    }

    /// <summary>r → r(1 + ε).</summary>
    public static Crystal Strained(Crystal crystal, int row, int column, double epsilon)
    {
        double[] strain = Mat3.Identity.ToArray();
        strain[3 * row + column] += epsilon;
        return crystal.WithLattice(crystal.Lattice * Mat3.FromSpan(strain));
    }

    public static Crystal Moved(Crystal crystal, int coordinate, double by)
    {
        double[] positions = crystal.Cartesian();
        positions[coordinate] += by;
        return crystal.WithCartesian(positions);
    }
}
