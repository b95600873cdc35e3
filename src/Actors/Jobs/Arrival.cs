namespace Csp.Actors.Jobs;

/// <summary>What an answer means to the ledger.</summary>
public enum Arrival
{
    /// <summary>The first; make it durable, then call <see cref="JobLedger.Settle"/>.</summary>
    First,

    /// <summary>Another copy of an answer that is being made durable: do nothing.</summary>
    Repeated,

    /// <summary>The job is done: acknowledge.</summary>
    Done,

    /// <summary>An error; the job is tried elsewhere: acknowledge.</summary>
    Retried,
}
