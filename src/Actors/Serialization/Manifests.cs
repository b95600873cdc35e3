using System.Collections.Frozen;
using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Runs;

namespace Csp.Actors.Serialization;

/// <summary>Short name of every message on the wire and in the journal. A name is never given to another type; a type that changes incompatibly gets a new name.</summary>
public static class Manifests
{
    private static readonly FrozenDictionary<string, Type> Types = new Dictionary<string, Type>
    {
        ["JR"] = typeof(RelaxJob),
        ["JL"] = typeof(LabelJob),
        ["JT"] = typeof(TrainJob),
        ["JC"] = typeof(ChunkJob),
        ["JB"] = typeof(JobBatch),
        ["RB"] = typeof(ResultBatch),
        ["RR"] = typeof(RelaxResult),
        ["RL"] = typeof(LabelResult),
        ["RT"] = typeof(TrainResult),
        ["RC"] = typeof(ChunkResult),
        ["RE"] = typeof(JobError),
        ["WH"] = typeof(WorkerHello),
        ["WA"] = typeof(HelloAck),
        ["WR"] = typeof(WorkerRefused),
        ["WM"] = typeof(ResultsStored),
        ["WD"] = typeof(DropJob),
        ["WB"] = typeof(HandBack),
        ["WT"] = typeof(TrainingReport),
        ["BG"] = typeof(GetBlob),
        ["BC"] = typeof(BlobChunk),
        ["BM"] = typeof(BlobMissing),
        ["EA"] = typeof(RunStarted),
        ["EB"] = typeof(RunResumed),
        ["EP"] = typeof(PhaseEntered),
        ["ES"] = typeof(StructureRelaxed),
        ["ED"] = typeof(SeedTaken),
        ["EK"] = typeof(RankingMoved),
        ["EL"] = typeof(LabelStored),
        ["EF"] = typeof(LabelFailure),
        ["EM"] = typeof(ModelPublished),
        ["ET"] = typeof(FitFailed),
        ["EE"] = typeof(EnsembleDone),
        ["EZ"] = typeof(RunEnded),
        ["QS"] = typeof(GetRunStatus),
        ["QA"] = typeof(RunStatusJson),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<Type, string> Names = Types.ToFrozenDictionary(t => t.Value, t => t.Key);

    /// <summary>All names with their types.</summary>
    public static IReadOnlyDictionary<string, Type> All => Types;

    /// <exception cref="ArgumentException">The type has no name.</exception>
    public static string Of(Type type) => Names.TryGetValue(type, out string? name) ? name : throw new ArgumentException($"{type} has no manifest");

    public static Type? TypeOf(string name) => Types.GetValueOrDefault(name);
}
