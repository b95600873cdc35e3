using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Csp.Physics.Sscha.Reference;

namespace Csp.Benchmarks;

/// <summary>
/// Whole calculations on the toy potentials of the reference folders: how far from the reference, and how many force evaluations plain sampling would need for the
/// same error of the free energy and of the lowest auxiliary frequency, with the pair sum and without it.
/// <c>dotnet run -c Release --project tests/Csp.Benchmarks -- end-to-end reference/sscha [seeds [models/h-s]]</c> fails where the default settings save less than a
/// factor of 3. With a model it also takes cubic H3S, whose potential is no sum over pairs.
/// </summary>
internal static class SschaEndToEnd
{
    private const double Wanted = 3;

    private sealed record Outcome(double FreeEnergy, double Error, double Lowest, double Evaluations, double CpuSeconds);

    /// <returns>Exit code: 1 when plain sampling needs less than <see cref="Wanted"/> times the evaluations of the default settings.</returns>
    public static int Run(string root, int seeds, string? model)
    {
        double least = double.PositiveInfinity;
        foreach (string path in Directory.EnumerateDirectories(root).Order().Where(d => File.Exists(Path.Combine(d, "reference_end_to_end.json"))))
        {
            ReferenceFolder folder = new(path);
            double tolerance = Path.GetFileName(path) == "neon_lj_fcc" ? 0.005 : 0.05;
            SayReference(Path.GetFileName(path), folder);
            least = Math.Min(least, Report(folder.Cell, ToyPotentials.Of(folder)!, Settings(folder) with { FreeEnergyTolerance = tolerance, Hessian = false }, seeds));
        }
        if (model is not null)
        {
            Console.WriteLine("H3S, Im-3m, 2x2x2, 0 K:");
            Crystal cell = StructureFile.Read(Path.Combine(model, "Im-3m.vasp"))[0].Crystal;
            least = Math.Min(least, Report(cell, PotentialFile.Load(Path.Combine(model, "model.csp")), new SschaSettings { FreeEnergyTolerance = 0.2, Hessian = false }, seeds));
        }
        Console.WriteLine(Line($"fewest times: {least:F1}, wanted {Wanted}"));
        return least < Wanted ? 1 : 0;
    }

    private static void SayReference(string name, ReferenceFolder folder)
    {
        double mev = 1000.0 / folder.Cell.Count;
        JsonElement expected = folder.Open("reference_end_to_end.json")!.Value;
        double reference = expected.GetProperty("F_sscha_per_cell_Ry_mean").GetDouble() * folder.Constants.RydbergInEv * mev;
        double referenceError = expected.GetProperty("runs")[0].GetProperty("F_sscha_err_per_cell_Ry").GetDouble() * folder.Constants.RydbergInEv * mev / Math.Sqrt(2);
        double referenceLowest = expected.GetProperty("frequencies_cm1_per_q_mean").EnumerateArray().SelectMany(q => q.EnumerateArray().Select(w => w.GetDouble())).Where(w => w > 1).Min();
        Console.WriteLine(Line($"{name}: F = {reference:F4} ± {referenceError:F4} meV/atom, lowest auxiliary frequency {referenceLowest:F2} cm^-1 (reference, 2 x {expected.GetProperty("N_each").GetInt32()} configurations)"));
    }

    /// <returns>The smaller of the two ratios (F, lowest frequency) with the default settings.</returns>
    private static double Report(Crystal cell, IPotential potential, SschaSettings settings, int seeds)
    {
        double mev = 1000.0 / cell.Count;
        // Plain sampling: independent configurations drawn from the solution itself, which has cost it nothing.
        const int PlainSize = 1000;
        SschaSettings plain = settings with { ControlVariate = false, Sampler = SschaSampler.Plain, PopulationSize = PlainSize, MaxPopulationSize = PlainSize, MaxPopulations = 1 };
        SschaResult start = SschaCalculation.Run(cell, potential, settings);
        Outcome[] independent = [.. Enumerable.Range(1, Math.Max(seeds, 40)).Select(seed => Plain(start, potential, plain, (ulong)seed, mev))];
        Print($"plain, {PlainSize} from the solution", independent);
        double least = Compare("default settings", Many(cell, potential, settings, seeds, mev), independent, PlainSize);
        Compare("without the pair sum", Many(cell, potential, settings with { ControlVariate = false }, seeds, mev), independent, PlainSize);
        return least;
    }

    private static double Compare(string what, Outcome[] ours, Outcome[] plain, int plainSize)
    {
        Print(what, ours);
        double least = double.PositiveInfinity;
        foreach ((string quantity, Func<Outcome, double> of) in new (string, Func<Outcome, double>)[] { ("F", o => o.FreeEnergy), ("lowest frequency", o => o.Lowest) })
        {
            double needed = plainSize * Math.Pow(Spread(plain, of) / Spread(ours, of), 2), used = ours.Average(o => o.Evaluations);
            Console.WriteLine(Line($"    {quantity}: plain sampling needs {needed:F0} evaluations for the same error, this {used:F0} in all: {needed / used:F1} times fewer"));
            least = Math.Min(least, needed / used);
        }
        return least;
    }

    private static Outcome[] Many(Crystal cell, IPotential potential, SschaSettings settings, int seeds, double mev) =>
    [
        .. Enumerable.Range(1, seeds).Select(seed =>
        {
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            SschaResult r = SschaCalculation.Run(cell, potential, settings with { Seed = (ulong)seed });
            return new Outcome(r.FreeEnergyEv * mev, r.FreeEnergyErrorEv * mev, LowestOf(r), r.Evaluations, (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
        }),
    ];

    private static Outcome Plain(SschaResult start, IPotential potential, SschaSettings settings, ulong seed, double mev)
    {
        SschaSystem system = new(new SymmetricStructure(start.Cell, start.Operations), settings with { Seed = seed });
        TrialState state = system.State(start.ForceConstants, start.Cell);
        CrystalSymmetry symmetry = system.SymmetryOf(start.Cell);
        Population population = Population.DrawAsync(system, state, start.Cell.Lattice, settings.PopulationSize, 77, new PotentialEvaluator(potential, 1), SschaSampler.Plain, default).GetAwaiter().GetResult();
        MinimizerResult minimum = FixedEnsembleMinimizer.Minimize(population.Ensemble, state, symmetry, new MinimizerSettings { GradientTolerance = 1e-8, CentroidTolerance = 1e-7 });
        Estimate f = new Observables(minimum.Last).FreeEnergy;
        return new Outcome(
            system.EvPerCell(f.Value) * mev, system.EvPerCell(f.Error) * mev, minimum.Last.State.LowestFrequency * system.Constants.RydbergInInverseCm, population.Count, 0);
    }

    private static SschaSettings Settings(ReferenceFolder folder) => new()
    {
        Supercell = folder.Basis.Size,
        TemperatureK = folder.Temperature,
        Masses = ImmutableDictionary.CreateRange(folder.Cell.Elements.Zip(folder.Masses, (e, m) => (Element: e, Mass: m)).DistinctBy(m => m.Element)
            .Select(m => KeyValuePair.Create(m.Element.Symbol, m.Mass / folder.Constants.AmuInRydbergMass))),
    };

    private static double LowestOf(SschaResult r) => r.AuxiliaryFrequencies.SelectMany((w, q) => r.QPoints[q].Norm < 1e-9 ? w.OrderBy(Math.Abs).Skip(3) : w).Min();

    private static void Print(string what, Outcome[] all) => Console.WriteLine(Line(
        $"  {what,-30} F {all.Average(o => o.FreeEnergy):F4}, spread {Spread(all, o => o.FreeEnergy):F4} (own error bar {all.Average(o => o.Error):F4}); lowest {all.Average(o => o.Lowest):F3}, spread {Spread(all, o => o.Lowest):F3} cm^-1; {all.Average(o => o.Evaluations):F0} evaluations, {all.Average(o => o.CpuSeconds):F2} s CPU, {all.Length} seeds"));

    private static double Spread(Outcome[] all, Func<Outcome, double> of)
    {
        double mean = all.Average(of);
        return Math.Sqrt(all.Sum(o => (of(o) - mean) * (of(o) - mean)) / (all.Length - 1));
    }

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
