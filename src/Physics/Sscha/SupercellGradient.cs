namespace Csp.Physics.Sscha;

/// <summary>
/// The gradient element by element in the supercell, with nothing averaged over translations or the space group: what the raw ensemble says, with the
/// statistical error of each element. Costs [Modes]² × configurations; the minimisation does not need it.
/// </summary>
public sealed class SupercellGradient
{
    public SupercellGradient(Reweighting reweighting)
    {
        SampledEnsemble ensemble = reweighting.Ensemble;
        BlochBasis basis = ensemble.Basis;
        int n = basis.Modes, count = ensemble.Count;
        double[] yu = basis.ToSupercellRows(reweighting.State.Upsilon.Apply(reweighting.Displacements, count), count);
        double[] df = reweighting.State.Phi.Apply(reweighting.Displacements, count);
        System.Numerics.Tensors.TensorPrimitives.Add(df, ensemble.Forces, df);
        df = basis.ToSupercellRows(df, count);

        double r = reweighting.WeightSum / count, rr = 0;
        foreach (double w in reweighting.Weights)
            rr += (w - r) * (w - r) / (count - 1);

        double[] g = Moments(yu, df, reweighting.Weights, 1, n, count);
        double[] gr = Moments(yu, df, reweighting.Weights, 2, n, count);
        for (int i = 0; i < yu.Length; i++)
        {
            yu[i] *= yu[i];
            df[i] *= df[i];
        }
        double[] gg = Moments(yu, df, reweighting.Weights, 2, n, count);
        double[] raw = new double[n * n];
        Error = new double[n * n];
        double bessel = count / (count - 1.0);
        for (int i = 0; i < raw.Length; i++)
        {
            double mean = g[i] / count;
            Estimate estimate = Estimate.OfMoments(count, r, mean, rr, bessel * (gg[i] / count - mean * mean), bessel * (gr[i] / count - mean * r));
            (raw[i], Error[i]) = (estimate.Value, estimate.Error);
        }
        Preconditioned = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                Preconditioned[i * n + j] = 0.5 * (raw[i * n + j] + raw[j * n + i]);
        }
        State = reweighting.State;
    }

    public TrialState State { get; }

    /// <summary>sym(Υ⟨u δfᵀ⟩), Ry/bohr^2, [Modes, Modes].</summary>
    public double[] Preconditioned { get; }

    /// <summary>Ratio error of (Υu)_a δf_b before the symmetrisation, Ry/bohr^2.</summary>
    public double[] Error { get; }

    /// <summary>dF = Σ G_ab dΦ_ab: G = -½ Σ X_μ X_νᵀ K_μν (X_μ·g·X_ν), bohr^2. Exact at any temperature, degenerate modes included.</summary>
    public double[] Exact()
    {
        BlochBasis basis = State.Basis;
        int n = basis.Modes;
        List<double> frequencies = [];
        double[] modes = new double[n * n];
        for (int b = 0; b < State.Modes.Length; b++)
        {
            ModeBlock block = State.Modes[b];
            for (int m = 0; m < block.Count; m++)
            {
                for (int i = 0; i < block.Size; i++)
                    modes[(basis.Blocks[b].Offset + i) * n + frequencies.Count] = block.X[m * block.Size + i];
                frequencies.Add(block.Frequencies[m]);
            }
        }
        // Columns are modes; the three last columns stay zero.
        double[] x = basis.ToSupercellRows(modes, n);
        double[] rows = Dense.Transpose(x, n, n);
        double[] projected = Dense.Square(Dense.Square(rows, Preconditioned, n), x, n);
        double kT = State.Temperature * State.Constants.BoltzmannSampling;
        for (int m = 0; m < frequencies.Count; m++)
        {
            for (int k = 0; k < frequencies.Count; k++)
                projected[m * n + k] *= -0.5 * ModeFunctions.Response(frequencies[m], frequencies[k], kT);
        }
        return Dense.Square(Dense.Square(x, projected, n), rows, n);
    }

    private static double[] Moments(double[] a, double[] b, double[] weights, int power, int n, int count)
    {
        double[] weighted = new double[n * count];
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < count; k++)
                weighted[i * count + k] = a[i * count + k] * (power == 1 ? weights[k] : weights[k] * weights[k]);
        }
        double[] result = new double[n * n];
        Dense.AddOuter(weighted, n, b, n, count, result);
        return result;
    }
}
