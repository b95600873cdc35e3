using Csp.Actors.Runs;
using Csp.Actors.Telemetry;

namespace Csp.Actors.Jobs;

/// <summary>What the broker knows about nodes and queues, as metrics.</summary>
internal static class BrokerMetrics
{
    /// <param name="part">As it is published.</param>
    /// <param name="newest">Newest model version.</param>
    public static void Publish(BrokerPart part, int newest)
    {
        foreach (WorkerStatus worker in part.Workers.Where(w => w.Slot == 0))
        {
            KeyValuePair<string, object?> node = new("node", worker.Node);
            CspMeter.Utilisation.Record(worker.Utilisation, node, new("role", worker.Role));
            CspMeter.ModelVersion.Record(worker.ModelVersion, new KeyValuePair<string, object?>("holder", worker.Node));
            CspMeter.ModelLag.Record(newest - worker.ModelVersion, node);
        }
        foreach (ActorStatus agent in part.Agents)
        {
            KeyValuePair<string, object?> node = new("node", agent.Node);
            CspMeter.NodeMessages.Record(agent.Processed, node);
            CspMeter.NodeMailbox.Record(agent.Mailbox, node);
            CspMeter.NodeFailures.Record(agent.Failures, node);
            CspMeter.NodeRestarts.Record(agent.Restarts, node);
            CspMeter.NodeBytes.Record(agent.BytesIn, node, new("direction", "in"));
            CspMeter.NodeBytes.Record(agent.BytesOut, node, new("direction", "out"));
        }
        foreach (QueueStatus queue in part.Queues)
        {
            KeyValuePair<string, object?> tag = new("kind", queue.Kind);
            CspMeter.Waiting.Record(queue.Waiting, tag);
            CspMeter.Running.Record(queue.Running, tag);
        }
        CspMeter.ModelVersion.Record(newest, new KeyValuePair<string, object?>("holder", "coordinator"));
    }
}
