using System.Text.Json;
using System.Text.Json.Nodes;

namespace Csp.Host.Tests.Commands;

/// <summary><c>csp sscha</c> as a person starts it: what it says when it cannot go on, what it keeps, and that it goes on from there.</summary>
public sealed class SschaCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-sscha-command-").FullName;

    private static readonly string Model = Path.Combine(Repository.Root, "models", "h-s");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("nan", "ensemble.extxyz, line 3: 'NaN' is not a")]
    [InlineData("element", "atom 2 of configuration 1 is Br, and the supercell has Cl there")]
    [InlineData("atoms", "configuration 1 has 2 atoms, and the supercell has 4")]
    [InlineData("imaginary", "the trial force constants are imaginary: a mode at q = (0, 0, 0) has -")]
    [InlineData("singular", "the trial force constants are singular: a mode at q = (0, 0, 0) has 0.00 cm^-1")]
    [InlineData("few", "too few configurations for the modes: 4 configurations with 1 operations and 1 translations cannot determine the 6 modes")]
    [InlineData("supercell", "a 2x1x1 supercell of 2 atoms has 4 atoms, not 2")]
    public async Task A_fixed_ensemble_that_cannot_be_used(string wrong, string sentence)
    {
        FixedEnsembleFolder folder = new(Path.Combine(_folder, "fixed"), wrong == "few" ? 4 : 200);
        switch (wrong)
        {
            case "nan":
                folder.ChangeEnsemble(text => text.Remove(text.LastIndexOf(' ', text.IndexOf("\nCl", StringComparison.Ordinal))) + " NaN" + text[text.IndexOf("\nCl", StringComparison.Ordinal)..]);
                break;
            case "element":
                folder.ChangeEnsemble(text => text.Replace("\nCl", "\nBr"));
                break;
            case "imaginary":
                folder.ForceConstants(-0.1);
                break;
            case "singular":
                folder.ForceConstants(0);
                break;
            case "atoms":
                // Twice the cell, with everything that belongs to it but the ensemble.
                folder.Change("system.json", system =>
                {
                    system["supercell"] = new JsonArray(2, 1, 1);
                    system["supercell_to_cell_atom"] = new JsonArray(0, 1, 0, 1);
                    system["supercell_R_int"] = JsonSerializer.SerializeToNode(new int[][] { [0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0] });
                    system["q_points_frac"] = JsonSerializer.SerializeToNode(new double[][] { [0, 0, 0], [0.5, 0, 0] });
                });
                folder.ForceConstants(0.1, atoms: 4);
                break;
            case "supercell":
                folder.Change("system.json", system => system["supercell"] = new JsonArray(2, 1, 1));
                break;
            default:
                break;
        }
        CspProcess.Outcome csp = await CspProcess.RunAsync(["sscha", "--reference", "fixed", "--out", "out"], _folder);
        Assert.Equal(1, csp.ExitCode);
        Assert.Contains(sentence, csp.Sentence);
        string[] kept = Directory.Exists(Path.Combine(_folder, "out")) ? [.. Directory.EnumerateFiles(Path.Combine(_folder, "out")).Select(f => Path.GetFileName(f)!)] : [];
        if (wrong == "supercell")
        {
            Assert.Empty(kept);
            return;
        }
        Assert.Contains("what was computed before that is in out", csp.Sentence);
        Assert.Contains("fc_trial.json", kept);
        Assert.Equal(wrong == "few", kept.Contains("reference_trial.json"));
    }

    [Fact]
    public async Task A_minimisation_without_a_fixed_point_says_how_many_configurations_it_needs_and_writes_all()
    {
        FixedEnsembleFolder folder = new(Path.Combine(_folder, "fixed"), 8);
        // Forces that have nothing to do with the positions: noise alone.
        Random random = new(3);
        folder.ChangeEnsemble(text => string.Join('\n', text.Split('\n').Select(line =>
            line.StartsWith("Na", StringComparison.Ordinal) || line.StartsWith("Cl", StringComparison.Ordinal)
                ? string.Join(' ', line.Split(' ')[..4]) + FormattableString.Invariant($" {8 * (random.NextDouble() - 0.5)} {8 * (random.NextDouble() - 0.5)} {8 * (random.NextDouble() - 0.5)}")
                : line)));
        CspProcess.Outcome csp = await CspProcess.RunAsync(["sscha", "--reference", "fixed", "--out", "out"], _folder);
        Assert.Equal(1, csp.ExitCode);
        string sentence = csp.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Contains("the minimisation did not converge on 8 configurations for 6 modes", sentence);
        Assert.Contains("would be needed", sentence);
        Assert.True(File.Exists(Path.Combine(_folder, "out", "reference_hessian_v3.json")));
        Assert.False(JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "out", "reference_minimized.json"))).RootElement.GetProperty("converged").GetBoolean());
    }

    [Theory]
    [InlineData("--sampler", "random", "--sampler must be one of auto, plain, antithetic, matched, sobol, not 'random'")]
    [InlineData("--control-variate", "maybe", "--control-variate must be on or off, not 'maybe'")]
    [InlineData("--cell", "loose", "--cell must be one of")]
    public async Task A_switch_with_a_value_that_does_not_exist(string option, string value, string sentence)
    {
        CspProcess.Outcome csp = await CspProcess.RunAsync(["sscha", "--model", Model, "--in", "x.vasp", option, value], _folder);
        Assert.Equal(2, csp.ExitCode);
        Assert.Contains(sentence, csp.Sentence);
    }

    [Fact]
    public async Task A_run_stops_for_too_few_configurations_and_goes_on_with_more()
    {
        // Two formula units without any symmetry.
        Random random = new(4);
        string[] atoms = [.. new (string, double, double, double)[] { ("S", 0, 0, 0), ("H", 1.5, 0, 0), ("H", 0, 1.5, 0), ("H", 0, 0, 1.5), ("S", 1.5, 1.5, 1.5), ("H", 0, 1.5, 1.5), ("H", 1.5, 0, 1.5), ("H", 1.5, 1.5, 0) }
            .Select(a => FormattableString.Invariant($"{a.Item1} {a.Item2 + 0.04 * random.NextDouble()} {a.Item3 + 0.04 * random.NextDouble()} {a.Item4 + 0.04 * random.NextDouble()}"))];
        File.WriteAllText(Path.Combine(_folder, "p1.extxyz"), "8\nLattice=\"3 0 0 0 3 0 0 0 3\" Properties=species:S:1:pos:R:3 pbc=\"T T T\"\n" + string.Join('\n', atoms) + "\n");
        string[] command = ["sscha", "--model", Model, "--in", "p1.extxyz", "--threads", "1", "--no-hessian", "--max-populations", "6", "--out", "out"];
        CspProcess.Outcome few = await CspProcess.RunAsync([.. command, "--supercell", "1", "1", "1", "--population", "20"], _folder);
        Assert.Equal(1, few.ExitCode);
        string sentence = few.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Contains("too few configurations for the modes: 20 configurations", sentence);
        Assert.Contains("population 1 is kept in out/state", sentence);
        CspProcess.Outcome more = await CspProcess.RunAsync([.. command, "--supercell", "1", "1", "1", "--population", "200", "--sampler", "plain", "--control-variate", "off"], _folder);
        Assert.Equal(0, more.ExitCode);
        Assert.Contains("F  ", more.Output);
        Assert.True(File.Exists(Path.Combine(_folder, "out", "state", "population_0002.json")));

        CspProcess.Outcome other = await CspProcess.RunAsync([.. command, "--supercell", "1", "1", "2"], _folder);
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("out/state holds the state of another calculation (atoms, masses, supercell or temperature differ)", other.Sentence);
    }

    [Fact]
    public async Task Deuterium_is_a_switch()
    {
        string[] command = ["sscha", "--model", Model, "--in", Path.Combine(Model, "Im-3m.vasp"), "--supercell", "1", "1", "1", "--threads", "1", "--no-hessian", "--json"];
        JsonElement light = JsonDocument.Parse((await CspProcess.RunAsync(command, _folder)).Output).RootElement;
        JsonElement heavy = JsonDocument.Parse((await CspProcess.RunAsync([.. command, "--mass", "H=2.014"], _folder)).Output).RootElement;
        static double Highest(JsonElement r) => r.GetProperty("auxiliaryFrequencies").EnumerateArray().SelectMany(q => q.EnumerateArray().Select(w => w.GetDouble())).Max();
        // The highest modes are those of hydrogen: √2 slower, less what anharmonicity takes away.
        Assert.InRange(Highest(light) / Highest(heavy), 1.25, 1.5);
        Assert.True(heavy.GetProperty("freeEnergyEv").GetDouble() < light.GetProperty("freeEnergyEv").GetDouble());
        CspProcess.Outcome wrong = await CspProcess.RunAsync([.. command, "--mass", "H=heavy"], _folder);
        Assert.Equal("csp: --mass needs ELEMENT=AMU, as in H=2.014, not 'H=heavy'", wrong.Sentence);
        Assert.Equal(1, wrong.ExitCode);
    }
}
