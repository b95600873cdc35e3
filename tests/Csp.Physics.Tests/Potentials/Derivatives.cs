using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Xunit;

namespace Csp.Physics.Tests.Potentials;

/// <summary>Forces and stress against central differences of the energy.</summary>
internal static class Derivatives
{
    public static void Check(IPotential potential, Crystal crystal, double tolerance = 1e-5)
    {
        const double h = 1e-4;
        PotentialResult result = potential.Evaluate(crystal);
        double scale = 1 + result.Forces.Max(Math.Abs);
        double[] cartesian = crystal.Cartesian();
        for (int k = 0; k < cartesian.Length; k++)
        {
            double numeric = -Central(x =>
            {
                double[] moved = [.. cartesian];
                moved[k] += x;
                return potential.Evaluate(crystal.WithCartesian(moved)).Energy;
            }, h);
            Assert.InRange(result.Forces[k] - numeric, -tolerance * scale, tolerance * scale);
        }
        double stressScale = 1 + result.Stress.Norm * crystal.Volume;
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                double numeric = Central(x =>
                {
                    double[] strain = Mat3.Identity.ToArray();
                    strain[3 * i + j] += x / 2;
                    strain[3 * j + i] += x / 2;
                    return potential.Evaluate(crystal.WithLattice(crystal.Lattice * Mat3.FromSpan(strain))).Energy;
                }, h);
                Assert.InRange(result.Stress[i, j] * crystal.Volume - numeric, -tolerance * stressScale, tolerance * stressScale);
            }
        }
    }

    private static double Central(Func<double, double> f, double h) => (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}
