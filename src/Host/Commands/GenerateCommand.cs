using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Search;
using Csp.Physics.Symmetry;

namespace Csp.Host.Commands;

/// <summary><c>csp generate</c>: random symmetric crystals.</summary>
public static class GenerateCommand
{
    public static Command Build()
    {
        Option<string> formula = new("--formula") { Description = "Atoms of the cell, e.g. S4H12.", Required = true };
        Option<string> groups = new("--groups") { Description = "Space groups, e.g. 1-15,Im-3m,225.", DefaultValueFactory = _ => "1-230" };
        Option<(double, double)> volume = new("--volume")
        {
            Description = "Volume of the cell, Å^3, as lo:hi.",
            Required = true,
            CustomParser = ParseRange,
        };
        Option<int> count = new("--count") { Description = "Crystals to make.", DefaultValueFactory = _ => 1 };
        Option<ulong> seed = CommonOptions.Seed();
        Option<string> output = CommonOptions.Out();
        Option<double> distance = CommonOptions.Number("--min-distance-factor", "Smallest distance as a fraction of the sum of covalent radii.", Quantity.Plain, 0.8);
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("generate", "Make random crystals in given space groups.") { formula, groups, volume, count, seed, output, distance, threads, json };
        command.SetAction((parsed, cancellation) =>
        {
            (double lo, double hi) = parsed.GetValue(volume);
            RandomCrystalRequest request = new(ParseFormula(parsed.GetRequiredValue(formula)), lo, hi)
            {
                Groups = ParseGroups(parsed.GetRequiredValue(groups)),
                MinDistanceFactor = parsed.GetValue(distance),
            };
            return Task.FromResult(Run(
                request, parsed.GetValue(count), parsed.GetValue(seed), parsed.GetRequiredValue(output),
                CommonOptions.ThreadsOf(parsed.GetValue(threads)), parsed.GetValue(json), cancellation));
        });
        return command;
    }

    internal static Composition ParseFormula(string text)
    {
        try
        {
            return Composition.Parse(text);
        }
        catch (FormatException e)
        {
            throw new CommandException($"--formula: {e.Message}", e);
        }
    }

    internal static ImmutableArray<int> ParseGroups(string text)
    {
        try
        {
            return SpaceGroup.ParseList(text);
        }
        catch (FormatException e)
        {
            throw new CommandException($"--groups: {e.Message}", e);
        }
    }

    /// <summary>lo:hi, both positive.</summary>
    internal static (double, double) ParseRange(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        string[] parts = text.Split(':');
        if (parts.Length == 2
            && double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double lo)
            && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double hi)
            && lo > 0 && hi >= lo && double.IsFinite(hi))
        {
            return (lo, hi);
        }
        result.AddError($"--volume needs two numbers lo:hi with 0 < lo <= hi, not '{text}'");
        return default;
    }

    private static int Run(RandomCrystalRequest request, int count, ulong seed, string output, int threads, bool json, CancellationToken cancellation)
    {
        if (count < 1)
            throw new CommandException($"--count must be at least 1, not {count}");
        Stopwatch watch = Stopwatch.StartNew();
        List<RandomCrystalOutcome> outcomes = [];
        int made = 0;
        // Crystals that could not be made are replaced, within reason; seeds are numbered, so the outcome does not depend on the threads.
        int limit = 2 * count + 20;
        using (ProgressLine progress = new())
        {
            while (made < count && outcomes.Count < limit)
            {
                int begin = outcomes.Count;
                int batch = Math.Min(count - made, limit - begin);
                outcomes.AddRange(Structures.ForEach(
                    batch, threads, i => Generate(request, seed, begin + i), done => progress.Show($"{made + done} of {count}"), cancellation));
                made = outcomes.Count(o => o.Crystal is not null);
                if (made == 0 && outcomes.All(o => o.RequestedGroup == 0))
                    break;
            }
        }
        if (made == 0)
            throw new CommandException($"no crystal could be made: {outcomes[0].Reason}");
        StructureFile.Write(output, outcomes.Where(o => o.Crystal is not null).Select(o => new Frame(o.Crystal!)
            .With("requested_group", o.RequestedGroup.ToString(CultureInfo.InvariantCulture))));
        Report(outcomes, made, count, watch.Elapsed.TotalSeconds, output, json);
        return made >= count ? 0 : ErrorPolicy.Failed;
    }

    private static RandomCrystalOutcome Generate(RandomCrystalRequest request, ulong seed, int index)
    {
        try
        {
            return RandomCrystals.Generate(request, seed * 0x9E3779B97F4A7C15UL + (ulong)index);
        }
        catch (ArgumentException e)
        {
            throw new CommandException(e.Message, e);
        }
    }

    private static void Report(List<RandomCrystalOutcome> outcomes, int made, int count, double seconds, string output, bool json)
    {
        var groups = outcomes.GroupBy(o => o.RequestedGroup).OrderBy(g => g.Key)
            .Select(g => new { Group = g.Key, Tried = g.Count(), Made = g.Count(o => o.Crystal is not null) }).ToArray();
        var reasons = outcomes.Where(o => o.Crystal is null).GroupBy(o => o.Reason ?? "").OrderByDescending(g => g.Count())
            .Select(g => new { Reason = g.Key, Count = g.Count() }).ToArray();
        if (json)
        {
            Console.WriteLine(JsonText.Of(new { Made = made, Wanted = count, Tried = outcomes.Count, Seconds = seconds, Groups = groups, Reasons = reasons, Out = output }));
            return;
        }
        Console.WriteLine(TextTable.Format(["requested group", "tried", "made"], [.. groups.Select(g => (IReadOnlyList<string>)
            [FormattableString.Invariant($"{g.Group}"), FormattableString.Invariant($"{g.Tried}"), FormattableString.Invariant($"{g.Made}")])]));
        foreach (var reason in reasons.Take(5))
            Console.WriteLine(FormattableString.Invariant($"{reason.Count} not made: {reason.Reason}"));
        Console.WriteLine(FormattableString.Invariant($"{made} of {count} crystals in {seconds:0.00} s, written to {output}"));
    }
}
