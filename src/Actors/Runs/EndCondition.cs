namespace Csp.Actors.Runs;

/// <summary>What the director knows of a search when it asks whether it is over.</summary>
/// <param name="Finished">Structures relaxed, rejected or failed.</param>
/// <param name="SinceBest">Of these, since the best last changed.</param>
/// <param name="LabelsLeft">That the search may still have.</param>
/// <param name="LabelsRunning">Labels in progress.</param>
/// <param name="BestDifferenceMeV">Model minus DFT of the best structure, meV/atom; null while it has no label.</param>
/// <param name="RankedByNewest">The pool is ranked by the newest model, which knows all labels but for less than a batch.</param>
internal sealed record SearchState(TimeSpan Elapsed, int Finished, int SinceBest, int LabelsLeft, int LabelsRunning, bool RankedByNewest,
    double? BestDifferenceMeV = null);

/// <summary>When a search ends, and why.</summary>
internal static class EndCondition
{
    /// <summary>A search whose best the model and DFT do not agree on (meV/atom) is not over because nothing better was found by that model.</summary>
    private const double TrustedMeV = 15;

    /// <returns>One sentence, or null to go on.</returns>
    public static string? Why(RunSettings run, SearchState state)
    {
        if (state.Elapsed >= run.WallBudget)
            return $"the wall time of {run.WallBudget:g} is used up";
        if (state.Finished >= run.Search.Structures)
            return $"{state.Finished} structures have been relaxed";
        bool trusted = run.Training.Frozen || (state.BestDifferenceMeV is double d && Math.Abs(d) <= TrustedMeV);
        if (run.Search.StallAfter > 0 && state.SinceBest >= run.Search.StallAfter && state.RankedByNewest && trusted)
            return $"the best structure has not changed over {state.SinceBest} structures";
        bool learns = !run.Training.Frozen && run.Labels.Budget > run.Labels.Final + run.Labels.Ensemble;
        if (learns && state.LabelsLeft <= 0 && state.LabelsRunning == 0 && state.RankedByNewest && state.SinceBest >= run.Search.StallAfter / 2)
            return "the labels of the search are used up";
        return null;
    }
}
