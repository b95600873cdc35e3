using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha.Reference;
using Csp.Tests;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

public sealed class ToyPotentialTests
{
    [Theory]
    [InlineData("neon_lj_fcc")]
    [InlineData("rocksalt_doublewell")]
    public void Energies_forces_and_stresses_are_those_of_the_reference_ensemble(string system)
    {
        string path = SharedData.Require("reference", "sscha", system);
        ReferenceFolder folder = new(path);
        IPotential potential = ToyPotentials.Of(folder)!;
        Crystal reference = ExtXyz.Enumerate(Path.Combine(path, "ensemble.extxyz")).First().Crystal;
        foreach (Frame frame in ExtXyz.Enumerate(Path.Combine(path, "ensemble.extxyz")).Take(20))
        {
            double[] energy = new double[1], forces = new double[3 * reference.Count], stress = new double[9];
            potential.EvaluateCopies(reference, frame.Crystal.Cartesian(), energy, forces, stress);
            Assert.Equal(frame.Energy!.Value, energy[0], 1e-9);
            Assert.All(forces.Zip(frame.Forces!), f => Assert.Equal(f.Second, f.First, 1e-9));
            Assert.All(stress.Zip(frame.Stress!.Value.ToArray()), s => Assert.Equal(s.Second, s.First, 1e-12));
        }
    }
}
