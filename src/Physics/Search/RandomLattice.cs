using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Search;

/// <summary>
/// Random conventional lattices of a crystal system, in spglib's default settings (unique axis b, hexagonal axes). Axis ratios are log-uniform; lengths of
/// free axes differ by a factor of at most about three, so needles and sheets do not occur.
/// </summary>
internal static class RandomLattice
{
    private static readonly double Spread = Math.Log(1.75);

    /// <param name="system">Crystal system.</param>
    /// <param name="volume">Å^3 of the conventional cell.</param>
    /// <param name="random">Source of randomness.</param>
    public static Mat3 Draw(CrystalSystem system, double volume, SeededRandom random)
    {
        double a = Length(random), b = Length(random), c = Length(random);
        Mat3 shape = system switch
        {
            CrystalSystem.Triclinic => Triclinic(a, b, c, random),
            CrystalSystem.Monoclinic => FromAngles(a, b, c, 90, random.Between(60, 120), 90),
            CrystalSystem.Orthorhombic => Mat3.Diagonal(a, b, c),
            CrystalSystem.Tetragonal => Mat3.Diagonal(a, a, c),
            CrystalSystem.Trigonal or CrystalSystem.Hexagonal => new Mat3(a, 0, 0, -a / 2, a * Math.Sqrt(0.75), 0, 0, 0, c),
            _ => Mat3.Identity,
        };
        return Math.Cbrt(volume / shape.Determinant) * shape;
    }

    private static double Length(SeededRandom random) => Math.Exp(random.Between(-Spread, Spread));

    private static Mat3 Triclinic(double a, double b, double c, SeededRandom random)
    {
        while (true)
        {
            Mat3 lattice = FromAngles(a, b, c, random.Between(60, 120), random.Between(60, 120), random.Between(60, 120));
            if (lattice.Determinant > 0.35 * a * b * c)
                return lattice;
        }
    }

    private static Mat3 FromAngles(double a, double b, double c, double alpha, double beta, double gamma)
    {
        double cosA = Cos(alpha), cosB = Cos(beta), cosG = Cos(gamma), sinG = Math.Sqrt(1 - cosG * cosG);
        double y = (cosA - cosB * cosG) / sinG;
        return new Mat3(a, 0, 0, b * cosG, b * sinG, 0, c * cosB, c * y, c * Math.Sqrt(Math.Max(1 - cosB * cosB - y * y, 0)));
    }

    private static double Cos(double degrees) => degrees == 90 ? 0 : Math.Cos(degrees * Math.PI / 180);
}
