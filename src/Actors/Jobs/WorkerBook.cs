using System.Collections.Immutable;
using Akka.Actor;
using Csp.Actors.Runs;

namespace Csp.Actors.Jobs;

/// <summary>What the broker knows about workers: room, place, last sign of life.</summary>
internal sealed class WorkerBook
{
    /// <summary>A job that the worker has not mentioned for this long was lost on the way.</summary>
    private const double UnderwaySeconds = 10;

    private static readonly string[] Roles = ["relaxer", "labeler", "trainer", "ensemble"];
    private readonly Dictionary<string, Worker> _workers = [];

    public Worker this[string id] => _workers[id];

    /// <summary>True when the worker is new.</summary>
    /// <param name="ready">It holds the run's settings and knows this coordinator.</param>
    public bool Update(WorkerHello hello, IActorRef sender, double now, bool ready)
    {
        bool known = _workers.TryGetValue(hello.Worker, out Worker? worker);
        if (!known)
            _workers[hello.Worker] = worker = new Worker(hello.Worker);
        worker!.Hear(hello, sender, now, ready);
        return !known;
    }

    public void Arrived(string worker, string job) => _workers.GetValueOrDefault(worker)?.Arrived(job);

    public IActorRef? RefOf(string id) => _workers.GetValueOrDefault(id)?.Ref;

    public string NameOf(string id) => _workers.GetValueOrDefault(id)?.Name ?? id;

    /// <summary>Workers heard of within the last 5 s.</summary>
    public IReadOnlyList<Worker> Known(double now) => [.. _workers.Values.Where(w => now - w.Heard < 5 && w.Ready)];

    public IReadOnlyList<Worker> WithRoom(SlotGroup group) => [.. _workers.Values.Where(w => w.Ready && w.Free(group) > 0)];

    public IEnumerable<string> Names => _workers.Values.Select(w => w.Name);

    public int Slots(SlotGroup group) => _workers.Values.Sum(w => w.Hello.Slots[(int)group]);

    public int FreeSlots(SlotGroup group) => _workers.Values.Where(w => w.Ready).Sum(w => Math.Max(0, w.Free(group)));

    public IReadOnlyList<Worker> Remove(IActorRef gone)
    {
        Worker[] lost = [.. _workers.Values.Where(w => w.Ref.Equals(gone))];
        foreach (Worker worker in lost)
            _workers.Remove(worker.Id);
        return lost;
    }

    public IReadOnlyList<Worker> RemoveSilent(double now, double seconds)
    {
        Worker[] lost = [.. _workers.Values.Where(w => now - w.Heard > seconds)];
        foreach (Worker worker in lost)
            _workers.Remove(worker.Id);
        return lost;
    }

    public IEnumerable<(JobKind Kind, int Count)> RunningByKind() => _workers.Values
        .SelectMany(w => w.Hello.RunningKinds)
        .GroupBy(k => (JobKind)k)
        .OrderBy(g => g.Key)
        .Select(g => (g.Key, g.Count()));

    public ImmutableArray<WorkerStatus> Statuses(double now)
    {
        ImmutableArray<WorkerStatus>.Builder rows = ImmutableArray.CreateBuilder<WorkerStatus>();
        foreach (Worker worker in _workers.Values.OrderBy(w => w.Name, StringComparer.Ordinal))
        {
            WorkerHello hello = worker.Hello;
            foreach (SlotGroup group in Enum.GetValues<SlotGroup>())
            {
                int g = (int)group;
                int[] running = [.. Enumerable.Range(0, hello.Running.Length).Where(i => JobKinds.GroupOf((JobKind)hello.RunningKinds[i]) == group)];
                for (int slot = 0; slot < Math.Max(hello.Slots[g], running.Length); slot++)
                {
                    bool busy = slot < running.Length;
                    string activity = now - worker.Heard > 5 ? $"silent for {now - worker.Heard:F0} s" : busy ? hello.Running[running[slot]] : hello.Leaving ? "leaving" : "idle";
                    rows.Add(new WorkerStatus(
                        worker.Name, Roles[g], slot, activity, TimeSpan.FromSeconds(busy ? hello.RunningSeconds[running[slot]] : 0),
                        slot == 0 ? hello.Done[g] : 0, slot == 0 ? hello.Failed[g] : 0, hello.Busy[g], hello.Model));
                }
            }
        }
        return rows.ToImmutable();
    }

    internal sealed class Worker(string id)
    {
        private readonly int[] _free = new int[4];
        private readonly Dictionary<string, (SlotGroup Group, double Sent)> _underway = [];

        public string Id { get; } = id;

        public IActorRef Ref { get; private set; } = ActorRefs.Nobody;

        public WorkerHello Hello { get; private set; } = null!;

        public string Name => Hello.Name;

        public double Heard { get; private set; }

        /// <summary>It knows this coordinator and its settings, so that it can do jobs.</summary>
        public bool Ready { get; private set; }

        public void Hear(WorkerHello hello, IActorRef sender, double now, bool ready)
        {
            (Hello, Ref, Heard, Ready) = (hello, sender, now, ready && !hello.Leaving);
            foreach (string id in hello.Running.Concat(hello.Unacknowledged))
                _underway.Remove(id);
            foreach (string lost in _underway.Where(u => now - u.Value.Sent > UnderwaySeconds).Select(u => u.Key).ToArray())
                _underway.Remove(lost);
            for (int g = 0; g < _free.Length; g++)
                _free[g] = hello.Leaving ? 0 : hello.Slots[g];
            foreach (byte kind in hello.RunningKinds)
                _free[(int)JobKinds.GroupOf((JobKind)kind)]--;
            foreach ((SlotGroup group, _) in _underway.Values)
                _free[(int)group]--;
        }

        /// <summary>An answer came before a hello that names the job.</summary>
        public void Arrived(string job) => _underway.Remove(job);

        /// <summary>Slots that are free when everything that is on its way has arrived.</summary>
        public int Free(SlotGroup group) => _free[(int)group];

        public void Sent(string job, SlotGroup group, double now)
        {
            _free[(int)group]--;
            _underway[job] = (group, now);
        }
    }
}
