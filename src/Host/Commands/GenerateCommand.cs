using System.Collections.Immutable;
using System.CommandLine;
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
        Option<(double Lo, double Hi)?> volume = CommonOptions.Range("--volume", "Volume of the cell, Å^3 (around an estimate for --pressure when not given)", Quantity.Volume);
        Option<double> pressure = CommonOptions.Number("--pressure", "Pressure that the volume is estimated for, GPa.", Quantity.Pressure, 0);
        Option<int> count = new("--count") { Description = "Crystals to make.", DefaultValueFactory = _ => 1 };
        Option<ulong> seed = CommonOptions.Seed();
        Option<string> output = CommonOptions.Out();
        Option<double> distance = CommonOptions.Number("--min-distance-factor", "Smallest distance as a fraction of the sum of covalent radii.", Quantity.Plain, 0.8);
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("generate", "Make random crystals in given space groups.") { formula, groups, volume, pressure, count, seed, output, distance, threads, json };
        command.SetAction((parsed, cancellation) =>
        {
            Composition composition = ParseFormula(parsed.GetRequiredValue(formula));
            (double lo, double hi) = parsed.GetValue(volume) ?? VolumeEstimate.Window(composition, parsed.GetValue(pressure));
            RandomCrystalRequest request = new(composition, lo, hi)
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

    private static int Run(RandomCrystalRequest request, int count, ulong seed, string output, int threads, bool json, CancellationToken cancellation)
    {
        if (count < 1)
            throw new CommandException($"--count must be at least 1, not {count}");
        RandomCrystalBatch batch;
        using (ProgressLine progress = new())
        {
            try
            {
                batch = RandomCrystals.GenerateMany(request, count, seed, threads, progress: new Counter(n => progress.Show($"{n} of {count}")), cancellation: cancellation);
            }
            catch (ArgumentException e)
            {
                throw new CommandException(e.Message, e);
            }
        }
        if (batch.Outcomes.IsEmpty)
            throw new CommandException($"no crystal could be made: {batch.Reason}");
        StructureFile.Write(output, batch.Outcomes.Select(o => o.ToFrame()));
        Report(batch, count, output, json);
        return batch.Outcomes.Length == count ? 0 : ErrorPolicy.Failed;
    }

    private static void Report(RandomCrystalBatch batch, int count, string output, bool json)
    {
        int made = batch.Outcomes.Length, exact = batch.Groups.Sum(g => g.Exact);
        if (json)
        {
            Console.WriteLine(JsonText.Of(new { Made = made, Wanted = count, Exact = exact, batch.Seconds, batch.Groups, batch.Reason, Out = output }));
            return;
        }
        Console.WriteLine(TextTable.Format(["requested group", "requested", "made", "exactly this group", "attempts", "why not"], [.. batch.Groups.Where(g => g.Requested > 0).Select(Row)]));
        RandomCrystalStatistics[] unfit = [.. batch.Groups.Where(g => g.Requested == 0 && g.Reason is not null)];
        if (unfit.Length > 0)
            Console.WriteLine(FormattableString.Invariant($"{unfit.Length} groups cannot hold the composition, e.g.: {unfit[0].Reason}"));
        if (batch.Reason is not null)
            Console.WriteLine(batch.Reason);
        Console.WriteLine(FormattableString.Invariant(
            $"{made} of {count} crystals in {batch.Seconds:0.00} s, {exact} with exactly the requested group, the others with one that contains it, written to {output}"));
    }

    private static IReadOnlyList<string> Row(RandomCrystalStatistics g) =>
    [
        SpaceGroup.Of(g.Group).ToString(), FormattableString.Invariant($"{g.Requested}"), FormattableString.Invariant($"{g.Generated}"),
        FormattableString.Invariant($"{g.Exact}"), FormattableString.Invariant($"{g.Attempts}"), g.Requested > g.Generated ? g.Reason ?? "" : "",
    ];

    /// <summary>Progress without a synchronisation context: reports at once, on the thread that made the crystal.</summary>
    private sealed class Counter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
