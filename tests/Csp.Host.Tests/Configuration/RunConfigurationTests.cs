using Csp.Host.Configuration;

namespace Csp.Host.Tests.Configuration;

public class RunConfigurationTests
{
    private const string Minimal = "crystal { formula = H3S, pressure = 150 GPa }\nsearch.volume-per-atom { min = 3, max = 5 }\n";

    private static RunConfiguration Bind(string text) => RunConfiguration.Bind(SettingsSource.FromText("t.conf", text), "out");

    [Fact]
    public void Reference_lists_exactly_the_keys_that_are_read()
    {
        SettingsSource source = SettingsSource.FromText("t.conf", Minimal);
        RunConfiguration.Bind(source, "out");
        Assert.Equal(Reference.Keys, source.KeysRead);
    }

    [Fact]
    public void Values_and_units_bind()
    {
        RunConfiguration c = Bind(Minimal + """
            crystal { pressure = 1.5 Mbar, formula-units = [2, 1, 2] }
            run { wall-budget = 25 minutes, seed = 7 }
            search { window = 0.2 eV, groups = "1-3,225", prototypes = [L1_2, H3S-Im-3m] }
            dft { smearing = 0.272 eV, k-spacing = 0.25 }
            cluster { max-frame = 1 MiB, slots.relaxer = 3, seeds = ["127.0.0.1:5000"] }
            """);
        Assert.Equal("H3S", c.Run.Formula);
        Assert.Equal(150, c.Run.PressureGPa, 1e-12);
        Assert.Equal([1, 2], c.Run.FormulaUnits);
        Assert.Equal(TimeSpan.FromMinutes(25), c.Run.WallBudget);
        Assert.Equal(7UL, c.Run.Seed);
        Assert.Equal(200, c.Run.Search.WindowMeV, 1e-9);
        Assert.Equal([1, 2, 3, 225], c.Run.Search.Groups);
        Assert.Equal(["L1_2", "H3S-Im-3m"], c.Run.Search.Prototypes);
        Assert.Empty(c.Run.Search.Seeds);
        Assert.Equal(0.02, c.Run.Dft.SmearingRy, 1e-4);
        Assert.Equal(1 << 20, c.Cluster.MaxFrameBytes);
        Assert.Equal(3, c.Cluster.Slots.Relaxer);
        Assert.Equal(["127.0.0.1:5000"], c.Cluster.Seeds);
        Assert.True(Path.IsPathFullyQualified(c.Run.RunFolder));
    }

    [Theory]
    [InlineData("crystal.pressure = abc", "t.conf, line 3: crystal.pressure needs a pressure in GPa: 'abc' is not a pressure in GPa")]
    [InlineData("crystal.pressure = 150 bananas", "t.conf, line 3: crystal.pressure needs a pressure in GPa: '150 bananas' is not a pressure in GPa ('bananas' is not understood; units: GPa, TPa, MPa, kbar, Mbar)")]
    [InlineData("crystal.formula = Xx3S", "t.conf, line 3: crystal.formula is wrong: 'Xx' in formula 'Xx3S' is not a chemical element that Csp knows (H to Cm)")]
    [InlineData("crystal.presure = 3", "t.conf, line 3: the key 'crystal.presure' is not known (did you mean 'crystal.pressure'?); hocon/reference.conf lists all keys")]
    [InlineData("labels.budget = 10", "t.conf, line 3: labels.budget is too small: 10 labels cannot hold 40 initial, 10 final and 8 ensemble labels")]
    [InlineData("sscha.supercell = [2, 2]", "t.conf, line 3: sscha.supercell needs three whole numbers, as in [2, 2, 2]")]
    [InlineData("crystal.formula-units = [0]", "t.conf, line 3: crystal.formula-units needs whole numbers between 1 and 64, not '0'")]
    [InlineData("cluster.host = 10.0.0.1", "t.conf, line 3: cluster.host is 10.0.0.1, which is not a loopback address: that needs cluster.tls")]
    [InlineData("search.random-share = 1.5", "t.conf, line 3: search.random-share must be between 0 and 1, not 1.5")]
    [InlineData("training.parent = nowhere.csp", "t.conf, line 3: training.parent names 'nowhere.csp', which does not exist")]
    [InlineData("search.seeds = [nowhere.cif]", "t.conf, line 3: search.seeds names 'nowhere.cif', which does not exist")]
    [InlineData("search.prototypes = [B1, Z9]", "t.conf, line 3: search.prototypes is wrong: there is no prototype 'Z9'; there are ", true)]
    [InlineData("search.prototypes = [B1]", "t.conf, line 3: search.prototypes is wrong: none of B1 has the stoichiometry of H3S")]
    [InlineData("run.seed = -1", "t.conf, line 3: run.seed needs a whole number from 0, not '-1'")]
    public void One_sentence_with_file_and_line(string line, string message, bool more = false)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Bind(Minimal + line + "\n"));
        Assert.Equal(message, more ? e.Message[..message.Length] : e.Message);
    }

    [Fact]
    public void A_missing_required_key_is_named()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Bind("crystal.pressure = 1\n"));
        Assert.Equal("t.conf: the key 'crystal.formula' is missing; every configuration has to set it", e.Message);
    }

    [Fact]
    public void The_examples_bind()
    {
        string folder = Repository.Folder("hocon");
        string[] examples = [.. Directory.GetFiles(folder, "*.conf").Where(f => Path.GetFileName(f) != "reference.conf")];
        Assert.NotEmpty(examples);
        foreach (string example in examples)
            Assert.True(RunConfiguration.Load(example, "out").Run.PressureGPa > 0, example);
    }
}
