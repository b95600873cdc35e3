namespace Csp.Physics.Sscha;

/// <summary>
/// Turns a sample so that its second moments, averaged over space group and translations, are exactly those of the Gaussian: u → A u with
/// A = C^½ (C^-½ S C^-½)^-½ C^-½, S the sample's and C the Gaussian's covariance, block by block. A commutes with the symmetry. Every average of an invariant quadratic
/// function is then free of noise; averages of fourth order get a bias of the number of invariants over the number of configurations.
/// </summary>
internal static class SecondMoments
{
    /// <param name="state">The Gaussian.</param>
    /// <param name="components">Block components, shape [Modes, count].</param>
    /// <param name="count">Configurations.</param>
    /// <param name="symmetry">Space group.</param>
    /// <exception cref="SschaException">Too few configurations to determine the second moments.</exception>
    public static double[] Matched(TrialState state, double[] components, int count, CrystalSymmetry symmetry)
    {
        BlochBasis basis = state.Basis;
        double[][] moments = new double[basis.Blocks.Length][];
        for (int b = 0; b < moments.Length; b++)
        {
            BlochBlock block = basis.Blocks[b];
            ReadOnlySpan<double> u = components.AsSpan(block.Offset * count, block.Size * count);
            double[] uu = new double[block.Size * block.Size];
            Dense.AddOuter(u, block.Size, u, block.Size, count, uu);
            System.Numerics.Tensors.TensorPrimitives.Multiply(uu, 1.0 / count, uu);
            moments[b] = BlochMatrix.AverageTranslations(uu, block, basis.Bands);
        }
        BlochMatrix sample = symmetry.Symmetrize(new BlochMatrix(basis, moments), acousticSumRule: false);
        double kT = state.Temperature * state.Constants.BoltzmannSampling;
        double[] result = new double[components.Length];
        for (int b = 0; b < moments.Length; b++)
        {
            ModeBlock modes = state.Modes[b];
            BlochBlock block = basis.Blocks[b];
            int n = modes.Size, m = modes.Count;
            if (m == 0)
                continue;
            // In mode amplitudes of unit variance z = a⁻¹ eᵀ M^½ u the Gaussian's covariance is 1.
            double[] toModes = new double[m * n], fromModes = new double[n * m];
            for (int k = 0; k < m; k++)
            {
                double a = Math.Sqrt(ModeFunctions.Variance(modes.Frequencies[k], kT));
                for (int i = 0; i < n; i++)
                {
                    toModes[k * n + i] = modes.X[k * n + i] * state.Masses[i % basis.Bands / 3] / a;
                    fromModes[i * m + k] = modes.X[k * n + i] * a;
                }
            }
            double[] half = new double[m * n], reduced = new double[m * m], root = new double[m * m];
            Dense.Multiply(toModes, m, n, sample.Blocks[b], n, half);
            Dense.AddOuter(half, m, toModes, m, n, reduced);
            SymmetricEigen eigen = SymmetricEigen.Of(reduced, m);
            if (!(eigen.Values[0] > 0.05))
                throw new SschaException($"{count} independent configurations are too few to match the second moments of {m} coupled modes; take a larger population or another sampler");
            double[] scaled = Dense.Transpose(eigen.Vectors, m, m), vectors = (double[])scaled.Clone();
            for (int i = 0; i < m * m; i++)
                scaled[i] /= Math.Sqrt(eigen.Values[i % m]);
            Dense.AddOuter(scaled, m, vectors, m, m, root);
            double[] z = new double[m * count], matched = new double[m * count];
            Dense.Multiply(toModes, m, n, components.AsSpan(block.Offset * count, n * count), count, z);
            Dense.Multiply(root, m, m, z, count, matched);
            Dense.Multiply(fromModes, n, m, matched, count, result.AsSpan(block.Offset * count, n * count));
        }
        return result;
    }
}
