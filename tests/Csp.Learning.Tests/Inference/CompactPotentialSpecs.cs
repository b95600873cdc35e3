using Csp.Learning.Architectures;
using Csp.Learning.Inference;
using Csp.Learning.Tests.Architectures;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Xunit;

namespace Csp.Learning.Tests.Inference;

public class CompactPotentialSpecs
{
    private static readonly CompactSettings[] Sizes =
    [
        CompactSettings.Default,
        new() { MixChannels = false, RadialBasis = 5, AngularBasis = 3, RadialChannels = 9, AngularChannels = 3, Hidden = 17, RadialCutoff = 4.2, AngularCutoff = 4.2 },
    ];

    public static TheoryData<int, string> Kernels => new(
        from size in Enumerable.Range(0, 2) from kernel in new[] { "256 double", "512 double", "256 single", "512 single" } select (size, kernel));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_kernel_says_what_the_plain_formulas_say(int size, string kernel)
    {
        CompactModel model = TestCrystals.Model(Sizes[size]);
        CompactReference reference = new(model);
        CompactPotential potential = new(model, Kernel(kernel, model));
        double tolerance = kernel.EndsWith("double") ? 1e-11 : 3e-5;
        Crystal[] crystals = [TestCrystals.Random(1, 3, 1), TestCrystals.Random(5, 3, 2), TestCrystals.Random(3, 40, 3), TestCrystals.H3S(3.05, 2, 0.1)];
        foreach (Crystal crystal in crystals)
        {
            // A second, slightly different crystal goes through the list that was kept.
            Crystal moved = crystal.WithLattice(crystal.Lattice * new Mat3(1.01, 0.002, 0, 0, 0.99, 0.003, 0, 0, 1.005));
            foreach (Crystal c in new[] { crystal, moved, crystal.Wrapped() })
                Same(reference.Evaluate(c), potential.Evaluate(c), tolerance);
        }
    }

    [Fact]
    public void Copies_of_a_supercell_are_what_they_are_one_by_one()
    {
        CompactModel model = TestCrystals.Model();
        CompactPotential potential = new(model);
        Crystal reference = TestCrystals.H3S(3.05);
        const int copies = 12;
        int size = 3 * reference.Count;
        double[] positions = [.. Enumerable.Range(0, copies).SelectMany(c => TestCrystals.H3S(3.05, 1, 0.05 * c, seed: c).Cartesian())];
        double[] energies = new double[copies], forces = new double[copies * size], stresses = new double[9 * copies];
        potential.EvaluateCopies(reference, positions, energies, forces, stresses);
        CompactReference plain = new(model);
        for (int c = 0; c < copies; c++)
        {
            PotentialResult one = plain.Evaluate(reference.WithCartesian(positions.AsSpan(c * size, size)));
            Same(one, new PotentialResult(energies[c], forces[(c * size)..((c + 1) * size)], Mat3.FromSpan(stresses.AsSpan(9 * c, 9))), 1e-11);
        }
    }

    [Fact]
    public void Threads_do_not_disturb_each_other_and_a_walk_through_crystals_never_misses_a_pair()
    {
        CompactModel model = TestCrystals.Model(new CompactSettings { Hidden = 6 });
        CompactPotential potential = new(model);
        CompactReference plain = new(model);
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            Random random = new(thread);
            Crystal crystal = TestCrystals.Random(4, 4, thread);
            for (int step = 0; step < 25; step++)
            {
                double[] positions = crystal.Cartesian();
                for (int i = 0; i < positions.Length; i++)
                    positions[i] += 0.12 * (random.NextDouble() - 0.5) + 0.3;
                crystal = TestCrystals.Strained(crystal.WithCartesian(positions), random.Next(3), random.Next(3), 0.02 * (random.NextDouble() - 0.5));
                Same(plain.Evaluate(crystal), potential.Evaluate(crystal), 1e-10);
            }
        });
    }

    [Fact]
    public void Atoms_on_top_of_each_other_are_refused()
    {
        Crystal crystal = new(Mat3.Diagonal(4, 4, 4), [TestCrystals.H, TestCrystals.S], [0.1, 0, 0, 0.1, 0, 0]);
        PotentialException e = Assert.Throws<PotentialException>(() => new CompactPotential(TestCrystals.Model()).Evaluate(crystal));
        Assert.Contains("coincide", e.Message);
    }

    private static ICompactKernel Kernel(string name, CompactModel model) => name switch
    {
        "256 double" => new CompactKernel<Lanes256Double, double>(model),
        "512 double" => new CompactKernel<Lanes512Double, double>(model),
        "256 single" => new CompactKernel<Lanes256Single, float>(model),
        _ => new CompactKernel<Lanes512Single, float>(model),
    };

    private static void Same(PotentialResult expected, PotentialResult actual, double tolerance)
    {
        Assert.Equal(0, (expected.Energy - actual.Energy) / (Math.Abs(expected.Energy) + 1), tolerance);
        double largest = expected.Forces.Max(Math.Abs) + 1;
        for (int i = 0; i < expected.Forces.Length; i++)
            Assert.Equal(0, (expected.Forces[i] - actual.Forces[i]) / largest, tolerance);
        Assert.Equal(0, (expected.Stress - actual.Stress).Norm / (expected.Stress.Norm + 0.1), tolerance);
    }
}
