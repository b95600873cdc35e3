using Akka.Actor;

namespace Csp.Actors.Models;

/// <summary>
/// Pulls one blob in chunks (a few outstanding at a time, so that nothing else on the association waits long), asks again for chunks that do not
/// come, checks the hash, tells its parent <see cref="Fetched"/> or <see cref="NotFetched"/>, and stops.
/// </summary>
internal sealed class BlobFetch : ReceiveActor, IWithTimers
{
    /// <summary>Well below the frame limit of any configuration.</summary>
    public const int ChunkBytes = 48 * 1024;

    private const int Window = 4;
    private const int MaxSilentTicks = 30;

    private readonly string _sha;
    private readonly ICanTell _source;
    private readonly Dictionary<int, byte[]> _chunks = [];
    private readonly HashSet<int> _outstanding = [];
    private int _total = -1;
    private int _silent;

    public BlobFetch(string sha, ICanTell source)
    {
        (_sha, _source) = (sha, source);
        Receive<BlobChunk>(Take);
        Receive<BlobMissing>(_ => End(new NotFetched(_sha, "the sender does not have it")));
        Receive<Tick>(_ => OnTick());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(string sha, ICanTell source) => Akka.Actor.Props.Create(() => new BlobFetch(sha, source));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromSeconds(1));
        Ask(0);
    }

    private void Take(BlobChunk chunk)
    {
        if (chunk.Sha != _sha || chunk.Total < 0)
            return;
        _total = chunk.Total;
        _silent = 0;
        _outstanding.Remove(chunk.Offset);
        _chunks.TryAdd(chunk.Offset, chunk.Bytes);
        for (int offset = 0; offset < _total && _outstanding.Count < Window; offset += ChunkBytes)
        {
            if (!_chunks.ContainsKey(offset) && !_outstanding.Contains(offset))
                Ask(offset);
        }
        if (_chunks.Values.Sum(c => (long)c.Length) >= _total)
            Assemble();
    }

    private void Assemble()
    {
        byte[] all = new byte[_total];
        foreach ((int offset, byte[] bytes) in _chunks)
        {
            if (offset < 0 || offset + bytes.Length > all.Length)
            {
                End(new NotFetched(_sha, "a chunk lies outside of the blob"));
                return;
            }
            bytes.CopyTo(all, offset);
        }
        try
        {
            End(new Fetched(_sha, BlobShelf.Decompress(all, _sha)));
        }
        catch (InvalidDataException e)
        {
            End(new NotFetched(_sha, e.Message));
        }
    }

    private void OnTick()
    {
        if (++_silent > MaxSilentTicks)
        {
            End(new NotFetched(_sha, $"no chunk came for {MaxSilentTicks} s"));
            return;
        }
        if (_silent < 2)
            return;
        foreach (int offset in _outstanding.ToArray())
            Ask(offset);
    }

    private void Ask(int offset)
    {
        _outstanding.Add(offset);
        _source.Tell(new GetBlob(_sha, offset, ChunkBytes), Self);
    }

    private void End(object answer)
    {
        Context.Parent.Tell(answer);
        Context.Stop(Self);
    }

    public sealed record Fetched(string Sha, byte[] Bytes);

    public sealed record NotFetched(string Sha, string Reason);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
