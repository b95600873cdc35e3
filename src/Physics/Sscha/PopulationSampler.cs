namespace Csp.Physics.Sscha;

/// <summary>Draws displacements from the Gaussian of a trial state, with any <see cref="SschaSampler"/>.</summary>
public static class PopulationSampler
{
    /// <summary>Independent sequences in one population of Sobol points: their spread is its error.</summary>
    public const int Replicates = 16;

    /// <summary>Antithetic pairs: configuration 2k+1 is the mirror image of 2k.</summary>
    /// <param name="state">The trial state.</param>
    /// <param name="count">Even.</param>
    /// <param name="source">Random numbers.</param>
    /// <returns>Displacements from the centroids, bohr, shape [count, Modes], supercell order.</returns>
    public static double[] Draw(TrialState state, int count, GaussianSource source) => Rows(state, Mirrored(Independent(state, count / 2, source), count / 2), count);

    /// <returns>Displacements as above, and how many consecutive configurations count as one independent sample.</returns>
    /// <exception cref="SschaException">The number of configurations or of modes does not suit the sampler.</exception>
    internal static (double[] Displacements, int Group) Draw(TrialState state, int count, SschaSampler sampler, CrystalSymmetry symmetry, ulong seed, ulong stream)
    {
        GaussianSource source = new(seed, stream);
        switch (sampler)
        {
            case SschaSampler.Plain:
                return (Rows(state, Independent(state, count, source), count), 1);
            case SschaSampler.Sobol:
                int points = count / Replicates;
                double[] all = new double[state.Basis.Modes * count];
                for (int r = 0; r < Replicates; r++)
                {
                    double[] replicate = LowDiscrepancy(state, points, source);
                    for (int i = 0; i < state.Basis.Modes; i++)
                        replicate.AsSpan(i * points, points).CopyTo(all.AsSpan(i * count + r * points));
                }
                return (Rows(state, all, count), points);
            case SschaSampler.Matched:
                double[] half = Independent(state, count / 2, source);
                return (Rows(state, Mirrored(SecondMoments.Matched(state, half, count / 2, symmetry), count / 2), count), 2);
            default:
                return (Draw(state, count, source), 2);
        }
    }

    /// <summary>Block components, shape [Modes, count]. The symmetric root of the covariance does not depend on how degenerate modes are turned, so equal seeds draw equal samples.</summary>
    private static double[] Independent(TrialState state, int count, GaussianSource source)
    {
        double[] components = new double[state.Basis.Modes * count];
        for (int b = 0; b < state.Modes.Length; b++)
        {
            ModeBlock modes = state.Modes[b];
            if (modes.Count == 0)
                continue;
            double[] noise = new double[modes.Size * count];
            for (int i = 0; i < noise.Length; i++)
                noise[i] = source.Next();
            double[] root = Roots(state, b, left: true), back = Roots(state, b, left: false);
            double[] symmetric = new double[modes.Size * modes.Size];
            Dense.AddOuter(root, modes.Size, back, modes.Size, modes.Count, symmetric);
            Dense.Multiply(symmetric, modes.Size, modes.Size, noise, count, components.AsSpan(state.Basis.Blocks[b].Offset * count, modes.Size * count));
        }
        return components;
    }

    /// <summary>One scrambled Sobol sequence; the modes with the largest amplitude take the first, best coordinates.</summary>
    private static double[] LowDiscrepancy(TrialState state, int count, GaussianSource source)
    {
        double kT = state.Temperature * state.Constants.BoltzmannSampling;
        (int Block, int Mode)[] order = [.. state.Modes.SelectMany((m, b) => Enumerable.Range(0, m.Count).Select(k => (b, k)))
            .OrderByDescending(m => ModeFunctions.Variance(state.Modes[m.b].Frequencies[m.k], kT))];
        SobolSequence sequence = new(order.Length, source);
        double[][] amplitudes = [.. state.Modes.Select(m => new double[m.Count * count])];
        double[] point = new double[order.Length];
        for (int k = 0; k < count; k++)
        {
            sequence.Next(point);
            for (int d = 0; d < point.Length; d++)
                amplitudes[order[d].Block][order[d].Mode * count + k] = NormalQuantile.Of(point[d]);
        }
        double[] components = new double[state.Basis.Modes * count];
        for (int b = 0; b < state.Modes.Length; b++)
        {
            ModeBlock modes = state.Modes[b];
            if (modes.Count > 0)
                Dense.Multiply(Roots(state, b, left: true), modes.Size, modes.Count, amplitudes[b], count, components.AsSpan(state.Basis.Blocks[b].Offset * count, modes.Size * count));
        }
        return components;
    }

    /// <summary>M^-½ e a, or (right factor of the symmetric root) e; shape [Size, Count].</summary>
    private static double[] Roots(TrialState state, int block, bool left)
    {
        ModeBlock modes = state.Modes[block];
        double kT = state.Temperature * state.Constants.BoltzmannSampling;
        double[] columns = Dense.Transpose(modes.X, modes.Count, modes.Size);
        for (int i = 0; i < modes.Size; i++)
        {
            for (int m = 0; m < modes.Count; m++)
                columns[i * modes.Count + m] *= left ? Math.Sqrt(ModeFunctions.Variance(modes.Frequencies[m], kT)) : Math.Sqrt(state.Masses[i % state.Basis.Bands / 3]);
        }
        return columns;
    }

    /// <summary>Each configuration followed by its mirror image.</summary>
    private static double[] Mirrored(double[] components, int pairs)
    {
        double[] result = new double[2 * components.Length];
        for (int i = 0; i < components.Length / pairs; i++)
        {
            for (int k = 0; k < pairs; k++)
            {
                double x = components[i * pairs + k];
                (result[2 * (i * pairs + k)], result[2 * (i * pairs + k) + 1]) = (x, -x);
            }
        }
        return result;
    }

    private static double[] Rows(TrialState state, double[] components, int count) =>
        Dense.Transpose(state.Basis.ToSupercellRows(components, count), state.Basis.Modes, count);
}
