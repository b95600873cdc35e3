namespace Csp.Actors.Jobs;

/// <summary>Counts of one kind of job.</summary>
public sealed class KindCounts
{
    public int Queued { get; internal set; }

    public int Running { get; internal set; }

    public int Done { get; internal set; }

    public int Failed { get; internal set; }

    public int Retried { get; internal set; }

    public int Duplicated { get; internal set; }

    /// <summary>When a search for stragglers last found none: with a thousand idle workers, each of them need not look.</summary>
    internal double NoStragglerAt { get; set; } = double.NegativeInfinity;

    public DurationHistory Durations { get; } = new();

    public DurationHistory Waits { get; } = new();
}
