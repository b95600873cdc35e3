using Csp.Physics.Crystals;
using Csp.Physics.Files;

namespace Csp.Learning.Tests.Training;

/// <summary>Distorted cells of two hydrogen atoms with the labels of a Morse potential, cut smoothly at 4 Å: what <see cref="PairArchitecture"/> learns.</summary>
internal static class MorseCrystals
{
    public static Frame[] Labelled(int count)
    {
        Random random = new(9);
        Element h = Element.FromNumber(1);
        Frame[] frames = new Frame[count];
        for (int f = 0; f < count; f++)
        {
            double[] cell = [2.6, 0, 0, 0, 2.6, 0, 0, 0, 2.6];
            for (int i = 0; i < 9; i++)
                cell[i] += 0.5 * (random.NextDouble() - 0.5);
            Crystal crystal = new(Mat3.FromSpan(cell), [h, h], [0, 0, 0, 0.5 + 0.1 * random.NextDouble(), 0.5 + 0.1 * random.NextDouble(), 0.5]);
            frames[f] = Morse(crystal);
        }
        return frames;
    }

    /// <summary>Root mean square of the force components, eV/Å: the error of a model that knows nothing.</summary>
    public static double ForceSpread(Frame[] frames) => Math.Sqrt(frames.Average(f => f.Forces!.Average(v => v * v)));

    private static Frame Morse(Crystal crystal)
    {
        NeighborList list = NeighborList.Build(crystal, PairArchitecture.Cutoff);
        double energy = -3.0 * crystal.Count;
        double[] forces = new double[3 * crystal.Count], positions = crystal.Cartesian(), virial = new double[9];
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                Vec3 d = list.Vector(p, i, positions, crystal.Lattice);
                double r = d.Norm, x = Math.Exp(-1.2 * (r - 2.1)), c = Math.Pow(1 - r / 4, 2), dc = -2 * (1 - r / 4) / 4;
                energy += 0.5 * (x * x - 2 * x) * c;
                double slope = 0.5 * (-2.4 * x * x + 2.4 * x) * c + 0.5 * (x * x - 2 * x) * dc;
                for (int a = 0; a < 3; a++)
                {
                    forces[3 * i + a] += slope * d[a] / r;
                    forces[3 * list.Neighbors[p] + a] -= slope * d[a] / r;
                    for (int b = 0; b < 3; b++)
                        virial[3 * a + b] += slope * d[a] * d[b] / r;
                }
            }
        }
        return new Frame(crystal, energy, forces, 1 / crystal.Volume * Mat3.FromSpan(virial));
    }
}
