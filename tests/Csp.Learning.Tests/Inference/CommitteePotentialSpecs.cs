using Csp.Learning.Architectures;
using Csp.Learning.Inference;
using Csp.Learning.Tests.Architectures;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Xunit;

namespace Csp.Learning.Tests.Inference;

public class CommitteePotentialSpecs
{
    private static readonly IPotential[] Members = [.. new ulong[] { 1, 2, 3 }.Select(seed =>
        new CompactPotential(CompactStart.Random(new CompactSettings { Hidden = 4 }, [TestCrystals.H3S(3, 1, 0.1)], seed), $"m{seed}"))];

    [Fact]
    public void It_is_the_mean_of_its_members_and_knows_their_spread()
    {
        Crystal crystal = TestCrystals.H3S(3.0, 1, 0.15);
        PotentialResult[] each = [.. Members.Select(m => m.Evaluate(crystal))];
        PotentialResult all = new CommitteePotential(Members).Evaluate(crystal);
        Assert.Equal(each.Average(r => r.Energy), all.Energy, 1e-10);
        Assert.Equal(each.Average(r => r.Forces[2]), all.Forces[2], 1e-10);
        Assert.Equal(each.Average(r => r.Stress.XY), all.Stress.XY, 1e-12);
        double variance = each.Sum(r => Math.Pow(r.Energy - all.Energy, 2)) / 2;
        Assert.Equal(Math.Sqrt(variance) / crystal.Count, all.Uncertainty!.Value, 1e-10);
    }

    [Fact]
    public void Copies_are_evaluated_as_single_crystals_are()
    {
        Crystal reference = TestCrystals.H3S(3.0, 1, 0), moved = TestCrystals.H3S(3.0, 1, 0.1);
        CommitteePotential committee = new(Members);
        double[] energies = [7], forces = new double[3 * reference.Count], stresses = new double[9];
        committee.EvaluateCopies(reference, moved.Cartesian(), energies, forces, stresses);
        PotentialResult expected = committee.Evaluate(reference.WithCartesian(moved.Cartesian()));
        Assert.Equal(expected.Energy, energies[0], 1e-9);
        Assert.Equal(expected.Forces[4], forces[4], 1e-9);
        Assert.Equal(expected.Stress.YY, stresses[4], 1e-10);
    }

    [Fact]
    public void One_is_no_committee() => Assert.Throws<PotentialException>(() => new CommitteePotential(Members[..1]));
}
