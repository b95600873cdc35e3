using Csp.Actors.Runs;
using Xunit;

namespace Csp.Actors.Tests;

public sealed class EndConditionTests
{
    private static readonly RunSettings Run = RunSettingsExample.ArgonSearch(Path.Combine(Path.GetTempPath(), "csp-end-condition"), 100, frozen: false) with
    {
        Search = RunSettingsExample.ArgonSearch(Path.Combine(Path.GetTempPath(), "csp-end-condition"), 100).Search with { StallAfter = 20 },
    };

    private static SearchState State(int finished = 50, int sinceBest = 5, int labelsLeft = 10, bool ranked = true, double? difference = 3, double minutes = 1) =>
        new(TimeSpan.FromMinutes(minutes), finished, sinceBest, labelsLeft, 0, ranked, difference);

    [Fact]
    public void A_search_goes_on_until_a_budget_is_used_up_or_a_best_that_dft_confirms_has_stood_long_enough()
    {
        Assert.Null(EndCondition.Why(Run, State()));
        Assert.Contains("100 structures", EndCondition.Why(Run, State(finished: 100)));
        Assert.Contains("wall time", EndCondition.Why(Run, State(minutes: 6)));
        Assert.Contains("not changed", EndCondition.Why(Run, State(sinceBest: 20)));
        Assert.Contains("labels", EndCondition.Why(Run, State(sinceBest: 10, labelsLeft: 0)));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(80.0, true)]
    [InlineData(3.0, false)]
    public void A_best_that_dft_has_not_confirmed_or_that_the_newest_model_has_not_ranked_ends_nothing(double? difference, bool ranked) =>
        Assert.Null(EndCondition.Why(Run, State(sinceBest: 90, difference: difference, ranked: ranked)));
}
