using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>One pair of atoms, from unit-cell atom <paramref name="I"/> to the copy of <paramref name="J"/> in another cell; bohr.</summary>
/// <param name="I">Unit-cell atom.</param>
/// <param name="J">Unit-cell atom.</param>
/// <param name="Cell">Integer vector of J's cell.</param>
/// <param name="Translation">The same vector, Cartesian.</param>
/// <param name="Group">Pairs of one group share a function.</param>
internal readonly record struct PairBond(int I, int J, (int X, int Y, int Z) Cell, Vec3 Translation, int Group);

/// <summary>
/// The shortest pairs of a crystal, grouped by elements and length: a rule that space group and translations leave alone, so that a sum over the pairs has the
/// symmetry of the crystal, and that also works without any symmetry.
/// </summary>
/// <param name="Bonds">Every pair of the periodic supercell once per unit cell.</param>
/// <param name="Lengths">Mean length of each group, bohr.</param>
/// <param name="CellVolume">Of the unit cell, bohr^3.</param>
internal sealed record PairBonds(IReadOnlyList<PairBond> Bonds, double[] Lengths, double CellVolume)
{
    /// <summary>Lengths that differ by less share a group, bohr.</summary>
    private const double GroupWidth = 0.3;

    private const int MostBondsPerCell = 1500;

    /// <param name="state">Centroids and supercell.</param>
    /// <param name="lattice">Of the unit cell, Å.</param>
    /// <param name="elements">Of the unit cell.</param>
    /// <param name="groups">Most groups; the shortest pairs come first.</param>
    public static PairBonds Shortest(TrialState state, Mat3 lattice, IReadOnlyList<Element> elements, int groups)
    {
        Mat3 cell = state.Constants.AngstromInBohr * lattice;
        BlochBasis basis = state.Basis;
        int atoms = basis.CellAtoms;
        double cutoff = 1.2 * Math.Cbrt(Math.Abs(cell.Determinant) / atoms) * 1.6;
        List<(double Length, int Kind, PairBond Bond)> found = [];
        Mat3 inverse = cell.Inverse;
        int[] reach = [.. Enumerable.Range(0, 3).Select(k => (int)Math.Ceiling(cutoff * new Vec3(inverse[0, k], inverse[1, k], inverse[2, k]).Norm) + 1)];
        for (int i = 0; i < atoms; i++)
        {
            for (int j = i; j < atoms; j++)
            {
                Vec3 between = Vec3.At(state.Centroids, j) - Vec3.At(state.Centroids, i);
                for (int x = -reach[0]; x <= reach[0]; x++)
                {
                    for (int y = -reach[1]; y <= reach[1]; y++)
                    {
                        for (int z = -reach[2]; z <= reach[2]; z++)
                        {
                            // A pair and its reverse are one; an atom and its own copy in the next supercell move together.
                            if (i == j && ((x, y, z).CompareTo((0, 0, 0)) <= 0 || basis.CellIndex(x, y, z) == 0))
                                continue;
                            Vec3 translation = new Vec3(x, y, z) * cell;
                            double length = (between + translation).Norm;
                            if (length < cutoff)
                                found.Add((length, PairKind(elements[i], elements[j]), new PairBond(i, j, (x, y, z), translation, 0)));
                        }
                    }
                }
            }
        }
        List<PairBond> bonds = [];
        List<double> lengths = [];
        List<List<(double Length, int Kind, PairBond Bond)>> grouped = [];
        foreach (IGrouping<int, (double Length, int Kind, PairBond Bond)> kind in found.GroupBy(f => f.Kind))
        {
            List<(double Length, int Kind, PairBond Bond)>? current = null;
            foreach ((double Length, int Kind, PairBond Bond) f in kind.OrderBy(f => f.Length))
            {
                if (current is null || f.Length > current[0].Length + GroupWidth)
                    grouped.Add(current = []);
                current.Add(f);
            }
        }
        foreach (List<(double Length, int Kind, PairBond Bond)> group in grouped.OrderBy(g => g[0].Length).Take(groups))
        {
            if (bonds.Count > 0 && bonds.Count + group.Count > MostBondsPerCell)
                break;
            bonds.AddRange(group.Select(f => f.Bond with { Group = lengths.Count }));
            lengths.Add(group.Average(f => f.Length));
        }
        return new PairBonds(bonds, [.. lengths], Math.Abs(cell.Determinant));
    }

    private static int PairKind(Element a, Element b) => 1000 * Math.Min(a.Number, b.Number) + Math.Max(a.Number, b.Number);
}
