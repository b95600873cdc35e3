using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

/// <summary>An error bar is honest when the truth lies inside as often as a Gaussian says.</summary>
public sealed class ErrorBarTests
{
    private static readonly Element Neon = Element.FromSymbol("Ne");

    [Fact]
    public void The_true_free_energy_lies_within_the_error_bar_as_often_as_it_should()
    {
        ShiftedForceLennardJones potential = new(Neon, 0.00316, 2.782, 4.6);
        Crystal cell = new(new Mat3(0, 2.2, 2.2, 2.2, 0, 2.2, 2.2, 2.2, 0), [Neon], [0, 0, 0]);
        SschaSettings settings = new() { Supercell = (2, 2, 2), TemperatureK = 10, FreeEnergyTolerance = 0.03, PopulationSize = 60, Hessian = false };
        double truth = Enumerable.Range(0, 4).Average(k => SschaCalculation.Run(
            cell, potential, settings with { FreeEnergyTolerance = 0.001, PopulationSize = 4000, MaxPopulationSize = 16000, Seed = (ulong)(1000 + k) }).FreeEnergyEv);
        double[] pulls = [.. Enumerable.Range(1, 100).Select(seed =>
        {
            SschaResult result = SschaCalculation.Run(cell, potential, settings with { Seed = (ulong)seed });
            return (result.FreeEnergyEv - truth) / result.FreeEnergyErrorEv;
        })];
        int one = pulls.Count(p => Math.Abs(p) < 1), two = pulls.Count(p => Math.Abs(p) < 2);
        Assert.True(one is >= 60 and <= 76 && two >= 90, $"{one} of 100 within one sigma, {two} within two; mean pull {pulls.Average():F2}, spread {Math.Sqrt(pulls.Average(p => p * p)):F2}");
    }
}
