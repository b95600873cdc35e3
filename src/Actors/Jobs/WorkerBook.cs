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
    private readonly Room _room = new();

    public Worker this[string id] => _workers[id];

    /// <summary>True when the worker is new.</summary>
    /// <param name="ready">It holds the run's settings and knows this coordinator.</param>
    public bool Update(WorkerHello hello, IActorRef sender, double now, bool ready)
    {
        bool known = _workers.TryGetValue(hello.Worker, out Worker? worker);
        if (!known)
            _workers[hello.Worker] = worker = new Worker(hello.Worker, _room);
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

    /// <summary>Some worker with a free slot, or null; all take turns.</summary>
    public Worker? WithRoom(SlotGroup group) => _room.Next((int)group);

    public IEnumerable<string> Names => _workers.Values.Select(w => w.Name);

    public int Slots(SlotGroup group) => _slots[(int)group];

    public int FreeSlots(SlotGroup group) => _room.Free((int)group);

    public int AllSlots => _slots.Sum();

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
            string without = now - worker.Heard > 5 ? $"silent for {now - worker.Heard:F0} s" : hello.Leaving ? "leaving" : "idle";
            for (int g = 0; g < Roles.Length; g++)
            {
                int next = 0;
                for (int slot = 0; slot < hello.Slots[g]; slot++)
                {
                    while (next < hello.Running.Length && JobKinds.GroupOf((JobKind)hello.RunningKinds[next]) != (SlotGroup)g)
                        next++;
                    int job = next < hello.Running.Length && now - worker.Heard <= 5 ? next++ : -1;
                    rows.Add(new WorkerStatus(
                        worker.Name, Roles[g], slot, job < 0 ? without : hello.Running[job], TimeSpan.FromSeconds(job < 0 ? 0 : hello.RunningSeconds[job]),
                        slot == 0 ? hello.Done[g] : 0, slot == 0 ? hello.Failed[g] : 0, hello.Busy[g], hello.Model));
                }
            }
        }
        return rows.ToImmutable();
    }

    /// <summary>Free slots of all workers, and who has them: kept as they change, because there may be a thousand workers and a thousand changes a second.</summary>
    internal sealed class Room
    {
        private readonly int[] _free = new int[4];
        private readonly List<Worker>[] _workers = [[], [], [], []];
        private readonly Dictionary<Worker, int>[] _places = [[], [], [], []];
        private readonly int[] _turn = new int[4];

        public int Free(int group) => _free[group];

        /// <param name="worker">Whose number of free slots changes.</param>
        /// <param name="group">Of its slots.</param>
        /// <param name="from">Free before, not negative.</param>
        /// <param name="to">Free now, not negative.</param>
        public void Change(Worker worker, int group, int from, int to)
        {
            _free[group] += to - from;
            List<Worker> all = _workers[group];
            if (from == 0 && to > 0)
            {
                _places[group][worker] = all.Count;
                all.Add(worker);
            }
            else if (from > 0 && to == 0 && _places[group].Remove(worker, out int place))
            {
                Worker last = all[^1];
                all.RemoveAt(all.Count - 1);
                if (last != worker)
                {
                    all[place] = last;
                    _places[group][last] = place;
                }
            }
        }

        public Worker? Next(int group)
        {
            List<Worker> all = _workers[group];
            return all.Count == 0 ? null : all[_turn[group] = (_turn[group] + 1) % all.Count];
        }
    }

    /// <param name="id">Of the worker.</param>
    /// <param name="room">Of all workers, kept by them.</param>
    internal sealed class Worker(string id, Room room)
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
            int[] before = Offered();
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
            Offer(before);
        }

        public void Gone()
        {
            int[] before = Offered();
            Ready = false;
            Offer(before);
        }

        private int Offered(int group) => Ready ? Math.Max(0, _free[group]) : 0;

        private int[] Offered() => [Offered(0), Offered(1), Offered(2), Offered(3)];

        private void Offer(int[] before)
        {
            for (int g = 0; g < before.Length; g++)
                room.Change(this, g, before[g], Offered(g));
        }

        private void Change(SlotGroup group, int by)
        {
            int g = (int)group, before = Offered(g);
            _free[g] += by;
            room.Change(this, g, before, Offered(g));
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
