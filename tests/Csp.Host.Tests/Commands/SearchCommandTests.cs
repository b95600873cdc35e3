using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Csp.Physics.Files;

namespace Csp.Host.Tests.Commands;

/// <summary><c>csp search</c> with the model of H and S that the repository holds.</summary>
public sealed class SearchCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-search-").FullName;

    private static string Model => Path.Combine(Repository.Root, "models", "h-s", "model.csp");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<CspProcess.Outcome> SearchAsync(params string[] arguments) =>
        CspProcess.RunAsync(["search", "--model", Model, "--threads", "1", .. arguments], _folder);

    [Fact]
    public async Task A_search_goes_on_from_its_own_file_and_only_there()
    {
        CspProcess.Outcome first = await SearchAsync("--formula", "H3S", "--units", "1", "--pressure", "150", "--structures", "6", "--prototypes", "H3S-Im-3m", "--out", "a.extxyz", "--json");
        Assert.Equal("", first.Error);
        JsonElement report = JsonDocument.Parse(first.Output).RootElement, results = report.GetProperty("results");
        Assert.Equal(1, report.GetProperty("operators").EnumerateArray().Sum(o => o.GetProperty("share").GetDouble()), 6);
        Assert.Contains(report.GetProperty("operators").EnumerateArray(), o => o.GetProperty("operator").GetString() == "heredity");
        JsonElement best = results[0];
        // Statically R3m and Im-3m, and any way between them, are one at 150 GPa to the accuracy of the model.
        JsonElement cubic = Assert.Single(results.EnumerateArray(), r => r.GetProperty("spaceGroup").GetString() == "Im-3m");
        Assert.InRange(cubic.GetProperty("aboveBestMeV").GetDouble(), 0, 2);

        // A seed that is in the pool already, from a folder: it is a duplicate, and the best keeps its id.
        Directory.CreateDirectory(Path.Combine(_folder, "seeds"));
        File.Copy(Path.Combine(_folder, "a.extxyz"), Path.Combine(_folder, "seeds", "known.extxyz"));
        CspProcess.Outcome second = await SearchAsync(
            "--formula", "H3S", "--units", "1", "--pressure", "150", "--structures", "4", "--resume", "a.extxyz", "--seeds", "seeds", "--out", "b.extxyz", "--json");
        JsonElement resumed = JsonDocument.Parse(second.Output).RootElement;
        Assert.Equal(best.GetProperty("id").GetString(), resumed.GetProperty("results")[0].GetProperty("id").GetString());
        Assert.True(resumed.GetProperty("duplicates").GetInt32() >= 1);

        CspProcess.Outcome elsewhere = await SearchAsync("--formula", "H3S", "--pressure", "120", "--resume", "a.extxyz", "--out", "c.extxyz");
        Assert.Equal("csp: a.extxyz, structure 1: it was relaxed at 150 GPa, not at 120", elsewhere.Sentence);
        Assert.Equal(1, elsewhere.ExitCode);
    }

    /// <summary>The search may find the seed's structure before it, and then they are one: what counts is that something as low is there.</summary>
    [Fact]
    public async Task A_file_put_into_the_seed_folder_is_taken_up_while_it_runs_and_an_interrupted_search_loses_nothing()
    {
        string[] request = ["--formula", "H3S", "--units", "16", "--pressure", "150", "--seeds", "seeds", "--out", "a.extxyz"];
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "seeds")).FullName, seed = Path.Combine(Repository.Root, "models", "h-s", "Im-3m.vasp");
        CspProcess.Outcome relaxed = await CspProcess.RunAsync(["relax", "--model", Model, "--in", seed, "--pressure", "150", "--out", "relaxed.extxyz"], _folder);
        Assert.Equal(0, relaxed.ExitCode);
        double ofSeed = Enthalpy(StructureFile.Read(Path.Combine(_folder, "relaxed.extxyz"))[0]);
        using Process process = CspProcess.Start(["search", "--model", Model, "--threads", "1", "--structures", "100000", .. request], _folder);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        bool taken = false;
        Task errors = Task.Run(async () =>
        {
            while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is string line)
                taken |= line.StartsWith("seeds: 1 from", StringComparison.Ordinal);
        }, TestContext.Current.CancellationToken);
        // Those that are there when the search starts are read without a word.
        for (int copy = 0; copy < 60 && !taken && !process.HasExited; copy++)
        {
            File.Copy(seed, Path.Combine(folder, $"{copy}.vasp"));
            await Task.Delay(1000, TestContext.Current.CancellationToken);
        }
        Assert.True(taken);
        // A seed has its turn among slow relaxations, and the pool is written every 20 s.
        for (int second = 0; second < 120 && !Pool().Any(AsLow); second++)
            await Task.Delay(1000, TestContext.Current.CancellationToken);
        await CspProcess.InterruptAsync(process);
        await errors;
        Assert.Equal(130, process.ExitCode);
        Assert.DoesNotContain("rank", await output);

        IReadOnlyList<Frame> pool = Pool();
        Assert.Contains(pool, AsLow);
        ulong last = ulong.Parse(pool[0]["last_id"]!, CultureInfo.InvariantCulture);
        Assert.All(pool, f => Assert.True(Id(f) <= last));

        CspProcess.Outcome resumed = await SearchAsync([.. request, "--structures", "1", "--resume", "a.extxyz"]);
        Assert.Equal(0, resumed.ExitCode);
        IReadOnlyList<Frame> after = Pool();
        // One more structure can replace one at most.
        Assert.True(pool.Select(Id).Except(after.Select(Id)).Count() <= 1);
        Assert.All(after.Select(Id).Except(pool.Select(Id)), id => Assert.True(id > last));
        Assert.Equal(pool[0].Crystal.Volume, after[0].Crystal.Volume, 3);

        static ulong Id(Frame frame) => ulong.Parse(frame["id"]![1..], CultureInfo.InvariantCulture);

        static double Enthalpy(Frame frame) => double.Parse(frame["enthalpy_ev_per_atom"]!, CultureInfo.InvariantCulture);

        // To 1 meV/atom.
        bool AsLow(Frame frame) => Enthalpy(frame) < ofSeed + 0.001;

        IReadOnlyList<Frame> Pool() => Path.Combine(_folder, "a.extxyz") is string file && File.Exists(file) ? StructureFile.Read(file) : [];
    }

    [Theory]
    [InlineData("generate", "--volume", "72:56", "csp: --volume needs a volume in Å^3, or two as lo:hi, with 0 < lo <= hi, not '72:56'")]
    [InlineData("generate", "--volume", "0:56", "csp: --volume needs a volume in Å^3, or two as lo:hi, with 0 < lo <= hi, not '0:56'")]
    [InlineData("search", "--volume", "1:2:3", "csp: --volume needs a volume in Å^3, or two as lo:hi, with 0 < lo <= hi, not '1:2:3'")]
    [InlineData("displace", "--amplitude", "-1:2", "csp: --amplitude needs a length in Å, or two as lo:hi, with 0 <= lo <= hi, not '-1:2'")]
    [InlineData("train", "--cutoff", "4.8:x", "csp: --cutoff needs a length in Å, or two as a:b, above 0, not '4.8:x'")]
    public async Task A_range_that_is_none_says_which_option_and_what_it_needs(string command, string option, string text, string sentence)
    {
        string[] others = command switch
        {
            "generate" => ["--formula", "H3S", "--out", "a.extxyz"],
            "search" => ["--model", Model, "--formula", "H3S", "--pressure", "150", "--out", "a.extxyz"],
            "displace" => ["--in", "a.extxyz", "--out", "b.extxyz"],
            _ => ["--data", "a.extxyz", "--out", "b.csp"],
        };
        CspProcess.Outcome csp = await CspProcess.RunAsync([command, .. others, $"{option}={text}"], _folder);
        Assert.StartsWith(sentence, csp.Sentence);
        Assert.Equal(2, csp.ExitCode);
    }

    [Fact]
    public async Task A_variable_composition_ends_in_a_convex_hull_with_its_elements_on_it()
    {
        CspProcess.Outcome csp = await SearchAsync("--formula", "H-S", "--max-atoms", "4", "--pressure", "150", "--structures", "10", "--prototypes", "A1,A3,B1", "--out", "a.extxyz", "--json");
        Assert.Equal("", csp.Error);
        JsonElement report = JsonDocument.Parse(csp.Output).RootElement;
        string?[] stable = [.. report.GetProperty("hull").EnumerateArray().Select(p => p.GetProperty("formula").GetString())];
        Assert.Contains("H", stable);
        Assert.Contains("S", stable);
        Assert.All(report.GetProperty("results").EnumerateArray(), r => Assert.True(r.GetProperty("aboveBestMeV").GetDouble() >= -1e-6));
    }

    [Theory]
    [InlineData("H3S", "B1", "--prototypes: none of B1 has the stoichiometry of H3S")]
    [InlineData("H3S", "Z9", "--prototypes: there is no prototype 'Z9'")]
    [InlineData("H3N", "all", "does not know N")]
    [InlineData("H-Q", "all", "--formula: ")]
    public async Task A_wrong_request_says_what_is_wrong(string formula, string prototypes, string sentence)
    {
        CspProcess.Outcome csp = await SearchAsync("--formula", formula, "--prototypes", prototypes, "--pressure", "150", "--out", "a.extxyz");
        Assert.Contains(sentence, csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }
}
