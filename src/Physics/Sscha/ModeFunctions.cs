namespace Csp.Physics.Sscha;

/// <summary>Functions of mode frequencies (Ry) and thermal energies kT (Ry, 0 = ground state).</summary>
internal static class ModeFunctions
{
    /// <summary>a² = coth(w/2kT)/(2w): variance of the mass-weighted amplitude.</summary>
    public static double Variance(double w, double kT) => Coth(w, kT) / (2 * w);

    public static double Coth(double w, double kT) => kT == 0 ? 1 : 1 / Math.Tanh(w / (2 * kT));

    /// <summary>
    /// K = [ψ(w) - ψ(v)]/(w² - v²) with ψ = a²: how covariances answer to force constants. Negative. Close pairs use the derivative dψ/d(w²) half-way,
    /// which is right to second order in the difference.
    /// </summary>
    public static double Response(double w, double v, double kT)
    {
        double w2 = w * w, v2 = v * v, difference = w2 - v2;
        if (Math.Abs(difference) > 1e-5 * (w2 + v2))
            return (Variance(w, kT) - Variance(v, kT)) / difference;
        double middle = Math.Sqrt(0.5 * (w2 + v2));
        double coth = Coth(middle, kT);
        double slope = -coth / (2 * middle * middle);
        if (kT > 0)
        {
            double sinh = Math.Sinh(middle / (2 * kT));
            slope -= double.IsInfinity(sinh) ? 0 : 1 / (4 * middle * kT * sinh * sinh);
        }
        return slope / (2 * middle);
    }
}

/// <summary>Harmonic thermodynamics of a set of modes.</summary>
/// <param name="FreeEnergy">Σ w/2 + kT ln(1 - exp(-w/kT)), Ry.</param>
/// <param name="Entropy">-dF/dT, Ry/K.</param>
/// <param name="HeatCapacity">T dS/dT, Ry/K.</param>
public readonly record struct Thermodynamics(double FreeEnergy, double Entropy, double HeatCapacity)
{
    /// <param name="frequencies">Ry, positive.</param>
    /// <param name="temperature">K.</param>
    /// <param name="boltzmann">Ry/K.</param>
    public static Thermodynamics Of(IEnumerable<double> frequencies, double temperature, double boltzmann)
    {
        double kT = temperature * boltzmann, f = 0, s = 0, c = 0;
        foreach (double w in frequencies)
        {
            f += w / 2;
            if (kT == 0)
                continue;
            double x = w / kT, occupation = 1 / double.ExpM1(x);
            double log = Math.Log(-double.ExpM1(-x));
            f += kT * log;
            s += boltzmann * ((double.IsInfinity(1 / occupation) ? 0 : x * occupation) - log);
            if (x < 600)
                c += boltzmann * x * x * occupation * (occupation + 1);
        }
        return new Thermodynamics(f, s, c);
    }
}
