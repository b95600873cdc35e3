using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Phonons;

/// <summary>
/// The primitive cell of Setyawan and Curtarolo (2010) in the orientation of the given crystal: axes ordered by length where the lattice leaves the choice, the
/// unique axis of a monoclinic lattice first, its angle acute; for a triclinic lattice the dual of an obtuse reciprocal basis.
/// </summary>
/// <param name="Type">Their symbol: CUB, FCC, BCC, TET, BCT, ORC, ORCF, ORCI, ORCC, HEX, RHL, MCL, MCLC or TRI.</param>
/// <param name="A">First conventional length, Å.</param>
/// <param name="B">Second.</param>
/// <param name="C">Third.</param>
/// <param name="Alpha">Angle between the second and third conventional vector; of the primitive cell for RHL; radians.</param>
/// <param name="Primitive">Rows are the primitive vectors, Å.</param>
internal sealed record StandardLattice(string Type, double A, double B, double C, double Alpha, Mat3 Primitive)
{
    /// <exception cref="SymmetryException">spglib finds no symmetry.</exception>
    public static StandardLattice Of(Crystal cell, double symprec)
    {
        SymmetryDataset dataset = Spglib.Analyze(cell, symprec);
        Mat3 conventional = Spglib.Standardize(cell, primitive: false, idealize: false, symprec).Lattice;
        return Of(dataset.Number, dataset.International[0], conventional);
    }

    /// <param name="group">Space group number.</param>
    /// <param name="centring">First letter of its symbol.</param>
    /// <param name="conventional">Rows: vectors of the standard conventional cell; obverse hexagonal axes for rhombohedral groups.</param>
    public static StandardLattice Of(int group, char centring, Mat3 conventional)
    {
        Vec3 a = conventional.Row(0), b = conventional.Row(1), c = conventional.Row(2);
        return group switch
        {
            <= 2 => Triclinic(conventional),
            <= 15 => Monoclinic(centring != 'P', b, a, c),
            <= 74 when centring == 'A' => Centred("ORCC", Sorted(b, c), a),
            <= 74 when centring == 'C' => Centred("ORCC", Sorted(a, b), c),
            <= 74 => Centred(centring switch { 'F' => "ORCF", 'I' => "ORCI", _ => "ORC" }, Sorted(a, b, c)),
            <= 142 => Centred(centring == 'I' ? "BCT" : "TET", [a, b, c]),
            <= 194 when centring == 'R' => Rhombohedral(a, b, c),
            <= 194 => new StandardLattice("HEX", a.Norm, b.Norm, c.Norm, Math.PI / 2, conventional),
            _ => Centred(centring switch { 'F' => "FCC", 'I' => "BCC", _ => "CUB" }, [a, b, c]),
        };
    }

    private static Vec3[] Sorted(params Vec3[] axes) => [.. axes.OrderBy(v => v.Norm)];

    private static StandardLattice Centred(string type, Vec3[] first, Vec3 last) => Centred(type, [.. first, last]);

    private static StandardLattice Centred(string type, Vec3[] axes)
    {
        Vec3 a = 0.5 * axes[0], b = 0.5 * axes[1], c = 0.5 * axes[2];
        Mat3 primitive = type switch
        {
            "FCC" or "ORCF" => Mat3.FromRows(b + c, a + c, a + b),
            "BCC" or "BCT" or "ORCI" => Mat3.FromRows(b + c - a, a + c - b, a + b - c),
            "ORCC" => Mat3.FromRows(a - b, a + b, 2 * c),
            _ => Mat3.FromRows(2 * a, 2 * b, 2 * c),
        };
        return new StandardLattice(type, axes[0].Norm, axes[1].Norm, axes[2].Norm, Math.PI / 2, primitive);
    }

    private static StandardLattice Rhombohedral(Vec3 a, Vec3 b, Vec3 c)
    {
        Vec3 first = 1.0 / 3 * (2 * a + b + c), second = 1.0 / 3 * (b - a + c), third = 1.0 / 3 * (c - a - 2 * b);
        double length = first.Norm;
        return new StandardLattice("RHL", length, length, length, Angle(first, second), Mat3.FromRows(first, second, third));
    }

    /// <param name="centred">The face between the unique axis and <paramref name="b"/> is centred.</param>
    /// <param name="unique">Perpendicular to the other two.</param>
    /// <param name="b">In the plane.</param>
    /// <param name="c">In the plane.</param>
    private static StandardLattice Monoclinic(bool centred, Vec3 unique, Vec3 b, Vec3 c)
    {
        // The shortest vectors of the plane; b of a centred lattice only changes by even multiples of c, which keep the centring.
        for (int pass = 0; pass < 50; pass++)
        {
            c -= Math.Round(Vec3.Dot(c, b) / b.NormSquared) * b;
            int even = centred ? 2 : 1;
            double multiple = even * Math.Round(Vec3.Dot(b, c) / (even * c.NormSquared));
            if (multiple == 0)
                break;
            b -= multiple * c;
        }
        if (!centred && b.Norm > c.Norm)
            (b, c) = (c, b);
        if (Vec3.Dot(b, c) < 0)
            c = -c;
        Mat3 primitive = centred ? Mat3.FromRows(0.5 * (unique + b), 0.5 * (b - unique), c) : Mat3.FromRows(unique, b, c);
        return new StandardLattice(centred ? "MCLC" : "MCL", unique.Norm, b.Norm, c.Norm, Angle(b, c), primitive);
    }

    /// <summary>Selling's reduction of the reciprocal lattice: four vectors of sum zero without an acute angle; the three shortest are the basis.</summary>
    private static StandardLattice Triclinic(Mat3 lattice)
    {
        Mat3 r = lattice.Inverse.Transpose;
        Vec3[] v = [r.Row(0), r.Row(1), r.Row(2), -(r.Row(0) + r.Row(1) + r.Row(2))];
        for (bool acute = true; acute;)
        {
            acute = false;
            for (int i = 0; i < 4 && !acute; i++)
            {
                for (int j = i + 1; j < 4 && !acute; j++)
                {
                    if (Vec3.Dot(v[i], v[j]) <= 1e-9 * v[i].Norm * v[j].Norm)
                        continue;
                    Vec3 turned = v[i];
                    for (int k = 0; k < 4; k++)
                        v[k] = k == i ? -turned : k == j ? v[k] : v[k] + turned;
                    acute = true;
                }
            }
        }
        Vec3[] basis = [.. v.OrderBy(x => x.Norm).Take(3)];
        Mat3 primitive = Mat3.FromRows(basis[0], basis[1], basis[2]).Inverse.Transpose;
        return new StandardLattice("TRI", primitive.Row(0).Norm, primitive.Row(1).Norm, primitive.Row(2).Norm, Angle(primitive.Row(1), primitive.Row(2)), primitive);
    }

    private static double Angle(Vec3 a, Vec3 b) => Math.Acos(Vec3.Dot(a, b) / (a.Norm * b.Norm));
}
