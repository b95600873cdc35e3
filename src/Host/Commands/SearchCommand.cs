using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Search;
using Csp.Physics.Symmetry;

namespace Csp.Host.Commands;

/// <summary><c>csp search</c>: the evolutionary search with a given model, without DFT and without a cluster.</summary>
public static class SearchCommand
{
    public static Command Build()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> formula = new("--formula") { Description = "Formula unit, e.g. H3S.", Required = true };
        Option<int[]> units = new("--units") { Description = "Formula units per cell.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2] };
        Option<double> pressure = CommonOptions.Number("--pressure", "External pressure, GPa.", Quantity.Pressure);
        Option<(double, double)> volume = new("--volume") { Description = "Volume of random crystals, Å^3 per atom, as lo:hi.", Required = true, CustomParser = GenerateCommand.ParseRange };
        Option<string> groups = new("--groups") { Description = "Space groups of random crystals.", DefaultValueFactory = _ => "1-230" };
        Option<int> structures = new("--structures") { Description = "Structures to relax.", DefaultValueFactory = _ => 200 };
        Option<string?> seeds = new("--seeds") { Description = "Known structures that are relaxed first." };
        Option<string> output = CommonOptions.Out("The pool, best first.");
        Option<ulong> seed = CommonOptions.Seed();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("search", "Evolutionary search with a given model, without DFT.") { model, formula, units, pressure, volume, groups, structures, seeds, output, seed, threads, json };
        command.Add(SearchBenchmarkCommand.Build());
        command.SetAction((parsed, cancellation) =>
        {
            (double lo, double hi) = parsed.GetValue(volume);
            int[] formulaUnits = parsed.GetRequiredValue(units);
            if (formulaUnits.Length == 0 || formulaUnits.Any(u => u is < 1 or > 64))
                throw new CommandException("--units needs numbers from 1 to 64");
            SearchSettings settings = new(GenerateCommand.ParseFormula(parsed.GetRequiredValue(formula)).Reduced, parsed.GetValue(pressure), lo, hi)
            {
                FormulaUnits = [.. formulaUnits],
                Groups = GenerateCommand.ParseGroups(parsed.GetRequiredValue(groups)),
                Seed = parsed.GetValue(seed),
            };
            return Task.FromResult(Run(
                parsed.GetRequiredValue(model), settings, parsed.GetValue(structures), parsed.GetValue(seeds), parsed.GetRequiredValue(output),
                CommonOptions.ThreadsOf(parsed.GetValue(threads)), parsed.GetValue(json), cancellation));
        });
        return command;
    }

    private static int Run(string model, SearchSettings settings, int structures, string? seeds, string output, int threads, bool json, CancellationToken cancellation)
    {
        IPotential potential = ModelBytes.Potential(model);
        Element? unknown = settings.Formula.Counts.Select(c => c.Element).FirstOrDefault(e => !potential.Supports(e));
        if (unknown is not null)
            throw new CommandException($"the model {potential.Name} does not know {unknown.Symbol}");
        Stopwatch watch = Stopwatch.StartNew();
        SearchLoop search = new(settings, potential);
        foreach (Frame seed in seeds is null ? [] : Structures.Read(seeds))
            search.AddSeed(seed.Crystal);
        using (ProgressLine progress = new())
        {
            foreach (SearchStep _ in search.Run(new SearchLimits(structures), threads, cancellation))
            {
                SearchProgress p = search.Progress;
                progress.Show(FormattableString.Invariant($"{p.Relaxed} of {structures}, {p.Rejected} rejected, best {p.BestEnthalpyPerAtom:0.0000} eV/atom, found after {p.BestAt}"));
            }
        }
        IReadOnlyList<PoolEntry> ranked = search.Pool.Ranked;
        if (ranked.Count == 0)
            throw new CommandException($"none of {search.Progress.Relaxed} structures could be relaxed");
        StructureFile.Write(output, ranked.Select((e, i) => FrameOf(search.Pool, e, i, potential)));
        Report(search, ranked, watch.Elapsed.TotalSeconds, output, json);
        return 0;
    }

    private static Frame FrameOf(Pool pool, PoolEntry entry, int index, IPotential potential) => Frame.Of(entry.Crystal, potential.Evaluate(entry.Crystal))
        .With("rank", (index + 1).ToString(CultureInfo.InvariantCulture))
        .With("id", $"s{entry.Id}")
        .With("enthalpy_ev_per_atom", pool.RankedEnthalpy(entry).ToString("R", CultureInfo.InvariantCulture))
        .With("origin", Origin(entry.Proposal));

    private static string Origin(Proposal p) => p.RequestedGroup is int group
        ? string.Create(CultureInfo.InvariantCulture, $"{p.Operator} {group}")
        : $"{p.Operator} {string.Join(' ', p.Parents.Select(id => $"s{id}"))}".TrimEnd();

    private static void Report(SearchLoop search, IReadOnlyList<PoolEntry> ranked, double seconds, string output, bool json)
    {
        double best = search.Pool.RankedEnthalpy(ranked[0]);
        SearchProgress end = search.Progress;
        var rows = ranked.Select((e, i) => new
        {
            Rank = i + 1,
            Id = $"s{e.Id}",
            SpaceGroup = Spglib.Analyze(e.Crystal, 0.02).International,
            Atoms = e.Crystal.Count,
            VolumePerAtom = e.Crystal.Volume / e.Crystal.Count,
            EnthalpyPerAtomEv = search.Pool.RankedEnthalpy(e),
            AboveBestMeV = 1000 * (search.Pool.RankedEnthalpy(e) - best),
            Origin = Origin(e.Proposal),
        }).ToArray();
        if (json)
        {
            Console.WriteLine(JsonText.Of(new { end.Relaxed, end.Rejected, end.Duplicates, end.Evaluations, end.BestAt, Seconds = seconds, Operators = end.Shares, Results = rows, Out = output }));
            return;
        }
        Console.WriteLine(TextTable.Format(["rank", "id", "space group", "atoms", "Å^3/atom", "H eV/atom", "above best meV", "origin"], [.. rows.Take(20).Select(r => (IReadOnlyList<string>)
        [
            Text($"{r.Rank}"), r.Id, r.SpaceGroup, Text($"{r.Atoms}"), Text($"{r.VolumePerAtom:0.000}"), Text($"{r.EnthalpyPerAtomEv:0.00000}"), Text($"{r.AboveBestMeV:0.00}"), r.Origin,
        ])]));
        Console.WriteLine();
        Console.WriteLine(TextTable.Format(["operator", "share", "proposed", "accepted"], [.. end.Shares.Select(s => (IReadOnlyList<string>)
            [s.Operator, Text($"{100 * s.Share:0.0} %"), Text($"{s.Proposed}"), Text($"{s.Accepted}")])]));
        Console.WriteLine(Text($"{end.Relaxed} relaxed, {end.Rejected} of them rejected, {end.Duplicates} duplicates in {seconds:0.0} s ({end.Evaluations} evaluations), best found after {end.BestAt}, pool written to {output}"));
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
