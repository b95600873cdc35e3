using Csp.Actors.Serialization;
using MessagePack;

namespace Csp.Actors.Jobs;

/// <summary>Of the protocol between nodes and coordinator; a node of another version is refused.</summary>
public static class WireVersion
{
    public const int Current = 3;
}

/// <summary>
/// A worker's heartbeat, once a second and whenever a slot becomes free: it introduces the worker, renews the leases of what it runs, and asks
/// for work for its free slots, all in one.
/// </summary>
/// <param name="Wire">See <see cref="WireVersion"/>.</param>
/// <param name="Secret">Hex SHA-256 of the cluster's secret, empty without one.</param>
/// <param name="Worker">Identity of this incarnation of the worker, unique for ever.</param>
/// <param name="Name">For people: host:port.</param>
/// <param name="Slots">By <see cref="SlotGroup"/>; all zero when leaving.</param>
/// <param name="Epoch">Of the last <see cref="HelloAck"/>; 0 = none yet.</param>
/// <param name="Running">Ids of jobs in slots.</param>
/// <param name="RunningKinds">Kind of each.</param>
/// <param name="RunningSeconds">Time of each so far.</param>
/// <param name="Unacknowledged">Ids of results that wait for <see cref="ResultsStored"/>.</param>
/// <param name="Model">Newest model version in the cache.</param>
/// <param name="Settings">Hash of the run's settings that the worker holds, empty = none.</param>
/// <param name="Done">Jobs finished, by <see cref="SlotGroup"/>.</param>
/// <param name="Failed">Jobs failed, by <see cref="SlotGroup"/>.</param>
/// <param name="Processed">Messages that the agent has handled.</param>
/// <param name="Mailbox">Messages that wait for it.</param>
/// <param name="Busy">Share of the last minutes that the slots were busy, by <see cref="SlotGroup"/>.</param>
[MessagePackObject]
public sealed record WorkerHello(
    [property: Key(0)] int Wire,
    [property: Key(1)] string Secret,
    [property: Key(2)] string Worker,
    [property: Key(3)] string Name,
    [property: Key(4)] int[] Slots,
    [property: Key(5)] long Epoch,
    [property: Key(6)] string[] Running,
    [property: Key(7)] byte[] RunningKinds,
    [property: Key(8)] double[] RunningSeconds,
    [property: Key(9)] string[] Unacknowledged,
    [property: Key(10)] int Model,
    [property: Key(11)] string Settings,
    [property: Key(12)] int[] Done,
    [property: Key(13)] int[] Failed,
    [property: Key(14)] double[] Busy,
    [property: Key(15)] bool Leaving,
    [property: Key(16)] long Processed,
    [property: Key(17)] int Mailbox,
    [property: Key(18)] AgentFigures? Agent = null) : ICspMessage;

/// <summary>What a worker's agent has measured of itself.</summary>
/// <param name="Utilisation">Share of its life spent handling messages.</param>
[MessagePackObject]
public sealed record AgentFigures(
    [property: Key(0)] long Failures,
    [property: Key(1)] int Restarts,
    [property: Key(2)] long BytesIn,
    [property: Key(3)] long BytesOut,
    [property: Key(4)] double MedianMillis,
    [property: Key(5)] double P90Millis,
    [property: Key(6)] double Utilisation);

/// <summary>Answer to every <see cref="WorkerHello"/>.</summary>
/// <param name="Epoch">Of this coordinator; another one than before means that it was restarted.</param>
/// <param name="SettingsHash">Of the run's settings.</param>
/// <param name="Settings">The run's settings as JSON, when the worker does not hold them yet.</param>
/// <param name="Drop">Jobs that nobody waits for any more.</param>
/// <param name="Model">Newest version, 0 = none.</param>
/// <param name="ModelSha">Of that version.</param>
[MessagePackObject]
public sealed record HelloAck(
    [property: Key(0)] long Epoch,
    [property: Key(1)] string SettingsHash,
    [property: Key(2)] string? Settings,
    [property: Key(3)] string[] Drop,
    [property: Key(4)] int Model,
    [property: Key(5)] string ModelSha) : ICspMessage;

/// <summary>The cluster does not take this worker; one sentence why.</summary>
[MessagePackObject]
public sealed record WorkerRefused([property: Key(0)] string Reason) : ICspMessage;

/// <summary>These results are durable; the worker forgets them.</summary>
[MessagePackObject]
public sealed record ResultsStored([property: Key(0)] string[] Ids) : ICspMessage;

/// <summary>Nobody waits for this job any more; stop it.</summary>
[MessagePackObject]
public sealed record DropJob([property: Key(0)] string Id) : ICspMessage;

/// <summary>Jobs that a worker gives back because it leaves; another takes them at once.</summary>
[MessagePackObject]
public sealed record HandBack([property: Key(0)] string Worker, [property: Key(1)] string[] Jobs) : ICspMessage;

/// <summary>Where a fit stands, about once a second.</summary>
[MessagePackObject]
public sealed record TrainingReport(
    [property: Key(0)] string Id,
    [property: Key(1)] int Epoch,
    [property: Key(2)] int Epochs,
    [property: Key(3)] double Loss,
    [property: Key(4)] double HoldOutMeV,
    [property: Key(5)] double Seconds) : ICspMessage;
