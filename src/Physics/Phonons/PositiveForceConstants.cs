using Csp.Physics.Sscha;

namespace Csp.Physics.Phonons;

/// <summary>Turns force constants with soft or imaginary modes into ones that can carry a Gaussian.</summary>
public static class PositiveForceConstants
{
    /// <summary>Every mode but the translations gets at least the floor; imaginary ones the size of their frequency. Symmetry is kept.</summary>
    /// <param name="phi">Ry/bohr^2.</param>
    /// <param name="masses">Rydberg mass units.</param>
    /// <param name="floor">Ry.</param>
    public static BlochMatrix Of(BlochMatrix phi, double[] masses, double floor)
    {
        ModeBlock[] modes = ModeBlock.Of(phi, masses);
        double[][] blocks = new double[modes.Length][];
        for (int b = 0; b < blocks.Length; b++)
        {
            ModeBlock block = modes[b];
            int n = block.Size, count = block.Count;
            double[] columns = new double[n * count];
            for (int m = 0; m < count; m++)
            {
                double w = Math.Max(Math.Sqrt(Math.Abs(block.Squares[m])), floor);
                for (int i = 0; i < n; i++)
                    columns[i * count + m] = w * block.X[m * n + i] * masses[i % phi.Basis.Bands / 3];
            }
            blocks[b] = new double[n * n];
            Dense.AddOuter(columns, n, columns, n, count, blocks[b]);
            blocks[b] = BlochMatrix.AverageTranslations(blocks[b], phi.Basis.Blocks[b], phi.Basis.Bands);
        }
        return new BlochMatrix(phi.Basis, blocks).Symmetric();
    }
}
