using Csp.Physics.Crystals;
using Xunit;

namespace Csp.Physics.Tests.Crystals;

public class VolumeEstimateTests
{
    [Theory]
    // Static DFT (PBE) of Im-3m at 140 and 160 GPa; diamond, fcc Al and rutile at ambient pressure; solid hydrogen at 100 GPa (Loubeyre 1996).
    [InlineData("H3S", 140, 14.54, 0.15)]
    [InlineData("H3S", 160, 14.04, 0.15)]
    [InlineData("C", 0, 5.67, 0.05)]
    [InlineData("Al", 0, 16.6, 0.05)]
    [InlineData("TiO2", 0, 31.2, 0.35)]
    [InlineData("H2", 100, 4.9, 0.1)]
    public void Should_be_near_known_volumes(string formula, double pressureGPa, double volume, double tolerance)
    {
        Composition composition = Composition.Parse(formula);
        Assert.InRange(VolumeEstimate.Of(composition, pressureGPa), (1 - tolerance) * volume, (1 + tolerance) * volume);
        (double min, double max) = VolumeEstimate.Window(composition, pressureGPa);
        Assert.InRange(volume, min, max);
    }

    [Fact]
    public void Should_shrink_with_pressure_for_every_element()
    {
        foreach (Element element in Element.All)
        {
            double[] volumes = [.. new[] { 0.0, 1, 10, 100, 500 }.Select(p => VolumeEstimate.Of(element, p))];
            Assert.True(volumes.Zip(volumes.Skip(1)).All(v => v.First > v.Second && v.Second > 0.5), element.Symbol);
        }
    }
}
