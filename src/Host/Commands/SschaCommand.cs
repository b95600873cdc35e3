using System.CommandLine;
using System.CommandLine.Parsing;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Csp.Physics.Sscha.Reference;

namespace Csp.Host.Commands;

/// <summary><c>csp sscha</c>: quantum anharmonic free energy of a structure, or every quantity of a fixed ensemble.</summary>
public static class SschaCommand
{
    public static Command Build()
    {
        Option<string?> reference = new("--reference") { Description = "Folder with a fixed ensemble: evaluate, minimise, Hessian; needs --out FOLDER." };
        Option<string?> model = new("--model") { Description = "Model file or folder." };
        Option<string?> input = new("--in") { Description = "Structure (one)." };
        Option<string?> output = new("--out") { Description = "Folder for results: sscha.json, centroids, ensemble." };
        Option<int[]> supercell = CommonOptions.Supercell();
        Option<double> temperature = CommonOptions.Number("--temperature", "Temperature, K.", Quantity.Temperature, 0);
        Option<double?> pressure = CommonOptions.OptionalNumber("--pressure", "External pressure, GPa (Gibbs energy; needed by --cell free and fixedShape).", Quantity.Pressure);
        Option<SschaCell> cell = new("--cell") { Description = "fixed; free (shape and volume relax at the pressure); fixedVolume (the shape relaxes); fixedShape (the volume relaxes).", CustomParser = ParseCell, DefaultValueFactory = _ => SschaCell.Fixed };
        Option<int> population = new("--population") { Description = "Configurations of the first population.", DefaultValueFactory = _ => 200 };
        Option<int> largest = new("--largest-population") { Description = "Most configurations in one population.", DefaultValueFactory = _ => 4000 };
        Option<int> populations = new("--max-populations") { Description = "Populations after which the calculation ends, converged or not.", DefaultValueFactory = _ => 20 };
        Option<SschaSampler> sampler = new("--sampler")
        {
            Description = "How configurations are drawn: auto (by the measured variance), plain (independent), antithetic (pairs of mirror images), matched (pairs with exact second moments), sobol (scrambled sequences).",
            CustomParser = ParseSampler,
            DefaultValueFactory = _ => SschaSampler.Adaptive,
        };
        Option<string> control = new("--control-variate")
        {
            Description = "on: fit a sum over pairs and average only the rest, for smaller errors; off: average all.",
            CustomParser = ParseSwitch,
            DefaultValueFactory = _ => "on",
        };
        Option<double> tolerance = CommonOptions.Number("--tolerance", "Wanted standard error of the free energy, meV per atom.", Quantity.Plain, 0.5);
        Option<string[]> mass = new("--mass") { Description = "Other masses, e.g. H=2.014.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        Option<bool> fourth = new("--fourth-order") { Description = "Fourth order in the free-energy Hessian." };
        Option<bool> noHessian = new("--no-hessian") { Description = "Leave the free-energy Hessian out." };
        Option<ulong> seed = CommonOptions.Seed();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("sscha", "Quantum anharmonic free energy, phonons and stability of a structure.")
        {
            reference, model, input, output, supercell, temperature, pressure, cell, population, largest, populations, tolerance, sampler, control,
            mass, fourth, noHessian, seed, threads, json,
        };
        command.Validators.Add(result =>
        {
            bool fixedEnsemble = result.GetValue(reference) is not null;
            if (fixedEnsemble && result.GetValue(output) is null)
                result.AddError("--reference needs --out FOLDER");
            if (!fixedEnsemble && (result.GetValue(model) is null || result.GetValue(input) is null))
                result.AddError("sscha needs --model and --in, or --reference");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(reference) is string folder)
                return Evaluate(folder, parsed.GetValue(output)!);
            int[] copies = parsed.GetRequiredValue(supercell);
            if (copies.Any(c => c is < 1 or > 16))
                throw new CommandException("--supercell needs three numbers from 1 to 16");
            SschaSettings settings = new()
            {
                Supercell = (copies[0], copies[1], copies[2]),
                TemperatureK = parsed.GetValue(temperature),
                PressureGPa = parsed.GetValue(pressure),
                Cell = parsed.GetValue(cell),
                PopulationSize = parsed.GetValue(population),
                MaxPopulationSize = parsed.GetValue(largest),
                MaxPopulations = parsed.GetValue(populations),
                Sampler = parsed.GetValue(sampler),
                ControlVariate = parsed.GetValue(control) == "on",
                FreeEnergyTolerance = parsed.GetValue(tolerance),
                Masses = Masses(parsed.GetRequiredValue(mass)),
                FourthOrder = parsed.GetValue(fourth),
                Hessian = !parsed.GetValue(noHessian),
                Seed = parsed.GetValue(seed),
                StateFolder = parsed.GetValue(output) is string o ? Path.Combine(o, "state") : null,
            };
            return await RunAsync(
                parsed.GetValue(model)!, parsed.GetValue(input)!, parsed.GetValue(output), settings,
                CommonOptions.ThreadsOf(parsed.GetValue(threads)), parsed.GetValue(json), cancellation);
        });
        return command;
    }

    private static int Evaluate(string folder, string output)
    {
        if (!Directory.Exists(folder))
            throw new CommandException($"there is no folder {folder}");
        using ProgressLine progress = new();
        SschaReference.Evaluate(folder, output, new Shown<string>(progress, text => text));
        return 0;
    }

    private static async Task<int> RunAsync(string model, string input, string? output, SschaSettings settings, int threads, bool json, CancellationToken cancellation)
    {
        IPotential potential = ModelBytes.Potential(model);
        Frame frame = Structures.ReadOne(input);
        Structures.CheckElements(input, [frame], potential);
        if (output is not null)
            Directory.CreateDirectory(output);
        Stopwatch watch = Stopwatch.StartNew();
        SschaResult result;
        using (ProgressLine progress = new())
        {
            result = await SschaCalculation.RunAsync(frame.Crystal, new PotentialEvaluator(potential, threads), settings, new Shown<SschaProgress>(progress, Line), cancellation);
        }
        SschaReport report = SschaReport.Of(result, potential.Name, watch.Elapsed.TotalSeconds);
        if (output is not null)
            report.Write(output, result);
        Console.WriteLine(json ? JsonText.Of(report) : report.Text());
        if (result.Problem is not string problem)
            return 0;
        Console.Error.WriteLine($"csp: {problem}");
        return ErrorPolicy.Failed;
    }

    private static string Line(SschaProgress p) => FormattableString.Invariant(
        $"population {p.Population} ({p.Configurations}), F = {p.FreeEnergyEv:0.00000} ± {p.FreeEnergyErrorEv:0.00000} eV, gradient/error {p.GradientOverError:0.00}, P = {p.PressureGPa:0.00} GPa");

    private static SschaCell ParseCell(ArgumentResult result)
    {
        string text = CommonOptions.Text(result);
        if (Enum.TryParse(text, ignoreCase: true, out SschaCell cell) && Enum.IsDefined(cell))
            return cell;
        result.AddError($"--cell must be one of {string.Join(", ", Enum.GetNames<SschaCell>()).ToLowerInvariant()}, not '{text}'");
        return default;
    }

    private static SschaSampler ParseSampler(ArgumentResult result)
    {
        string text = CommonOptions.Text(result);
        switch (text.ToLowerInvariant())
        {
            case "auto":
                return SschaSampler.Adaptive;
            case "plain" or "antithetic" or "matched" or "sobol":
                return Enum.Parse<SschaSampler>(text, ignoreCase: true);
            default:
                result.AddError($"--sampler must be one of auto, plain, antithetic, matched, sobol, not '{text}'");
                return default;
        }
    }

    private static string ParseSwitch(ArgumentResult result)
    {
        string text = CommonOptions.Text(result);
        if (text is not ("on" or "off"))
            result.AddError($"--control-variate must be on or off, not '{text}'");
        return text;
    }

    internal static ImmutableDictionary<string, double> Masses(string[] texts)
    {
        ImmutableDictionary<string, double>.Builder masses = ImmutableDictionary.CreateBuilder<string, double>();
        foreach (string text in texts)
        {
            string[] parts = text.Split('=');
            if (parts.Length != 2 || Element.TryFromSymbol(parts[0]) is null
                || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double mass) || !(mass > 0 && double.IsFinite(mass)))
            {
                throw new CommandException($"--mass needs ELEMENT=AMU, as in H=2.014, not '{text}'");
            }
            masses[parts[0]] = mass;
        }
        return masses.ToImmutable();
    }

    private sealed class Shown<T>(ProgressLine line, Func<T, string> text) : IProgress<T>
    {
        public void Report(T value) => line.Show(text(value));
    }
}
