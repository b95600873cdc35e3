using System.Collections.Immutable;
using System.Text.Json;
using Csp.Actors.Serialization;
using MessagePack;

namespace Csp.Actors.Runs;

/// <summary>Asks the coordinator (registry key <see cref="Hosting.CoordinatorKey"/>) for a <see cref="RunStatus"/>.</summary>
/// <remarks>The answer is a <see cref="RunStatus"/>, or a <see cref="RunStatusJson"/> when <see cref="AsJson"/> is set or the question came from another process.</remarks>
[MessagePackObject]
public sealed record GetRunStatus([property: Key(0)] bool AsJson = false) : ICspMessage
{
    public static GetRunStatus Instance { get; } = new();
}

/// <summary>A <see cref="RunStatus"/> that crosses the wire.</summary>
[MessagePackObject]
public sealed record RunStatusJson([property: Key(0)] string Json) : ICspMessage
{
    private static readonly JsonSerializerOptions Options =
        new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static RunStatusJson Of(RunStatus status) => new(JsonSerializer.Serialize(status, Options));

    /// <exception cref="JsonException">Of another version.</exception>
    public RunStatus Parse() => JsonSerializer.Deserialize<RunStatus>(Json, Options) ?? throw new JsonException("the status is empty");
}

/// <summary>One instant of a run, as a person wants to see it. Counts include what a resumed run had done before.</summary>
public sealed record RunStatus
{
    /// <summary>One or two words, e.g. <c>first labels</c>, <c>searching</c>, <c>final labels</c>, <c>SSCHA</c>, <c>finished</c>.</summary>
    public required string Phase { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required StructureCounts Structures { get; init; }

    public required LabelCounts Labels { get; init; }

    /// <summary>Null before the first model.</summary>
    public ModelStatus? Model { get; init; }

    /// <summary>Best first; relaxed and scored by the ranking version.</summary>
    public ImmutableArray<RankedStructure> Best { get; init; } = [];

    public ImmutableArray<WorkerStatus> Workers { get; init; } = [];

    public ImmutableArray<QueueStatus> Queues { get; init; } = [];

    /// <summary>What went wrong for good; the run has ended then.</summary>
    public string? Failure { get; init; }

    /// <summary>Reduced formula.</summary>
    public string Formula { get; init; } = "";

    public double PressureGPa { get; init; }

    /// <summary>The fit in progress, e.g. <c>epoch 120/400, hold-out 12.3 meV/atom, 31 s</c>; null when there is none.</summary>
    public string? Fit { get; init; }

    /// <summary>Kinds of jobs in progress at this instant, e.g. <c>1 relaxation, 1 label, 1 training</c>.</summary>
    public string InProgress { get; init; } = "";

    /// <summary>SSCHA calculations in progress or done, with the space group of the cell that is computed.</summary>
    public ImmutableArray<EnsembleStatus> Ensembles { get; init; } = [];

    /// <summary>Every actor of the coordinator and every worker agent.</summary>
    public ImmutableArray<ActorStatus> Actors { get; init; } = [];

    /// <summary>What the run could not do and why (a skipped SSCHA, an exhausted label budget), one sentence each.</summary>
    public ImmutableArray<string> Remarks { get; init; } = [];

    /// <summary>The instant this is the picture of.</summary>
    public DateTimeOffset At { get; init; }
}

/// <param name="Rejected">Stopped by a guard rail.</param>
/// <param name="Duplicates">Relaxed to a structure that the pool already held.</param>
/// <param name="Wanted">The structures after which the search ends.</param>
public sealed record StructureCounts(int Proposed, int Relaxed, int Rejected, int Duplicates, int Wanted)
{
    /// <summary>Jobs that failed (no random crystal found, a potential that does not answer).</summary>
    public int Failed { get; init; }

    public int PoolSize { get; init; }

    /// <summary>Largest generation number in the pool.</summary>
    public int Generation { get; init; }

    /// <summary>Structures finished since the best enthalpy last changed.</summary>
    public int SinceBest { get; init; }

    /// <summary>Why structures were rejected or failed, most frequent first: reason without its numbers, count.</summary>
    public ImmutableArray<ReasonCount> Reasons { get; init; } = [];
}

public sealed record ReasonCount(string Reason, int Count);

/// <param name="Done">Converged, from the store included.</param>
/// <param name="FromStore">Of these, found in the label store.</param>
public sealed record LabelCounts(int Done, int Running, int Queued, int Failed, int FromStore, int Budget)
{
    /// <summary>Wall time of a label that was computed; 0 before the first.</summary>
    public double MedianSeconds { get; init; }

    public string? LastFailure { get; init; }
}

/// <summary>The newest model.</summary>
/// <param name="Version">1, 2, …</param>
/// <param name="RankingVersion">The version by which the pool is ranked.</param>
/// <param name="EnergyMeV">Mean absolute hold-out error, meV/atom; NaN when nothing was held out.</param>
/// <param name="ForceEv">Mean absolute hold-out error, eV/Å.</param>
/// <param name="StressGPa">Mean absolute hold-out error.</param>
/// <param name="Labels">Labels that it was trained on.</param>
public sealed record ModelStatus(int Version, int RankingVersion, double EnergyMeV, double ForceEv, double StressGPa, int Labels)
{
    public int Bytes { get; init; }

    /// <summary>Of the model's bytes, hex.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>Mean absolute error on the labels trained on, meV/atom.</summary>
    public double TrainingEnergyMeV { get; init; }

    /// <summary>Wall time of its fit.</summary>
    public double Seconds { get; init; }

    /// <summary>Structures of the pool that have an enthalpy of this version.</summary>
    public int Rescored { get; init; }
}

/// <summary>One candidate of the pool.</summary>
public sealed record RankedStructure
{
    /// <summary>Short stable id, e.g. <c>s17</c>.</summary>
    public required string Id { get; init; }

    public required string Formula { get; init; }

    public required int Atoms { get; init; }

    /// <summary>International symbol, e.g. <c>Im-3m</c>.</summary>
    public required string SpaceGroup { get; init; }

    public required int SpaceGroupNumber { get; init; }

    /// <summary>eV/atom by the ranking model.</summary>
    public required double EnthalpyModel { get; init; }

    /// <summary>eV/atom by DFT at the same structure; null while there is no label.</summary>
    public double? EnthalpyDft { get; init; }

    /// <summary>Å^3 per atom.</summary>
    public required double VolumePerAtom { get; init; }

    /// <summary>How it came about, e.g. <c>random 229</c>, <c>heredity s3 s9</c>.</summary>
    public required string Origin { get; init; }

    public FreeEnergy? Sscha { get; init; }

    /// <summary>The same as <see cref="SpaceGroup"/> at 0.2 Å, where R3m and Im-3m of H3S are one.</summary>
    public string SpaceGroupLoose { get; init; } = "";

    /// <summary>Model minus DFT, meV/atom; null while there is no label.</summary>
    public double? DifferenceMeV { get; init; }

    /// <summary>By DFT at the same structure.</summary>
    public double? PressureDftGPa { get; init; }

    /// <summary>Largest component of the DFT forces at the same structure, eV/Å: how far the model's minimum is from DFT's.</summary>
    public double? MaxForceDft { get; init; }

    /// <summary>Of the model's energy, eV/atom, where it reports one.</summary>
    public double? Uncertainty { get; init; }

    public int Generation { get; init; }

    public int ModelVersion { get; init; }

    /// <summary>e.g. why there is no label.</summary>
    public string? Remark { get; init; }

    /// <summary>Distorted forms that calculations cannot tell from this one.</summary>
    public ImmutableArray<StructureVariant> Variants { get; init; } = [];
}

/// <summary>A distorted form of a structure of the table.</summary>
/// <param name="AboveMeV">Its enthalpy by the model minus that of the structure, meV/atom; negative = lower.</param>
public sealed record StructureVariant(string Id, string SpaceGroup, double AboveMeV);

/// <summary>The SSCHA's answer for one candidate.</summary>
/// <param name="State"><c>running</c>, <c>done</c>, or why it failed.</param>
/// <param name="PerAtom">Enthalpic free energy F + PV, eV/atom.</param>
/// <param name="Error">One standard error, eV/atom.</param>
/// <param name="Stable">No imaginary mode in the free-energy Hessian (or in the auxiliary frequencies where no Hessian was computed).</param>
/// <param name="LowestFrequency">cm^-1, negative = imaginary.</param>
/// <param name="DftCorrection">mean(V_DFT - V_ML) over the checked configurations, eV/atom.</param>
public sealed record FreeEnergy(
    string State, double? PerAtom = null, double? Error = null, bool? Stable = null, double? LowestFrequency = null,
    double? DftCorrection = null, double? DftCorrectionError = null)
{
    /// <summary>Space group of the cell that was computed: the high-symmetry parent where there is one.</summary>
    public string SpaceGroup { get; init; } = "";

    /// <summary>Quantum pressure of that cell.</summary>
    public double? PressureGPa { get; init; }

    /// <summary>Configurations that DFT checked.</summary>
    public int DftConfigurations { get; init; }

    /// <summary>Auxiliary frequencies of all q points, cm^-1, ascending, without translations.</summary>
    public ImmutableArray<double> Frequencies { get; init; } = [];

    /// <summary>Whether gradient and free energy are converged within their errors.</summary>
    public bool Converged { get; init; }
}

/// <summary>An SSCHA calculation.</summary>
/// <param name="State"><c>running</c>, <c>done</c>, or why it failed.</param>
/// <param name="Population">Number of the current population.</param>
/// <param name="FreeEnergyEv">Helmholtz free energy, eV/atom; null before the first population.</param>
public sealed record EnsembleStatus(
    string Id, string SpaceGroup, string State, int Population, int Evaluations, double? FreeEnergyEv, double? ErrorEv, double? GradientOverError, int ModelVersion);

/// <summary>One actor.</summary>
/// <param name="Mailbox">Messages waiting when last measured.</param>
/// <param name="Utilisation">Share of wall time spent handling messages since it started, 0 to 1.</param>
public sealed record ActorStatus(
    string Name, string Node, long Processed, long Failures, int Restarts, int Mailbox, double MedianMillis, double P90Millis, double Utilisation)
{
    /// <summary>Serialised messages of other processes that were for it; for <c>journal</c>, events read.</summary>
    public long BytesIn { get; init; }

    /// <summary>Serialised messages that it sent to other processes; for <c>journal</c>, events written.</summary>
    public long BytesOut { get; init; }
}

/// <summary>One slot of one node.</summary>
/// <param name="Node">host:port.</param>
/// <param name="Role">relaxer, labeler, trainer, ensemble.</param>
/// <param name="Activity">e.g. <c>idle</c>, <c>DFT of s17 (8 atoms)</c>.</param>
/// <param name="Utilisation">0 to 1 over the last minutes.</param>
public sealed record WorkerStatus(
    string Node, string Role, int Slot, string Activity, TimeSpan Since, int Done, int Failed, double Utilisation, int ModelVersion);

/// <summary>Jobs of one kind that wait for a worker.</summary>
public sealed record QueueStatus(string Kind, int Waiting, int Running, double MedianWaitSeconds, double MedianRunSeconds)
{
    public int Done { get; init; }

    public int Failed { get; init; }

    /// <summary>Given to another worker because the first was lost.</summary>
    public int Retried { get; init; }

    /// <summary>Stragglers given to a second worker.</summary>
    public int Duplicated { get; init; }

    public double P90RunSeconds { get; init; }
}
