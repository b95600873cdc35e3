using Csp.Actors.Runs;

namespace Csp.Actors.Jobs;

/// <summary>
/// Who does what: the queue, the leases and what is done, without actors, clocks or wire. Work is handed out at least once and counted at most
/// once. A job is queued, running (on one or two workers), settling (its first answer is being made durable) or done; a done id is never run again.
/// Times are seconds on any monotonic clock. Not safe from several threads.
/// </summary>
public sealed class JobLedger(LedgerSettings settings)
{
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Dictionary<JobKind, HashSet<Entry>> _running = JobKinds.All.ToDictionary(k => k, _ => new HashSet<Entry>());
    private readonly Dictionary<string, HashSet<Entry>> _held = [];
    private readonly HashSet<string> _done = [];
    private readonly Dictionary<JobKind, PriorityQueue<string, (double Priority, long Order)>> _queues =
        JobKinds.All.ToDictionary(k => k, _ => new PriorityQueue<string, (double, long)>());
    private readonly Dictionary<JobKind, KindCounts> _counts = JobKinds.All.ToDictionary(k => k, _ => new KindCounts());
    private long _order;

    /// <summary>Counts and durations of one kind.</summary>
    public KindCounts CountsOf(JobKind kind) => _counts[kind];

    public bool IsDone(string id) => _done.Contains(id);

    /// <summary>Marks an id as done from an earlier life.</summary>
    public void RestoreDone(string id) => _done.Add(id);

    /// <summary>Null of a job that is done or not known.</summary>
    public JobKind? KindOf(string id) => _entries.TryGetValue(id, out Entry? entry) ? entry.Kind : null;

    public bool IsKnown(string id) => _done.Contains(id) || _entries.ContainsKey(id);

    /// <summary>Queues a job; larger priority first, then the order of submission. A known id is ignored, except that a running job without a description gets it.</summary>
    public bool Submit(IJob job, double priority, double now)
    {
        if (_done.Contains(job.Id))
            return false;
        if (_entries.TryGetValue(job.Id, out Entry? known))
        {
            known.Job ??= job;
            return false;
        }
        Entry entry = new(job.Id, JobKinds.Of(job)) { Job = job, Priority = priority, Submitted = now };
        _entries.Add(job.Id, entry);
        Enqueue(entry);
        return true;
    }

    /// <summary>Changes the place of a job that still waits.</summary>
    public bool Reprioritize(string id, double priority)
    {
        if (!_entries.TryGetValue(id, out Entry? entry) || entry.State != JobState.Queued)
            return false;
        entry.Priority = priority;
        Enqueue(entry);
        return true;
    }

    /// <summary>Nobody wants the job any more; workers that run it are returned.</summary>
    public IReadOnlyList<string> Cancel(string id)
    {
        if (!_entries.TryGetValue(id, out Entry? entry) || entry.State == JobState.Settling)
            return [];
        Leave(entry);
        _entries.Remove(id);
        return Release(entry);
    }

    /// <summary>
    /// The next job of a kind for a worker, or null. When nothing waits, a straggler (running longer than its kind's history allows) is given to
    /// a second worker.
    /// </summary>
    public IJob? Pull(JobKind kind, string worker, double now)
    {
        PriorityQueue<string, (double, long)> queue = _queues[kind];
        while (queue.TryDequeue(out string? id, out (double Priority, long Order) place))
        {
            if (!_entries.TryGetValue(id, out Entry? entry) || entry.State != JobState.Queued || entry.Order != place.Order)
                continue;
            _counts[kind].Queued--;
            _counts[kind].Waits.Add(now - entry.Submitted);
            Run(entry, now);
            Lease(entry, worker, now);
            return entry.Job;
        }
        return Straggler(kind, worker, now);
    }

    /// <summary>
    /// A worker says what it runs. Leases are renewed; a queued job that it already runs is taken from the queue, an unknown one is adopted (the
    /// coordinator was restarted). Returned: jobs it should drop because they are done.
    /// </summary>
    public IReadOnlyList<string> Renew(string worker, IEnumerable<(string Id, JobKind Kind)> running, double now)
    {
        List<string> drop = [];
        foreach ((string id, JobKind kind) in running)
        {
            if (_done.Contains(id))
            {
                drop.Add(id);
                continue;
            }
            if (!_entries.TryGetValue(id, out Entry? entry))
            {
                entry = new Entry(id, kind) { Submitted = now };
                _entries.Add(id, entry);
                Run(entry, now);
            }
            else if (entry.State == JobState.Queued)
            {
                _counts[entry.Kind].Queued--;
                Run(entry, now);
            }
            Lease(entry, worker, now);
        }
        return drop;
    }

    /// <summary>
    /// An answer came. The first one moves the job to settling; everything later is <see cref="Arrival.Repeated"/> (being made durable) or
    /// <see cref="Arrival.Done"/> (acknowledge it again).
    /// </summary>
    public Arrival Arrive(string id, JobKind kind, double seconds)
    {
        if (_done.Contains(id))
            return Arrival.Done;
        if (!_entries.TryGetValue(id, out Entry? entry))
        {
            entry = new Entry(id, kind);
            _entries.Add(id, entry);
            Run(entry, double.NaN);
        }
        if (entry.State == JobState.Settling)
            return Arrival.Repeated;
        Leave(entry);
        entry.State = JobState.Settling;
        _counts[entry.Kind].Durations.Add(seconds);
        return Arrival.First;
    }

    /// <summary>The answer is durable. Returned: other workers that still run the job.</summary>
    public IReadOnlyList<string> Settle(string id, string worker, bool failed)
    {
        if (!_entries.Remove(id, out Entry? entry))
            return [];
        _done.Add(id);
        if (failed)
            _counts[entry.Kind].Failed++;
        else
            _counts[entry.Kind].Done++;
        List<string> others = Release(entry);
        others.Remove(worker);
        return others;
    }

    /// <summary>
    /// A worker could not do the job. <see cref="Arrival.Retried"/>: another worker does it or will; <see cref="Arrival.First"/>: it has failed for
    /// good, to be made durable like any answer.
    /// </summary>
    public Arrival Error(string id, JobKind kind, string worker, bool retry, double seconds, double now)
    {
        if (_done.Contains(id))
            return Arrival.Done;
        if (!_entries.TryGetValue(id, out Entry? entry))
            return Arrive(id, kind, seconds);
        if (entry.State == JobState.Settling)
            return Arrival.Repeated;
        entry.Errors++;
        Drop(entry, worker);
        if (entry.State == JobState.Queued || entry.Leases.Count > 0)
            return Arrival.Retried;
        if (!retry || entry.Job is null || entry.Errors >= settings.MaxAttempts)
            return Arrive(id, kind, seconds);
        Requeue(entry, now);
        return Arrival.Retried;
    }

    /// <summary>A worker is gone: what only it ran waits again, in front of its kind.</summary>
    public IReadOnlyList<string> WorkerLost(string worker, double now) => TakeBack(worker, HeldBy(worker), now);

    /// <summary>Leases that lapsed.</summary>
    public IReadOnlyList<string> Expire(double now)
    {
        List<(string Worker, Entry Entry)> lapsed = [];
        foreach (HashSet<Entry> running in _running.Values)
        {
            foreach (Entry entry in running)
            {
                foreach ((string worker, double until) in entry.Leases)
                {
                    if (until < now)
                        lapsed.Add((worker, entry));
                }
            }
        }
        return [.. lapsed.SelectMany(l => TakeBack(l.Worker, [l.Entry], now))];
    }

    /// <summary>Jobs handed back one by one.</summary>
    public IReadOnlyList<string> HandBack(string worker, IReadOnlyCollection<string> ids, double now) =>
        TakeBack(worker, [.. ids.Select(_entries.GetValueOrDefault).OfType<Entry>().Where(e => e.Leases.Exists(l => l.Worker == worker))], now);

    /// <summary>How many jobs of a kind wait.</summary>
    public int Queued(JobKind kind) => _counts[kind].Queued;

    public int Running(JobKind kind) => _counts[kind].Running;

    /// <summary>Jobs that are at a worker now, with the time at which they were first handed out.</summary>
    public IEnumerable<(JobKind Kind, string Id, double Started)> InProgress =>
        _running.Values.SelectMany(all => all).Select(e => (e.Kind, e.Id, e.Started));

    private Entry[] HeldBy(string worker) => _held.TryGetValue(worker, out HashSet<Entry>? held) ? [.. held] : [];

    private List<string> TakeBack(string worker, Entry[] entries, double now)
    {
        List<string> requeued = [];
        foreach (Entry entry in entries)
        {
            Drop(entry, worker);
            if (entry.State != JobState.Running || entry.Leases.Count > 0)
                continue;
            if (entry.Job is null)
            {
                // Adopted from a worker that is gone too; whoever wants the job submits it again.
                Leave(entry);
                _entries.Remove(entry.Id);
                continue;
            }
            Requeue(entry, now);
            requeued.Add(entry.Id);
        }
        return requeued;
    }

    private IJob? Straggler(JobKind kind, string worker, double now)
    {
        KindCounts counts = _counts[kind];
        double sinceScan = now - counts.NoStragglerAt;
        if (counts.Running == 0 || counts.Durations.Count < settings.StragglerHistory || sinceScan is >= 0 and < 0.25)
            return null;
        double limit = Math.Max(settings.StragglerMinSeconds, settings.StragglerFactor * counts.Durations.Quantile(0.9));
        Entry? slowest = null;
        foreach (Entry entry in _running[kind])
        {
            if (entry.Job is not null && entry.Leases.Count == 1 && entry.Leases[0].Worker != worker
                && now - entry.Started > limit && (slowest is null || entry.Started < slowest.Started))
                slowest = entry;
        }
        if (slowest is null)
        {
            counts.NoStragglerAt = now;
            return null;
        }
        Lease(slowest, worker, now);
        counts.Duplicated++;
        return slowest.Job;
    }

    private void Requeue(Entry entry, double now)
    {
        Leave(entry);
        _counts[entry.Kind].Retried++;
        _counts[entry.Kind].Queued++;
        entry.State = JobState.Queued;
        entry.Submitted = now;
        entry.Priority = Math.Max(entry.Priority, settings.RetryPriority);
        Place(entry);
    }

    private void Enqueue(Entry entry)
    {
        if (entry.Order == 0)
            _counts[entry.Kind].Queued++;
        Place(entry);
    }

    private void Place(Entry entry)
    {
        entry.Order = ++_order;
        _queues[entry.Kind].Enqueue(entry.Id, (-entry.Priority, entry.Order));
    }

    private void Run(Entry entry, double now)
    {
        (entry.State, entry.Started) = (JobState.Running, now);
        _running[entry.Kind].Add(entry);
        _counts[entry.Kind].Running++;
    }

    /// <summary>It is neither queued nor running any more.</summary>
    private void Leave(Entry entry)
    {
        if (entry.State == JobState.Queued)
            _counts[entry.Kind].Queued--;
        else if (_running[entry.Kind].Remove(entry))
            _counts[entry.Kind].Running--;
    }

    private void Lease(Entry entry, string worker, double now)
    {
        Forget(entry, worker);
        entry.Leases.Add((worker, now + settings.LeaseSeconds));
        if (!_held.TryGetValue(worker, out HashSet<Entry>? held))
            _held[worker] = held = [];
        held.Add(entry);
    }

    private void Drop(Entry entry, string worker)
    {
        Forget(entry, worker);
        if (_held.TryGetValue(worker, out HashSet<Entry>? held) && held.Remove(entry) && held.Count == 0)
            _held.Remove(worker);
    }

    private static void Forget(Entry entry, string worker)
    {
        for (int i = entry.Leases.Count - 1; i >= 0; i--)
        {
            if (entry.Leases[i].Worker == worker)
                entry.Leases.RemoveAt(i);
        }
    }

    /// <summary>Ends all its leases; returned: who had one.</summary>
    private List<string> Release(Entry entry)
    {
        List<string> workers = [.. entry.Leases.Select(l => l.Worker)];
        foreach (string worker in workers)
            Drop(entry, worker);
        return workers;
    }

    private enum JobState
    {
        Queued,
        Running,
        Settling,
    }

    private sealed class Entry(string id, JobKind kind)
    {
        public string Id { get; } = id;

        public JobKind Kind { get; } = kind;

        public IJob? Job { get; set; }

        public JobState State { get; set; }

        public double Priority { get; set; }

        public long Order { get; set; }

        public double Submitted { get; set; }

        public double Started { get; set; }

        public int Errors { get; set; }

        /// <summary>Who runs it and until when it is theirs: one, seldom two.</summary>
        public List<(string Worker, double Until)> Leases { get; } = new(1);
    }
}
