using System.Text.Json;

namespace Csp.Host.Tests.Commands;

/// <summary>How much errors of energy and force count in <c>csp train</c>.</summary>
public sealed class TrainUnitsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-units-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<CspProcess.Outcome> TrainAsync(string energyUnit, string forceUnit) => CspProcess.RunAsync(
        [
            "train", "--data", Path.Combine(Repository.Root, "models", "h-s", "held-out.extxyz"), "--hold-out", "0", "--epochs", "80", "--keep-last", "--threads", "1",
            "--energy-unit", energyUnit, "--force-unit", forceUnit, "--out", "m.csp", "--json",
        ], _folder);

    [Fact]
    public async Task The_smaller_unit_decides_what_is_fitted_better()
    {
        (double energies, double forces) = Errors(await TrainAsync("1 meV", "1 eV/Å"));
        (double looseEnergies, double tightForces) = Errors(await TrainAsync("0.1 eV", "10 meV/Å"));
        // A unit a hundred times smaller: at least halved where there are degrees of freedom to spare.
        Assert.True(2 * energies < looseEnergies && 2 * tightForces < forces, $"{energies} and {looseEnergies} meV/atom, {forces} and {tightForces} eV/Å");
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("3 GPa", 2)]
    public async Task A_unit_that_makes_no_sense_is_refused(string unit, int code)
    {
        CspProcess.Outcome outcome = await TrainAsync(unit, "0.1");
        Assert.Equal(code, outcome.ExitCode);
        Assert.Contains("energy", outcome.Sentence, StringComparison.Ordinal);
    }

    private static (double Energy, double Force) Errors(CspProcess.Outcome outcome)
    {
        Assert.Equal("", outcome.Error);
        JsonElement training = JsonDocument.Parse(outcome.Output).RootElement.GetProperty("training");
        return (training.GetProperty("energyRmseMev").GetDouble(), training.GetProperty("forceRmse").GetDouble());
    }
}
