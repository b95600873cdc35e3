using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class EnthalpyEnvelopeSpecs
{
    /// <summary>Two phases with E = E0 + k/V per atom: the enthalpies at any pressure are known, and the phases change places where their curves cross.</summary>
    [Fact]
    public void Every_structure_is_measured_against_the_lowest_at_its_own_pressure()
    {
        List<EnthalpyPoint> points = [];
        List<(double Pressure, double Enthalpy)> exact = [];
        for (int phase = 0; phase < 2; phase++)
        {
            (double e0, double k) = phase == 0 ? (0.0, 20.0) : (0.5, 16.0);
            for (double volume = 3; volume < 8; volume += 0.01)
            {
                double pressure = k / (volume * volume);
                points.Add(Point("H3S", volume, e0 + k / volume, pressure));
                exact.Add((pressure, e0 + 2 * k / volume));
            }
        }
        double[] above = EnthalpyEnvelope.Above(points);
        int onTop = 0;
        for (int i = 0; i < points.Count; i++)
        {
            (double p, double h) = exact[i];
            double lowest = Math.Min(2 * Math.Sqrt(20 * p), 0.5 + 2 * Math.Sqrt(16 * p));
            // The grid misses the relaxed volume by 0.005 Å^3 at most, which costs half the curvature times its square.
            if (p is > 0.35 and < 1.7)
                Assert.Equal(h - lowest, above[i], 1e-4);
            Assert.True(above[i] >= 0);
            onTop += above[i] < 1e-4 ? 1 : 0;
        }
        Assert.InRange(onTop, points.Count / 4, 3 * points.Count / 4);
    }

    [Fact]
    public void Compositions_are_apart_and_multiples_of_a_cell_are_not()
    {
        EnthalpyPoint h3s = Point("H3S", 4, -70, 1), twice = Point("H6S2", 4, -70.25, 1), hs = Point("HS", 5, -20, 1);
        Assert.Equal([0.25, 0, 0], EnthalpyEnvelope.Above([h3s, twice, hs]), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    /// <summary>Volume Å^3 and energy eV per atom, pressure eV/Å^3.</summary>
    private static EnthalpyPoint Point(string formula, double volume, double energy, double pressure)
    {
        ImmutableArray<Element> elements = [.. Starts.Elements(formula)];
        double edge = Math.Cbrt(volume * elements.Length);
        Crystal crystal = Crystal.FromCartesian(edge * Mat3.Identity, elements, new double[3 * elements.Length]);
        return new EnthalpyPoint(crystal, energy * elements.Length, pressure * Units.EvPerCubicAngstromInGPa);
    }
}
