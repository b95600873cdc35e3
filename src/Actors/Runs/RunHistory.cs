namespace Csp.Actors.Runs;

/// <summary>Questions to a journal.</summary>
public static class RunHistory
{
    /// <summary>Wall time that a run was alive, the pauses between its lives left out.</summary>
    public static double ElapsedSeconds(IReadOnlyList<IRunEvent> history)
    {
        double elapsed = 0;
        long last = 0;
        foreach (IRunEvent e in history)
        {
            if (last != 0 && e is not RunResumed)
                elapsed += Math.Max(0, e.At - last) / 1000.0;
            last = e.At;
        }
        return elapsed;
    }
}
