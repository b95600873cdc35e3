namespace Csp.Physics.Crystals;

/// <summary>
/// A chemical element, H to Cm. Masses in amu: IUPAC standard atomic weights 2021 (abridged; mass number of the longest-lived
/// isotope where there is none). Covalent radii in Å: Cordero et al., Dalton Trans. 2832 (2008).
/// </summary>
public sealed record Element
{
    private static readonly Element[] Table =
    [
        new("H", 1, 1.008, 0.31),
        new("He", 2, 4.002602, 0.28),
        new("Li", 3, 6.94, 1.28),
        new("Be", 4, 9.0121831, 0.96),
        new("B", 5, 10.81, 0.84),
        new("C", 6, 12.011, 0.76),
        new("N", 7, 14.007, 0.71),
        new("O", 8, 15.999, 0.66),
        new("F", 9, 18.998403162, 0.57),
        new("Ne", 10, 20.1797, 0.58),
        new("Na", 11, 22.98976928, 1.66),
        new("Mg", 12, 24.305, 1.41),
        new("Al", 13, 26.9815384, 1.21),
        new("Si", 14, 28.085, 1.11),
        new("P", 15, 30.973761998, 1.07),
        new("S", 16, 32.06, 1.05),
        new("Cl", 17, 35.45, 1.02),
        new("Ar", 18, 39.95, 1.06),
        new("K", 19, 39.0983, 2.03),
        new("Ca", 20, 40.078, 1.76),
        new("Sc", 21, 44.955907, 1.70),
        new("Ti", 22, 47.867, 1.60),
        new("V", 23, 50.9415, 1.53),
        new("Cr", 24, 51.9961, 1.39),
        new("Mn", 25, 54.938043, 1.39),
        new("Fe", 26, 55.845, 1.32),
        new("Co", 27, 58.933194, 1.26),
        new("Ni", 28, 58.6934, 1.24),
        new("Cu", 29, 63.546, 1.32),
        new("Zn", 30, 65.38, 1.22),
        new("Ga", 31, 69.723, 1.22),
        new("Ge", 32, 72.630, 1.20),
        new("As", 33, 74.921595, 1.19),
        new("Se", 34, 78.971, 1.20),
        new("Br", 35, 79.904, 1.20),
        new("Kr", 36, 83.798, 1.16),
        new("Rb", 37, 85.4678, 2.20),
        new("Sr", 38, 87.62, 1.95),
        new("Y", 39, 88.905838, 1.90),
        new("Zr", 40, 91.224, 1.75),
        new("Nb", 41, 92.90637, 1.64),
        new("Mo", 42, 95.95, 1.54),
        new("Tc", 43, 97, 1.47),
        new("Ru", 44, 101.07, 1.46),
        new("Rh", 45, 102.90549, 1.42),
        new("Pd", 46, 106.42, 1.39),
        new("Ag", 47, 107.8682, 1.45),
        new("Cd", 48, 112.414, 1.44),
        new("In", 49, 114.818, 1.42),
        new("Sn", 50, 118.710, 1.39),
        new("Sb", 51, 121.760, 1.39),
        new("Te", 52, 127.60, 1.38),
        new("I", 53, 126.90447, 1.39),
        new("Xe", 54, 131.293, 1.40),
        new("Cs", 55, 132.90545196, 2.44),
        new("Ba", 56, 137.327, 2.15),
        new("La", 57, 138.90547, 2.07),
        new("Ce", 58, 140.116, 2.04),
        new("Pr", 59, 140.90766, 2.03),
        new("Nd", 60, 144.242, 2.01),
        new("Pm", 61, 145, 1.99),
        new("Sm", 62, 150.36, 1.98),
        new("Eu", 63, 151.964, 1.98),
        new("Gd", 64, 157.25, 1.96),
        new("Tb", 65, 158.925354, 1.94),
        new("Dy", 66, 162.500, 1.92),
        new("Ho", 67, 164.930329, 1.92),
        new("Er", 68, 167.259, 1.89),
        new("Tm", 69, 168.934219, 1.90),
        new("Yb", 70, 173.045, 1.87),
        new("Lu", 71, 174.9668, 1.87),
        new("Hf", 72, 178.486, 1.75),
        new("Ta", 73, 180.94788, 1.70),
        new("W", 74, 183.84, 1.62),
        new("Re", 75, 186.207, 1.51),
        new("Os", 76, 190.23, 1.44),
        new("Ir", 77, 192.217, 1.41),
        new("Pt", 78, 195.084, 1.36),
        new("Au", 79, 196.966570, 1.36),
        new("Hg", 80, 200.592, 1.32),
        new("Tl", 81, 204.38, 1.45),
        new("Pb", 82, 207.2, 1.46),
        new("Bi", 83, 208.98040, 1.48),
        new("Po", 84, 209, 1.40),
        new("At", 85, 210, 1.50),
        new("Rn", 86, 222, 1.50),
        new("Fr", 87, 223, 2.60),
        new("Ra", 88, 226, 2.21),
        new("Ac", 89, 227, 2.15),
        new("Th", 90, 232.0377, 2.06),
        new("Pa", 91, 231.03588, 2.00),
        new("U", 92, 238.02891, 1.96),
        new("Np", 93, 237, 1.90),
        new("Pu", 94, 244, 1.87),
        new("Am", 95, 243, 1.80),
        new("Cm", 96, 247, 1.69),
    ];

    private static readonly Dictionary<string, Element> BySymbol = Table.ToDictionary(e => e.Symbol);

    private Element(string symbol, int number, double mass, double covalentRadius) =>
        (Symbol, Number, Mass, CovalentRadius) = (symbol, number, mass, covalentRadius);

    /// <summary>All elements that Csp knows, by atomic number.</summary>
    public static IReadOnlyList<Element> All => Table;

    public string Symbol { get; }

    /// <summary>Atomic number Z.</summary>
    public int Number { get; }

    /// <summary>Mass in amu.</summary>
    public double Mass { get; }

    /// <summary>Covalent radius in Å.</summary>
    public double CovalentRadius { get; }

    /// <exception cref="ArgumentException">No such element.</exception>
    public static Element FromSymbol(string symbol) => TryFromSymbol(symbol)
        ?? throw new ArgumentException($"'{symbol}' is not a chemical element that Csp knows (H to Cm)");

    public static Element? TryFromSymbol(string symbol) => BySymbol.GetValueOrDefault(symbol);

    /// <exception cref="ArgumentException">Z is not in 1..96.</exception>
    public static Element FromNumber(int z) => z >= 1 && z <= Table.Length
        ? Table[z - 1]
        : throw new ArgumentException($"there is no element with atomic number {z} in Csp's table (1 to {Table.Length})");

    public override string ToString() => Symbol;
}
