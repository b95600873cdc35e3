namespace Csp.Physics.Crystals;

/// <summary>
/// A rough volume of a crystal that nobody has computed yet: the sum over its atoms of the volume the element has at that pressure. Elements follow
/// the equation of Vinet et al. (J. Phys.: Condens. Matter 1, 1941 (1989)) with volumes and bulk moduli of the elemental solids (Kittel, Introduction
/// to Solid State Physics, 8th ed., ch. 1 and 3, rounded; H and He: Loubeyre et al., Nature 383, 702 (1996) and Phys. Rev. Lett. 71, 2272 (1993)).
/// N, O and F have volumes as in nitrides, oxides and fluorides, where they are smaller than as molecules. Good to about 20 %: it centres a window to search in.
/// </summary>
public static class VolumeEstimate
{
    private const double Softness = 5;

    // V0 in Å^3 per atom and B0 in GPa, by atomic number; B0' is 5 but for those listed below.
    private static readonly (double Volume, double Modulus)[] Table =
    [
        (21.1, 0.162), (22.8, 0.225),
        (21.6, 11.6), (8.1, 100), (7.3, 178), (5.7, 443), (11.0, 15), (11.5, 20), (12.5, 12), (22.2, 1.1),
        (39.5, 6.8), (23.2, 35.4), (16.6, 72.2), (20.0, 98.8), (18.9, 30.4), (25.8, 8.5), (28.9, 6), (37.5, 2.7),
        (75.5, 3.2), (43.5, 15.2), (25.0, 43.5), (17.7, 105), (13.9, 162), (12.0, 190), (12.2, 120), (11.8, 168), (11.1, 191), (10.9, 186), (11.8, 137), (15.2, 59.8),
        (19.6, 56.9), (22.6, 77.2), (21.5, 39.4), (27.3, 9.1), (32.9, 6), (45.0, 3.3),
        (92.7, 3.1), (56.3, 11.6), (33.0, 36.6), (23.3, 83.3), (18.0, 170), (15.6, 272), (14.3, 297), (13.6, 321), (13.7, 270), (14.7, 181), (17.1, 101), (21.6, 46.7),
        (26.1, 41.1), (27.1, 54), (30.2, 38.3), (33.9, 23), (42.7, 7.7), (59.0, 3.6),
        (115, 2.0), (63.4, 10.3), (37.2, 24.3), (34.4, 23.9), (34.6, 30.6), (34.2, 32.7), (33.6, 35), (33.2, 29.4), (48.1, 14.7), (33.0, 38.3), (32.0, 39.9),
        (31.6, 38.4), (31.1, 39.7), (30.7, 41.1), (30.1, 39.7), (41.2, 13.3), (29.5, 41.1),
        (22.3, 109), (18.0, 200), (15.9, 323), (14.7, 372), (14.0, 418), (14.2, 355), (15.1, 278), (17.0, 173), (23.4, 38.2), (28.6, 35.9), (30.3, 43.0), (35.4, 31.5),
        (37.6, 26), (45, 8), (60, 3.5), (130, 2), (67, 13.2), (37.4, 25), (32.8, 54.3), (24.9, 76), (20.7, 98.7), (19.2, 68), (20.0, 54), (29.2, 30), (30.0, 37),
    ];

    private static readonly Dictionary<string, double> Derivatives = new()
    {
        ["H"] = 6.81,
        ["He"] = 7.35,
        ["Ne"] = 8,
        ["P"] = 6,
        ["S"] = 6,
        ["Cl"] = 6,
        ["Ar"] = 7.2,
        ["Se"] = 6,
        ["Br"] = 6,
        ["Kr"] = 7,
        ["I"] = 6,
        ["Xe"] = 6.5,
    };

    /// <summary>Å^3 per atom of an element.</summary>
    /// <param name="element">The element.</param>
    /// <param name="pressureGPa">Not negative (stretched solids count as unstrained).</param>
    public static double Of(Element element, double pressureGPa)
    {
        (double volume, double modulus) = Table[element.Number - 1];
        double derivative = Derivatives.GetValueOrDefault(element.Symbol, Softness);
        // The pressure falls steadily with x = (V/V0)^(1/3), so halving an interval finds it.
        double low = 0.2, high = 1;
        for (int step = 0; step < 60; step++)
        {
            double x = (low + high) / 2;
            double pressure = 3 * modulus * (1 - x) / (x * x) * Math.Exp(1.5 * (derivative - 1) * (1 - x));
            (low, high) = pressure > pressureGPa ? (x, high) : (low, x);
        }
        return volume * Math.Pow((low + high) / 2, 3);
    }

    /// <summary>Å^3 of all atoms of a composition.</summary>
    public static double Of(Composition composition, double pressureGPa) => composition.Counts.Sum(c => c.Count * Of(c.Element, pressureGPa));

    /// <summary>A window around the estimate that random crystals can be drawn from, Å^3: 25 % less to 30 % more.</summary>
    public static (double Min, double Max) Window(Composition composition, double pressureGPa)
    {
        double volume = Of(composition, pressureGPa);
        return (0.75 * volume, 1.3 * volume);
    }
}
