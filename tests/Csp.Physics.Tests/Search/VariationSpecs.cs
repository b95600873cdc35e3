using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Csp.Physics.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class VariationSpecs(ITestOutputHelper output)
{
    private static readonly SearchSettings Settings = new(Composition.Parse("H3S"), 150, 3.4, 4.4)
    {
        FormulaUnits = [1, 2, 4],
        InitialRandom = 5,
        PoolSize = 12,
        NicheRadius = 0.02,
        Seed = 3,
    };

    [Fact]
    public void Every_operator_makes_crystals_of_the_composition_that_respect_the_distances()
    {
        DistanceRules rules = DistanceRules.Of(Settings);
        HashSet<string> missing = [OperatorNames.Heredity, OperatorNames.Strain, OperatorNames.Permutation, OperatorNames.Rattle, OperatorNames.Ripple,
            OperatorNames.Slip, OperatorNames.SoftMutation, OperatorNames.Rotation, OperatorNames.Symmetrized, OperatorNames.Supercell, OperatorNames.SubCell,
            OperatorNames.Twin];
        foreach (string name in missing.ToArray())
        {
            SearchSettings only = Settings with { Operators = [name], InitialRandom = 0, MinRandomShare = 0 };
            Variation variation = new(only);
            Pool pool = Filled(only);
            for (ulong id = 1000; id < 1012; id++)
            {
                Proposal proposal = variation.Propose(pool, id);
                Assert.True(rules.Worst(proposal.Crystal) >= 1 - 1e-9, $"{proposal.Operator}: {rules.Worst(proposal.Crystal)}");
                Assert.Equal(Settings.Formula, proposal.Crystal.Composition.Reduced);
                Assert.Contains(proposal.Crystal.Composition.FormulaUnits, Settings.FormulaUnits);
                if (proposal.Operator == OperatorNames.Random)
                    continue;
                missing.Remove(proposal.Operator);
                Assert.NotEmpty(proposal.Parents);
                Assert.Equal(1 + proposal.Parents.Max(p => pool.Find(p)!.Proposal.Generation), proposal.Generation);
            }
        }
        Assert.Empty(missing);
    }

    [Fact]
    public void Starts_with_random_crystals_and_is_reproducible()
    {
        Pool pool = Filled(Settings);
        Proposal[] once = Run(), again = Run();
        Assert.All(once.Take(Settings.InitialRandom), p => Assert.Equal(OperatorNames.Random, p.Operator));
        Assert.All(once.Take(Settings.InitialRandom), p => Assert.NotNull(p.RequestedGroup));
        Assert.Contains(once, p => p.Operator != OperatorNames.Random);
        foreach ((Proposal a, Proposal b) in once.Zip(again))
        {
            Assert.Equal(a.Operator, b.Operator);
            Assert.Equal(a.Crystal.Fractional.ToArray(), b.Crystal.Fractional.ToArray());
        }

        Proposal[] Run()
        {
            Variation variation = new(Settings);
            return [.. Enumerable.Range(0, 15).Select(i => variation.Propose(pool, (ulong)(500 + i)))];
        }
    }

    [Fact]
    public void Operators_that_bring_offspring_into_the_pool_are_used_more_but_none_dies()
    {
        Variation variation = new(Settings);
        Proposal of(string name) => new(1, Starts.Random("H3S", 15, 1, 1), name, [], 1);
        for (int i = 0; i < 100; i++)
        {
            variation.Credit(of(OperatorNames.Heredity), new PoolVerdict(PoolDecision.Accepted));
            variation.Credit(of(OperatorNames.Rattle), new PoolVerdict(PoolDecision.Duplicate));
            variation.Credit(of(OperatorNames.Strain), null);
        }
        Dictionary<string, OperatorShare> shares = variation.Shares.ToDictionary(s => s.Operator);
        foreach (OperatorShare share in variation.Shares)
            output.WriteLine($"{share}");
        Assert.Equal(1, shares.Values.Sum(s => s.Share), 9);
        Assert.True(shares[OperatorNames.Heredity].Share > 4 * shares[OperatorNames.Rattle].Share);
        Assert.All(shares.Values, s => Assert.True(s.Share >= Settings.MinOperatorShare));
        Assert.True(shares[OperatorNames.Random].Share >= Settings.MinRandomShare);
        Assert.Equal(100, shares[OperatorNames.Heredity].Accepted);
    }

    [Fact]
    public void Twins_are_symmetric_where_their_parents_are_not()
    {
        SearchSettings only = Settings with { Operators = [OperatorNames.Twin], InitialRandom = 0, MinRandomShare = 0, FormulaUnits = [2, 4], Groups = [1] };
        Pool pool = new(only);
        for (ulong id = 1; id <= 6; id++)
        {
            Crystal parent = RandomCrystals.Generate(new RandomCrystalRequest(Composition.Parse(id % 2 == 0 ? "S4H12" : "S2H6"), 3.5 * 16 / (id % 2 == 0 ? 1 : 2), 4.3 * 16 / (id % 2 == 0 ? 1 : 2)) { Groups = [1] }, id).Crystal!;
            Assert.Single(Spglib.Analyze(parent, 0.01).Operations);
            pool.Offer(new Candidate(new Proposal(id, parent, OperatorNames.Random, [], 0), parent, id, 0));
        }
        Variation variation = new(only);
        Proposal[] twins = [.. Enumerable.Range(0, 60).Select(i => variation.Propose(pool, (ulong)(100 + i))).Where(p => p.Operator == OperatorNames.Twin)];
        int symmetric = twins.Count(p => Spglib.Analyze(p.Crystal, 0.01).Operations.Length > 1);
        output.WriteLine($"{symmetric} of {twins.Length} twins are symmetric");
        Assert.True(twins.Length >= 30);
        Assert.True(symmetric >= 0.9 * twins.Length);
        Assert.True(twins.Select(p => Spglib.Analyze(p.Crystal, 0.01).Number).Distinct().Count() >= 4);
    }

    [Fact]
    public void An_operator_goes_further_while_its_offspring_come_back_and_less_far_when_they_do_not()
    {
        SearchSettings only = Settings with { Operators = [OperatorNames.Rattle], InitialRandom = 0, MinRandomShare = 0 };
        double usual = Moved(_ => { }), further = Moved(Learn(PoolDecision.Duplicate)), nearer = Moved(Learn(PoolDecision.Worse));
        output.WriteLine($"mean distance from the parent: {nearer:F3}, {usual:F3}, {further:F3} Å");
        Assert.True(further > 1.2 * usual);
        Assert.True(nearer < 0.8 * usual);

        Action<Variation> Learn(PoolDecision decision) => variation =>
        {
            for (int i = 0; i < 8; i++)
                variation.Credit(new Proposal(1, Starts.Random("H3S", 15, 1, 1), OperatorNames.Rattle, [7], 1), new PoolVerdict(decision, decision == PoolDecision.Duplicate ? 7ul : null));
        };

        double Moved(Action<Variation> learn)
        {
            Pool pool = Filled(only);
            Variation variation = new(only);
            learn(variation);
            Proposal[] proposals = [.. Enumerable.Range(0, 40).Select(i => variation.Propose(pool, (ulong)(200 + i))).Where(p => p.Operator == OperatorNames.Rattle)];
            return proposals.Average(p => Fingerprint.Distance(Fingerprint.Of(p.Crystal), pool.Find(p.Parents[0])!.Fingerprint));
        }
    }

    [Fact]
    public void An_impossible_request_says_why()
    {
        SearchSettings tight = new(Composition.Parse("H3S"), 150, 0.3, 0.4) { FormulaUnits = [1], Groups = [1] };
        Assert.Contains("H3S", Assert.Throws<SearchException>(() => new Variation(tight).Propose(new Pool(tight), 1)).Message);
        Assert.Contains("teleport", Assert.Throws<ArgumentException>(() => new Variation(Settings with { Operators = ["teleport"] })).Message);
    }

    private static Pool Filled(SearchSettings settings)
    {
        Pool pool = new(settings);
        for (ulong id = 1; id <= 12; id++)
        {
            int units = settings.FormulaUnits[(int)(id % 3)];
            Crystal crystal = RandomCrystals.Generate(new RandomCrystalRequest(settings.Formula.Times(units), 14 * units, 17 * units), id).Crystal!;
            pool.Offer(new Candidate(new Proposal(id, crystal, OperatorNames.Random, [], (int)(id % 4)), crystal, id, 0));
        }
        return pool;
    }
}
