using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Learning.Uncertainty;

/// <summary>How well predicted uncertainties tell true errors, over structures that have both.</summary>
/// <param name="Structures">Number of structures.</param>
/// <param name="Correlation">Pearson's coefficient of predicted uncertainty and true |energy error| per atom.</param>
/// <param name="RankCorrelation">Spearman's.</param>
/// <param name="Spread">Root mean square of error / uncertainty: 1 when the size of the uncertainty is right and no structure is far off.</param>
/// <param name="Within">Share of structures whose error is within the uncertainty: 0.68 when it is a standard deviation.</param>
public sealed record Calibration(int Structures, double Correlation, double RankCorrelation, double Spread, double Within)
{
    /// <summary>Structures without an energy label and answers without an uncertainty are left out; NaN where fewer than three remain.</summary>
    public static Calibration Of(IReadOnlyList<Frame> frames, IReadOnlyList<PotentialResult> answers)
    {
        List<double> predicted = [], actual = [];
        for (int i = 0; i < frames.Count; i++)
        {
            if (frames[i].Energy is not double energy || answers[i].Uncertainty is not double uncertainty)
                continue;
            predicted.Add(uncertainty);
            actual.Add(Math.Abs(answers[i].Energy - energy) / frames[i].Crystal.Count);
        }
        if (predicted.Count < 3)
            return new Calibration(predicted.Count, double.NaN, double.NaN, double.NaN, double.NaN);
        double spread = Math.Sqrt(predicted.Zip(actual, (p, a) => a * a / (p * p)).Average());
        double within = predicted.Zip(actual, (p, a) => a <= p ? 1.0 : 0).Average();
        return new Calibration(predicted.Count, Pearson(predicted, actual), Pearson(Ranks(predicted), Ranks(actual)), spread, within);
    }

    private static double Pearson(List<double> x, List<double> y)
    {
        double meanX = x.Average(), meanY = y.Average(), xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < x.Count; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
        return xy / Math.Sqrt(xx * yy);
    }

    private static List<double> Ranks(List<double> values)
    {
        double[] ranks = new double[values.Count];
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        for (int r = 0; r < order.Length; r++)
            ranks[order[r]] = r;
        return [.. ranks];
    }
}
