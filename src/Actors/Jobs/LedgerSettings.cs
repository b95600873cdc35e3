namespace Csp.Actors.Jobs;

/// <summary>Times in seconds.</summary>
public sealed record LedgerSettings
{
    /// <summary>A worker that is silent for this long loses its jobs.</summary>
    public double LeaseSeconds { get; init; } = 10;

    /// <summary>Errors of nodes after which a job has failed.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>A job running this many times the 90 % quantile of its kind is a straggler …</summary>
    public double StragglerFactor { get; init; } = 3;

    /// <summary>… if it runs for at least this long …</summary>
    public double StragglerMinSeconds { get; init; } = 5;

    /// <summary>… and so many jobs of its kind have been finished.</summary>
    public int StragglerHistory { get; init; } = 10;

    /// <summary>Priority of a job whose worker was lost: before all others.</summary>
    public double RetryPriority { get; init; } = 1e9;
}
