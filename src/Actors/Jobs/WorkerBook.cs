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
    private readonly int[] _slots = new int[4];
    private readonly int[] _free = new int[4];

    public Worker this[string id] => _workers[id];

    /// <summary>True when the worker is new.</summary>
    /// <param name="ready">It holds the run's settings and knows this coordinator.</param>
    public bool Update(WorkerHello hello, IActorRef sender, double now, bool ready)
    {
        bool known = _workers.TryGetValue(hello.Worker, out Worker? worker);
        if (!known)
            _workers[hello.Worker] = worker = new Worker(hello.Worker, _free);
        for (int g = 0; g < _slots.Length; g++)
            _slots[g] += hello.Slots[g] - (known ? worker!.Hello.Slots[g] : 0);
        worker!.Hear(hello, sender, now, ready);
        return !known;
    }

    /// <summary>An answer came: its slot is free. Returned: the worker, when it can take another job.</summary>
    public Worker? Arrived(string worker, string job) => _workers.TryGetValue(worker, out Worker? w) && w.Arrived(job) && w.Ready ? w : null;

    public IActorRef? RefOf(string id) => _workers.GetValueOrDefault(id)?.Ref;

    public string NameOf(string id) => _workers.GetValueOrDefault(id)?.Name ?? id;

    /// <summary>Workers heard of within the last 5 s.</summary>
    public IReadOnlyList<Worker> Known(double now) => [.. _workers.Values.Where(w => now - w.Heard < 5 && w.Ready)];

    public IReadOnlyList<Worker> WithRoom(SlotGroup group) => [.. _workers.Values.Where(w => w.Ready && w.Free(group) > 0)];

    public IEnumerable<string> Names => _workers.Values.Select(w => w.Name);

    public int Slots(SlotGroup group) => _slots[(int)group];

    public int FreeSlots(SlotGroup group) => _free[(int)group];

    public IReadOnlyList<Worker> Remove(IActorRef gone)
    {
        return Remove([.. _workers.Values.Where(w => w.Ref.Equals(gone))]);
    }

    public IReadOnlyList<Worker> RemoveSilent(double now, double seconds)
    {
        return Remove([.. _workers.Values.Where(w => now - w.Heard > seconds)]);
    }

    private Worker[] Remove(Worker[] lost)
    {
        foreach (Worker worker in lost)
        {
            _workers.Remove(worker.Id);
            worker.Gone();
            for (int g = 0; g < _slots.Length; g++)
                _slots[g] -= worker.Hello.Slots[g];
        }
        return lost;
    }

    public IEnumerable<(JobKind Kind, int Count)> RunningByKind() => _workers.Values
        .SelectMany(w => w.InSlots())
        .GroupBy(k => (JobKind)k)
        .OrderBy(g => g.Key)
        .Select(g => (g.Key, g.Count()));

    /// <summary>The agents of all workers, as they measure themselves.</summary>
    public ImmutableArray<ActorStatus> Agents() =>
    [
        .. _workers.Values.Where(w => w.Hello.Agent is not null).OrderBy(w => w.Name, StringComparer.Ordinal).Select(w =>
        {
            AgentFigures a = w.Hello.Agent!;
            return new ActorStatus("worker", w.Name, w.Hello.Processed, a.Failures, a.Restarts, w.Hello.Mailbox, a.MedianMillis, a.P90Millis, a.Utilisation)
            {
                BytesIn = a.BytesIn,
                BytesOut = a.BytesOut,
            };
        }),
    ];

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
                for (int slot = 0; slot < hello.Slots[g]; slot++)
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

    /// <param name="id">Of the worker.</param>
    /// <param name="total">Free slots of all workers, kept by them.</param>
    internal sealed class Worker(string id, int[] total)
    {
        private readonly int[] _free = new int[4];
        private readonly Dictionary<string, SlotGroup> _named = [];
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
            Count(-1);
            (Hello, Ref, Heard, Ready) = (hello, sender, now, ready && !hello.Leaving);
            foreach (string id in hello.Running.Concat(hello.Unacknowledged))
                _underway.Remove(id);
            foreach (string lost in _underway.Where(u => now - u.Value.Sent > UnderwaySeconds).Select(u => u.Key).ToArray())
                _underway.Remove(lost);
            for (int g = 0; g < _free.Length; g++)
                _free[g] = hello.Leaving ? 0 : hello.Slots[g];
            _named.Clear();
            for (int i = 0; i < hello.Running.Length; i++)
            {
                SlotGroup group = JobKinds.GroupOf((JobKind)hello.RunningKinds[i]);
                _named[hello.Running[i]] = group;
                _free[(int)group]--;
            }
            foreach ((SlotGroup group, _) in _underway.Values)
                _free[(int)group]--;
            Count(+1);
        }

        public void Gone()
        {
            Count(-1);
            Ready = false;
        }

        private void Count(int sign)
        {
            for (int g = 0; Ready && g < _free.Length; g++)
                total[g] += sign * Math.Max(0, _free[g]);
        }

        private void Change(SlotGroup group, int by)
        {
            Count(-1);
            _free[(int)group] += by;
            Count(+1);
        }

        /// <summary>An answer came; messages of one worker keep their order, so the job is either in its last hello or was sent after that.</summary>
        /// <returns>False for a repeated answer.</returns>
        public bool Arrived(string job)
        {
            if (_underway.Remove(job, out (SlotGroup Group, double Sent) sent))
                Change(sent.Group, +1);
            else if (_named.Remove(job, out SlotGroup group))
                Change(group, +1);
            else
                return false;
            return true;
        }

        /// <summary>Slots that are free when everything that is on its way has arrived.</summary>
        public int Free(SlotGroup group) => _free[(int)group];

        public int Slots(SlotGroup group) => Ready ? Hello.Slots[(int)group] : 0;

        /// <summary>Kinds of the jobs that are in slots, without those that wait at the worker.</summary>
        public IEnumerable<byte> InSlots() => Hello.RunningKinds.GroupBy(k => JobKinds.GroupOf((JobKind)k)).SelectMany(g => g.Take(Hello.Slots[(int)g.Key]));

        public void Sent(string job, SlotGroup group, double now)
        {
            Change(group, -1);
            _underway[job] = (group, now);
        }
    }
}
