using System.CommandLine;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Search.Benchmarks;

namespace Csp.Host.Commands;

/// <summary><c>csp search benchmark</c>: relaxations until the known ground state is found, against random search.</summary>
public static class SearchBenchmarkCommand
{
    public static Command Build()
    {
        Option<string?> system = new("--system") { Description = $"One of: {string.Join(", ", BenchmarkSystem.All.Select(s => s.Name))} (default: all)." };
        Option<int> repeats = new("--repeats") { Description = "Seeds per system and method.", DefaultValueFactory = _ => 20 };
        Option<int> limit = new("--limit") { Description = "Relaxations per repeat.", DefaultValueFactory = _ => 500 };
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("benchmark", "How many relaxations until a known ground state is found, against random search.") { system, repeats, limit, threads, json };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(system), parsed.GetValue(repeats), parsed.GetValue(limit), CommonOptions.ThreadsOf(parsed.GetValue(threads)), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string? name, int repeats, int limit, int threads, bool json, CancellationToken cancellation)
    {
        BenchmarkSystem[] systems = [.. BenchmarkSystem.All.Where(s => name is null || s.Name == name)];
        if (systems.Length == 0)
            throw new CommandException($"there is no benchmark '{name}'; there are {string.Join(", ", BenchmarkSystem.All.Select(s => s.Name))}");
        if (repeats < 1 || limit < 1)
            throw new CommandException("--repeats and --limit must be positive");
        List<BenchmarkResult> results = [];
        using (ProgressLine progress = new())
        {
            foreach (BenchmarkSystem system in systems)
            {
                foreach (string method in (string[])[SearchBenchmark.Evolution, SearchBenchmark.SymmetricRandom, SearchBenchmark.PlainRandom])
                    results.Add(SearchBenchmark.Run(system, method, repeats, limit, threads, new Shown(progress, $"{system.Name}, {method}"), cancellation));
            }
        }
        Console.WriteLine(json
            ? JsonText.Of(results.Select(r => new { r.System, r.Method, r.Limit, r.SuccessRate, r.Median, r.Quantile90, r.EvaluationsPerRelaxation, r.Repeats }))
            : TextTable.Format(["system", "method", "found", "median", "90 %", "evaluations per relaxation"], [.. results.Select(r => (IReadOnlyList<string>)
            [
                r.System, r.Method, Text($"{100 * r.SuccessRate:0} %"), Text($"{r.Median:0}"), Text($"{r.Quantile90:0}"), Text($"{r.EvaluationsPerRelaxation:0.0}"),
            ])]));
        return 0;
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private sealed class Shown(ProgressLine line, string what) : IProgress<BenchmarkRepeat>
    {
        public void Report(BenchmarkRepeat r) => line.Show($"{what}: seed {r.Seed}, {(r.Found ? $"found after {r.Relaxations}" : "not found")}");
    }
}
