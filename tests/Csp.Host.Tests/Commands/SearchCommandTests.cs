using System.Text.Json;

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
        JsonElement results = JsonDocument.Parse(first.Output).RootElement.GetProperty("results");
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
