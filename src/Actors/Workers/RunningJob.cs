using Csp.Actors.Jobs;
using Csp.Actors.Runs;

namespace Csp.Actors.Workers;

/// <summary>A job at this worker: waiting for a blob or a slot, or in a slot. Its start is set by the slot and read by the agent.</summary>
internal sealed class RunningJob(IJob job, JobKind kind)
{
    private double _started = double.NaN;

    public IJob Job { get; } = job;

    public string Id => Job.Id;

    public JobKind Kind { get; } = kind;

    public SlotGroup Group { get; } = JobKinds.GroupOf(kind);

    public CancellationTokenSource Stop { get; } = new();

    /// <summary>When it came into a slot; NaN before.</summary>
    public double Started => Volatile.Read(ref _started);

    /// <summary>In a slot; otherwise it waits for one, or for a blob.</summary>
    public bool Computing => !double.IsNaN(Started);

    public void Start(double now) => Volatile.Write(ref _started, now);
}
