namespace Csp.Physics.Sscha;

/// <summary>The modes at one q point: X = M^-½ e with complex orthonormal e, components contiguous per mode.</summary>
/// <param name="Frequencies">Ry, ascending, without translations.</param>
/// <param name="Re">Shape [modes, Bands].</param>
/// <param name="Im">Shape [modes, Bands].</param>
internal sealed record ComplexModes(double[] Frequencies, double[] Re, double[] Im)
{
    public int Count => Frequencies.Length;

    /// <summary>Modes of every q point; those of -q are the complex conjugates.</summary>
    public static ComplexModes[] Of(TrialState state)
    {
        BlochBasis basis = state.Basis;
        ComplexModes[] result = new ComplexModes[basis.Cells];
        for (int b = 0; b < basis.Blocks.Length; b++)
        {
            BlochBlock block = basis.Blocks[b];
            ModeBlock modes = state.Modes[b];
            result[block.Q] = block.IsPair ? FromPair(modes, basis.Bands, state.Masses) : new ComplexModes(modes.Frequencies, modes.X, new double[modes.X.Length]);
            if (block.IsPair)
                result[basis.Minus[block.Q]] = result[block.Q] with { Im = Array.ConvertAll(result[block.Q].Im, x => -x) };
        }
        return result;
    }

    /// <summary>
    /// The real block of a pair has every eigenvalue twice; the vector (r, i) stands for r + i·i, and half of each degenerate set is chosen by pivoted
    /// Gram-Schmidt so that the complex vectors are orthonormal.
    /// </summary>
    private static ComplexModes FromPair(ModeBlock modes, int bands, double[] masses)
    {
        double[] root = [.. Enumerable.Range(0, bands).Select(i => Math.Sqrt(masses[i / 3]))];
        double[] frequencies = new double[bands], re = new double[bands * bands], im = new double[bands * bands];
        double tolerance = 1e-7 * modes.Squares[^1];
        int done = 0;
        for (int start = 0; start < modes.Count;)
        {
            int end = start + 1;
            while (end < modes.Count && (modes.Squares[end] - modes.Squares[end - 1] < tolerance || (end - start) % 2 == 1))
                end++;
            List<(double[] Re, double[] Im)> candidates = [];
            for (int m = start; m < end; m++)
            {
                double[] r = new double[bands], i = new double[bands];
                for (int c = 0; c < bands; c++)
                {
                    r[c] = modes.X[m * modes.Size + c] * root[c];
                    i[c] = modes.X[m * modes.Size + bands + c] * root[c];
                }
                candidates.Add((r, i));
            }
            for (int k = 0; k < (end - start) / 2; k++)
            {
                (double[] r, double[] i) = candidates.MaxBy(c => Norm2(c.Re, c.Im));
                double scale = 1 / Math.Sqrt(Norm2(r, i));
                r = Array.ConvertAll(r, v => v * scale);
                i = Array.ConvertAll(i, v => v * scale);
                foreach ((double[] cr, double[] ci) in candidates)
                {
                    double pr = 0, pi = 0;
                    for (int c = 0; c < bands; c++)
                    {
                        pr += r[c] * cr[c] + i[c] * ci[c];
                        pi += r[c] * ci[c] - i[c] * cr[c];
                    }
                    for (int c = 0; c < bands; c++)
                    {
                        cr[c] -= pr * r[c] - pi * i[c];
                        ci[c] -= pr * i[c] + pi * r[c];
                    }
                }
                frequencies[done] = Math.Sqrt(0.5 * (modes.Squares[start + 2 * k] + modes.Squares[start + 2 * k + 1]));
                for (int c = 0; c < bands; c++)
                {
                    re[done * bands + c] = r[c] / root[c];
                    im[done * bands + c] = i[c] / root[c];
                }
                done++;
            }
            start = end;
        }
        return new ComplexModes(frequencies, re, im);
    }

    private static double Norm2(double[] re, double[] im) => re.Sum(x => x * x) + im.Sum(x => x * x);
}
