using Csp.Physics.Crystals;
using Csp.Physics.Sscha;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

/// <summary>In a harmonic crystal the SSCHA is exact, whatever the lattice, the supercell and the temperature.</summary>
public sealed class HarmonicLimitTests
{
    public static TheoryData<string, int, int, int, double> Cases => new()
    {
        { "wurtzite", 3, 2, 1, 0 },
        { "wurtzite", 2, 2, 1, 300 },
        { "triclinic", 2, 1, 3, 0 },
        { "triclinic", 3, 2, 1, 300 },
        { "monoclinic", 1, 2, 2, 300 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Free_energy_stress_and_frequencies_are_the_harmonic_ones(string name, int a, int b, int c, double temperature)
    {
        Crystal cell = Cell(name);
        SpringCrystal springs = new(cell);
        double[] exact = [.. springs.Frequencies(a, b, c).Skip(3)];
        Assert.True(exact[0] > 45, $"softest mode {exact[0]} cm^-1");
        SschaSettings settings = new() { Supercell = (a, b, c), TemperatureK = temperature, PopulationSize = 40 };
        SschaResult result = await SschaCalculation.RunAsync(cell, springs, settings, cancellation: TestContext.Current.CancellationToken);
        SschaConstants units = SschaConstants.Default;
        double expected = Thermodynamics.Of(exact.Select(w => w / units.RydbergInInverseCm), temperature, units.Boltzmann).FreeEnergy * units.RydbergInEv / (a * b * c);
        Assert.True(result.Converged);
        Assert.Equal(expected, result.FreeEnergyEv, 1e-7);
        Assert.InRange(result.FreeEnergyErrorEv, 0, 1e-8);
        Assert.All(result.PressureGPa.ToArray(), p => Assert.Equal(0, p, 1e-5));
        double[] ours = [.. result.AuxiliaryFrequencies.SelectMany(f => f).Order()], hessian = [.. result.HessianFrequencies!.SelectMany(f => f).Order()];
        Assert.All(exact.Zip(ours.Skip(3)), w => Assert.Equal(w.First, w.Second, 1e-3));
        Assert.All(exact.Zip(hessian.Skip(3)), w => Assert.Equal(w.First, w.Second, 1e-3));
    }

    /// <summary>Two kinds of atoms without an inversion: hexagonal, P1 and monoclinic.</summary>
    internal static Crystal Cell(string name)
    {
        Element ga = Element.FromSymbol("Ga"), n = Element.FromSymbol("N");
        return name switch
        {
            "wurtzite" => new(
                new Mat3(3.19, 0, 0, -1.595, 1.595 * Math.Sqrt(3), 0, 0, 0, 5.19), [ga, ga, n, n],
                [1.0 / 3, 2.0 / 3, 0, 2.0 / 3, 1.0 / 3, 0.5, 1.0 / 3, 2.0 / 3, 0.377, 2.0 / 3, 1.0 / 3, 0.877]),
            "triclinic" => new(new Mat3(3.1, 0.2, 0.1, 0.4, 3.4, -0.3, -0.5, 0.6, 3.0), [ga, n, n], [0.02, 0.05, 0.01, 0.48, 0.55, 0.4, 0.1, 0.6, 0.83]),
            _ => new(new Mat3(4.1, 0, 0, 0, 3.3, 0, -0.9, 0, 3.8), [ga, n], [0.1, 0.25, 0.2, 0.6, 0.25, 0.55]),
        };
    }
}
