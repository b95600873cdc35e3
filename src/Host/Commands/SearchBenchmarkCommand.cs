using System.CommandLine;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Potentials;
using Csp.Physics.Search.Benchmarks;

namespace Csp.Host.Commands;

/// <summary><c>csp search benchmark</c>: relaxations until the known ground state is found, against random search.</summary>
public static class SearchBenchmarkCommand
{
    public static Command Build()
    {
        Option<string?> system = new("--system") { Description = $"One of: {string.Join(", ", BenchmarkSystem.All.Select(s => s.Name))} (default: all)." };
        Option<string?> model = new("--model") { Description = "Model file of H and S: adds H3S at 150 GPa with 2, 4 and 8 formula units (without --system: only these)." };
        Option<string?> method = new("--method") { Description = $"One of: {string.Join(", ", Methods)} (default: all)." };
        Option<int> repeats = new("--repeats") { Description = "Seeds per system and method.", DefaultValueFactory = _ => 20 };
        Option<int> limit = new("--limit") { Description = "Relaxations per repeat.", DefaultValueFactory = _ => 1000 };
        Option<ulong> seed = CommonOptions.Seed();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("benchmark", "How many relaxations until a known ground state is found, against random search.") { system, model, method, repeats, limit, seed, threads, json };
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(repeats) < 1 || parsed.GetValue(limit) < 1)
                throw new CommandException("--repeats and --limit must be positive");
            string? only = parsed.GetValue(method);
            if (only is not null && !Methods.Contains(only))
                throw new CommandException($"there is no method '{only}'; there are {string.Join(", ", Methods)}");
            List<BenchmarkResult> results = Run(
                SystemsOf(parsed.GetValue(system), parsed.GetValue(model)), only is null ? Methods : [only], parsed.GetValue(repeats), parsed.GetValue(limit),
                CommonOptions.ThreadsOf(parsed.GetValue(threads)), parsed.GetValue(seed), cancellation);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonText.Of(results.Select(r => new { r.System, r.Method, r.Limit, r.SuccessRate, r.Relaxations, r.Evaluations, r.EvaluationsPerRelaxation, r.Repeats })));
                return Task.FromResult(0);
            }
            Console.WriteLine(TextTable.Format(
                ["system", "method", "found", "relaxations: median", "95 % interval", "90 %", "mean", "evaluations: median", "90 %", "lowest meV"], [.. results.Select(Row)]));
            foreach (BenchmarkResult evolution in results.Where(r => r.Method == SearchBenchmark.Evolution))
            {
                if (results.Find(r => r.System == evolution.System && r.Method == SearchBenchmark.PlainRandom) is BenchmarkResult plain)
                    Console.WriteLine(Comparison(evolution, plain));
            }
            return Task.FromResult(0);
        });
        return command;
    }

    private static string[] Methods { get; } = [SearchBenchmark.Evolution, SearchBenchmark.SymmetricRandom, SearchBenchmark.PlainRandom];

    private static BenchmarkSystem[] SystemsOf(string? name, string? model)
    {
        IPotential? potential = model is null ? null : ModelBytes.Potential(model);
        BenchmarkSystem[] withModel = [];
        try
        {
            if (potential is not null)
                withModel = [BenchmarkSystem.HydrogenSulfide(potential, 2), BenchmarkSystem.HydrogenSulfide(potential, 4), BenchmarkSystem.HydrogenSulfide(potential, 8)];
        }
        catch (ArgumentException e)
        {
            throw new CommandException(e.Message, e);
        }
        BenchmarkSystem[] known = [.. BenchmarkSystem.All, .. withModel];
        BenchmarkSystem[] systems = name is not null ? [.. known.Where(s => s.Name == name)] : withModel.Length > 0 ? withModel : known;
        return systems.Length > 0 ? systems : throw new CommandException($"there is no benchmark '{name}'; there are {string.Join(", ", known.Select(s => s.Name))}");
    }

    private static List<BenchmarkResult> Run(
        BenchmarkSystem[] systems, string[] methods, int repeats, int limit, int threads, ulong seed, CancellationToken cancellation)
    {
        List<BenchmarkResult> results = [];
        using ProgressLine progress = new();
        foreach (BenchmarkSystem system in systems)
        {
            foreach (string method in methods)
                results.Add(SearchBenchmark.Run(system, method, repeats, limit, threads, seed, new Shown(progress, $"{system.Name}, {method}"), cancellation));
        }
        return results;
    }

    /// <summary>Repeats of plain random search that ended at the limit make its figures lower bounds.</summary>
    private static string Comparison(BenchmarkResult evolution, BenchmarkResult plain)
    {
        if (evolution.SuccessRate < 1)
            return Text($"{evolution.System}: evolution found it in {100 * evolution.SuccessRate:0} % of the repeats only, so its relaxations cannot be compared");
        string median = plain.Relaxations.Median >= plain.Limit ? "at most " : "", mean = plain.SuccessRate < 1 ? "at most " : "";
        return Text($"{evolution.System}: evolution needs {median}{evolution.Relaxations.Median / plain.Relaxations.Median:0.00} (medians) and {mean}{evolution.Relaxations.Mean / plain.Relaxations.Mean:0.00} (means) of the relaxations of plain random crystals");
    }

    private static IReadOnlyList<string> Row(BenchmarkResult r) =>
    [
        r.System, r.Method, Text($"{100 * r.SuccessRate:0} %"), Text($"{r.Relaxations.Median:0.#}"), Text($"{r.Relaxations.MedianLow:0}-{r.Relaxations.MedianHigh:0}"),
        Text($"{r.Relaxations.Quantile90:0}"), Text($"{r.Relaxations.Mean:0.0}"), Text($"{r.Evaluations.Median:0}"), Text($"{r.Evaluations.Quantile90:0}"), Text($"{1000 * r.Repeats.Min(x => x.BestAbove):0.00}"),
    ];

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private sealed class Shown(ProgressLine line, string what) : IProgress<BenchmarkRepeat>
    {
        public void Report(BenchmarkRepeat r) => line.Show($"{what}: seed {r.Seed}, {(r.Found ? $"found after {r.Relaxations}" : "not found")}");
    }
}
