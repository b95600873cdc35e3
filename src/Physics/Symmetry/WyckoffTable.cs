using System.Collections.Immutable;
using System.Numerics;
using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>
/// The Wyckoff positions of a space group, derived from its operations: the sets of points with one site-symmetry group are flats (points, axes, planes,
/// all space); every flat parallel to a fixed subspace is tried on the grid of 24ths, its site symmetry is the set of operations that leave it
/// in place, it counts when no larger flat has the same one, and flats that an operation maps onto each other are one position.
/// All 230 groups together have 1731 positions, as International Tables A has.
/// </summary>
public sealed class WyckoffTable
{
    private static readonly Lazy<WyckoffTable>[] Tables =
        [.. Enumerable.Range(1, 230).Select(n => new Lazy<WyckoffTable>(() => new Builder(PrimitiveGroup.Of(SpaceGroup.Of(n))).Build()))];

    private WyckoffTable(SpaceGroup group, Mat3 basis, ImmutableArray<WyckoffPosition> positions)
    {
        Group = group;
        PrimitiveBasis = basis;
        Positions = positions;
    }

    public SpaceGroup Group { get; }

    /// <summary>Rows: primitive vectors in units of the conventional ones; primitive lattice = PrimitiveBasis · conventional lattice.</summary>
    public Mat3 PrimitiveBasis { get; }

    /// <summary>Lattice points per conventional cell, 1 to 4.</summary>
    public int Centring => (int)Math.Round(1 / PrimitiveBasis.Determinant);

    /// <summary>By multiplicity, then by freedom; the general position is the last one.</summary>
    public ImmutableArray<WyckoffPosition> Positions { get; }

    /// <summary>The table of a space group; built once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 1 … 230.</exception>
    /// <exception cref="SymmetryException">spglib is not installed.</exception>
    public static WyckoffTable Of(int number) => number is >= 1 and <= 230
        ? Tables[number - 1].Value
        : throw new ArgumentOutOfRangeException(nameof(number), $"space groups run from 1 to 230, not to {number}");

    private sealed class Builder(PrimitiveGroup group)
    {
        private readonly FixedSubspace[] _subspaces = Subspaces(group);

        public WyckoffTable Build()
        {
            // Per subspace: the operations whose rotations fix it, and the site symmetry of each of its flats (0: not a flat of its own).
            ulong[] fixers = [.. _subspaces.Select(Fixers)];
            ulong[][] sites = [.. _subspaces.Select((_, s) => SiteSymmetries(s, fixers))];
            List<WyckoffPosition> positions = [];
            for (int s = 0; s < _subspaces.Length; s++)
            {
                for (int label = 0; label < sites[s].Length; label++)
                {
                    if (sites[s][label] == 0)
                        continue;
                    positions.Add(PositionOf(_subspaces[s], label, BitOperations.PopCount(sites[s][label])));
                    RemoveImages(s, label, sites);
                }
            }
            return new WyckoffTable(group.Group, group.Basis, [.. positions.OrderBy(p => p.Multiplicity).ThenBy(p => p.Freedom)]);
        }

        private ulong Fixers(FixedSubspace subspace)
        {
            ulong mask = 0;
            for (int o = 0; o < group.Order; o++)
                mask |= subspace.IsFixedBy(group.Rotations[o]) ? 1UL << o : 0;
            return mask;
        }

        private ulong[] SiteSymmetries(int s, ulong[] fixers)
        {
            FixedSubspace subspace = _subspaces[s];
            ulong[] sites = new ulong[subspace.LabelCount];
            Array.Fill(sites, 1UL);
            for (int o = 1; o < group.Order; o++)
            {
                if ((fixers[s] >> o & 1) != 0)
                    AddFixedFlats(subspace, o, sites);
            }
            // A flat whose site symmetry fixes a larger subspace is a part of a larger flat.
            ulong[] larger = [.. Enumerable.Range(0, _subspaces.Length).Where(t => _subspaces[t].Dimension > subspace.Dimension).Select(t => fixers[t])];
            for (int label = 0; label < sites.Length; label++)
            {
                foreach (ulong fixer in larger)
                {
                    if ((sites[label] & ~fixer) == 0)
                    {
                        sites[label] = 0;
                        break;
                    }
                }
            }
            return sites;
        }

        /// <summary>Marks the flats whose points x satisfy (W − 1) x + w = 0 modulo whole numbers; linear in the label, so each row is summed up.</summary>
        private void AddFixedFlats(FixedSubspace subspace, int o, ulong[] sites)
        {
            const int Grid = PrimitiveGroup.Grid;
            IntMat3 w = group.Rotations[o];
            (int X, int Y, int Z) t = group.Translations[o];
            int k = subspace.Functionals.Length;
            // Steps of the residual per unit of each label component; missing components (k < 3) have one value only.
            (int X, int Y, int Z)[] steps = [.. Enumerable.Range(0, 3).Select(i => i < 3 - k ? default : Residual(w, subspace.Lifts[i - 3 + k]))];
            int n0 = k > 2 ? Grid : 1, n1 = k > 1 ? Grid : 1, n2 = k > 0 ? Grid : 1;
            for (int i = 0; i < n0; i++)
            {
                for (int j = 0; j < n1; j++)
                {
                    int x = t.X + i * steps[0].X + j * steps[1].X, y = t.Y + i * steps[0].Y + j * steps[1].Y, z = t.Z + i * steps[0].Z + j * steps[1].Z;
                    int label = (i * n1 + j) * n2;
                    for (int l = 0; l < n2; l++, label++, x += steps[2].X, y += steps[2].Y, z += steps[2].Z)
                    {
                        if (x % Grid == 0 && y % Grid == 0 && z % Grid == 0)
                            sites[label] |= 1UL << o;
                    }
                }
            }
        }

        private static (int X, int Y, int Z) Residual(IntMat3 w, (int X, int Y, int Z) v)
        {
            (int x, int y, int z) = FixedSubspace.Times(w, v);
            return (x - v.X, y - v.Y, z - v.Z);
        }

        private void RemoveImages(int s, int label, ulong[][] sites)
        {
            FixedSubspace subspace = _subspaces[s];
            (int X, int Y, int Z) point = subspace.PointOf(label);
            for (int o = 0; o < group.Order; o++)
            {
                (int x, int y, int z) = FixedSubspace.Times(group.Rotations[o], point);
                (int tx, int ty, int tz) = group.Translations[o];
                int target = ImageOf(subspace, s, o);
                sites[target][_subspaces[target].LabelOf((x + tx, y + ty, z + tz))] = 0;
            }
        }

        private int ImageOf(FixedSubspace subspace, int s, int o)
        {
            if (subspace.Dimension is 0 or 3)
                return s;
            IntMat3 w = group.Rotations[o];
            (int, int, int) image = FixedSubspace.Coprime(FixedSubspace.Times(subspace.Dimension == 1 ? w : w.Inverse.Transpose, subspace.Vector));
            return Array.FindIndex(_subspaces, t => t.Dimension == subspace.Dimension && t.Vector == image);
        }

        private WyckoffPosition PositionOf(FixedSubspace subspace, int label, int order)
        {
            (int x, int y, int z) = subspace.PointOf(label);
            Vec3 origin = (1.0 / PrimitiveGroup.Grid) * new Vec3(PrimitiveGroup.Mod(x), PrimitiveGroup.Mod(y), PrimitiveGroup.Mod(z));
            ImmutableArray<Vec3> directions = [.. subspace.Directions.Select(d => new Vec3(d.X, d.Y, d.Z))];
            // A point without accidental coincidences, to find the operations that give different atoms.
            Vec3 generic = origin;
            double[] parameters = [0.137035999, 0.271828183, 0.4142135623];
            for (int i = 0; i < directions.Length; i++)
                generic += parameters[i] * directions[i];
            List<SymmetryOperation> images = [];
            List<Vec3> points = [];
            for (int o = 0; o < group.Order; o++)
            {
                (int tx, int ty, int tz) = group.Translations[o];
                SymmetryOperation operation = new(group.Rotations[o], (1.0 / PrimitiveGroup.Grid) * new Vec3(tx, ty, tz));
                Vec3 point = operation.Apply(generic);
                if (points.Any(p => IsInteger(p - point)))
                    continue;
                points.Add(point);
                images.Add(operation);
            }
            if (images.Count * order != group.Order)
                throw new SymmetryException($"the orbits of space group {group.Group} in spglib's database do not add up");
            return new WyckoffPosition(origin, directions, [.. images], order);
        }

        private static bool IsInteger(Vec3 d) =>
            Math.Abs(d.X - Math.Round(d.X)) < 1e-6 && Math.Abs(d.Y - Math.Round(d.Y)) < 1e-6 && Math.Abs(d.Z - Math.Round(d.Z)) < 1e-6;

        /// <summary>All subspaces that some subgroup of the point group fixes: space, mirror planes, axes and meets of two planes, the origin.</summary>
        private static FixedSubspace[] Subspaces(PrimitiveGroup group)
        {
            HashSet<(int X, int Y, int Z)> normals = [], directions = [];
            foreach (IntMat3 w in group.Rotations)
            {
                (int X, int Y, int Z)[] rows =
                [
                    (w.XX - 1, w.XY, w.XZ), (w.YX, w.YY - 1, w.YZ), (w.ZX, w.ZY, w.ZZ - 1),
                ];
                (int X, int Y, int Z) direction = new[] { (0, 1), (0, 2), (1, 2) }
                    .Select(p => FixedSubspace.Coprime(FixedSubspace.Cross(rows[p.Item1], rows[p.Item2]))).FirstOrDefault(v => v != default);
                if (direction == default)
                {
                    (int X, int Y, int Z) normal = FixedSubspace.Coprime(rows.FirstOrDefault(r => r != default));
                    if (normal != default)
                        normals.Add(normal);
                }
                else if (FixedSubspace.Times(w, direction) == direction)
                {
                    directions.Add(direction);
                }
            }
            foreach ((int X, int Y, int Z) a in normals)
            {
                foreach ((int X, int Y, int Z) b in normals.Where(b => b != a))
                    directions.Add(FixedSubspace.Coprime(FixedSubspace.Cross(a, b)));
            }
            bool pointed = group.Order > 1;
            return
            [
                FixedSubspace.Space,
                .. normals.Order().Select(FixedSubspace.Plane),
                .. directions.Order().Select(FixedSubspace.Line),
                .. pointed ? [FixedSubspace.Origin] : Array.Empty<FixedSubspace>(),
            ];
        }
    }
}
