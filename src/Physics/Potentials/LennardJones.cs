using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Potentials;

/// <summary>One pair of elements in a Lennard-Jones potential.</summary>
/// <param name="Epsilon">Depth of the well, eV.</param>
/// <param name="Sigma">Distance of zero energy before smoothing, Å.</param>
public readonly record struct LennardJonesPair(double Epsilon, double Sigma);

/// <summary>
/// E = Σ_pairs 4ε[(σ/r)^12 − (σ/r)^6]·w(x), with x from 0 to 1 over the last tenth before the cutoff r_c = factor·σ and
/// w = 1 − 10x³ + 15x⁴ − 6x⁵, so that energy, force and its derivative vanish at r_c. One or several elements.
/// </summary>
public sealed class LennardJones : PairPotential
{
    private readonly ImmutableDictionary<(Element, Element), LennardJonesPair> _pairs;
    private readonly double _factor;

    /// <param name="pairs">Either order of a pair counts.</param>
    /// <param name="cutoffFactor">r_c/σ.</param>
    public LennardJones(IEnumerable<KeyValuePair<(Element, Element), LennardJonesPair>> pairs, double cutoffFactor = 3)
    {
        ImmutableDictionary<(Element, Element), LennardJonesPair>.Builder both = ImmutableDictionary.CreateBuilder<(Element, Element), LennardJonesPair>();
        foreach (((Element a, Element b), LennardJonesPair pair) in pairs)
            both[(a, b)] = both[(b, a)] = pair;
        _pairs = both.ToImmutable();
        _factor = cutoffFactor;
        Cutoff = cutoffFactor * _pairs.Values.Max(p => p.Sigma);
    }

    /// <summary>One element.</summary>
    public LennardJones(Element element, double epsilon, double sigma, double cutoffFactor = 3)
        : this([KeyValuePair.Create((element, element), new LennardJonesPair(epsilon, sigma))], cutoffFactor)
    {
    }

    /// <summary>Argon: ε = 0.0104 eV, σ = 3.4 Å (A. Rahman, Phys. Rev. 136, A405 (1964)).</summary>
    public static LennardJones Argon { get; } = new(Element.FromSymbol("Ar"), 0.0104, 3.4);

    /// <summary>
    /// The binary mixture of Kob and Andersen, Phys. Rev. Lett. 73, 1376 (1994), in units of ε_AA = 1 eV, σ_AA = 2 Å, here A = Ni and B = P:
    /// ε_AB = 1.5, σ_AB = 0.8, ε_BB = 0.5, σ_BB = 0.88. Its AB crystal is of the CsCl type (Fernández and Harrowell, Phys. Rev. E 67, 011403 (2003)).
    /// </summary>
    public static LennardJones KobAndersen { get; } = Binary("Ni", "P", new(1, 2), new(1.5, 1.6), new(0.5, 1.76));

    /// <summary>
    /// The binary mixture of Wahnström, Phys. Rev. A 44, 3752 (1991), in units of ε = 1 eV (all pairs), σ_AA = 2.85 Å, here A = Mg and B = Zn: σ_AB = 11/12,
    /// σ_BB = 5/6. Its AB2 crystal is the Laves phase of MgZn2, 12 atoms (Pedersen, Schrøder and Dyre, Phys. Rev. Lett. 104, 105701 (2010)).
    /// </summary>
    public static LennardJones Wahnstrom { get; } = Binary("Mg", "Zn", new(1, 2.85), new(1, 2.85 * 11 / 12), new(1, 2.85 * 5 / 6));

    public override string Name => "Lennard-Jones";

    public override double Cutoff { get; }

    public static LennardJones Binary(string a, string b, LennardJonesPair aa, LennardJonesPair ab, LennardJonesPair bb, double cutoffFactor = 3)
    {
        (Element ea, Element eb) = (Element.FromSymbol(a), Element.FromSymbol(b));
        return new LennardJones([KeyValuePair.Create((ea, ea), aa), KeyValuePair.Create((ea, eb), ab), KeyValuePair.Create((eb, eb), bb)], cutoffFactor);
    }

    public override bool Supports(Element element) => _pairs.ContainsKey((element, element));

    protected override (double Energy, double Derivative) Pair(Element a, Element b, double distance)
    {
        LennardJonesPair pair = _pairs[(a, b)];
        double end = _factor * pair.Sigma, start = 0.9 * end;
        if (distance >= end)
            return (0, 0);
        double s6 = Math.Pow(pair.Sigma / distance, 6);
        double energy = 4 * pair.Epsilon * (s6 * s6 - s6);
        double derivative = -24 * pair.Epsilon * (2 * s6 * s6 - s6) / distance;
        if (distance <= start)
            return (energy, derivative);
        double x = (distance - start) / (end - start);
        double w = 1 - x * x * x * (10 - 15 * x + 6 * x * x);
        double dw = -30 * x * x * (1 - x) * (1 - x) / (end - start);
        return (energy * w, derivative * w + energy * dw);
    }
}
