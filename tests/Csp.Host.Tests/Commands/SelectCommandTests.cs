using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Files;

namespace Csp.Host.Tests.Commands;

/// <summary><c>csp select</c> with the model of H and S that the repository holds.</summary>
public sealed class SelectCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-select-").FullName;

    private static string Weights => Path.Combine(Repository.Root, "models", "h-s");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<CspProcess.Outcome> SelectAsync(params string[] arguments) =>
        CspProcess.RunAsync(["select", "--in", "pool.extxyz", "--model", Weights, "--out", "chosen.extxyz", .. arguments], _folder);

    private IReadOnlyList<Frame> Chosen => StructureFile.Read(Path.Combine(_folder, "chosen.extxyz"));

    [Fact]
    public async Task What_is_new_is_selected_once_and_a_bad_structure_is_passed_over()
    {
        Frame[] all = [.. StructureFile.Read(Path.Combine(Weights, "held-out.extxyz")).Where(f => f["kind"] == "relaxed").Take(8)];
        Crystal torn = all[0].Crystal.WithCartesian(new double[3 * all[0].Crystal.Count]);
        Write("known.extxyz", all[..3]);
        // Known ones, new ones, one of the new ones again in a larger cell, and one with all atoms in one place.
        Write("pool.extxyz", [.. all, new Frame(Supercell.Build(all[4].Crystal, 1, 2, 1).Crystal), new Frame(torn)]);

        CspProcess.Outcome csp = await SelectAsync("--known", "known.extxyz", "--count", "10", "--window", "300");
        Assert.Equal(0, csp.ExitCode);
        Assert.StartsWith("csp: pool.extxyz, structure 10 is passed over: ", csp.Error);
        IReadOnlyList<Frame> chosen = Chosen;
        int[] from = [.. chosen.Select(f => int.Parse(f["selected_from"]!, CultureInfo.InvariantCulture))];
        Assert.Equal([4, 5, 6, 7, 8], from.Select(i => i == 9 ? 5 : i).Order());
        double[] priorities = [.. chosen.Select(f => double.Parse(f["priority"]!, CultureInfo.InvariantCulture))];
        Assert.Equal(priorities.OrderDescending(), priorities);
        // Labels stay behind, what else is known comes along.
        Assert.All(chosen, f => Assert.Null(f.Energy ?? f.Forces?[0] ?? f.Stress?.Trace));
        Assert.Equal("relaxed", chosen[Array.FindIndex(from, i => i < 9)]["kind"]);

        Assert.Equal(0, (await SelectAsync("--known", "known.extxyz", "--count", "2")).ExitCode);
        Assert.Equal(2, Chosen.Count);
    }

    [Theory]
    [InlineData("--count 0", "csp: --count must be at least 1, not 0")]
    [InlineData("--count 3 --window -5", "csp: --window must be positive, not -5 meV")]
    [InlineData("--count 3 --known pool.extxyz", "csp: pool.extxyz: none of the 2 structures is new, all are like known ones")]
    public async Task A_selection_that_cannot_be_made_says_why(string arguments, string sentence)
    {
        Write("pool.extxyz", StructureFile.Read(Path.Combine(Weights, "test.extxyz")).Take(2));
        CspProcess.Outcome csp = await SelectAsync(arguments.Split(' '));
        Assert.Equal(sentence, csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }

    private void Write(string file, IEnumerable<Frame> frames) => StructureFile.Write(Path.Combine(_folder, file), frames);
}
