using Csp.Actors.Runs;
using Csp.Actors.Serialization;
using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using MessagePack;

namespace Csp.Actors.Jobs;

/// <summary>A piece of work as it is sent to a node. <see cref="Id"/> names the work, not the attempt: sent twice, it counts once.</summary>
[Union(0, typeof(RelaxJob))]
[Union(1, typeof(LabelJob))]
[Union(2, typeof(TrainJob))]
[Union(3, typeof(ChunkJob))]
public interface IJob : ICspMessage
{
    string Id { get; }
}

/// <summary>The answer to an <see cref="IJob"/>; re-sent until <see cref="ResultsStored"/> comes.</summary>
[Union(0, typeof(RelaxResult))]
[Union(1, typeof(LabelResult))]
[Union(2, typeof(TrainResult))]
[Union(3, typeof(ChunkResult))]
[Union(4, typeof(JobError))]
public interface IJobResult : ICspMessage
{
    string Id { get; }

    /// <summary>Identity of the worker that did it.</summary>
    string Worker { get; }

    /// <summary>Time in the slot.</summary>
    double Seconds { get; }
}

/// <summary>How a structure is to be relaxed.</summary>
public enum RelaxMode
{
    /// <summary>As the run's settings say.</summary>
    Search,

    /// <summary>Tight tolerances, for the final table.</summary>
    Tight,

    /// <summary>Tight, with the space group of the start kept.</summary>
    TightSymmetric,
}

/// <summary>Relax (or re-relax by another model).</summary>
/// <param name="Structure">Id of the proposal.</param>
/// <param name="Model">Version to use.</param>
[MessagePackObject]
public sealed record RelaxJob(
    [property: Key(0)] string Id,
    [property: Key(1)] ulong Structure,
    [property: Key(2)] Crystal Start,
    [property: Key(3)] int Model,
    [property: Key(4)] string ModelSha,
    [property: Key(5)] RelaxMode Mode,
    [property: Key(6)] bool Rescore,
    [property: Key(7)] Lineage Lineage) : IJob;

/// <summary>Where a structure comes from; see <see cref="Csp.Physics.Search.Proposal"/>. It travels with the job, so that a result is complete without its question.</summary>
[MessagePackObject]
public sealed record Lineage(
    [property: Key(0)] string Operator,
    [property: Key(1)] ulong[] Parents,
    [property: Key(2)] int Generation,
    [property: Key(3)] int? RequestedGroup);

[MessagePackObject]
public sealed record RelaxResult(
    [property: Key(0)] string Id,
    [property: Key(1)] string Worker,
    [property: Key(2)] double Seconds,
    [property: Key(3)] ulong Structure,
    [property: Key(4)] int Model,
    [property: Key(5)] RelaxationStatus Status,
    [property: Key(6)] Crystal Crystal,
    [property: Key(7)] double EnthalpyPerAtom,
    [property: Key(8)] double? Uncertainty,
    [property: Key(9)] int Evaluations,
    [property: Key(10)] string? Reason,
    [property: Key(11)] Lineage Lineage,
    [property: Key(12)] RelaxMode Mode,
    [property: Key(13)] bool Rescore) : IJobResult;

/// <summary>One DFT calculation.</summary>
/// <param name="What">For people, e.g. <c>relaxed s17</c>.</param>
/// <param name="Purpose">Comes back with the result.</param>
/// <param name="Source">Structure or calculation that it is for; comes back with the result.</param>
[MessagePackObject]
public sealed record LabelJob(
    [property: Key(0)] string Id,
    [property: Key(1)] Crystal Crystal,
    [property: Key(2)] string What,
    [property: Key(3)] LabelPurpose Purpose,
    [property: Key(4)] ulong Source) : IJob;

/// <summary>What a label is for.</summary>
public enum LabelPurpose
{
    /// <summary>Before the first model.</summary>
    Bootstrap,

    /// <summary>To make the next model better.</summary>
    Search,

    /// <summary>DFT has the last word on a structure of the final table.</summary>
    Final,

    /// <summary>A random member of a final ensemble.</summary>
    Ensemble,
}

/// <summary>A label, or <paramref name="Reason"/> why there is none.</summary>
/// <param name="Stress">eV/Å^3, sign of ASE.</param>
[MessagePackObject]
public sealed record LabelResult(
    [property: Key(0)] string Id,
    [property: Key(1)] string Worker,
    [property: Key(2)] double Seconds,
    [property: Key(3)] string Key,
    [property: Key(4)] Crystal Crystal,
    [property: Key(5)] double Energy,
    [property: Key(6)] double[] Forces,
    [property: Key(7)] Mat3 Stress,
    [property: Key(8)] LabelSource? Provenance,
    [property: Key(9)] string? Reason,
    [property: Key(10)] LabelPurpose Purpose,
    [property: Key(11)] ulong Source) : IJobResult;

/// <summary>Provenance of a label; see <see cref="Csp.Physics.FirstPrinciples.LabelProvenance"/>.</summary>
[MessagePackObject]
public sealed record LabelSource(
    [property: Key(0)] string Code,
    [property: Key(1)] string Version,
    [property: Key(2)] double CutoffRy,
    [property: Key(3)] string KPoints,
    [property: Key(4)] string Pseudopotentials,
    [property: Key(5)] double WallSeconds,
    [property: Key(6)] int Attempts,
    [property: Key(7)] bool FromStore);

/// <summary>One fit. The data set and the parent are blobs, see <see cref="Csp.Actors.Models"/>.</summary>
/// <param name="Version">The version that the result will be.</param>
/// <param name="Data">SHA-256 of the data set.</param>
/// <param name="Parent">SHA-256 of the parent model, or null.</param>
[MessagePackObject]
public sealed record TrainJob(
    [property: Key(0)] string Id,
    [property: Key(1)] int Version,
    [property: Key(2)] string Data,
    [property: Key(3)] int Labels,
    [property: Key(4)] string? Parent,
    [property: Key(5)] ulong Seed) : IJob;

/// <summary>Errors as in <see cref="Csp.Learning.Training.TrainingErrors"/>.</summary>
[MessagePackObject]
public sealed record FitErrors(
    [property: Key(0)] int Structures,
    [property: Key(1)] double EnergyMaeMev,
    [property: Key(2)] double EnergyRmseMev,
    [property: Key(3)] double ForceMae,
    [property: Key(4)] double ForceRmse,
    [property: Key(5)] double StressMaeGPa,
    [property: Key(6)] double StressRmseGPa)
{
    public static FitErrors Of(Csp.Learning.Training.TrainingErrors e) =>
        new(e.Structures, e.EnergyMaeMev, e.EnergyRmseMev, e.ForceMae, e.ForceRmse, e.StressMaeGPa, e.StressRmseGPa);

    /// <summary>Of a model whose file does not tell.</summary>
    public static FitErrors Unknown { get; } = new(0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
}

/// <summary>A fitted model, to be fetched from the worker as blob <paramref name="Model"/>.</summary>
[MessagePackObject]
public sealed record TrainResult(
    [property: Key(0)] string Id,
    [property: Key(1)] string Worker,
    [property: Key(2)] double Seconds,
    [property: Key(3)] int Version,
    [property: Key(4)] string Model,
    [property: Key(5)] int Bytes,
    [property: Key(6)] int Labels,
    [property: Key(7)] FitErrors Training,
    [property: Key(8)] FitErrors HoldOut,
    [property: Key(9)] int Epochs) : IJobResult;

/// <summary>Some copies of a displaced supercell.</summary>
/// <param name="Positions">Å, [copies, 3N].</param>
[MessagePackObject]
public sealed record ChunkJob(
    [property: Key(0)] string Id,
    [property: Key(1)] int Model,
    [property: Key(2)] string ModelSha,
    [property: Key(3)] Crystal Supercell,
    [property: Key(4)] double[] Positions) : IJob;

[MessagePackObject]
public sealed record ChunkResult(
    [property: Key(0)] string Id,
    [property: Key(1)] string Worker,
    [property: Key(2)] double Seconds,
    [property: Key(3)] double[] Energies,
    [property: Key(4)] double[] Forces,
    [property: Key(5)] double[] Stresses) : IJobResult;

/// <summary>The job ended without an answer.</summary>
/// <param name="Kind">A <see cref="JobKind"/>.</param>
/// <param name="Retry">The trouble is the node's and not the job's (a missing program, a blob that did not come): another node may succeed.</param>
[MessagePackObject]
public sealed record JobError(
    [property: Key(0)] string Id,
    [property: Key(1)] string Worker,
    [property: Key(2)] double Seconds,
    [property: Key(3)] string Reason,
    [property: Key(4)] bool Retry,
    [property: Key(5)] byte Kind) : IJobResult;

public static class JobKinds
{
    /// <summary>All kinds, in the order of their numbers.</summary>
    public static readonly JobKind[] All = Enum.GetValues<JobKind>();

    public static JobKind Of(IJob job) => job switch
    {
        RelaxJob { Rescore: true } => JobKind.Rescore,
        RelaxJob => JobKind.Relax,
        LabelJob => JobKind.Label,
        TrainJob => JobKind.Train,
        ChunkJob => JobKind.EnsembleChunk,
        _ => throw new ArgumentException($"{job.GetType()} is not a known kind of job"),
    };

    public static JobKind Of(IJobResult result) => result switch
    {
        RelaxResult { Rescore: true } => JobKind.Rescore,
        RelaxResult => JobKind.Relax,
        LabelResult => JobKind.Label,
        TrainResult => JobKind.Train,
        ChunkResult => JobKind.EnsembleChunk,
        JobError e => (JobKind)e.Kind,
        _ => throw new ArgumentException($"{result.GetType()} is not a known kind of result"),
    };

    /// <summary>The slots that take a kind.</summary>
    public static SlotGroup GroupOf(JobKind kind) => kind switch
    {
        JobKind.Relax or JobKind.Rescore => SlotGroup.Relaxer,
        JobKind.Label => SlotGroup.Labeler,
        JobKind.Train => SlotGroup.Trainer,
        _ => SlotGroup.Ensemble,
    };
}

/// <summary>Roles of a node's slots, in the order of <see cref="WorkerSlots"/>.</summary>
public enum SlotGroup
{
    Relaxer,
    Labeler,
    Trainer,
    Ensemble,
}
