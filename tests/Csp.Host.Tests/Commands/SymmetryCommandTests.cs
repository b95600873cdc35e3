using System.Text.Json;

namespace Csp.Host.Tests.Commands;

public class SymmetryCommandTests
{
    [Fact]
    public async Task Im3m_of_H3S_as_JSON_and_as_a_standard_cell()
    {
        string folder = Directory.CreateTempSubdirectory("csp-symmetry-").FullName;
        try
        {
            // The primitive cell of Im-3m: S at 2a, H at 6b.
            File.WriteAllText(Path.Combine(folder, "p.extxyz"), """
                4
                Lattice="-1.5 1.5 1.5 1.5 -1.5 1.5 1.5 1.5 -1.5" Properties=species:S:1:pos:R:3 pbc="T T T"
                S 0 0 0
                H 1.5 0 0
                H 0 1.5 0
                H 0 0 1.5

                """);
            CspProcess.Outcome csp = await CspProcess.RunAsync(["symmetry", "--in", "p.extxyz", "--out", "c.cif", "--json"], folder);
            Assert.Equal(0, csp.ExitCode);
            JsonElement report = JsonDocument.Parse(csp.Output).RootElement[0];
            Assert.Equal(229, report.GetProperty("number").GetInt32());
            Assert.Equal("Im-3m", report.GetProperty("symbol").GetString());
            Assert.Equal(3, report.GetProperty("a").GetDouble(), 1e-6);
            Assert.Equal(["2a", "6b"], report.GetProperty("sites").EnumerateArray().Select(s => s.GetProperty("wyckoff").GetString()).Order());
            Assert.Contains("_cell_length_a", File.ReadAllText(Path.Combine(folder, "c.cif")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
