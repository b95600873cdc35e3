using System.Diagnostics.Metrics;

namespace Csp.Actors.Telemetry;

/// <summary>
/// Everything Csp counts, as System.Diagnostics.Metrics under the name <c>Csp.Actors</c>. Collected by any exporter that listens to <c>Csp.*</c>.
/// </summary>
public static class CspMeter
{
    public const string Name = "Csp.Actors";

    private static readonly Meter Meter = new(Name);

    /// <summary>Messages handled, by actor.</summary>
    public static Counter<long> Messages { get; } = Meter.CreateCounter<long>("csp.actor.messages", description: "Messages handled");

    /// <summary>Messages whose handling threw, by actor.</summary>
    public static Counter<long> Failures { get; } = Meter.CreateCounter<long>("csp.actor.failures", description: "Messages whose handling failed");

    public static Counter<long> Restarts { get; } = Meter.CreateCounter<long>("csp.actor.restarts", description: "Restarts of actors");

    /// <summary>Messages waiting, by actor, when it last finished one.</summary>
    public static Gauge<int> Mailbox { get; } = Meter.CreateGauge<int>("csp.actor.mailbox", description: "Messages that wait");

    /// <summary>Serialised bytes of messages, by actor and direction.</summary>
    public static Counter<long> WireBytes { get; } = Meter.CreateCounter<long>("csp.actor.bytes", "By", "Serialised bytes of messages and events");

    /// <summary>Jobs whose result is durable, by kind.</summary>
    public static Counter<long> JobsCompleted { get; } = Meter.CreateCounter<long>("csp.jobs.completed", description: "Jobs whose result is durable");

    /// <summary>Jobs that failed for good, by kind.</summary>
    public static Counter<long> JobsFailed { get; } = Meter.CreateCounter<long>("csp.jobs.failed", description: "Jobs that failed for good");

    /// <summary>Time in a slot, by kind and node.</summary>
    public static Histogram<double> JobSeconds { get; } = Meter.CreateHistogram<double>("csp.job.duration", "s", "Time of a job in its slot", advice: Seconds);

    /// <summary>Time between submission and hand-out, by kind.</summary>
    public static Histogram<double> QueueSeconds { get; } = Meter.CreateHistogram<double>("csp.job.queue_wait", "s", "Time of a job in the queue", advice: Seconds);

    /// <summary>Bytes of blobs (models, data sets) sent by this process.</summary>
    public static Counter<long> BlobBytes { get; } = Meter.CreateCounter<long>("csp.blob.sent", "By", "Compressed bytes of models and data sets sent");

    /// <summary>Jobs waiting, by kind.</summary>
    public static Gauge<int> Waiting { get; } = Meter.CreateGauge<int>("csp.jobs.waiting", description: "Jobs that wait for a slot");

    /// <summary>Jobs in slots, by kind.</summary>
    public static Gauge<int> Running { get; } = Meter.CreateGauge<int>("csp.jobs.running", description: "Jobs in slots");

    /// <summary>Share of time that slots are busy, by node and role.</summary>
    public static Gauge<double> Utilisation { get; } = Meter.CreateGauge<double>("csp.node.utilisation", description: "Share of time that slots are busy");

    /// <summary>Newest model version, by holder (coordinator or node); the difference is the lag.</summary>
    public static Gauge<int> ModelVersion { get; } = Meter.CreateGauge<int>("csp.model.version", description: "Newest model version");

    /// <summary>Versions that a node's model is behind the newest, by node.</summary>
    public static Gauge<int> ModelLag { get; } = Meter.CreateGauge<int>("csp.model.lag", description: "Model versions behind the newest");

    /// <summary>Messages that a node's agent has handled, as it told; by node.</summary>
    public static Gauge<long> NodeMessages { get; } = Meter.CreateGauge<long>("csp.node.messages", description: "Messages that the node's agent has handled");

    /// <summary>Messages that wait for a node's agent, by node.</summary>
    public static Gauge<int> NodeMailbox { get; } = Meter.CreateGauge<int>("csp.node.mailbox", description: "Messages that wait for the node's agent");

    /// <summary>Messages whose handling by a node's agent threw, by node.</summary>
    public static Gauge<long> NodeFailures { get; } = Meter.CreateGauge<long>("csp.node.failures", description: "Messages that the node's agent could not handle");

    public static Gauge<int> NodeRestarts { get; } = Meter.CreateGauge<int>("csp.node.restarts", description: "Restarts of the node's agent");

    /// <summary>Serialised bytes of a node's agent, by node and direction.</summary>
    public static Gauge<long> NodeBytes { get; } = Meter.CreateGauge<long>("csp.node.bytes", "By", "Serialised bytes of the node's agent");

    /// <summary>Labels done.</summary>
    public static Gauge<int> Labels { get; } = Meter.CreateGauge<int>("csp.labels", description: "Labels of the run");

    private static InstrumentAdvice<double> Seconds => new() { HistogramBucketBoundaries = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000] };
}
