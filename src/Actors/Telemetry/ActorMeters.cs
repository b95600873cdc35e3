using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using Csp.Actors.Jobs;
using Csp.Actors.Runs;

namespace Csp.Actors.Telemetry;

/// <summary>What one actor has done. Written by the actor, read by anyone.</summary>
public sealed class ActorMeter(string name)
{
    private readonly Lock _lock = new();
    private readonly DurationHistory _handling = new();
    private readonly long _since = Stopwatch.GetTimestamp();
    private long _busyTicks;
    private long _in;
    private long _out;

    public string Name { get; } = name;

    public long BytesIn => Interlocked.Read(ref _in);

    public long BytesOut => Interlocked.Read(ref _out);

    public long Processed { get; private set; }

    public long Failures { get; private set; }

    public int Restarts { get; private set; }

    /// <summary>Messages waiting when the actor last finished one.</summary>
    public int Mailbox { get; private set; }

    public void Handled(long ticks, bool failed, int mailbox)
    {
        lock (_lock)
        {
            Processed++;
            if (failed)
                Failures++;
            Mailbox = mailbox;
            _busyTicks += ticks;
            _handling.Add(ticks * 1000.0 / Stopwatch.Frequency);
        }
        KeyValuePair<string, object?> tag = new("actor", Name);
        CspMeter.Messages.Add(1, tag);
        CspMeter.Mailbox.Record(mailbox, tag);
        if (failed)
            CspMeter.Failures.Add(1, tag);
    }

    /// <summary>A message crossed the border of the process.</summary>
    public void Wire(int bytes, bool inbound)
    {
        Interlocked.Add(ref inbound ? ref _in : ref _out, bytes);
        CspMeter.WireBytes.Add(bytes, new("actor", Name), new("direction", inbound ? "in" : "out"));
    }

    public void Restarted()
    {
        lock (_lock)
            Restarts++;
        CspMeter.Restarts.Add(1, new KeyValuePair<string, object?>("actor", Name));
    }

    public ActorStatus Status(string node)
    {
        lock (_lock)
        {
            double life = Math.Max(1, Stopwatch.GetTimestamp() - _since);
            return new ActorStatus(
                Name, node, Processed, Failures, Restarts, Mailbox, Finite(_handling.Quantile(0.5)), Finite(_handling.Quantile(0.9)), _busyTicks / life)
            {
                BytesIn = BytesIn,
                BytesOut = BytesOut,
            };
        }
    }

    private static double Finite(double x) => double.IsFinite(x) ? x : 0;
}

/// <summary>All actor meters of one actor system; meters outlive restarts of their actors.</summary>
public sealed class ActorMeters : IExtension
{
    private readonly ConcurrentDictionary<string, ActorMeter> _meters = new();

    public static ActorMeters For(ActorSystem system) => system.WithExtension<ActorMeters, Provider>();

    public ActorMeter this[string name] => _meters.GetOrAdd(name, n => new ActorMeter(n));

    public IEnumerable<ActorStatus> Statuses(string node) => _meters.Values.OrderBy(m => m.Name, StringComparer.Ordinal).Select(m => m.Status(node));

    /// <summary>
    /// Counts a message on the wire for the actor that it is for or comes from. The protocol has one sender and one receiver per kind of message, so the kind tells.
    /// </summary>
    public void Wire(string manifest, int bytes, bool inbound) => this[OwnerOf(manifest, inbound)].Wire(bytes, inbound);

    private string OwnerOf(string manifest, bool inbound) => manifest switch
    {
        ['E', ..] => "journal",
        "QS" or "QA" => "coordinator",
        "WT" => inbound ? "training" : "worker",
        // Models and data sets go both ways; the registry is where the coordinator is.
        ['B', ..] => _meters.ContainsKey("models") ? "models" : "worker",
        ['J', ..] or "WA" or "WR" or "WM" or "WD" => inbound ? "worker" : "broker",
        _ => inbound ? "broker" : "worker",
    };

    public sealed class Provider : ExtensionIdProvider<ActorMeters>
    {
        public override ActorMeters CreateExtension(ExtendedActorSystem system) => new();
    }
}

/// <summary>An actor whose messages are counted and timed.</summary>
public abstract class MeteredActor : ReceiveActor
{
    private readonly ActorMeter _meter;

    private protected ActorMeter Meter => _meter;

    protected MeteredActor(string name)
    {
        _meter = ActorMeters.For(Context.System)[name];
        MeterName = name;
    }

    protected string MeterName { get; }

    protected override bool AroundReceive(Receive receive, object message)
    {
        long start = Stopwatch.GetTimestamp();
        bool failed = true;
        try
        {
            bool handled = base.AroundReceive(receive, message);
            failed = false;
            return handled;
        }
        finally
        {
            _meter.Handled(Stopwatch.GetTimestamp() - start, failed, (Context as ActorCell)?.NumberOfMessages ?? 0);
        }
    }

    protected override void PostRestart(Exception reason)
    {
        _meter.Restarted();
        base.PostRestart(reason);
    }

    /// <summary>A line for the run's log.</summary>
    protected void Log(string text, bool warning = false) =>
        Context.System.EventStream.Publish(new RunLogged(DateTimeOffset.UtcNow, MeterName, text, warning));
}
