using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Xunit;

namespace Csp.Physics.Tests.Search;

public sealed class PoolReplayTests
{
    /// <summary>Leaving out the candidates that <see cref="Pool.IsBeyond"/> names gives the same pool as offering all of them.</summary>
    [Fact]
    public void Candidates_beyond_a_full_pool_leave_it_as_it_is()
    {
        SearchSettings settings = new(Composition.Parse("Ar"), 0, 20, 40) { PoolSize = 6 };
        Pool all = new(settings, 1), fewer = new(settings, 1);
        Random random = new(4);
        int left = 0;
        for (ulong id = 1; id <= 300; id++)
        {
            // Few shapes, so that there are doubles among them too.
            double a = 3.5 + 0.1 * random.Next(12), c = 3.5 + 0.1 * random.Next(12);
            Crystal crystal = new(Mat3.Diagonal(a, a, c), [Element.FromSymbol("Ar"), Element.FromSymbol("Ar")], [0, 0, 0, 0.5, 0.5, 0.5]);
            double enthalpy = Math.Abs(a - 4.2) + Math.Abs(c - 4.4) + 1e-4 * random.NextDouble();
            Candidate candidate = new(new Proposal(id, crystal, OperatorNames.Random, [], 0), crystal, enthalpy, 1, null);
            all.Offer(candidate);
            if (fewer.IsBeyond(enthalpy, 1))
                left++;
            else
                fewer.Offer(candidate);
        }

        Assert.InRange(left, 50, 299);
        Assert.Equal(all.Ranked.Select(e => (e.Id, e.Enthalpies[1])), fewer.Ranked.Select(e => (e.Id, e.Enthalpies[1])));
    }
}
