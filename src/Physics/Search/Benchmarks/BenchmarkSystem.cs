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
/// <param name="Tolerance">A structure within this enthalpy of the ground state, above or below, counts as found, eV/atom.</param>
public sealed record BenchmarkSystem(string Name, IPotential Potential, SearchSettings Settings, Crystal GroundState, double Tolerance)
{
    /// <summary>What relaxations leave, GPa; a soft crystal needs less to know its energy within the tolerance.</summary>
    public double StressToleranceGPa { get; init; } = 0.05;

    /// <summary>What is stopped and rejected.</summary>
    public GuardRails Guards { get; init; } = GuardRails.Default;

    /// <summary>How every structure is relaxed.</summary>
    public RelaxationSettings Relaxation => new(Settings.PressureGPa) { StressToleranceGPa = StressToleranceGPa, Guards = Guards };

    /// <summary>All systems with an analytic potential: small cells that random crystals solve at once, and larger ones that leave a search something to do.</summary>
    public static ImmutableArray<BenchmarkSystem> All { get; } =
    [
        LennardJonesCrystal(8), LennardJonesCrystal(16), LennardJonesCrystal(24), LennardJonesCrystal(48), LennardJonesCrystal(64), BinaryLennardJones(4), BinaryLennardJones(8),
        BinaryLennardJones(12), BinaryLennardJones(16), LavesPhase(4), Silicon(8), Silicon(16), TitaniumDioxide(2), TitaniumDioxide(4), TitaniumDioxide(8),
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

    /// <summary>
    /// AB2 crystal of Wahnström's mixture; MgZn2 type, whose cell holds four formula units (Pedersen, Schrøder and Dyre, Phys. Rev. Lett. 104, 105701
    /// (2010)). With this potential MgCu2, two formula units, lies 18 meV/atom higher.
    /// </summary>
    public static BenchmarkSystem LavesPhase(int formulaUnits)
    {
        const double A = 5.21, Z = 1.0 / 16, X = 1.0 / 6;
        double height = A * Math.Sqrt(8.0 / 3);
        return new BenchmarkSystem(
            $"Wahnström A{formulaUnits}B{2 * formulaUnits}", LennardJones.Wahnstrom, Search("MgZn2", formulaUnits, 12, 19),
            new Crystal(
                new Mat3(A, 0, 0, -A / 2, A * Math.Sqrt(0.75), 0, 0, 0, height), Elements("MgMgMgMgZnZnZnZnZnZnZnZn"),
                [
                    1.0 / 3, 2.0 / 3, Z, 2.0 / 3, 1.0 / 3, Z + 0.5, 2.0 / 3, 1.0 / 3, -Z, 1.0 / 3, 2.0 / 3, 0.5 - Z,
                    0, 0, 0, 0, 0, 0.5,
                    -X, -2 * X, 0.25, 2 * X, X, 0.25, -X, X, 0.25, X, 2 * X, 0.75, -2 * X, -X, 0.75, X, -X, 0.75,
                ]), 2e-3);
    }

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
        return new BenchmarkSystem($"H3S at 150 GPa, S{formulaUnits}H{3 * formulaUnits}", model, settings, start, 1e-3)
        {
            // As in a run: where a model has seen no labels it may have false minima, with atoms much too close together.
            Guards = GuardRails.Default with { MinDistanceFactor = 0.9 * settings.MinDistanceFactor, MinVolumePerAtom = 0.75 * settings.MinVolumePerAtom, MaxVolumePerAtom = 1.5 * settings.MaxVolumePerAtom },
        };
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
