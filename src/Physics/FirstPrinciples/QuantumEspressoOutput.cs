using System.Globalization;
using System.Text.RegularExpressions;
using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>What pw.x printed: a complete set of numbers, or why there is none.</summary>
internal abstract partial record QuantumEspressoOutput
{
    private QuantumEspressoOutput()
    {
    }

    /// <summary>Converged. Energy eV, forces eV/Å, stress eV/Å^3 with ASE's sign; version as printed, e.g. 6.7MaX.</summary>
    public sealed record Converged(double Energy, double[] Forces, Mat3 Stress, string Version) : QuantumEspressoOutput;

    /// <summary>No numbers. <paramref name="Retry"/>: gentler settings may help.</summary>
    public sealed record Failed(string Reason, bool Retry) : QuantumEspressoOutput;

    /// <summary>Converged, but the highest band holds electrons somewhere: it needs more bands.</summary>
    public sealed record TooFewBands : QuantumEspressoOutput;

    /// <summary>
    /// Reads the text of one SCF calculation. The energy is the one marked "!": with smearing it is the Mermin free energy E - TS
    /// (generalised for Methfessel-Paxton), of which forces and stress are the derivatives.
    /// </summary>
    /// <param name="text">Standard output.</param>
    /// <param name="atoms">How many forces must be there.</param>
    public static QuantumEspressoOutput Parse(string text, int atoms)
    {
        if (ErrorBox().Match(text) is { Success: true } box)
        {
            string message = Spaces().Replace(box.Groups["message"].Value, " ").Trim();
            return new Failed($"pw.x stopped: {message}", Retry: EigensolverTrouble().IsMatch(message));
        }
        if (text.Contains("convergence NOT achieved", StringComparison.Ordinal))
            return new Failed("the self-consistent field did not converge", Retry: true);
        if (!text.Contains("JOB DONE.", StringComparison.Ordinal))
            return new Failed("pw.x ended before its output was complete", Retry: true);
        if (!text.Contains("convergence has been achieved", StringComparison.Ordinal))
            return new Failed("pw.x did not report convergence", Retry: true);
        try
        {
            double energy = Number(EnergyLine().Match(text).Groups["e"].Value) * Units.RydbergInEv;
            double[] forces = ReadForces(text, atoms);
            Mat3 stress = ReadStress(text);
            return HighestOccupation(text) > 5e-5 ? new TooFewBands() : new Converged(energy, forces, stress, VersionOf(text) ?? throw new FormatException("the program's version is missing"));
        }
        catch (FormatException e)
        {
            return new Failed($"pw.x's output cannot be read: {e.Message}", Retry: true);
        }
    }

    /// <summary>The version in pw.x's banner, or null.</summary>
    public static string? VersionOf(string text) => VersionLine().Match(text) is { Success: true } m ? m.Groups["v"].Value : null;

    /// <summary>
    /// Largest |occupation| of the highest band over all k-points, printed (verbosity = 'high') to four digits after the bands of each
    /// k-point.
    /// </summary>
    private static double HighestOccupation(string text)
    {
        double? highest = null;
        string? last = null;
        bool inside = false;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> row = line.Trim();
            if (inside && row.IsEmpty)
            {
                highest = Math.Max(highest ?? 0, Math.Abs(Number(last?.Split(' ')[^1] ?? "")));
                (inside, last) = (false, null);
            }
            else if (inside)
            {
                last = row.ToString();
            }
            else if (row.SequenceEqual("occupation numbers"))
            {
                inside = true;
            }
        }
        return highest ?? throw new FormatException("there are no occupation numbers");
    }

    private static double[] ReadForces(string text, int atoms)
    {
        double[] forces = new double[3 * atoms];
        int found = 0;
        foreach (string[] words in Lines(text, "Forces acting on atoms", atoms + 2))
        {
            // "atom    1 type  1   force =     0.00416680    0.01247235   -0.00256919"
            if (words is not ["atom", var atom, "type", _, "force", "=", ..] || words.Length != 9)
                continue;
            if (found == atoms || atom != (found + 1).ToString(CultureInfo.InvariantCulture))
                throw new FormatException($"the force on atom {found + 1} is missing");
            for (int a = 0; a < 3; a++)
                forces[3 * found + a] = Number(words[6 + a]) * (Units.RydbergInEv / Units.BohrInAngstrom);
            found++;
        }
        return found == atoms ? forces : throw new FormatException($"there are forces on {found} of {atoms} atoms");
    }

    private static Mat3 ReadStress(string text)
    {
        double[] rows = [.. Lines(text, "Computing stress", 6).Where(w => w.Length == 6 && w[0] != "total").SelectMany(w => w[..3]).Select(Number)];
        if (rows.Length != 9)
            throw new FormatException("there is no stress");
        // pw.x prints -(1/V) dE/d strain in Ry/bohr^3, and in kbar beside it; the last printed digit may break the symmetry.
        Mat3 printed = Mat3.FromSpan(rows);
        return -0.5 * (Units.RydbergInEv / Math.Pow(Units.BohrInAngstrom, 3)) * (printed + printed.Transpose);
    }

    /// <summary>The words of the lines that follow the last line with <paramref name="heading"/>.</summary>
    private static IEnumerable<string[]> Lines(string text, string heading, int count)
    {
        int start = text.LastIndexOf(heading, StringComparison.Ordinal);
        return start < 0
            ? []
            : text[start..].Split('\n', count + 2).Skip(1).Take(count).Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static double Number(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double x) && double.IsFinite(x)
            ? x
            : throw new FormatException(word.Length == 0 ? "a number is missing" : $"'{word}' is not a number");

    [GeneratedRegex(@"Program PWSCF v\.(?<v>\S+)")]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"^!\s+total energy\s+=\s*(?<e>\S+) Ry", RegexOptions.Multiline)]
    private static partial Regex EnergyLine();

    [GeneratedRegex(@"%{20,}\s*(?<message>.*?)\s*%{20,}", RegexOptions.Singleline)]
    private static partial Regex ErrorBox();

    [GeneratedRegex("cdiaghg|rdiaghg|cholesky|c_bands|not converged|S matrix|ppcg|efermig|potinit", RegexOptions.IgnoreCase)]
    private static partial Regex EigensolverTrouble();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
