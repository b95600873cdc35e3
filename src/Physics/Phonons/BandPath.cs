using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Phonons;

/// <summary>One point on a band path.</summary>
/// <param name="Q">Fractions of the reciprocal lattice of the cell that the path was made for.</param>
/// <param name="Distance">Along the path, 2π/Å; does not grow where the path jumps.</param>
/// <param name="Label">Name of a special point, else null.</param>
public readonly record struct BandPoint(Vec3 Q, double Distance, string? Label);

/// <summary>
/// The standard path through the Brillouin zone by lattice type, after Setyawan and Curtarolo, Comput. Mater. Sci. 49, 299 (2010), for cubic, hexagonal,
/// primitive tetragonal and primitive orthorhombic lattices; other lattices take the zone centre to the faces and corners of their primitive cell. Special
/// points are those of spglib's standard primitive cell, expressed in the given cell.
/// </summary>
public static class BandPath
{
    private static readonly Dictionary<string, (Dictionary<string, Vec3> Points, string Path)> Tables = new()
    {
        ["cubic P"] = (new() { ["Γ"] = new(0, 0, 0), ["X"] = new(0, 0.5, 0), ["M"] = new(0.5, 0.5, 0), ["R"] = new(0.5, 0.5, 0.5) }, "Γ X M Γ R X | M R"),
        ["cubic F"] = (
            new()
            {
                ["Γ"] = new(0, 0, 0),
                ["X"] = new(0.5, 0, 0.5),
                ["W"] = new(0.5, 0.25, 0.75),
                ["K"] = new(0.375, 0.375, 0.75),
                ["L"] = new(0.5, 0.5, 0.5),
                ["U"] = new(0.625, 0.25, 0.625),
            },
            "Γ X W K Γ L U W L K | U X"),
        ["cubic I"] = (new() { ["Γ"] = new(0, 0, 0), ["H"] = new(0.5, -0.5, 0.5), ["P"] = new(0.25, 0.25, 0.25), ["N"] = new(0, 0, 0.5) }, "Γ H N Γ P H | P N"),
        ["hexagonal"] = (
            new()
            {
                ["Γ"] = new(0, 0, 0),
                ["A"] = new(0, 0, 0.5),
                ["H"] = new(1.0 / 3, 1.0 / 3, 0.5),
                ["K"] = new(1.0 / 3, 1.0 / 3, 0),
                ["L"] = new(0.5, 0, 0.5),
                ["M"] = new(0.5, 0, 0),
            },
            "Γ M K Γ A L H A | L M | K H"),
        ["tetragonal P"] = (
            new()
            {
                ["Γ"] = new(0, 0, 0),
                ["A"] = new(0.5, 0.5, 0.5),
                ["M"] = new(0.5, 0.5, 0),
                ["R"] = new(0, 0.5, 0.5),
                ["X"] = new(0, 0.5, 0),
                ["Z"] = new(0, 0, 0.5),
            },
            "Γ X M Γ Z R A Z | X R | M A"),
        ["orthorhombic P"] = (
            new()
            {
                ["Γ"] = new(0, 0, 0),
                ["X"] = new(0.5, 0, 0),
                ["S"] = new(0.5, 0.5, 0),
                ["Y"] = new(0, 0.5, 0),
                ["Z"] = new(0, 0, 0.5),
                ["U"] = new(0.5, 0, 0.5),
                ["R"] = new(0.5, 0.5, 0.5),
                ["T"] = new(0, 0.5, 0.5),
            },
            "Γ X S Y Γ Z U R T Z | Y T | U X | S R"),
        ["general"] = (
            new()
            {
                ["Γ"] = new(0, 0, 0),
                ["X"] = new(0.5, 0, 0),
                ["Y"] = new(0, 0.5, 0),
                ["Z"] = new(0, 0, 0.5),
                ["L"] = new(0.5, 0.5, 0),
                ["N"] = new(0.5, 0, 0.5),
                ["M"] = new(0, 0.5, 0.5),
                ["R"] = new(0.5, 0.5, 0.5),
            },
            "X Γ Y | L Γ Z | N Γ M | R Γ"),
    };

    /// <param name="cell">Any cell.</param>
    /// <param name="perSegment">Points from one special point to the next.</param>
    /// <param name="symprec">Å.</param>
    /// <exception cref="SymmetryException">spglib finds no symmetry.</exception>
    public static IReadOnlyList<BandPoint> Of(Crystal cell, int perSegment = 40, double symprec = 0.01)
    {
        SymmetryDataset dataset = Spglib.Analyze(cell, symprec);
        (Dictionary<string, Vec3> points, string path) = Tables[KindOf(dataset)];
        // Same orientation as the given cell, so Cartesian wave vectors carry over: q_i = k·a_i.
        Crystal primitive = Spglib.Standardize(cell, primitive: true, idealize: false, symprec);
        Mat3 reciprocal = primitive.Lattice.Inverse.Transpose;
        List<BandPoint> result = [];
        double distance = 0;
        foreach (string branch in path.Split('|', StringSplitOptions.TrimEntries))
        {
            string[] labels = branch.Split(' ');
            for (int i = 0; i < labels.Length; i++)
            {
                Vec3 here = points[labels[i]] * reciprocal;
                result.Add(new BandPoint(cell.Lattice * here, distance, labels[i]));
                if (i == labels.Length - 1)
                    continue;
                Vec3 step = 1.0 / perSegment * (points[labels[i + 1]] * reciprocal - here);
                for (int k = 1; k < perSegment; k++)
                    result.Add(new BandPoint(cell.Lattice * (here + k * step), distance + 2 * Math.PI * k * step.Norm, null));
                distance += 2 * Math.PI * perSegment * step.Norm;
            }
        }
        return result;
    }

    private static string KindOf(SymmetryDataset dataset) => (dataset.Number, dataset.International[0]) switch
    {
        ( >= 195, 'P') => "cubic P",
        ( >= 195, 'F') => "cubic F",
        ( >= 195, 'I') => "cubic I",
        ( >= 143 and <= 194, 'P') => "hexagonal",
        ( >= 75 and <= 142, 'P') => "tetragonal P",
        ( >= 16 and <= 74, 'P') => "orthorhombic P",
        _ => "general",
    };
}
