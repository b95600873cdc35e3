namespace Csp.Physics.Sscha;

/// <summary>
/// Draws displacements from the Gaussian of a trial state, in antithetic pairs (2k+1 is the mirror image of 2k), so that every odd function averages to
/// zero without noise.
/// </summary>
public static class PopulationSampler
{
    /// <param name="state">The trial state.</param>
    /// <param name="count">Even.</param>
    /// <param name="source">Random numbers.</param>
    /// <returns>Displacements from the centroids, bohr, shape [count, Modes], supercell order.</returns>
    public static double[] Draw(TrialState state, int count, GaussianSource source)
    {
        int pairs = count / 2;
        double kT = state.Temperature * state.Constants.BoltzmannSampling;
        double[] components = new double[state.Basis.Modes * pairs];
        for (int b = 0; b < state.Modes.Length; b++)
        {
            ModeBlock modes = state.Modes[b];
            if (modes.Count == 0)
                continue;
            double[] noise = new double[modes.Size * pairs];
            for (int i = 0; i < noise.Length; i++)
                noise[i] = source.Next();
            // The symmetric root of the covariance, M^-½ [Σ a e eᵀ], does not depend on how degenerate modes are turned, so equal seeds draw equal samples.
            double[] roots = new double[modes.Size * modes.Size];
            double[] left = Dense.Transpose(modes.X, modes.Count, modes.Size), right = new double[left.Length];
            for (int i = 0; i < modes.Size; i++)
            {
                double root = Math.Sqrt(state.Masses[i % state.Basis.Bands / 3]);
                for (int m = 0; m < modes.Count; m++)
                    right[i * modes.Count + m] = root * left[i * modes.Count + m] * Math.Sqrt(ModeFunctions.Variance(modes.Frequencies[m], kT));
            }
            Dense.AddOuter(left, modes.Size, right, modes.Size, modes.Count, roots);
            Dense.Multiply(roots, modes.Size, modes.Size, noise, pairs, components.AsSpan(state.Basis.Blocks[b].Offset * pairs, modes.Size * pairs));
        }
        double[] rows = state.Basis.ToSupercellRows(components, pairs);
        int n = state.Basis.Modes;
        double[] result = new double[2 * pairs * n];
        for (int k = 0; k < pairs; k++)
        {
            for (int i = 0; i < n; i++)
            {
                result[2 * k * n + i] = rows[i * pairs + k];
                result[(2 * k + 1) * n + i] = -rows[i * pairs + k];
            }
        }
        return result;
    }
}
