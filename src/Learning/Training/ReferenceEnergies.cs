using Csp.Physics.Crystals;

namespace Csp.Learning.Training;

/// <summary>
/// One energy per element, so that the model has to learn differences only: least absolute deviations of the energy per atom (iteratively
/// reweighted least squares), tied weakly to the mean energy per atom because one composition alone does not tell the elements apart.
/// </summary>
public static class ReferenceEnergies
{
    // So weak that a single structure of another composition outweighs it: elements differ by hundreds of eV.
    private const double Tie = 1e-10;
    private const double SmallestDeviation = 0.05;

    /// <param name="structures">Compositions with the energies (eV per cell) to be explained.</param>
    /// <returns>eV per atom of each element that occurs.</returns>
    public static IReadOnlyDictionary<Element, double> Fit(IReadOnlyList<(Composition Composition, double Energy)> structures)
    {
        Element[] elements = [.. structures.SelectMany(s => s.Composition.Counts.Select(c => c.Element)).Distinct().OrderBy(e => e.Number)];
        int n = elements.Length;
        double mean = Median([.. structures.Select(s => s.Energy / s.Composition.Total)]);
        double[] deviation = new double[n];
        double[] weights = [.. structures.Select(_ => 1.0)];
        for (int round = 0; round < 20; round++)
        {
            double[,] normal = new double[n, n];
            double[] right = new double[n];
            for (int s = 0; s < structures.Count; s++)
            {
                double[] fractions = Fractions(structures[s].Composition);
                double target = structures[s].Energy / structures[s].Composition.Total - mean;
                for (int a = 0; a < n; a++)
                {
                    right[a] += weights[s] * fractions[a] * target;
                    for (int b = 0; b < n; b++)
                        normal[a, b] += weights[s] * fractions[a] * fractions[b];
                }
            }
            double total = weights.Sum();
            for (int a = 0; a < n; a++)
                normal[a, a] += Tie * total;
            deviation = SolvePositive(normal, right);
            for (int s = 0; s < structures.Count; s++)
            {
                double[] fractions = Fractions(structures[s].Composition);
                double residual = structures[s].Energy / structures[s].Composition.Total - mean;
                for (int a = 0; a < n; a++)
                    residual -= fractions[a] * deviation[a];
                weights[s] = 1 / Math.Max(Math.Abs(residual), SmallestDeviation);
            }
        }
        return elements.Select((e, i) => (e, mean + deviation[i])).ToDictionary(p => p.e, p => p.Item2);

        double[] Fractions(Composition composition) => [.. elements.Select(e => composition[e] / (double)composition.Total)];
    }

    /// <summary>Solves A x = b for a symmetric positive definite A (Cholesky).</summary>
    private static double[] SolvePositive(double[,] a, double[] b)
    {
        int n = b.Length;
        double[,] l = new double[n, n];
        double[] x = new double[n];
        for (int i = 0; i < n; i++)
        {
            double sum = b[i];
            for (int j = 0; j <= i; j++)
            {
                double dot = a[i, j];
                for (int k = 0; k < j; k++)
                    dot -= l[i, k] * l[j, k];
                l[i, j] = i == j ? Math.Sqrt(dot) : dot / l[j, j];
            }
            for (int j = 0; j < i; j++)
                sum -= l[i, j] * x[j];
            x[i] = sum / l[i, i];
        }
        for (int i = n - 1; i >= 0; i--)
        {
            double sum = x[i];
            for (int j = i + 1; j < n; j++)
                sum -= l[j, i] * x[j];
            x[i] = sum / l[i, i];
        }
        return x;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
