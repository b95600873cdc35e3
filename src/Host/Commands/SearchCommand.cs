using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Search;
using Csp.Physics.Search.Prototypes;

namespace Csp.Host.Commands;

/// <summary><c>csp search</c>: the evolutionary search with a given model, without DFT and without a cluster.</summary>
public static class SearchCommand
{
    /// <summary>The pool is written this often while the search runs.</summary>
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(20);

    public static Command Build()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> formula = new("--formula") { Description = "Formula unit, e.g. H3S, or building blocks of a variable composition, e.g. H-S or MgO-SiO2.", Required = true };
        Option<int[]> units = new("--units") { Description = "Formula units per cell of a fixed composition.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2] };
        Option<int> minAtoms = new("--min-atoms") { Description = "Fewest atoms per cell of a variable composition.", DefaultValueFactory = _ => 1 };
        Option<int> maxAtoms = new("--max-atoms") { Description = "Most atoms per cell of a variable composition.", DefaultValueFactory = _ => 8 };
        Option<double> pressure = CommonOptions.Number("--pressure", "External pressure, GPa.", Quantity.Pressure);
        Option<(double Lo, double Hi)?> volume = CommonOptions.Range(
            "--volume", "Volume of random crystals, Å^3 per atom (around an estimate for composition and pressure when not given)", Quantity.Volume);
        Option<string> groups = new("--groups") { Description = "Space groups of random crystals.", DefaultValueFactory = _ => "1-230" };
        Option<int> structures = new("--structures") { Description = "Structures to relax in this call.", DefaultValueFactory = _ => 200 };
        Option<string?> seeds = new("--seeds") { Description = "Known structures that are relaxed first: a file, or a folder whose files are read as they appear while the search runs." };
        Option<string?> prototypes = new("--prototypes") { Description = $"Structure types that are relaxed first: all, or some of {string.Join(", ", PrototypeLibrary.All.Select(p => p.Name))}." };
        Option<string?> resume = new("--resume") { Description = "Go on with the pool of an earlier search (its --out)." };
        Option<bool> lookAhead = new("--look-ahead") { Description = "Stop relaxations early that cannot come among the parents (fixed composition)." };
        Option<string> output = CommonOptions.Out("The pool, best first; written while the search runs too.");
        Option<ulong> seed = CommonOptions.Seed();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("search", "Evolutionary search with a given model, without DFT.")
        {
            model, formula, units, minAtoms, maxAtoms, pressure, volume, groups, structures, seeds, prototypes, resume, lookAhead, output, seed, threads, json,
        };
        command.Add(SearchBenchmarkCommand.Build());
        command.SetAction((parsed, cancellation) =>
        {
            int workers = CommonOptions.ThreadsOf(parsed.GetValue(threads));
            SearchSettings settings = SettingsOf(
                parsed.GetRequiredValue(formula), parsed.GetRequiredValue(units), parsed.GetValue(minAtoms), parsed.GetValue(maxAtoms), parsed.GetValue(pressure), parsed.GetValue(volume)) with
            {
                Groups = GenerateCommand.ParseGroups(parsed.GetRequiredValue(groups)),
                Seed = parsed.GetValue(seed),
                LookAhead = parsed.GetValue(lookAhead),
                InFlight = Math.Max(4, 2 * workers),
            };
            if (parsed.GetValue(structures) < 1)
                throw new CommandException("--structures must be positive");
            IPotential potential = ModelBytes.Potential(parsed.GetRequiredValue(model));
            if (settings.Cells.SelectMany(c => c.Counts).FirstOrDefault(c => !potential.Supports(c.Element)).Element is Element unknown)
                throw new CommandException($"the model {potential.Name} does not know {unknown.Symbol}");
            SearchFile file = new(parsed.GetRequiredValue(output), settings, potential);
            (Pool? pool, ulong lastId) = parsed.GetValue(resume) is string earlier ? file.Resume(earlier) : (null, 0);
            SearchLoop search = new(settings, potential, pool: pool, lastId: lastId);
            if (parsed.GetValue(prototypes) is string names)
            {
                foreach (Crystal prototype in PrototypesOf(names, settings))
                    search.AddSeed(prototype);
            }
            return Task.FromResult(Run(
                search, file, parsed.GetValue(seeds) is string path ? SeedsOf(path, settings) : null, parsed.GetValue(structures), workers, parsed.GetValue(json), cancellation));
        });
        return command;
    }

    private static SearchSettings SettingsOf(string formula, int[] units, int minAtoms, int maxAtoms, double pressure, (double Lo, double Hi)? volume)
    {
        Composition[] blocks = [.. formula.Split('-', StringSplitOptions.TrimEntries).Select(GenerateCommand.ParseFormula)];
        (double lo, double hi) = volume ?? (0, 0);
        if (blocks.Length == 1)
        {
            if (units.Length == 0 || units.Any(u => u is < 1 or > 64))
                throw new CommandException("--units needs numbers from 1 to 64");
            return new SearchSettings(blocks[0].Reduced, pressure, lo, hi) { FormulaUnits = [.. units], EstimateVolumes = volume is null };
        }
        if (minAtoms < 1 || maxAtoms < minAtoms)
            throw new CommandException("--min-atoms and --max-atoms need 1 <= min <= max");
        try
        {
            ImmutableArray<Composition> cells = CompositionSpace.Cells(blocks, minAtoms, maxAtoms);
            return new SearchSettings(cells[^1].Reduced, pressure, lo, hi) { Compositions = cells, EstimateVolumes = volume is null };
        }
        catch (ArgumentException e)
        {
            throw new CommandException($"--formula: {e.Message}", e);
        }
    }

    private static ImmutableArray<Crystal> PrototypesOf(string names, SearchSettings settings)
    {
        try
        {
            return PrototypeLibrary.Seeds(names, settings);
        }
        catch (FormatException e)
        {
            throw new CommandException($"--prototypes: {e.Message}", e);
        }
    }

    private static SeedFiles SeedsOf(string path, SearchSettings settings) => File.Exists(path) || Directory.Exists(path)
        ? new SeedFiles([path], settings)
        : throw new CommandException($"--seeds: there is no file or folder {path}");

    /// <summary>A file that cannot be used stops the start, and later is told once and passed over.</summary>
    private static void Add(IReadOnlyList<SeedFile> files, SearchLoop search, bool running)
    {
        foreach (SeedFile file in files)
        {
            if (file.Trouble is not null && !running)
                throw new CommandException($"--seeds: {file.Trouble}");
            foreach (Crystal crystal in file.Crystals)
                search.AddSeed(crystal);
            if (running)
                Console.Error.WriteLine(file.Trouble is null ? $"seeds: {file.Crystals.Length} from {file.Path}" : $"seeds passed over: {file.Trouble}");
        }
    }

    private static int Run(SearchLoop search, SearchFile file, SeedFiles? seeds, int structures, int threads, bool json, CancellationToken cancellation)
    {
        if (seeds is not null)
            Add(seeds.ReadAll(), search, running: false);
        Stopwatch watch = Stopwatch.StartNew(), saved = Stopwatch.StartNew();
        using (ProgressLine progress = new())
        {
            try
            {
                foreach (SearchStep _ in search.Run(new SearchLimits(structures), threads, cancellation))
                {
                    SearchProgress p = search.Progress;
                    progress.Show(FormattableString.Invariant($"{Bar(p.Relaxed, structures)} {p.Relaxed} of {structures}, {p.Rejected} rejected, best {p.BestEnthalpyPerAtom:0.0000} eV/atom, found after {p.BestAt}"));
                    if (seeds is not null)
                        Add(seeds.ReadNew(), search, running: true);
                    if (saved.Elapsed > SaveEvery)
                    {
                        file.Write(search);
                        saved.Restart();
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // What was found so far is worth keeping: --resume goes on from it.
                if (search.Pool.Ranked.Count > 0)
                    file.Write(search);
                throw;
            }
        }
        if (search.Pool.Ranked.Count == 0)
            throw new CommandException($"none of {search.Progress.Relaxed} structures could be relaxed");
        file.Write(search);
        SearchReport.Print(search, watch.Elapsed.TotalSeconds, file.Path, json);
        return 0;
    }

    private static string Bar(int done, int all)
    {
        const int Width = 20;
        int full = (int)((long)Width * done / all);
        return $"[{new string('#', full)}{new string('.', Width - full)}]";
    }
}
