using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Operators;

/// <summary>Turns a molecule, where the structure has some, or else an atom's first shell, by a random angle about a random axis.</summary>
internal sealed class Rotation : IVariationOperator
{
    /// <summary>Atoms closer than this times the sum of their covalent radii are bonded.</summary>
    private const double Bond = 1.2;

    public string Name => OperatorNames.Rotation;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => true;

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        if (parent.Count < 3)
            return null;
        double[] cartesian = parent.Cartesian();
        List<List<(int Atom, Vec3 Position)>> units = Molecules(parent, cartesian);
        if (units.Count == 0)
            units.Add(Shell(parent, cartesian, random.Next(parent.Count)));
        double[] moved = [.. cartesian];
        // One unit, or now and then all of them.
        bool all = random.Next(3) == 0;
        int chosen = random.Next(units.Count);
        for (int k = 0; k < units.Count; k++)
        {
            if (!all && k != chosen)
                continue;
            Mat3 turn = Turn(random.GaussianVector(), random.Between(0.3, Math.PI));
            Vec3 centre = Vec3.Zero;
            foreach ((_, Vec3 position) in units[k])
                centre += 1.0 / units[k].Count * position;
            foreach ((int atom, Vec3 position) in units[k])
                (centre + (position - centre) * turn).Store(moved, atom);
        }
        return parent.WithCartesian(moved);
    }

    /// <summary>Finite bonded groups of two atoms or more, each with its atoms at connected images.</summary>
    private static List<List<(int, Vec3)>> Molecules(Crystal crystal, double[] cartesian)
    {
        NeighborList list = NeighborList.Build(crystal, 2 * Bond * crystal.Elements.Max(e => e.CovalentRadius), 500_000);
        Vec3?[] placed = new Vec3?[crystal.Count];
        List<List<(int, Vec3)>> molecules = [];
        for (int start = 0; start < crystal.Count; start++)
        {
            if (placed[start] is not null)
                continue;
            List<(int Atom, Vec3 Position)> unit = [(start, Vec3.At(cartesian, start))];
            placed[start] = unit[0].Position;
            bool finite = true;
            for (int k = 0; k < unit.Count; k++)
            {
                int i = unit[k].Atom;
                for (int p = list.First[i]; p < list.First[i + 1]; p++)
                {
                    int j = list.Neighbors[p];
                    Vec3 r = list.Vector(p, i, cartesian, crystal.Lattice);
                    if (r.Norm > Bond * (crystal.Elements[i].CovalentRadius + crystal.Elements[j].CovalentRadius))
                        continue;
                    Vec3 position = unit[k].Position + r;
                    if (placed[j] is Vec3 known)
                        finite &= (known - position).Norm < 1e-6;
                    else
                    {
                        placed[j] = position;
                        unit.Add((j, position));
                    }
                }
            }
            if (finite && unit.Count > 1)
                molecules.Add(unit);
        }
        return molecules;
    }

    /// <summary>An atom with its neighbours up to a fifth beyond the nearest, each atom once.</summary>
    private static List<(int, Vec3)> Shell(Crystal crystal, double[] cartesian, int centre)
    {
        NeighborList list = NeighborList.Build(crystal, 3 * Chance.Spacing(crystal), 500_000);
        List<(int Atom, Vec3 Position, double Distance)> near = [];
        for (int p = list.First[centre]; p < list.First[centre + 1]; p++)
        {
            Vec3 r = list.Vector(p, centre, cartesian, crystal.Lattice);
            if (list.Neighbors[p] != centre)
                near.Add((list.Neighbors[p], Vec3.At(cartesian, centre) + r, r.Norm));
        }
        double reach = near.Count > 0 ? 1.2 * near.Min(n => n.Distance) : 0;
        List<(int, Vec3)> shell = [(centre, Vec3.At(cartesian, centre))];
        shell.AddRange(near.Where(n => n.Distance <= reach).OrderBy(n => n.Distance).DistinctBy(n => n.Atom).Select(n => (n.Atom, n.Position)));
        return shell;
    }

    /// <summary>Rodrigues' formula, for row vectors.</summary>
    private static Mat3 Turn(Vec3 axis, double angle)
    {
        Vec3 u = 1 / axis.Norm * axis;
        (double s, double c) = Math.SinCos(angle);
        Mat3 cross = new(0, u.Z, -u.Y, -u.Z, 0, u.X, u.Y, -u.X, 0);
        return c * Mat3.Identity + s * cross + (1 - c) * Mat3.FromRows(u.X * u, u.Y * u, u.Z * u);
    }
}
