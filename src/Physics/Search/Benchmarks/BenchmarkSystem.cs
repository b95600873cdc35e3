using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;

namespace Csp.Physics.Search.Benchmarks;

/// <summary>A search whose answer is known.</summary>
/// <param name="Name">For tables.</param>
/// <param name="Potential">The potential.</param>
/// <param name="Settings">The search; its seed is replaced in every repeat.</param>
/// <param name="GroundState">The known best structure; it is relaxed with the potential before the repeats.</param>
/// <param name="Tolerance">A structure within this enthalpy of the ground state counts as found, eV/atom.</param>
public sealed record BenchmarkSystem(string Name, IPotential Potential, SearchSettings Settings, Crystal GroundState, double Tolerance)
{
    /// <summary>What relaxations leave, GPa; a soft crystal needs less to know its energy within the tolerance.</summary>
    public double StressToleranceGPa { get; init; } = 0.05;

    /// <summary>How every structure is relaxed.</summary>
    public RelaxationSettings Relaxation => new(Settings.PressureGPa) { StressToleranceGPa = StressToleranceGPa };

    /// <summary>All systems with an analytic potential: small cells that random crystals solve at once, and larger ones that leave a search something to do.</summary>
    public static ImmutableArray<BenchmarkSystem> All { get; } =
    [
        LennardJonesCrystal(8), LennardJonesCrystal(16), LennardJonesCrystal(24), BinaryLennardJones(4), BinaryLennardJones(8), BinaryLennardJones(12),
        Silicon(8), Silicon(16), TitaniumDioxide(2), TitaniumDioxide(4), TitaniumDioxide(8),
    ];

    /// <summary>
    /// Lennard-Jones argon, an even number of atoms. With the cutoff of 3 σ hcp is lowest, 0.09 meV/atom below the next stacking (9R) and
    /// 0.31 below fcc (relaxed with this potential), so only hcp itself counts.
    /// </summary>
    public static BenchmarkSystem LennardJonesCrystal(int atoms) => new(
        $"Lennard-Jones Ar{atoms}", LennardJones.Argon, Search("Ar", atoms, 30, 55),
        new Crystal(new Mat3(3.72, 0, 0, -1.86, 3.2216, 0, 0, 0, 6.07), Elements("ArAr"), [1.0 / 3, 2.0 / 3, 0.25, 2.0 / 3, 1.0 / 3, 0.75]), 3e-5)
    {
        StressToleranceGPa = 0.005,
    };

    /// <summary>AB crystal of Kob and Andersen's mixture; CsCl type (Fernández and Harrowell, Phys. Rev. E 67, 011403 (2003)).</summary>
    public static BenchmarkSystem BinaryLennardJones(int pairs) => new(
        $"binary Lennard-Jones A{pairs}B{pairs}", LennardJones.KobAndersen,
        Search("NiP", pairs, 4.2, 7), Cubic("NiP", 2.0, 0, 0, 0, 0.5, 0.5, 0.5), 2e-3);

    /// <summary>Stillinger-Weber silicon; diamond.</summary>
    public static BenchmarkSystem Silicon(int atoms) => new(
        $"Stillinger-Weber Si{atoms}", StillingerWeber.Silicon, Search("Si", atoms, 15, 25),
        Cubic("Si", 5.431, 0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5, 0.25, 0.25, 0.25, 0.75, 0.75, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0.75), 2e-3);

    /// <summary>TiO2 of Matsui and Akaogi; rutile.</summary>
    public static BenchmarkSystem TitaniumDioxide(int formulaUnits) => new(
        $"Buckingham Ti{formulaUnits}O{2 * formulaUnits}", Buckingham.TitaniumDioxide, Search("TiO2", formulaUnits, 9, 14),
        new Crystal(
            Mat3.Diagonal(4.594, 4.594, 2.959), Elements("TiTiOOOO"),
            [0, 0, 0, 0.5, 0.5, 0.5, 0.305, 0.305, 0, 0.695, 0.695, 0, 0.195, 0.805, 0.5, 0.805, 0.195, 0.5]), 2e-3);

    /// <summary>
    /// H3S at 150 GPa with a given model; R3m or Im-3m, whichever the model prefers (the start is Im-3m with hydrogen displaced towards R3m).
    /// </summary>
    /// <exception cref="ArgumentException">The model knows no hydrogen or sulfur.</exception>
    public static BenchmarkSystem HydrogenSulfide(IPotential model, int formulaUnits)
    {
        if (Composition.Parse("H3S").Counts.FirstOrDefault(c => !model.Supports(c.Element)).Element is Element unknown)
            throw new ArgumentException($"the model {model.Name} does not know {unknown.Symbol}");
        SearchSettings settings = new(Composition.Parse("H3S"), 150, 3.2, 4.6) { FormulaUnits = [formulaUnits] };
        Crystal start = new(
            0.5 * new Mat3(-3.04, 3.04, 3.04, 3.04, -3.04, 3.04, 3.04, 3.04, -3.04), Elements("SHHH"),
            [0, 0, 0, 0.02, 0.5, 0.5, 0.5, 0.02, 0.5, 0.5, 0.5, 0.02]);
        return new BenchmarkSystem($"H3S at 150 GPa, S{formulaUnits}H{3 * formulaUnits}", model, settings, start, 1e-3);
    }

    /// <summary>Default settings; no two atoms of a proposal are closer than 0.7 of the spacing that the middle of the volume window gives.</summary>
    private static SearchSettings Search(string formula, int units, double minVolume, double maxVolume) =>
        new(Composition.Parse(formula), 0, minVolume, maxVolume)
        {
            FormulaUnits = [units],
            MinDistanceFactor = 0,
            MinDistanceFloor = 0.7 * Math.Cbrt((minVolume + maxVolume) / 2),
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
