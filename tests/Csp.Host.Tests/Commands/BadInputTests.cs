namespace Csp.Host.Tests.Commands;

/// <summary>What a person does wrong, and the one sentence that answers; processes of their own, in folders of their own.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-bad-input-").FullName;

    private const string Crystal = "crystal { formula = H3S, pressure = 150 GPa }\nsearch.volume-per-atom { min = 3, max = 5 }\n";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Conf(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "t.conf"), text);
        return "t.conf";
    }

    private Task<CspProcess.Outcome> CspAsync(params string[] arguments) => CspProcess.RunAsync(arguments, _folder);

    [Fact]
    public async Task Run_with_a_configuration_that_does_not_exist()
    {
        CspProcess.Outcome csp = await CspAsync("run", "nowhere.conf");
        Assert.Equal("csp: nowhere.conf: the configuration file does not exist", csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }

    [Fact]
    public async Task Run_with_malformed_hocon()
    {
        CspProcess.Outcome csp = await CspAsync("run", Conf("crystal {\n formula = H3S\n"));
        Assert.Equal("csp: t.conf, line 1: the '{' is never closed", csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }

    [Fact]
    public async Task Run_with_a_pressure_that_is_not_a_number()
    {
        CspProcess.Outcome csp = await CspAsync("run", Conf(Crystal.Replace("150 GPa", "high")));
        Assert.Equal("csp: t.conf, line 1: crystal.pressure needs a pressure in GPa: 'high' is not a pressure in GPa", csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }

    [Fact]
    public async Task Run_with_an_unknown_element()
    {
        CspProcess.Outcome csp = await CspAsync("run", Conf(Crystal.Replace("H3S", "H3Xx")));
        Assert.Contains("'Xx' in formula 'H3Xx' is not a chemical element", csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }

    [Fact]
    public async Task Run_with_a_seed_of_another_composition()
    {
        File.WriteAllText(Path.Combine(_folder, "POSCAR"), "salt\n1\n4 0 0\n0 4 0\n0 0 4\nNa Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n");
        File.WriteAllText(Path.Combine(_folder, "lj.json"), """{"lennard-jones":{"element":"Ar","epsilon":0.0104,"sigma":3.4}}""");
        CspProcess.Outcome csp = await CspAsync("run", Conf(Crystal.Replace("H3S", "Ar") + "labels.potential = lj.json\nsearch.seeds = [POSCAR]\n"));
        Assert.Equal($"csp: search.seeds: {Path.Combine(_folder, "POSCAR")}, structure 1: NaCl is no composition of this search", csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
        Assert.False(Directory.Exists(Path.Combine(_folder, "runs")));
    }

    [Fact]
    public async Task Run_without_pw()
    {
        CspProcess.Outcome csp = await CspAsync("run", Conf(Crystal + "dft.pw = /nowhere/pw.x\n"));
        Assert.Equal("csp: Quantum ESPRESSO's program '/nowhere/pw.x' was not found (on Debian: apt-get install quantum-espresso)", csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }

    [Fact]
    public async Task Run_with_a_run_folder_that_cannot_be_written()
    {
        // Even root cannot create a folder below a file. A pw.x of our own keeps the order of checks out of this.
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        CspProcess.Outcome csp = await CspAsync("run", Conf(Crystal + "cluster.slots.labeler = 0\n"), "--out", "file/run");
        Assert.StartsWith($"csp: the run folder {Path.Combine(_folder, "file", "run")} cannot be written:", csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }

    [Fact]
    public async Task Resume_without_a_run()
    {
        CspProcess.Outcome csp = await CspAsync("run", Conf(Crystal), "--resume");
        Assert.StartsWith("csp: there is no run to resume:", csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("no-such-command")]
    [InlineData("evaluate --model m")]
    [InlineData("symmetry --in a.cif --symprec wide")]
    public async Task Bad_usage_is_one_line_and_exit_code_2(string arguments)
    {
        CspProcess.Outcome csp = await CspAsync(arguments.Split(' '));
        Assert.StartsWith("csp: ", csp.Sentence);
        Assert.Equal(2, csp.ExitCode);
    }

    [Fact]
    public async Task A_structure_file_that_is_damaged()
    {
        File.WriteAllText(Path.Combine(_folder, "a.extxyz"), "2\nLattice=\"1 0 0 0 1 0 0 0 1\" Properties=species:S:1:pos:R:3\nH 0 0 0\n");
        CspProcess.Outcome csp = await CspAsync("symmetry", "--in", "a.extxyz");
        Assert.StartsWith("csp: a.extxyz", csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
    }

    [Fact]
    public async Task A_file_that_talks_to_the_terminal()
    {
        File.WriteAllText(Path.Combine(_folder, "a.extxyz"), "1\nLattice=\"3 0 0 0 3 0 0 0 3\" Properties=species:S:1:pos:R:3\n\u001b[31mH\u0007 0 0 0\n");
        CspProcess.Outcome csp = await CspAsync("symmetry", "--in", "a.extxyz");
        Assert.StartsWith("csp: a.extxyz, line 3: ", csp.Sentence);
        Assert.DoesNotContain(csp.Sentence, char.IsControl);
        Assert.Equal(1, csp.ExitCode);
    }

    [Fact]
    public async Task Help_of_every_command()
    {
        CspProcess.Outcome root = await CspAsync("--help");
        Assert.Equal(0, root.ExitCode);
        Assert.All(Host.Commands.CommandLine.Build().Subcommands, c => Assert.Contains(c.Name, root.Output));
        Assert.All(Host.Commands.CommandLine.Build().Subcommands, c => Assert.False(string.IsNullOrEmpty(c.Description)));
    }
}
