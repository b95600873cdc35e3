using System.Globalization;

namespace Csp.Host.Configuration;

/// <summary>A kind of number in configuration files and options: its own unit and the others that are understood.</summary>
public sealed class Quantity
{
    public static readonly Quantity Plain = new("a number");
    public static readonly Quantity Pressure = new("a pressure in GPa", ("GPa", 1), ("TPa", 1000), ("MPa", 1e-3), ("kbar", 0.1), ("Mbar", 100));
    public static readonly Quantity Length = new("a length in Å", ("Å", 1), ("A", 1), ("Angstrom", 1), ("nm", 10), ("bohr", 0.529177210903));
    public static readonly Quantity InverseLength = new("a number in 1/Å", ("1/Å", 1), ("1/A", 1), ("1/Angstrom", 1));
    public static readonly Quantity Volume = new("a volume in Å^3", ("Å^3", 1), ("A^3", 1), ("Å3", 1), ("A3", 1));
    public static readonly Quantity EnergyMeV = new("an energy in meV", ("meV", 1), ("eV", 1000));
    public static readonly Quantity EnergyRy = new("an energy in Ry", ("Ry", 1), ("Ha", 2), ("eV", 1 / 13.605693122994));
    public static readonly Quantity Force = new("a force in eV/Å", ("eV/Å", 1), ("eV/A", 1), ("eV/Angstrom", 1), ("meV/Å", 1e-3), ("meV/A", 1e-3));
    public static readonly Quantity Temperature = new("a temperature in K", ("K", 1));
    public static readonly Quantity Bytes = new("a size in bytes", ("B", 1), ("kB", 1000), ("KiB", 1024), ("MB", 1e6), ("MiB", 1024 * 1024));

    public static readonly Quantity Time = new("a duration such as 30 s or 25 minutes",
        ("s", 1), ("second", 1), ("seconds", 1), ("ms", 1e-3), ("m", 60), ("min", 60), ("minute", 60), ("minutes", 60),
        ("h", 3600), ("hour", 3600), ("hours", 3600), ("d", 86400), ("day", 86400), ("days", 86400));

    private readonly (string Unit, double Factor)[] _units;

    private Quantity(string name, params (string Unit, double Factor)[] units) => (Name, _units) = (name, units);

    /// <summary>With its article and unit, for sentences: "a pressure in GPa".</summary>
    public string Name { get; }

    /// <summary>Reads a number with or without a unit; without one it is in the own unit.</summary>
    /// <exception cref="FormatException">One clause that says what was expected.</exception>
    public double Parse(string text)
    {
        string trimmed = text.Trim();
        int end = 0;
        while (end < trimmed.Length && (char.IsAsciiDigit(trimmed[end]) || trimmed[end] is '.' or '+' or '-' || IsExponent(trimmed, end)))
            end++;
        if (end == 0 || !double.TryParse(trimmed.AsSpan(0, end), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            throw new FormatException($"'{trimmed}' is not {Name}");
        string unit = trimmed[end..].Trim();
        if (unit.Length == 0)
            return number;
        foreach ((string name, double factor) in _units)
        {
            if (name == unit)
                return number * factor;
        }
        string known = _units.Length == 0 ? "it has no unit" : $"units: {string.Join(", ", _units.Select(u => u.Unit))}";
        throw new FormatException($"'{trimmed}' is not {Name} ('{unit}' is not understood; {known})");
    }

    /// <summary>e or E that belongs to the number: after a digit and before a digit or sign.</summary>
    private static bool IsExponent(string text, int i) => text[i] is 'e' or 'E' && i > 0 && char.IsAsciiDigit(text[i - 1])
        && i + 1 < text.Length && (char.IsAsciiDigit(text[i + 1]) || (text[i + 1] is '+' or '-' && i + 2 < text.Length && char.IsAsciiDigit(text[i + 2])));
}
