using Csp.Physics.Crystals;

namespace Csp.Physics.Potentials;

/// <summary>V(r) - V(rc) - (r - rc) V'(rc) for r &lt; rc with V = 4ε[(σ/r)^12 - (σ/r)^6]: energy and force go to zero at the cutoff. One element.</summary>
/// <param name="element">The element.</param>
/// <param name="epsilon">eV.</param>
/// <param name="sigma">Å.</param>
/// <param name="cutoff">Å.</param>
public sealed class ShiftedForceLennardJones(Element element, double epsilon, double sigma, double cutoff) : PairPotential
{
    private readonly (double Energy, double Derivative) _end = Plain(epsilon, sigma, cutoff);

    public override string Name => "shifted-force Lennard-Jones";

    public override double Cutoff => cutoff;

    public override bool Supports(Element other) => other == element;

    protected override (double Energy, double Derivative) Pair(Element a, Element b, double distance)
    {
        (double energy, double derivative) = Plain(epsilon, sigma, distance);
        return (energy - _end.Energy - (distance - cutoff) * _end.Derivative, derivative - _end.Derivative);
    }

    private static (double Energy, double Derivative) Plain(double epsilon, double sigma, double r)
    {
        double x = sigma / r, x2 = x * x, s6 = x2 * x2 * x2;
        return (4 * epsilon * s6 * (s6 - 1), -24 * epsilon * s6 * (2 * s6 - 1) / r);
    }
}
