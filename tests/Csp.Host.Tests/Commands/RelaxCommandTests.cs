using System.Text.Json;
using Csp.Physics.Files;

namespace Csp.Host.Tests.Commands;

/// <summary><c>csp relax</c> with the model of H and S that the repository holds.</summary>
public sealed class RelaxCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-relax-").FullName;

    /// <summary>H3S, Im-3m, more or less compressed.</summary>
    public RelaxCommandTests() => File.WriteAllText(Path.Combine(_folder, "a.xyz"), string.Concat(new[] { 2.95, 3, 3.05, 3.1 }.Select(a => FormattableString.Invariant(
        $"4\nLattice=\"{-a / 2} {a / 2} {a / 2} {a / 2} {-a / 2} {a / 2} {a / 2} {a / 2} {-a / 2}\" Properties=species:S:1:pos:R:3 name=a{100 * a:0}\nS 0 0 0\nH {a / 2} 0 0\nH 0 {a / 2} 0\nH 0 0 {a / 2}\n"))));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<CspProcess.Outcome> RelaxAsync(string pressure, params string[] more) =>
        CspProcess.RunAsync(["relax", "--model", Path.Combine(Repository.Root, "models", "h-s", "model.csp"), "--in", "a.xyz", "--out", "b.extxyz", "--pressure", pressure, "--threads", "1", "--json", .. more], _folder);

    private IReadOnlyList<Frame> Relaxed => StructureFile.Read(Path.Combine(_folder, "b.extxyz"));

    /// <summary>The second and the last of four are missing, as after an interruption; what is there is not relaxed again, and every structure keeps its place and its words.</summary>
    [Fact]
    public async Task An_interrupted_relaxation_goes_on_from_its_file_and_only_as_it_began()
    {
        CspProcess.Outcome whole = await RelaxAsync("150");
        Assert.Equal("", whole.Error);
        JsonElement report = JsonDocument.Parse(whole.Output).RootElement;
        Assert.Equal(4, report.GetProperty("converged").GetInt32());
        IReadOnlyList<Frame> all = Relaxed;
        Assert.Equal(["a295", "a300", "a305", "a310"], all.Select(f => f["name"]));
        Assert.All(all, f => Assert.True(Math.Abs(f.Forces!.Max()) < 1e-3));

        StructureFile.Write(Path.Combine(_folder, "b.extxyz"), [all[0].With("name", "kept"), all[2]]);
        CspProcess.Outcome rest = await RelaxAsync("150", "--resume");
        Assert.Equal("", rest.Error);
        Assert.Equal(["kept", "a300", "a305", "a310"], Relaxed.Select(f => f["name"]));
        JsonElement[] before = [.. report.GetProperty("results").EnumerateArray()], after = [.. JsonDocument.Parse(rest.Output).RootElement.GetProperty("results").EnumerateArray()];
        foreach (int kept in new[] { 0, 2 })
        {
            Assert.Equal(all[kept]["enthalpy_ev_per_atom"], Relaxed[kept]["enthalpy_ev_per_atom"]);
            Assert.Equal(before[kept].GetRawText(), after[kept].GetRawText());
        }
        // The compact potential's neighbour list of one structure serves the next where it covers it, sorted for the first: sums differ in their last digits.
        foreach (int again in new[] { 1, 3 })
        {
            foreach (string same in new[] { "structure", "status", "spaceGroup", "evaluations", "reason" })
                Assert.Equal(before[again].GetProperty(same).GetRawText(), after[again].GetProperty(same).GetRawText());
            foreach (string number in new[] { "enthalpyPerAtomEv", "volumePerAtom" })
                Assert.Equal(before[again].GetProperty(number).GetDouble(), after[again].GetProperty(number).GetDouble(), 1e-9);
        }

        CspProcess.Outcome other = await RelaxAsync("140", "--resume");
        Assert.StartsWith("csp: b.extxyz, structure 1: it was relaxed by ", other.Sentence);
        Assert.Contains(", 150 GPa, ", other.Sentence);
        Assert.Equal(1, other.ExitCode);
        Assert.Equal(4, Relaxed.Count);

        File.Copy(Path.Combine(_folder, "a.xyz"), Path.Combine(_folder, "b.extxyz"), overwrite: true);
        Assert.Equal("csp: b.extxyz, structure 1: csp relax did not write it, so there is nothing to resume", (await RelaxAsync("150", "--resume")).Sentence);
    }
}
