using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Potentials;

/// <summary>One pair of elements in a Buckingham potential: A exp(−r/ρ) − C/r^6 + D/r^12.</summary>
/// <param name="A">eV.</param>
/// <param name="Rho">Å.</param>
/// <param name="C">eV Å^6.</param>
/// <param name="D">eV Å^12; keeps atoms from falling into the −C/r^6 hole, negligible at bond lengths.</param>
public readonly record struct BuckinghamPair(double A, double Rho, double C, double D);

/// <summary>
/// Ions with point charges: E = Σ_pairs [A exp(−r/ρ) − C/r^6 + D/r^12] (shifted to 0 at the cutoff) + the Coulomb energy, summed
/// after Ewald with forces and stress. The cell must be neutral.
/// </summary>
public sealed class Buckingham : PairPotential
{
    private readonly ImmutableDictionary<(Element, Element), BuckinghamPair> _pairs;
    private readonly ImmutableDictionary<Element, double> _charges;

    /// <param name="charges">In elementary charges.</param>
    /// <param name="pairs">Either order of a pair counts; pairs that are not listed feel charges only.</param>
    /// <param name="cutoff">Å, of the pair terms and of Ewald's real-space sum.</param>
    public Buckingham(
        IEnumerable<KeyValuePair<Element, double>> charges, IEnumerable<KeyValuePair<(Element, Element), BuckinghamPair>> pairs, double cutoff = 7)
    {
        _charges = charges.ToImmutableDictionary();
        ImmutableDictionary<(Element, Element), BuckinghamPair>.Builder both = ImmutableDictionary.CreateBuilder<(Element, Element), BuckinghamPair>();
        foreach (((Element a, Element b), BuckinghamPair pair) in pairs)
            both[(a, b)] = both[(b, a)] = pair;
        _pairs = both.ToImmutable();
        Cutoff = cutoff;
    }

    /// <summary>
    /// TiO2 of Matsui and Akaogi, Mol. Simul. 6, 239 (1991): charges +2.196 and −1.098; rutile is its ground state (before anatase and brookite).
    /// The D terms are ours.
    /// </summary>
    public static Buckingham TitaniumDioxide { get; } = Matsui();

    public override string Name => "Buckingham";

    public override double Cutoff { get; }

    public override bool Supports(Element element) => _charges.ContainsKey(element);

    protected override (double Energy, double Derivative) Pair(Element a, Element b, double distance)
    {
        if (!_pairs.TryGetValue((a, b), out BuckinghamPair pair))
            return (0, 0);
        double exponential = pair.A * Math.Exp(-distance / pair.Rho);
        double r6 = 1 / Math.Pow(distance, 6);
        return (exponential - pair.C * r6 + pair.D * r6 * r6 - AtCutoff(pair),
            -exponential / pair.Rho + (6 * pair.C * r6 - 12 * pair.D * r6 * r6) / distance);
    }

    protected override double Accumulate(Crystal crystal, NeighborList list, ReadOnlySpan<double> positions, Span<double> forces, out Mat3 virial)
    {
        double energy = base.Accumulate(crystal, list, positions, forces, out Mat3 pairVirial);
        double[] charges = [.. crystal.Elements.Select(e => _charges[e])];
        if (Math.Abs(charges.Sum()) > 1e-6)
            throw new PotentialException($"{crystal.Composition} is not neutral: its charges add up to {charges.Sum():G4}");
        energy += EwaldSum.Accumulate(crystal, charges, list, positions, Cutoff, forces, out Mat3 coulombVirial);
        virial = pairVirial + coulombVirial;
        return energy;
    }

    private double AtCutoff(BuckinghamPair pair) => pair.A * Math.Exp(-Cutoff / pair.Rho) - pair.C / Math.Pow(Cutoff, 6) + pair.D / Math.Pow(Cutoff, 12);

    private static Buckingham Matsui()
    {
        (Element ti, Element o) = (Element.FromSymbol("Ti"), Element.FromSymbol("O"));
        return new Buckingham(
            [KeyValuePair.Create(ti, 2.196), KeyValuePair.Create(o, -1.098)],
            [
                KeyValuePair.Create((ti, ti), new BuckinghamPair(31120.1, 0.154, 5.25, 3)),
                KeyValuePair.Create((ti, o), new BuckinghamPair(16957.53, 0.194, 12.59, 10)),
                KeyValuePair.Create((o, o), new BuckinghamPair(11782.76, 0.234, 30.22, 60)),
            ]);
    }
}
