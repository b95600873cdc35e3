using Csp.Actors.Jobs;
using Csp.Actors.Serialization;
using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using MessagePack;

namespace Csp.Actors.Runs;

/// <summary>A fact of the journal: a decision or something that cost computing time. The state of a run is what these add up to.</summary>
public interface IRunEvent : ICspMessage
{
    /// <summary>Milliseconds since 1970, UTC.</summary>
    long At { get; }

    /// <summary>The job that it is the result of, or null.</summary>
    string? JobId { get; }
}

/// <param name="Schema">Version of the journal; see <see cref="RunJournal.Schema"/>.</param>
[MessagePackObject]
public sealed record RunStarted(
    [property: Key(0)] long At, [property: Key(1)] int Schema, [property: Key(2)] string Settings) : IRunEvent
{
    [IgnoreMember]
    public string? JobId => null;
}

/// <param name="ElapsedSeconds">Wall time of the run so far, pauses left out.</param>
[MessagePackObject]
public sealed record RunResumed([property: Key(0)] long At, [property: Key(1)] double ElapsedSeconds) : IRunEvent
{
    [IgnoreMember]
    public string? JobId => null;
}

[MessagePackObject]
public sealed record PhaseEntered([property: Key(0)] long At, [property: Key(1)] RunPhase Phase, [property: Key(2)] string Why) : IRunEvent
{
    [IgnoreMember]
    public string? JobId => null;
}

/// <summary>A relaxation (also of a member of the pool by a newer model, and of the final table) ended well or was rejected.</summary>
[MessagePackObject]
public sealed record StructureRelaxed(
    [property: Key(0)] long At,
    [property: Key(1)] string? JobId,
    [property: Key(2)] ulong Structure,
    [property: Key(3)] Lineage Lineage,
    [property: Key(4)] RelaxationStatus Status,
    [property: Key(5)] Crystal? Crystal,
    [property: Key(6)] double EnthalpyPerAtom,
    [property: Key(7)] double? Uncertainty,
    [property: Key(8)] int Model,
    [property: Key(9)] RelaxMode Mode,
    [property: Key(10)] bool Rescore,
    [property: Key(11)] string? Reason,
    [property: Key(12)] bool Failed) : IRunEvent;

/// <summary>A known structure came from a file or as a prototype, and this number is its own.</summary>
/// <param name="From">The file, or <c>prototypes</c>.</param>
/// <param name="Crystal">As it was given.</param>
[MessagePackObject]
public sealed record SeedTaken(
    [property: Key(0)] long At, [property: Key(1)] ulong Structure, [property: Key(2)] string From, [property: Key(3)] Crystal Crystal) : IRunEvent
{
    [IgnoreMember]
    public string? JobId => null;
}

[MessagePackObject]
public sealed record RankingMoved([property: Key(0)] long At, [property: Key(1)] int Model) : IRunEvent
{
    [IgnoreMember]
    public string? JobId => null;
}

/// <summary>A label is in the run's label store under its key.</summary>
/// <param name="Structure">The structure that was labelled.</param>
[MessagePackObject]
public sealed record LabelStored(
    [property: Key(0)] long At,
    [property: Key(1)] string? JobId,
    [property: Key(2)] string LabelKey,
    [property: Key(3)] LabelPurpose Purpose,
    [property: Key(4)] ulong Source,
    [property: Key(5)] Crystal Structure,
    [property: Key(6)] double WallSeconds,
    [property: Key(7)] bool FromStore) : IRunEvent;

[MessagePackObject]
public sealed record LabelFailure(
    [property: Key(0)] long At,
    [property: Key(1)] string? JobId,
    [property: Key(2)] LabelPurpose Purpose,
    [property: Key(3)] ulong Source,
    [property: Key(4)] string Reason) : IRunEvent;

/// <summary>A model file is in the run folder.</summary>
[MessagePackObject]
public sealed record ModelPublished(
    [property: Key(0)] long At,
    [property: Key(1)] string? JobId,
    [property: Key(2)] int Version,
    [property: Key(3)] string Sha,
    [property: Key(4)] int Bytes,
    [property: Key(5)] int Labels,
    [property: Key(6)] FitErrors Training,
    [property: Key(7)] FitErrors HoldOut,
    [property: Key(8)] int Epochs,
    [property: Key(9)] double Seconds) : IRunEvent;

[MessagePackObject]
public sealed record FitFailed([property: Key(0)] long At, [property: Key(1)] string? JobId, [property: Key(2)] string Reason) : IRunEvent;

/// <summary>A free energy.</summary>
/// <param name="Result"><see cref="FreeEnergy"/> as JSON.</param>
/// <param name="Cell">The cell that was computed.</param>
[MessagePackObject]
public sealed record EnsembleDone(
    [property: Key(0)] long At,
    [property: Key(1)] ulong Structure,
    [property: Key(2)] int Model,
    [property: Key(3)] bool Final,
    [property: Key(4)] Crystal Cell,
    [property: Key(5)] string Result) : IRunEvent
{
    [IgnoreMember]
    public string? JobId => null;
}

/// <summary>The run is over.</summary>
/// <param name="Failure">Null when it has results.</param>
[MessagePackObject]
public sealed record RunEnded([property: Key(0)] long At, [property: Key(1)] string? Failure) : IRunEvent
{
    [IgnoreMember]
    public string? JobId => null;
}

/// <summary>Where a run is in its life.</summary>
public enum RunPhase
{
    /// <summary>Random crystals are labelled for the first model.</summary>
    Bootstrap,

    /// <summary>Steady-state search.</summary>
    Search,

    /// <summary>No new proposals; running labels end, the last model is fitted.</summary>
    LastFit,

    /// <summary>The best are relaxed tightly, labelled, and get their free energies.</summary>
    Final,

    Finished,
}
