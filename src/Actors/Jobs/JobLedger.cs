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
        if (entry.State == JobState.Queued)
            _counts[entry.Kind].Queued--;
        else
            _counts[entry.Kind].Running--;
        _entries.Remove(id);
        return [.. entry.Leases.Keys];
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
            entry.State = JobState.Running;
            entry.Started = now;
            entry.Leases[worker] = now + settings.LeaseSeconds;
            KindCounts counts = _counts[kind];
            counts.Queued--;
            counts.Running++;
            counts.Waits.Add(now - entry.Submitted);
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
                entry = new Entry(id, kind) { State = JobState.Running, Started = now, Submitted = now };
                _entries.Add(id, entry);
                _counts[kind].Running++;
            }
            else if (entry.State == JobState.Queued)
            {
                entry.State = JobState.Running;
                entry.Started = now;
                _counts[entry.Kind].Queued--;
                _counts[entry.Kind].Running++;
            }
            entry.Leases[worker] = now + settings.LeaseSeconds;
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
            entry = new Entry(id, kind) { State = JobState.Running };
            _entries.Add(id, entry);
            _counts[kind].Running++;
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
        return [.. entry.Leases.Keys.Where(w => w != worker)];
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
        entry.Leases.Remove(worker);
        if (entry.State == JobState.Queued || entry.Leases.Count > 0)
            return Arrival.Retried;
        if (!retry || entry.Job is null || entry.Errors >= settings.MaxAttempts)
            return Arrive(id, kind, seconds);
        Requeue(entry, now);
        return Arrival.Retried;
    }

    /// <summary>A worker is gone: what only it ran waits again, in front of its kind.</summary>
    public IReadOnlyList<string> WorkerLost(string worker, double now) =>
        Release(now, (_, lease) => lease.Key == worker);

    /// <summary>Leases that lapsed.</summary>
    public IReadOnlyList<string> Expire(double now) =>
        Release(now, (_, lease) => lease.Value < now);

    /// <summary>Jobs handed back one by one.</summary>
    public IReadOnlyList<string> HandBack(string worker, IReadOnlyCollection<string> ids, double now) =>
        Release(now, (entry, lease) => lease.Key == worker && ids.Contains(entry.Id));

    /// <summary>How many jobs of a kind wait.</summary>
    public int Queued(JobKind kind) => _counts[kind].Queued;

    public int Running(JobKind kind) => _counts[kind].Running;

    /// <summary>Jobs that are at a worker now, with the time at which they were first handed out.</summary>
    public IEnumerable<(JobKind Kind, string Id, double Started)> InProgress =>
        _entries.Values.Where(e => e.State == JobState.Running).Select(e => (e.Kind, e.Id, e.Started));

    private List<string> Release(double now, Func<Entry, KeyValuePair<string, double>, bool> lost)
    {
        List<string> requeued = [];
        foreach (Entry entry in _entries.Values.Where(e => e.State == JobState.Running).ToArray())
        {
            foreach (KeyValuePair<string, double> lease in entry.Leases.Where(l => lost(entry, l)).ToArray())
                entry.Leases.Remove(lease.Key);
            if (entry.Leases.Count > 0)
                continue;
            if (entry.Job is null)
            {
                // Adopted from a worker that is gone too; whoever wants the job submits it again.
                _entries.Remove(entry.Id);
                _counts[entry.Kind].Running--;
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
        foreach (Entry entry in _entries.Values)
        {
            if (entry.Kind == kind && entry.State == JobState.Running && entry.Job is not null && entry.Leases.Count == 1
                && !entry.Leases.ContainsKey(worker) && now - entry.Started > limit && (slowest is null || entry.Started < slowest.Started))
                slowest = entry;
        }
        if (slowest is null)
        {
            counts.NoStragglerAt = now;
            return null;
        }
        slowest.Leases[worker] = now + settings.LeaseSeconds;
        counts.Duplicated++;
        return slowest.Job;
    }

    private void Requeue(Entry entry, double now)
    {
        KindCounts counts = _counts[entry.Kind];
        counts.Running--;
        counts.Retried++;
        entry.State = JobState.Queued;
        entry.Submitted = now;
        entry.Priority = Math.Max(entry.Priority, settings.RetryPriority);
        counts.Queued++;
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

    private void Leave(Entry entry)
    {
        if (entry.State == JobState.Queued)
            _counts[entry.Kind].Queued--;
        else
            _counts[entry.Kind].Running--;
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

        /// <summary>Worker → end of its lease.</summary>
        public Dictionary<string, double> Leases { get; } = [];
    }
}

/// <summary>What an answer means to the ledger.</summary>
public enum Arrival
{
    /// <summary>The first; make it durable, then call <see cref="JobLedger.Settle"/>.</summary>
    First,

    /// <summary>Another copy of an answer that is being made durable: do nothing.</summary>
    Repeated,

    /// <summary>The job is done: acknowledge.</summary>
    Done,

    /// <summary>An error; the job is tried elsewhere: acknowledge.</summary>
    Retried,
}

/// <summary>Counts of one kind of job.</summary>
public sealed class KindCounts
{
    public int Queued { get; internal set; }

    public int Running { get; internal set; }

    public int Done { get; internal set; }

    public int Failed { get; internal set; }

    public int Retried { get; internal set; }

    public int Duplicated { get; internal set; }

    /// <summary>When a search for stragglers last found none: with a thousand idle workers, each of them need not look.</summary>
    internal double NoStragglerAt { get; set; } = double.NegativeInfinity;

    public DurationHistory Durations { get; } = new();

    public DurationHistory Waits { get; } = new();
}

/// <summary>Times in seconds.</summary>
public sealed record LedgerSettings
{
    /// <summary>A worker that is silent for this long loses its jobs.</summary>
    public double LeaseSeconds { get; init; } = 10;

    /// <summary>Errors of nodes after which a job has failed.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>A job running this many times the 90 % quantile of its kind is a straggler …</summary>
    public double StragglerFactor { get; init; } = 3;

    /// <summary>… if it runs for at least this long …</summary>
    public double StragglerMinSeconds { get; init; } = 5;

    /// <summary>… and so many jobs of its kind have been finished.</summary>
    public int StragglerHistory { get; init; } = 10;

    /// <summary>Priority of a job whose worker was lost: before all others.</summary>
    public double RetryPriority { get; init; } = 1e9;
}
