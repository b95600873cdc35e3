using Csp.Learning.Graphs;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>
/// The directed edges (i, j, n) of some crystals, one crystal after the other and grouped by centre i, with their vectors r_j + n·h − r_i;
/// and which of them are short enough for three-body terms. Atoms and edges are numbered through the whole batch.
/// </summary>
public sealed class EdgeBatch
{
    /// <param name="crystals">At least one.</param>
    /// <param name="cutoff">Å.</param>
    /// <param name="shortCutoff">Å; 0 when there are no three-body terms.</param>
    public EdgeBatch(IReadOnlyList<Crystal> crystals, double cutoff, double shortCutoff)
    {
        Crystals = crystals;
        AtomCount = crystals.Sum(c => c.Count);
        AtomStructure = new long[AtomCount];
        List<long> center = [], neighbor = [], structure = [], near = [];
        List<double> vectors = [];
        int atom = 0;
        for (int s = 0; s < crystals.Count; s++)
        {
            Crystal crystal = crystals[s];
            double[] cartesian = crystal.Cartesian();
            NeighborList list = NeighborList.Build(crystal, cutoff + 1e-8);
            for (int i = 0; i < crystal.Count; i++)
            {
                AtomStructure[atom + i] = s;
                for (int p = list.First[i]; p < list.First[i + 1]; p++)
                {
                    Vec3 vector = list.Vector(p, i, cartesian, crystal.Lattice);
                    if (vector.Norm <= shortCutoff)
                        near.Add(center.Count);
                    center.Add(atom + i);
                    neighbor.Add(atom + list.Neighbors[p]);
                    structure.Add(s);
                    vectors.AddRange([vector.X, vector.Y, vector.Z]);
                }
            }
            atom += crystal.Count;
        }
        Center = [.. center];
        Neighbor = [.. neighbor];
        EdgeStructure = [.. structure];
        Vectors = [.. vectors];
        Short = [.. near];
        Lengths = new double[Center.Length];
        Directions = new double[Vectors.Length];
        for (int e = 0; e < Lengths.Length; e++)
        {
            Vec3 vector = Vec3.At(Vectors, e);
            Lengths[e] = vector.Norm;
            (1 / Lengths[e] * vector).Store(Directions, e);
        }
    }

    public IReadOnlyList<Crystal> Crystals { get; }

    public int AtomCount { get; }

    public int EdgeCount => Center.Length;

    /// <summary>Shape [A].</summary>
    public long[] AtomStructure { get; }

    /// <summary>Shape [E].</summary>
    public long[] EdgeStructure { get; }

    /// <summary>Shape [E]: i.</summary>
    public long[] Center { get; }

    /// <summary>Shape [E]: j.</summary>
    public long[] Neighbor { get; }

    /// <summary>Shape [E, 3], Å.</summary>
    public double[] Vectors { get; }

    /// <summary>Shape [E], Å.</summary>
    public double[] Lengths { get; }

    /// <summary>Shape [E, 3]: unit vectors.</summary>
    public double[] Directions { get; }

    /// <summary>Shape [S]: numbers of the short edges, ascending.</summary>
    public long[] Short { get; }
}
