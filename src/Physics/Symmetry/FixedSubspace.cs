using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>
/// A linear subspace that a set of rotations leaves fixed point by point: all of space, a mirror plane (its integer normal), a rotation axis (its
/// integer direction) or the origin. A flat parallel to it, modulo lattice translations, is labelled by the values of integer functionals:
/// Functionals · x mod 1.
/// </summary>
internal sealed class FixedSubspace
{
    private FixedSubspace(int dimension, (int X, int Y, int Z) vector, (int, int, int)[] directions, (int, int, int)[] functionals, (int, int, int)[] lifts)
    {
        Dimension = dimension;
        Vector = vector;
        Directions = directions;
        Functionals = functionals;
        Lifts = lifts;
    }

    public int Dimension { get; }

    /// <summary>Direction of a line (columns), normal of a plane (rows), else zero; coprime, first non-zero component positive.</summary>
    public (int X, int Y, int Z) Vector { get; }

    /// <summary>A basis of the lattice vectors inside the subspace.</summary>
    public (int X, int Y, int Z)[] Directions { get; }

    /// <summary>3 − Dimension integer rows that vanish on the subspace and take all integer values on the lattice.</summary>
    public (int X, int Y, int Z)[] Functionals { get; }

    /// <summary>Integer columns with Functionals · Lifts = 1: a point on the flat of label κ is Σ κ_i Lifts_i.</summary>
    public (int X, int Y, int Z)[] Lifts { get; }

    /// <summary>Number of labels on the grid of 24ths.</summary>
    public int LabelCount => Dimension switch { 3 => 1, 2 => PrimitiveGroup.Grid, 1 => PrimitiveGroup.Grid * PrimitiveGroup.Grid, _ => PrimitiveGroup.Grid * PrimitiveGroup.Grid * PrimitiveGroup.Grid };

    public static FixedSubspace Space { get; } = new(3, default, [(1, 0, 0), (0, 1, 0), (0, 0, 1)], [], []);

    public static FixedSubspace Origin { get; } = new(0, default, [], [(1, 0, 0), (0, 1, 0), (0, 0, 1)], [(1, 0, 0), (0, 1, 0), (0, 0, 1)]);

    public static FixedSubspace Line((int X, int Y, int Z) direction)
    {
        IntMat3 q = Completion(direction);
        IntMat3 inverse = q.Inverse;
        return new FixedSubspace(1, direction, [direction], [Row(q, 0), Row(q, 1)], [Column(inverse, 0), Column(inverse, 1)]);
    }

    public static FixedSubspace Plane((int X, int Y, int Z) normal)
    {
        IntMat3 q = Completion(normal);
        // q·n = e3 as columns, so n·row0 = n·row1 = 0 and n·row2 = 1.
        return new FixedSubspace(2, normal, [Row(q, 0), Row(q, 1)], [normal], [Row(q, 2)]);
    }

    /// <summary>The label of the flat through a point, one number.</summary>
    public int LabelOf((int X, int Y, int Z) point)
    {
        int label = 0;
        foreach ((int x, int y, int z) in Functionals)
            label = label * PrimitiveGroup.Grid + PrimitiveGroup.Mod(x * point.X + y * point.Y + z * point.Z);
        return label;
    }

    /// <summary>A point of the flat with this label, in 24ths.</summary>
    public (int X, int Y, int Z) PointOf(int label)
    {
        (int x, int y, int z) = (0, 0, 0);
        for (int i = Functionals.Length - 1; i >= 0; i--)
        {
            int value = label % PrimitiveGroup.Grid;
            label /= PrimitiveGroup.Grid;
            (x, y, z) = (x + value * Lifts[i].X, y + value * Lifts[i].Y, z + value * Lifts[i].Z);
        }
        return (x, y, z);
    }

    /// <summary>Whether a rotation leaves every vector of the subspace where it is.</summary>
    public bool IsFixedBy(IntMat3 rotation) => Directions.All(d => Times(rotation, d) == d);

    public static (int X, int Y, int Z) Times(IntMat3 m, (int X, int Y, int Z) v) => (
        m.XX * v.X + m.XY * v.Y + m.XZ * v.Z,
        m.YX * v.X + m.YY * v.Y + m.YZ * v.Z,
        m.ZX * v.X + m.ZY * v.Y + m.ZZ * v.Z);

    public static (int X, int Y, int Z) Cross((int X, int Y, int Z) a, (int X, int Y, int Z) b) =>
        (a.Y * b.Z - a.Z * b.Y, a.Z * b.X - a.X * b.Z, a.X * b.Y - a.Y * b.X);

    /// <summary>Divided by the common factor, first non-zero component positive; zero stays zero.</summary>
    public static (int X, int Y, int Z) Coprime((int X, int Y, int Z) v)
    {
        int g = Gcd(Gcd(Math.Abs(v.X), Math.Abs(v.Y)), Math.Abs(v.Z));
        if (g == 0)
            return v;
        if (v.X < 0 || v.X == 0 && (v.Y < 0 || v.Y == 0 && v.Z < 0))
            g = -g;
        return (v.X / g, v.Y / g, v.Z / g);
    }

    public static (int X, int Y, int Z) Row(IntMat3 m, int i) => (m[i, 0], m[i, 1], m[i, 2]);

    private static (int X, int Y, int Z) Column(IntMat3 m, int j) => (m[0, j], m[1, j], m[2, j]);

    /// <summary>A matrix of determinant ±1 with Q·v = (0,0,1), by Euclid's algorithm on the rows.</summary>
    private static IntMat3 Completion((int X, int Y, int Z) v)
    {
        int[] value = [v.X, v.Y, v.Z];
        int[][] rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        while (true)
        {
            int pivot = -1;
            for (int i = 0; i < 3; i++)
            {
                if (value[i] != 0 && (pivot < 0 || Math.Abs(value[i]) < Math.Abs(value[pivot])))
                    pivot = i;
            }
            bool done = true;
            for (int i = 0; i < 3; i++)
            {
                int k = i == pivot ? 0 : value[i] / value[pivot];
                value[i] -= k * value[pivot];
                for (int j = 0; j < 3; j++)
                    rows[i][j] -= k * rows[pivot][j];
                done &= i == pivot || value[i] == 0;
            }
            if (!done)
                continue;
            (rows[2], rows[pivot]) = (rows[pivot], rows[2]);
            int sign = value[pivot];
            return IntMat3.FromSpan([.. rows[0], .. rows[1], .. rows[2].Select(x => sign * x)]);
        }
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
