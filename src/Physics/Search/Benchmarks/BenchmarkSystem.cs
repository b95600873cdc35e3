using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Search.Benchmarks;

/// <summary>A search whose answer is known.</summary>
/// <param name="Name">For tables.</param>
/// <param name="Potential">The potential.</param>
/// <param name="Settings">The search; its seed is replaced in every repeat.</param>
/// <param name="GroundState">The known best structure; it is relaxed with the potential before the repeats.</param>
/// <param name="Tolerance">A structure within this enthalpy of the ground state counts as found, eV/atom.</param>
public sealed record BenchmarkSystem(string Name, IPotential Potential, SearchSettings Settings, Crystal GroundState, double Tolerance)
{
    /// <summary>All systems with an analytic potential, small to large.</summary>
    public static ImmutableArray<BenchmarkSystem> All { get; } = [LennardJonesCrystal(), BinaryLennardJones(), Silicon(8), Silicon(16), TitaniumDioxide(2)];

    /// <summary>8 atoms of Lennard-Jones argon; hcp is lowest, fcc 0.01 % above, so either (and their polytypes) counts.</summary>
    public static BenchmarkSystem LennardJonesCrystal() => new(
        "Lennard-Jones Ar8", LennardJones.Argon,
        Search("Ar", 8, 30, 55, 3.2), Cubic("Ar", 5.26, 0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5), 2e-4);

    /// <summary>AB crystal of Kob and Andersen's mixture, 8 atoms; CsCl type (Fernández and Harrowell, Phys. Rev. E 67, 011403 (2003)).</summary>
    public static BenchmarkSystem BinaryLennardJones() => new(
        "binary Lennard-Jones A4B4", LennardJones.KobAndersen,
        Search("NiP", 4, 4.2, 7, 1.5) with { PressureGPa = 0 }, Cubic("NiP", 2.0, 0, 0, 0, 0.5, 0.5, 0.5), 2e-3);

    /// <summary>Stillinger-Weber silicon; diamond.</summary>
    public static BenchmarkSystem Silicon(int atoms) => new(
        $"Stillinger-Weber Si{atoms}", StillingerWeber.Silicon, Search("Si", atoms, 15, 25, 1.9),
        Cubic("Si", 5.431, 0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5, 0.25, 0.25, 0.25, 0.75, 0.75, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0.75), 2e-3);

    /// <summary>TiO2 of Matsui and Akaogi; rutile.</summary>
    public static BenchmarkSystem TitaniumDioxide(int formulaUnits) => new(
        $"Buckingham Ti{formulaUnits}O{2 * formulaUnits}", Buckingham.TitaniumDioxide, Search("TiO2", formulaUnits, 9, 14, 1.5),
        new Crystal(
            Mat3.Diagonal(4.594, 4.594, 2.959), Elements("TiTiOOOO"),
            [0, 0, 0, 0.5, 0.5, 0.5, 0.305, 0.305, 0, 0.695, 0.695, 0, 0.195, 0.805, 0.5, 0.805, 0.195, 0.5]), 2e-3);

    private static SearchSettings Search(string formula, int units, double minVolume, double maxVolume, double distance) =>
        new(Composition.Parse(formula), 0, minVolume, maxVolume)
        {
            FormulaUnits = [units],
            InitialRandom = 20,
            PoolSize = 25,
            MinDistanceFactor = 0,
            MinDistanceFloor = distance,
        };

    private static Crystal Cubic(string formula, double a, params double[] fractional)
    {
        ImmutableArray<Element> kinds = Elements(formula);
        return new Crystal(Mat3.Diagonal(a, a, a), [.. Enumerable.Range(0, fractional.Length / 3).Select(i => kinds[i % kinds.Length])], fractional);
    }

    private static ImmutableArray<Element> Elements(string symbols)
    {
        ImmutableArray<Element>.Builder elements = ImmutableArray.CreateBuilder<Element>();
        for (int i = 0; i < symbols.Length;)
        {
            int length = i + 1 < symbols.Length && char.IsAsciiLetterLower(symbols[i + 1]) ? 2 : 1;
            elements.Add(Element.FromSymbol(symbols.Substring(i, length)));
            i += length;
        }
        return elements.ToImmutable();
    }
}
