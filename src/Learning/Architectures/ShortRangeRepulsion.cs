using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures;

/// <summary>
/// Screened repulsion of two nuclei, V(r) = (Z Z' e²/r) φ(r/a) s(r): the universal screening function of Ziegler, Biersack and Littmark
/// (The Stopping and Range of Ions in Matter, 1985), switched off between an inner and an outer radius with three continuous derivatives.
/// The radii are 0.4 and 0.8 of the sum of covalent radii (Å: H-S 0.54 to 1.09, S-S 0.84 to 1.68), with a floor that keeps H-H effective
/// (0.30 to 0.60): bonds of dense hydrides, quantum fluctuations included, are hardly touched, and atoms of a random crystal cannot fall
/// into each other.
/// Not trained, always on.
/// </summary>
public sealed class ShortRangeRepulsion
{
    /// <summary>e²/(4π ε0) in eV Å (CODATA 2018).</summary>
    private const double Coulomb = 14.399645478;

    private const double SmallestOuter = 0.6;

    /// <summary>φ(x) = Σ weight·exp(-decay·x).</summary>
    internal static readonly (double Weight, double Decay)[] Screening = [(0.18175, 3.19980), (0.50986, 0.94229), (0.28022, 0.40290), (0.02817, 0.20162)];

    public ShortRangeRepulsion(Element a, Element b)
    {
        double sum = a.CovalentRadius + b.CovalentRadius;
        Outer = Math.Max(0.8 * sum, SmallestOuter);
        Inner = Outer / 2;
        Strength = Coulomb * a.Number * b.Number;
        Length = 0.46850 / (Math.Pow(a.Number, 0.23) + Math.Pow(b.Number, 0.23));
    }

    /// <summary>Z Z' e², eV Å.</summary>
    internal double Strength { get; }

    /// <summary>Screening length a, Å.</summary>
    internal double Length { get; }

    /// <summary>Full strength below this distance, Å.</summary>
    public double Inner { get; }

    /// <summary>Zero from this distance on, Å.</summary>
    public double Outer { get; }

    /// <summary>V in eV and dV/dr in eV/Å of one pair at distance r (Å).</summary>
    public (double Energy, double Slope) At(double r)
    {
        if (r >= Outer)
            return (0, 0);
        double x = r / Length, screening = 0, screeningSlope = 0;
        foreach ((double weight, double decay) in Screening)
        {
            double term = weight * Math.Exp(-decay * x);
            screening += term;
            screeningSlope -= decay * term / Length;
        }
        double bare = Strength / r;
        double energy = bare * screening, slope = bare * (screeningSlope - screening / r);
        if (r <= Inner)
            return (energy, slope);
        double width = Outer - Inner, u = (r - Inner) / width;
        double s = ChebyshevBasis.Cutoff(u), ds = ChebyshevBasis.CutoffSlope(u) / width;
        return (energy * s, slope * s + energy * ds);
    }
}
