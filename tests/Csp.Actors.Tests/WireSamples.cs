using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Runs;
using Csp.Actors.Serialization;
using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;

namespace Csp.Actors.Tests;

/// <summary>One filled message of every kind.</summary>
internal static class WireSamples
{
    private static readonly Crystal Salt = new(
        new Mat3(0, 2.82, 2.82, 2.82, 0, 2.82, 2.82, 2.82, 0), [Element.FromSymbol("Na"), Element.FromSymbol("Cl")], [0, 0, 0, 0.5, 0.5, 0.5]);

    private static readonly Lineage Child = new("heredity", [3, 9], 4, null);

    private static readonly FitErrors Errors = new(8, 5.5, 7.25, 0.1, 0.2, 1, 2);

    public static IReadOnlyList<ICspMessage> All { get; } =
    [
        new RelaxJob("relax-s1", 1, Salt, 2, "ab12", RelaxMode.Tight, false, Child),
        new LabelJob("label-1", Salt, "relaxed s1", LabelPurpose.Search, 1),
        new TrainJob("train-v2", 2, "cd", 24, "ab", 7),
        new ChunkJob("chunk-1-1", 2, "ab12", Salt, [0, 0, 0, 2.82, 2.82, 2.82]),
        new RelaxResult("relax-s1", "w#1", 1.5, 1, 2, RelaxationStatus.Converged, Salt, -3.25, 0.01, 40, null, Child, RelaxMode.Search, true),
        new LabelResult("label-1", "w#1", 12, "key", Salt, -7.5, [0, 0, 0.5, 0, 0, -0.5], Mat3.Identity, new LabelSource("pw.x", "6.7", 80, "4x4x4", "Na Cl", 11, 1, false), null, LabelPurpose.Final, 17),
        new TrainResult("train-v2", "w#1", 60, 2, "ef", 1000, 24, Errors, Errors, 100),
        new ChunkResult("chunk-1-1", "w#1", 0.1, [-7.5], [0, 0, 0, 0, 0, 0], new double[9]),
        new JobError("relax-s1", "w#1", 0.5, "no model", true, 0),
        new JobBatch([new RelaxJob("relax-s1", 1, Salt, 2, "ab12", RelaxMode.Tight, false, Child), new RelaxJob("relax-s2", 2, Salt, 2, "ab12", RelaxMode.Search, false, Child)]),
        new ResultBatch([new JobError("relax-s1", "w#1", 0.5, "no model", true, 0), new RelaxResult("relax-s2", "w#1", 1.5, 2, 2, RelaxationStatus.Converged, Salt, -3.25, null, 40, null, Child, RelaxMode.Search, false)]),
        new WorkerHello(1, "", "w#1", "h:1", [1, 1, 1, 1], 5, ["relax-s1"], [0], [0.25], ["label-1"], 2, "ff", [1, 2, 3, 4], [0, 0, 0, 1], [0.5, 1, 0, 0], false, 10, 0, new AgentFigures(1, 0, 2000, 3000, 0.1, 0.5, 0.02)),
        new HelloAck(5, "ff", "{}", ["relax-s0"], 2, "ab12"),
        new WorkerRefused("other version"),
        new ResultsStored(["relax-s1"]),
        new DropJob("relax-s1"),
        new HandBack("w#1", ["relax-s1"]),
        new TrainingReport("train-v2", 3, 100, 0.5, 12, 4),
        new GetBlob("ab12", 0, 49152),
        new BlobChunk("ab12", 0, 3, [1, 2, 3]),
        new BlobMissing("ab12"),
        new RunStarted(1000, 1, "{}"),
        new RunResumed(2000, 12.5),
        new PhaseEntered(3000, RunPhase.Search, "model 1 is there"),
        new StructureRelaxed(4000, "relax-s1", 1, Child, RelaxationStatus.Converged, Salt, -3.25, null, 2, RelaxMode.Search, false, null, false),
        new SeedTaken(4500, 3, "seeds/a.cif", Salt),
        new RankingMoved(5000, 2),
        new LabelStored(6000, "label-1", "key", LabelPurpose.Search, 1, Salt, 12, false),
        new LabelFailure(7000, "label-2", LabelPurpose.Bootstrap, 2, "SCF did not converge"),
        new ModelPublished(8000, "train-v2", 2, "ef", 1000, 24, Errors, Errors, 100, 60),
        new FitFailed(9000, "train-v3", "diverged"),
        new EnsembleDone(10000, 1, 2, true, Salt, "{}"),
        new RunEnded(11000, null),
        new GetRunStatus(true),
        new RunStatusJson("{}"),
    ];
}
