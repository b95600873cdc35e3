using System.Collections.Immutable;
using Akka.Actor;
using Csp.Actors.Jobs;

namespace Csp.Actors.Runs;

/// <summary>The actors of a run, as each of them needs to know the others.</summary>
internal sealed record RunActors(
    IActorRef Coordinator, IActorRef Broker, IActorRef Models, IActorRef Population, IActorRef Labeling, IActorRef Training, IActorRef Ensembles, IActorRef Director);

/// <summary>First message to every actor of a run: its neighbours and what the journal holds.</summary>
/// <param name="Epoch">Of this life of the coordinator; grows from life to life.</param>
internal sealed record Begin(RunActors Actors, ImmutableArray<IRunEvent> History, long Epoch);

/// <summary>To the coordinator: make this durable, then answer <see cref="Recorded"/> to the sender and settle the event's job.</summary>
internal sealed record Record(IRunEvent Event, bool JobFailed = false);

internal sealed record Recorded(IRunEvent Event);

/// <summary>From the broker to the owner of a kind: the first answer of a job. The owner records it.</summary>
internal sealed record JobDone(IJobResult Result, JobKind Kind, IActorRef Worker);

/// <summary>To the broker: the job's result is durable (or needs no durability).</summary>
internal sealed record JobSettled(string Id, bool Failed);

/// <summary>To the broker: queue a job.</summary>
internal sealed record SubmitJob(IJob Job, double Priority);

/// <summary>To the broker: nobody wants these any more.</summary>
internal sealed record CancelJobs(ImmutableArray<string> Ids);

/// <summary>From the broker to the owner of a kind: idle slots could do with this many jobs.</summary>
internal sealed record WorkWanted(SlotGroup Group, int Count);

/// <summary>A part of the status, pushed to the coordinator when it changed.</summary>
internal interface IStatusPart;

internal sealed record SearchPart(StructureCounts Counts, ImmutableArray<RankedStructure> Best, int RankingVersion, int Rescored) : IStatusPart;

internal sealed record LabelPart(LabelCounts Counts, int SearchBudgetLeft) : IStatusPart;

internal sealed record ModelPart(ModelStatus? Newest, string? Fit) : IStatusPart;

internal sealed record BrokerPart(ImmutableArray<WorkerStatus> Workers, ImmutableArray<ActorStatus> Agents, ImmutableArray<QueueStatus> Queues, string InProgress) : IStatusPart;

internal sealed record EnsemblePart(ImmutableArray<EnsembleStatus> Calculations) : IStatusPart;

internal sealed record DirectorPart(string Phase, TimeSpan Elapsed, ImmutableArray<string> Remarks) : IStatusPart;

internal static class RunClock
{
    public static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public static double Monotonic => System.Diagnostics.Stopwatch.GetTimestamp() / (double)System.Diagnostics.Stopwatch.Frequency;
}
