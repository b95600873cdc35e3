namespace Csp.Physics.Sscha;

/// <summary>Frequencies of dynamical matrices.</summary>
public static class BlochFrequencies
{
    /// <summary>Ascending, Ry, negative = imaginary; translations included.</summary>
    /// <param name="dynamical">Hermitian D(q) without masses, Ry/bohr^2, [Bands, Bands].</param>
    /// <param name="masses">Rydberg mass units, one per atom.</param>
    public static double[] Of((double[] Re, double[] Im) dynamical, double[] masses)
    {
        int bands = 3 * masses.Length;
        if (KeepsTranslations(dynamical, bands))
            return WithZeros(dynamical.Re, bands, masses);
        bool complex = dynamical.Im.AsSpan().ContainsAnyExcept(0);
        int n = complex ? 2 * bands : bands;
        double[] matrix = new double[n * n];
        for (int i = 0; i < bands; i++)
        {
            for (int j = 0; j < bands; j++)
            {
                double scale = 1 / Math.Sqrt(masses[i / 3] * masses[j / 3]);
                double re = 0.5 * (dynamical.Re[i * bands + j] + dynamical.Re[j * bands + i]) * scale;
                matrix[i * n + j] = re;
                if (!complex)
                    continue;
                double im = 0.5 * (dynamical.Im[i * bands + j] - dynamical.Im[j * bands + i]) * scale;
                matrix[(bands + i) * n + bands + j] = re;
                matrix[(bands + i) * n + j] = im;
                matrix[i * n + bands + j] = -im;
            }
        }
        double[] values = SymmetricEigen.Of(matrix, n).Values;
        double[] frequencies = new double[bands];
        for (int m = 0; m < bands; m++)
        {
            double square = complex ? 0.5 * (values[2 * m] + values[2 * m + 1]) : values[m];
            frequencies[m] = Math.Sign(square) * Math.Sqrt(Math.Abs(square));
        }
        return frequencies;
    }

    /// <summary>Whether uniform translations cost nothing, as at Γ: then those three frequencies are exactly zero, not rounding noise.</summary>
    private static bool KeepsTranslations((double[] Re, double[] Im) dynamical, int bands)
    {
        if (dynamical.Im.AsSpan().ContainsAnyExcept(0))
            return false;
        double norm = Math.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares<double>(dynamical.Re)), worst = 0;
        for (int i = 0; i < bands; i++)
        {
            for (int axis = 0; axis < 3; axis++)
            {
                double sum = 0;
                for (int j = axis; j < bands; j += 3)
                    sum += dynamical.Re[i * bands + j];
                worst = Math.Max(worst, Math.Abs(sum));
            }
        }
        return worst <= 1e-11 * norm && norm > 0;
    }

    private static double[] WithZeros(double[] matrix, int bands, double[] masses)
    {
        double[] squares = ModeBlock.WithoutTranslations(matrix, bands, masses).Squares;
        double[] frequencies = new double[bands];
        for (int m = 0; m < squares.Length; m++)
            frequencies[m] = Math.Sign(squares[m]) * Math.Sqrt(Math.Abs(squares[m]));
        Array.Sort(frequencies);
        return frequencies;
    }

    /// <summary>The same at every commensurate q point.</summary>
    public static double[][] Of(BlochMatrix phi, double[] masses) =>
        [.. Enumerable.Range(0, phi.Basis.Cells).Select(q => Of(phi.Dynamical(q), masses))];
}
