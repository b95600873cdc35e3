using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;
using Xunit;

namespace Csp.Physics.Tests.FirstPrinciples;

public class PseudopotentialTests
{
    private const string Sulfur = """
        # a comment
        S GTH-BLYP-q6 GTH-BLYP
            2    4
             0.42    1    -5.99
            0
        #
        S GTH-PBE-q6 GTH-PBE
            2    4
             0.42000000    1    -5.98626038
            2
             0.36482035    2    13.14354448    -4.24183045
                                                5.47617957
             0.40948048    1     3.70089057
        #
        Cu GTH-PBE-q11 GTH-PBE
            1    0   10
             0.53000000    0
            0
        Cu GTH-PBE-q19
            3    6   10
             0.53000000    0
            0
        """;

    [Fact]
    public void Should_write_the_layout_of_ABINIT()
    {
        GthPseudopotential s = Read(Sulfur).Find(Element.FromSymbol("S"));
        Assert.Equal(6, s.ValenceElectrons);
        double[][] rows = [.. s.ToAbinit().Split('\n').Skip(1).Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .TakeWhile(w => double.TryParse(w, out _)).Select(double.Parse).ToArray())];
        Assert.Equal([16, 6, 10101], rows[0]);
        Assert.Equal([10, 11, 1, 2, 2001, 0], rows[1]);
        Assert.Equal([0.42, 1, -5.98626038], rows[2]);
        Assert.Equal([2], rows[3]);
        Assert.Equal([0.36482035, 2, 13.14354448, -4.24183045], rows[4]);
        Assert.Equal([5.47617957], rows[5]);
        Assert.Equal([0.40948048, 1, 3.70089057], rows[6]);
        Assert.Equal([0], rows[7]);
    }

    [Fact]
    public void Should_take_the_standard_valence_unless_told_otherwise()
    {
        GthLibrary library = Read(Sulfur);
        Element cu = Element.FromSymbol("Cu");
        Assert.Equal("GTH-PBE-q11", library.Find(cu).Name);
        Assert.Equal(19, library.Find(cu, 19).ValenceElectrons);
        Assert.Contains("with 7 valence electrons (there is: GTH-PBE-q11, GTH-PBE-q19)", Assert.Throws<LabelerSettingsException>(() => library.Find(cu, 7)).Message);
        Assert.Contains("no GTH-PBE pseudopotential for H", Assert.Throws<LabelerSettingsException>(() => library.Find(Element.FromSymbol("H"))).Message);
    }

    [Theory]
    [InlineData("     0.40948048    1     3.70089057\n", "\n", "numbers are missing")]
    [InlineData("0.42000000    1", "0.42000000    x", "'x' is not a small whole number")]
    [InlineData("13.14354448", "13.14354448*", "'13.14354448*' is not a number")]
    public void Should_name_file_and_line_of_a_malformed_entry(string from, string to, string what)
    {
        string message = Assert.Throws<LabelerSettingsException>(() => Read((Sulfur + "\n").Replace(from, to))).Message;
        Assert.Matches("GTH.*, line 7: the pseudopotential GTH-PBE-q6 of S is malformed: ", message);
        Assert.EndsWith(what, message);
    }

    [Fact]
    public void Should_read_every_entry_that_cp2k_ships()
    {
        const string Path = "/usr/share/cp2k/GTH_POTENTIALS";
        if (!File.Exists(Path))
            Assert.Skip("cp2k-data is not installed");
        GthLibrary library = GthLibrary.Read(Path);
        Element[] elements = [.. library.Elements];
        Assert.True(elements.Length >= 80, $"{elements.Length} elements");
        foreach (Element element in elements)
        {
            GthPseudopotential p = library.Find(element);
            Assert.EndsWith($"-q{p.ValenceElectrons}", p.Name);
            Assert.InRange(p.LocalRadius, 0.1, 1.5);
        }
        Assert.Equal(6, library.Find(Element.FromSymbol("S")).ValenceElectrons);
        Assert.Equal(11, library.Find(Element.FromSymbol("La")).ValenceElectrons);
        Assert.Equal(1, library.Find(Element.FromSymbol("H")).ValenceElectrons);
    }

    private static GthLibrary Read(string text)
    {
        string path = Path.Combine(Path.GetTempPath(), $"GTH-{Guid.NewGuid():N}");
        File.WriteAllText(path, text);
        try
        {
            return GthLibrary.Read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
