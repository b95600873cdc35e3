using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>
/// A space group on its primitive cell: one operation per element of the point group, x' = W x + w/24 modulo whole numbers. Every translation of
/// spglib's default settings is a multiple of 1/24, so all of this is exact in integers.
/// </summary>
internal sealed class PrimitiveGroup
{
    /// <summary>Translations and special coordinates are multiples of 1/24.</summary>
    public const int Grid = 24;

    // Rows are primitive vectors in units of the conventional ones, times 6.
    private static readonly IntMat3[] Centrings =
    [
        IntMat3.Diagonal(6, 6, 6),
        new(6, 0, 0, 0, 3, 3, 0, -3, 3),
        new(3, 0, 3, 0, 6, 0, -3, 0, 3),
        new(3, 3, 0, -3, 3, 0, 0, 0, 6),
        new(-3, 3, 3, 3, -3, 3, 3, 3, -3),
        new(0, 3, 3, 3, 0, 3, 3, 3, 0),
        new(4, 2, 2, -2, 2, 2, -2, -4, 2),
    ];

    private PrimitiveGroup(SpaceGroup group, Mat3 basis, IntMat3[] rotations, (int X, int Y, int Z)[] translations)
    {
        Group = group;
        Basis = basis;
        Rotations = rotations;
        Translations = translations;
    }

    public SpaceGroup Group { get; }

    /// <summary>Rows: primitive vectors in units of the conventional ones. Its determinant is 1/(number of lattice points per conventional cell).</summary>
    public Mat3 Basis { get; }

    /// <summary>W in the primitive basis; the first one is the identity.</summary>
    public IntMat3[] Rotations { get; }

    /// <summary>w in the primitive basis, in 24ths, each in [0, 24).</summary>
    public (int X, int Y, int Z)[] Translations { get; }

    /// <summary>Order of the point group.</summary>
    public int Order => Rotations.Length;

    public static PrimitiveGroup Of(SpaceGroup group)
    {
        Vec3[] centring = [.. group.Operations.Where(o => o.Rotation == IntMat3.Identity).Select(o => o.Translation)];
        Mat3 basis = BasisOf(centring, group);
        Mat3 toPrimitive = basis.Transpose.Inverse, toConventional = basis.Transpose;
        List<IntMat3> rotations = [];
        List<(int, int, int)> translations = [];
        foreach (SymmetryOperation operation in group.Operations)
        {
            IntMat3 rotation = Round(toPrimitive * operation.Rotation.ToMat3() * toConventional, group);
            if (rotations.Contains(rotation))
                continue;
            Vec3 t = toPrimitive * operation.Translation;
            rotations.Add(rotation);
            translations.Add((Grid24(t.X, group), Grid24(t.Y, group), Grid24(t.Z, group)));
        }
        return new PrimitiveGroup(group, basis, [.. rotations], [.. translations]);
    }

    public static int Mod(int a) => (a % Grid + Grid) % Grid;

    private static Mat3 BasisOf(Vec3[] centring, SpaceGroup group)
    {
        foreach (IntMat3 sixths in Centrings)
        {
            Mat3 basis = (1.0 / 6) * sixths.ToMat3();
            Mat3 inverse = basis.Inverse;
            if (Math.Abs(basis.Determinant * centring.Length - 1) < 1e-9 && centring.All(t => IsInteger(t * inverse)))
                return basis;
        }
        throw new SymmetryException($"the centring of space group {group} in spglib's database is not one of P, A, B, C, I, F, R");
    }

    private static bool IsInteger(Vec3 v) => (v - new Vec3(Math.Round(v.X), Math.Round(v.Y), Math.Round(v.Z))).Norm < 1e-6;

    private static IntMat3 Round(Mat3 m, SpaceGroup group)
    {
        int[] n = [.. m.ToArray().Select(x => (int)Math.Round(x))];
        IntMat3 rounded = IntMat3.FromSpan(n);
        return (rounded.ToMat3() - m).Norm < 1e-6 ? rounded : throw new SymmetryException($"a rotation of space group {group} is not integer in its primitive cell");
    }

    private static int Grid24(double t, SpaceGroup group)
    {
        double x = t * Grid;
        return Math.Abs(x - Math.Round(x)) < 1e-3 ? Mod((int)Math.Round(x)) : throw new SymmetryException($"a translation of space group {group} is not a multiple of 1/24");
    }
}
