using Csp.Actors.Serialization;
using MessagePack;

namespace Csp.Actors.Jobs;

/// <summary>Small jobs for one worker in one frame: a frame costs more than what is in it.</summary>
[MessagePackObject]
public sealed record JobBatch([property: Key(0)] IJob[] Jobs) : ICspMessage;

/// <summary>Small results of one worker in one frame.</summary>
[MessagePackObject]
public sealed record ResultBatch([property: Key(0)] IJobResult[] Results) : ICspMessage;

/// <summary>What goes to one receiver in one frame; large things travel alone, so that a parcel always passes.</summary>
internal sealed class Parcel<T>(Func<T[], ICspMessage> batch, Action<ICspMessage> send)
    where T : class, ICspMessage
{
    /// <summary>A third of Akka's own limit of a frame.</summary>
    private const int MostBytes = 40_000;

    private readonly List<T> _items = [];
    private int _bytes;

    public bool IsEmpty => _items.Count == 0;

    public void Add(T item)
    {
        int bytes = SizeOf(item);
        if (_bytes + bytes > MostBytes)
            Send();
        _items.Add(item);
        _bytes += bytes;
    }

    public void Send()
    {
        if (_items.Count > 0)
            send(_items.Count == 1 ? _items[0] : batch([.. _items]));
        _items.Clear();
        _bytes = 0;
    }

    /// <summary>About; more than a parcel holds for everything that is not small by nature.</summary>
    private static int SizeOf(T item) => item switch
    {
        RelaxJob job => 300 + (25 * job.Start.Count),
        RelaxResult result => 300 + (25 * result.Crystal.Count) + (result.Reason?.Length ?? 0),
        JobError error => 100 + error.Reason.Length,
        _ => MostBytes,
    };
}
