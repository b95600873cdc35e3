namespace Csp.Learning.Architectures;

/// <summary>
/// Radial functions f_k(r) = T_k(x) c(u) with u = r/rc, x = 1 - 2u²(1 + a²)/(u² + a²), a = 1.5 Å/rc, and the cutoff function
/// c(u) = (1-u)⁴(1 + 4u + 10u² + 20u³), whose first three derivatives vanish at both ends: energies have continuous third derivatives when
/// an atom crosses the cutoff, which phonons and free-energy Hessians need. The argument x runs from 1 at r = 0 to -1 at the cutoff and
/// spends its range where bonds are: it changes fastest at 0.9 Å, and hardly where no atoms meet.
/// </summary>
public static class ChebyshevBasis
{
    /// <summary>Å; half of the range of x lies below about this distance.</summary>
    public const double BondLength = 1.5;

    /// <summary>c(u) for 0 ≤ u ≤ 1; 0 beyond.</summary>
    public static double Cutoff(double u)
    {
        if (u >= 1)
            return 0;
        double v = 1 - u;
        return v * v * v * v * (1 + u * (4 + u * (10 + 20 * u)));
    }

    /// <summary>dc/du = -140 u³(1-u)³.</summary>
    public static double CutoffSlope(double u)
    {
        if (u >= 1)
            return 0;
        double w = u * (1 - u);
        return -140 * w * w * w;
    }

    /// <summary>All functions of the basis and their derivatives at one distance.</summary>
    /// <param name="r">Å.</param>
    /// <param name="cutoff">rc, Å.</param>
    /// <param name="values">Out: f_k, k = 0 .. length-1.</param>
    /// <param name="slopes">Out: df_k/dr, 1/Å; same length.</param>
    public static void Evaluate(double r, double cutoff, Span<double> values, Span<double> slopes)
    {
        double u = Math.Min(r / cutoff, 1);
        double c = Cutoff(u), dc = CutoffSlope(u) / cutoff;
        double a2 = BondLength / cutoff * (BondLength / cutoff), inverse = 1 / (u * u + a2);
        double x = 1 - 2 * u * u * (1 + a2) * inverse, dx = -4 * u * a2 * (1 + a2) * inverse * inverse / cutoff;
        double before = 1, now = x, slopeBefore = 0, slopeNow = 1;
        for (int k = 0; k < values.Length; k++)
        {
            values[k] = before * c;
            slopes[k] = slopeBefore * dx * c + before * dc;
            double next = 2 * x * now - before, slopeNext = 2 * now + 2 * x * slopeNow - slopeBefore;
            (before, now, slopeBefore, slopeNow) = (now, next, slopeNow, slopeNext);
        }
    }
}
