using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Operators;

/// <summary>
/// Cut and splice (Deaven and Ho, Phys. Rev. Lett. 75, 288 (1995); for crystals Glass, Oganov and Hansen, Comput. Phys. Commun. 175, 713 (2006)):
/// a slab of one parent, the rest of the other, at random shifts, in a mixed cell. Of several cuts the one whose atoms fit best is taken.
/// </summary>
internal sealed class Heredity : IVariationOperator
{
    private const int Cuts = 10;

    public string Name => OperatorNames.Heredity;

    public int Parents => 2;

    public bool Applies(SearchSettings settings) => true;

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal a = Standing(parents[0], random);
        Crystal b = parents[1];
        while (b.Count < a.Count)
        {
            // Repeated along its shortest vector until it is at least as large.
            int copies = (int)Math.Ceiling((double)a.Count / b.Count);
            b = LatticeReduction.Reduce(Supercell.Build(LatticeReduction.Reduce(b), Math.Min(copies, 2), 1, 1).Crystal);
        }
        b = Standing(b, random);
        double weight = random.Between(0.25, 0.75);
        Mat3 mixed = weight * a.Lattice + (1 - weight) * (Math.Cbrt(a.Volume / b.Volume) * b.Lattice);
        double volume = a.Count * (weight * a.Volume / a.Count + (1 - weight) * b.Volume / b.Count);
        if (Math.Abs(mixed.Determinant) < 0.3 * volume)
            return null;
        Composition wanted = a.Composition;
        DistanceRules rules = DistanceRules.Of(settings);
        Crystal? best = null;
        double bestFit = double.NegativeInfinity;
        for (int cut = 0; cut < Cuts; cut++)
        {
            if (Cut(a, b, mixed, wanted, volume, random) is not Crystal child)
                continue;
            double fit = rules.Worst(child);
            if (fit > bestFit)
                (best, bestFit) = (child, fit);
            if (fit >= 1)
                break;
        }
        return best;
    }

    private static Crystal? Cut(Crystal a, Crystal b, Mat3 lattice, Composition wanted, double volume, Random random)
    {
        int normal = random.Next(3);
        double plane = random.Between(0.25, 0.75);
        Vec3 shiftA = new(random.NextDouble(), random.NextDouble(), random.NextDouble());
        Vec3 shiftB = new(random.NextDouble(), random.NextDouble(), random.NextDouble());
        List<(Element Element, Vec3 Position, double Depth)> taken = [], left = [];
        Split(a, shiftA, normal, plane, below: true, taken, left);
        Split(b, shiftB, normal, plane, below: false, taken, left);
        return CompositionRepair.Complete(lattice, taken, left, wanted) is Crystal child ? child.ScaledToVolume(volume) : null;
    }

    /// <summary>Atoms on the wanted side, and the others with their distance (fraction) from the nearest cut.</summary>
    private static void Split(
        Crystal crystal, Vec3 shift, int normal, double plane, bool below,
        List<(Element, Vec3, double)> taken, List<(Element, Vec3, double)> left)
    {
        for (int i = 0; i < crystal.Count; i++)
        {
            Vec3 f = crystal.FractionalOf(i) + shift;
            f -= new Vec3(Math.Floor(f.X), Math.Floor(f.Y), Math.Floor(f.Z));
            double x = f[normal];
            double depth = Math.Min(Math.Abs(x - plane), Math.Min(x, 1 - x));
            (x < plane == below ? taken : left).Add((crystal.Elements[i], f, depth));
        }
    }

    /// <summary>The reduced cell with its vectors in random order, the first along x and the second in the xy plane, so that two cells can be mixed.</summary>
    private static Crystal Standing(Crystal crystal, Random random)
    {
        crystal = LatticeReduction.Reduce(crystal);
        int first = random.Next(3), second = (first + 1 + random.Next(2)) % 3, third = 3 - first - second;
        Vec3 a = crystal.Lattice.Row(first), b = crystal.Lattice.Row(second), c = crystal.Lattice.Row(third);
        Vec3 x = 1 / a.Norm * a;
        Vec3 bPerpendicular = b - Vec3.Dot(b, x) * x;
        Vec3 y = 1 / bPerpendicular.Norm * bPerpendicular;
        Vec3 z = Vec3.Cross(x, y);
        // A left-handed order is mirrored rather than kept: mixing needs both parents of one hand.
        Mat3 lattice = new(a.Norm, 0, 0, Vec3.Dot(b, x), bPerpendicular.Norm, 0, Vec3.Dot(c, x), Vec3.Dot(c, y), Math.Abs(Vec3.Dot(c, z)));
        double[] fractional = new double[3 * crystal.Count];
        for (int i = 0; i < crystal.Count; i++)
        {
            Vec3 f = crystal.FractionalOf(i);
            new Vec3(f[first], f[second], f[third]).Store(fractional, i);
        }
        return new Crystal(lattice, crystal.Elements, fractional);
    }
}

/// <summary>Makes a list of atoms add up to a composition.</summary>
internal static class CompositionRepair
{
    /// <summary>
    /// Surplus atoms that are closest to a cut are dropped, missing ones are taken from the rest, closest to a cut first.
    /// Null when there are too few atoms.
    /// </summary>
    public static Crystal? Complete(
        Mat3 lattice, List<(Element Element, Vec3 Position, double Depth)> taken,
        List<(Element Element, Vec3 Position, double Depth)> left, Composition wanted)
    {
        List<(Element Element, Vec3 Position)> atoms = [];
        foreach ((Element element, int count) in wanted.Counts)
        {
            List<Vec3> own = [.. taken.Where(t => t.Element == element).OrderByDescending(t => t.Depth).Select(t => t.Position).Take(count)];
            IEnumerable<Vec3> spare = left.Where(t => t.Element == element).OrderBy(t => t.Depth).Select(t => t.Position);
            own.AddRange(spare.Take(count - own.Count));
            if (own.Count < count)
                return null;
            atoms.AddRange(own.Select(p => (element, p)));
        }
        return new Crystal(lattice, [.. atoms.Select(x => x.Element)], [.. atoms.SelectMany(x => new[] { x.Position.X, x.Position.Y, x.Position.Z })]);
    }
}
