using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Phonons;

/// <summary>One point on a band path.</summary>
/// <param name="Q">Fractions of the reciprocal lattice of the cell that the path was made for.</param>
/// <param name="Distance">Along the path, 2π/Å; does not grow where the path jumps.</param>
/// <param name="Label">Name of a special point, else null.</param>
public readonly record struct BandPoint(Vec3 Q, double Distance, string? Label);

/// <summary>
/// The standard path through the Brillouin zone of any Bravais lattice (see <see cref="BrillouinZones"/>), expressed in the given cell, whatever its setting and
/// orientation.
/// </summary>
public static class BandPath
{
    /// <param name="cell">Any cell.</param>
    /// <param name="perSegment">Points from one special point to the next.</param>
    /// <param name="symprec">Å.</param>
    /// <exception cref="SymmetryException">spglib finds no symmetry.</exception>
    public static IReadOnlyList<BandPoint> Of(Crystal cell, int perSegment = 40, double symprec = 0.01)
    {
        StandardLattice lattice = StandardLattice.Of(cell, symprec);
        (Dictionary<string, Vec3> points, string path) = BrillouinZones.Of(lattice);
        // Same orientation as the given cell, so Cartesian wave vectors carry over: q_i = k·a_i.
        Mat3 reciprocal = lattice.Primitive.Inverse.Transpose;
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
}
