namespace Csp.Physics.Sscha;

/// <summary>
/// Which sampler the next population takes. The measure is the variance that a population's averages would have, relative to independent configurations: of
/// V - V_h, of the pressure and of the gradient's projection on each star of wave vectors, averaged as logarithms. Only earlier populations decide, so nothing is
/// biased. The pressure speaks for mirror images: in low symmetry it is linear in the displacements.
/// </summary>
internal sealed class SamplerChoice
{
    /// <summary>Below this the sequences of a population of Sobol points are too short to be better than independent ones.</summary>
    private const int FewestSobol = 16 * PopulationSampler.Replicates;

    /// <summary>A change of sampler must promise this (logarithm of the variance): a tenth.</summary>
    private const double WorthIt = 0.1;

    /// <summary>
    /// Exactly matched moments need this many configurations per star and atom of the cell: they bias fourth orders by stars over configurations, and the modes of a
    /// star that couple must be fewer than the configurations.
    /// </summary>
    private const int MatchedPerStarAndAtom = 50;

    private readonly SschaSampler _fixed;
    private double _antithetic;
    private double _matched;
    private double? _sobol;

    public SamplerChoice(SschaSampler asked) => _fixed = asked;

    /// <summary>For the state file.</summary>
    public double[] Measured
    {
        get => [_antithetic, _matched, _sobol ?? double.NaN];
        set => (_antithetic, _matched, _sobol) = (value[0], value[1], double.IsNaN(value[2]) ? null : value[2]);
    }

    /// <summary>Sampler and size (a whole number of samples) of the next population.</summary>
    /// <param name="size">Wanted.</param>
    /// <param name="coupled">Stars of wave vectors times atoms of the cell.</param>
    public (SschaSampler Sampler, int Count) Next(int size, int coupled)
    {
        SschaSampler sampler = _fixed == SschaSampler.Adaptive ? Best(size, coupled) : _fixed;
        int whole = sampler switch { SschaSampler.Plain => 1, SschaSampler.Sobol => PopulationSampler.Replicates, _ => 2 };
        return (sampler, (size + whole - 1) / whole * whole);
    }

    private SschaSampler Best(int size, int coupled)
    {
        if (size >= FewestSobol && _sobol is null)
            return SschaSampler.Sobol;
        (double Score, SschaSampler Sampler) best = _antithetic > WorthIt ? (0, SschaSampler.Plain) : (_antithetic, SschaSampler.Antithetic);
        if (size >= MatchedPerStarAndAtom * coupled && _antithetic + _matched < best.Score - WorthIt)
            best = (_antithetic + _matched, SschaSampler.Matched);
        if (size >= FewestSobol && _sobol is double sobol && sobol < best.Score - WorthIt)
            best = (sobol, SschaSampler.Sobol);
        return best.Sampler;
    }

    /// <summary>Learns from an evaluated population.</summary>
    public void Learn(SschaSampler used, Reweighting own, CrystalSymmetry symmetry)
    {
        List<double[]> quantities = Quantities(own, symmetry, out List<double[]> squares);
        int[] samples = own.Ensemble.SampleOf;
        double Score(Func<double[], double> of)
        {
            double[] logs = [.. quantities.Select(q => Math.Log(Math.Max(of(q), 1e-3)))];
            return (logs[0] + logs[1] + logs[2..].Average()) / 3;
        }
        switch (used)
        {
            case SschaSampler.Antithetic:
                _antithetic = Score(q => Ratio(q, samples));
                _matched = Score(q => 1 - Explained(SampleMeans(q, samples), [.. squares.Select(s => SampleMeans(s, samples))]));
                break;
            case SschaSampler.Sobol:
                _sobol = Score(q => Ratio(q, samples));
                break;
            default:
                break;
        }
    }

    /// <summary>V - V_h, the virial -3V(P - f·u/3V), then u·Υ·δf of each star; and u·Υ·u of each star.</summary>
    private static List<double[]> Quantities(Reweighting own, CrystalSymmetry symmetry, out List<double[]> squares)
    {
        SampledEnsemble ensemble = own.Ensemble;
        TrialState state = own.State;
        int count = ensemble.Count;
        double[] y = state.Upsilon.Apply(ensemble.Displacements, count), df = own.RestPhi.Apply(ensemble.Displacements, count);
        System.Numerics.Tensors.TensorPrimitives.Add(df, ensemble.RestForces, df);
        double[] virial = new double[count];
        Dense.AddColumnDots(ensemble.RestForces, ensemble.Displacements, state.Basis.Modes, count, virial);
        for (int k = 0; k < count; k++)
            virial[k] += ensemble.Volume * (ensemble.RestStresses[9 * k] + ensemble.RestStresses[9 * k + 4] + ensemble.RestStresses[9 * k + 8]);
        List<double[]> result = [new Observables(own).EnergyDifferences, virial];
        squares = [];
        foreach (int[] star in symmetry.Stars())
        {
            double[] gradient = new double[count], square = new double[count];
            foreach (int b in star.Select(q => state.Basis.BlockOf[q]).Distinct())
            {
                BlochBlock block = state.Basis.Blocks[b];
                int start = block.Offset * count, length = block.Size * count;
                Dense.AddColumnDots(y.AsSpan(start, length), df.AsSpan(start, length), block.Size, count, gradient);
                Dense.AddColumnDots(y.AsSpan(start, length), ensemble.Displacements.AsSpan(start, length), block.Size, count, square);
            }
            // Γ of one atom has no modes.
            if (square.Any(x => x > 1e-12))
            {
                result.Add(gradient);
                squares.Add(square);
            }
        }
        return result;
    }

    /// <summary>Variance of the mean of the samples over that of independent configurations.</summary>
    private static double Ratio(double[] values, int[] samples)
    {
        double mean = values.Average(), sum = 0, single = 0;
        int n = samples[^1] + 1;
        foreach (double x in SampleMeans(values, samples))
            sum += (x - mean) * (x - mean) / (n - 1.0) / n;
        foreach (double x in values)
            single += (x - mean) * (x - mean) / (values.Length - 1.0) / values.Length;
        return sum / (single + double.Epsilon);
    }

    /// <summary>Share of the variance that a linear fit explains, corrected for the number of regressors.</summary>
    private static double Explained(double[] values, double[][] regressors)
    {
        int n = values.Length, p = regressors.Length;
        if (n < 4 * p)
            return 0;
        double[][] x = [.. regressors.Select(Centred)];
        double[] y = Centred(values), gram = new double[p * p], right = [.. x.Select(r => Dot(r, y))];
        for (int i = 0; i < p; i++)
        {
            for (int j = 0; j < p; j++)
                gram[i * p + j] = Dot(x[i], x[j]) * (i == j ? 1 + 1e-10 : 1);
        }
        double[] beta = (double[])right.Clone();
        LinearSolver.Solve(gram, p, beta, 1);
        double total = Dot(y, y) + double.Epsilon, left = total - Dot(beta, right);
        return 1 - left / (n - p - 1) / (total / (n - 1));
    }

    private static double[] SampleMeans(double[] values, int[] samples)
    {
        double[] sums = new double[samples[^1] + 1];
        int[] members = new int[sums.Length];
        for (int i = 0; i < values.Length; i++)
        {
            sums[samples[i]] += values[i];
            members[samples[i]]++;
        }
        return [.. sums.Zip(members, (s, m) => s / m)];
    }

    private static double[] Centred(double[] x)
    {
        double mean = x.Average();
        return Array.ConvertAll(x, v => v - mean);
    }

    private static double Dot(double[] a, double[] b) => System.Numerics.Tensors.TensorPrimitives.Dot<double>(a, b);
}
