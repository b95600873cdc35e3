namespace Csp.Learning.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101), gradients clipped by their norm, and an exponential moving
/// average of the weights. Mutable: the state of one training.
/// </summary>
internal sealed class AdamW(IReadOnlyList<WeightArray> weights, TrainingSettings settings)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly double[][] _first = [.. weights.Select(w => new double[w.Values.Length])];
    private readonly double[][] _second = [.. weights.Select(w => new double[w.Values.Length])];

    /// <summary>Current weights.</summary>
    public double[][] Values { get; } = [.. weights.Select(w => w.Values.ToArray())];

    /// <summary>Their moving average.</summary>
    public double[][] Average { get; } = [.. weights.Select(w => w.Values.ToArray())];

    public long Steps { get; private set; }

    /// <summary>One step down the gradient; a gradient that is not finite is left out.</summary>
    /// <returns>Whether the step was made.</returns>
    public bool Step(double[][] gradient, double rate)
    {
        double norm = Math.Sqrt(gradient.Sum(g => g.Sum(v => v * v)));
        if (!double.IsFinite(norm))
            return false;
        double scale = norm > settings.GradientClip ? settings.GradientClip / norm : 1;
        Steps++;
        double correction1 = 1 - Math.Pow(Beta1, Steps), correction2 = 1 - Math.Pow(Beta2, Steps);
        double keep = Math.Min(settings.Ema, (1.0 + Steps) / (10.0 + Steps));
        for (int a = 0; a < Values.Length; a++)
        {
            double decay = weights[a].Decay ? 1 - rate * settings.WeightDecay : 1;
            double[] w = Values[a], m = _first[a], v = _second[a], average = Average[a], g = gradient[a];
            for (int i = 0; i < w.Length; i++)
            {
                double slope = scale * g[i];
                m[i] = Beta1 * m[i] + (1 - Beta1) * slope;
                v[i] = Beta2 * v[i] + (1 - Beta2) * slope * slope;
                w[i] = decay * w[i] - rate * (m[i] / correction1) / (Math.Sqrt(v[i] / correction2) + Epsilon);
                average[i] += (1 - keep) * (w[i] - average[i]);
            }
        }
        return true;
    }

    /// <summary>Everything needed to go on later, bit for bit.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Steps);
        foreach (double[][] state in new[] { Values, Average, _first, _second })
        {
            foreach (double[] array in state)
            {
                foreach (double value in array)
                    writer.Write(value);
            }
        }
    }

    /// <exception cref="IOException">The state ends too early.</exception>
    public void Read(BinaryReader reader)
    {
        Steps = reader.ReadInt64();
        foreach (double[][] state in new[] { Values, Average, _first, _second })
        {
            foreach (double[] array in state)
            {
                for (int i = 0; i < array.Length; i++)
                    array[i] = reader.ReadDouble();
            }
        }
    }
}

/// <summary>Learning rate over the course of a training: linear warm-up, then a half cosine down to a final fraction.</summary>
internal static class LearningRateSchedule
{
    /// <summary>The rate when <paramref name="progress"/> (0 at the start, 1 at the end) is made, for a largest rate of <paramref name="peak"/>.</summary>
    public static double At(double progress, double peak, TrainingSettings settings)
    {
        double p = Math.Clamp(progress, 0, 1);
        if (p < settings.WarmUp)
            return peak * (0.02 + 0.98 * p / settings.WarmUp);
        double cosine = 0.5 * (1 + Math.Cos(Math.PI * (p - settings.WarmUp) / (1 - settings.WarmUp)));
        return peak * (settings.FinalLearningRate + (1 - settings.FinalLearningRate) * cosine);
    }
}
