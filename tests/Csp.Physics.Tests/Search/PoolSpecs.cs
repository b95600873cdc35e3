using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class PoolSpecs
{
    private static readonly SearchSettings Settings = new(Composition.Parse("H3S"), 150, 3, 5) { PoolSize = 5, NicheSize = 2 };

    [Fact]
    public void Ranks_by_enthalpy_and_keeps_the_best()
    {
        Pool pool = new(Settings);
        for (ulong id = 1; id <= 10; id++)
            pool.Offer(Of(id, -(id % 7.0), seed: (int)id));
        Assert.Equal(5, pool.Ranked.Count);
        Assert.Equal(6, pool.Ranked[0].Id % 7, 0.0);
        Assert.Equal([-6, -5, -4, -3, -3], pool.Ranked.Select(pool.RankedEnthalpy));
    }

    [Fact]
    public void The_same_crystal_is_a_duplicate_in_any_cell()
    {
        Pool pool = new(Settings);
        Assert.True(pool.Offer(Of(1, -1)) is { Decision: PoolDecision.Accepted, NewBest: true });
        Crystal twice = Supercell.Build(Of(1, -1).Crystal, 2, 1, 1).Crystal;
        PoolVerdict verdict = pool.Offer(Of(2, -1.001) with { Crystal = twice });
        Assert.Equal(new PoolVerdict(PoolDecision.Duplicate, 1), verdict);
        Assert.Equal(-1.001, pool.RankedEnthalpy(pool.Ranked[0]));
        Assert.Equal(1ul, Assert.Single(pool.Ranked).Id);
    }

    [Fact]
    public void One_basin_cannot_fill_the_pool()
    {
        Pool pool = new(Settings);
        Crystal crystal = Of(1, 0, 1).Crystal;
        for (ulong id = 1; id <= 4; id++)
        {
            double[] moved = crystal.Cartesian();
            moved[0] += 0.06 * id;
            pool.Offer(Of(id, -(double)id) with { Crystal = crystal.WithCartesian(moved) });
        }
        Assert.Equal(PoolDecision.Accepted, pool.Offer(Of(9, 5, seed: 42)).Decision);
        Assert.Equal([4ul, 3, 9], pool.Ranked.Select(e => e.Id));
    }

    [Fact]
    public void Energies_of_different_versions_are_never_compared()
    {
        Pool pool = new(Settings, rankingVersion: 1);
        pool.Offer(Of(1, -1, 1, version: 1));
        pool.Offer(Of(2, -2, 2, version: 1));
        pool.Offer(Of(3, -0.5, 3, version: 1));
        Assert.Equal(PoolDecision.Waiting, pool.Offer(Of(4, -100, 4, version: 2)).Decision);
        Assert.Equal([2ul, 1, 3], pool.Ranked.Select(e => e.Id));
        Assert.Equal([2ul, 1, 3], pool.RescoreTargets(2).Select(e => e.Id));

        pool.ApplyRescore(2, 2, pool.Find(2)!.Crystal, -101);
        Assert.False(pool.TryMoveRankingVersion(2, 0.8));
        pool.RescoreFailed(1, 2);
        Assert.Equal([3ul], pool.RescoreTargets(2).Select(e => e.Id));
        Assert.True(pool.TryMoveRankingVersion(2, 0.6));
        Assert.Equal([2ul, 4], pool.Ranked.Select(e => e.Id));
        Assert.Equal([3ul], pool.Waiting.Select(e => e.Id));
        Assert.Null(pool.Find(1));
        Assert.Null(pool.ApplyRescore(1, 2, Of(1, 0).Crystal, -1));
    }

    [Fact]
    public void A_rescored_member_that_falls_into_another_leaves()
    {
        Pool pool = new(Settings);
        pool.Offer(Of(1, -1, 1));
        pool.Offer(Of(2, -2, 2));
        PoolVerdict? verdict = pool.ApplyRescore(1, 1, pool.Find(2)!.Crystal, -3);
        Assert.Equal(PoolDecision.Duplicate, verdict?.Decision);
        PoolEntry left = Assert.Single(pool.Entries);
        Assert.Equal([0, 1], left.Enthalpies.Keys);
    }

    [Fact]
    public void Restores_from_its_entries()
    {
        Pool pool = new(Settings);
        for (ulong id = 1; id <= 4; id++)
            pool.Offer(Of(id, -(double)id, (int)id));
        Pool again = Pool.Restore(Settings, pool.RankingVersion, pool.Entries);
        Assert.Equal(pool.Ranked.Select(e => e.Id), again.Ranked.Select(e => e.Id));
        Assert.Equal(PoolDecision.Duplicate, again.Offer(Of(7, -1, 2)).Decision);
    }

    private static Candidate Of(ulong id, double enthalpy, int seed = 1, int version = 0)
    {
        Crystal crystal = Starts.Random("H6S2", 34, 1.0, seed);
        return new Candidate(new Proposal(id, crystal, OperatorNames.Random, [], 0), crystal, enthalpy, version);
    }
}
