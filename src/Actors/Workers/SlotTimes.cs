namespace Csp.Actors.Workers;

/// <summary>How busy some slots were: utilisation over about the last five minutes, kept by whole seconds.</summary>
internal sealed class SlotTimes(int slots)
{
    private const int Window = 300;

    /// <summary>Busy time of the second s, at s modulo the length.</summary>
    private readonly double[] _busy = new double[Window];

    /// <summary>The last second that is in the ring.</summary>
    private long _last = long.MinValue;

    public int Done { get; private set; }

    public int Failed { get; private set; }

    public void Finished(double from, double to, bool failed)
    {
        if (failed)
            Failed++;
        else
            Done++;
        long last = (long)Math.Floor(to);
        Advance(last);
        for (long second = Math.Max((long)Math.Floor(from), _last - Window + 1); second <= last; second++)
            _busy[second % Window] += Math.Max(0, Math.Min(to, second + 1) - Math.Max(from, second));
    }

    /// <param name="now">Seconds.</param>
    /// <param name="begin">When the worker started.</param>
    /// <param name="running">Start times of jobs in progress.</param>
    public double Utilisation(double now, double begin, IEnumerable<double> running)
    {
        Advance((long)Math.Floor(now));
        double start = Math.Max(begin, _last - Window + 1);
        if (slots == 0 || now <= start)
            return 0;
        double busy = _busy.Sum() + running.Sum(r => Math.Max(0, now - Math.Max(start, r)));
        return Math.Clamp(busy / ((now - start) * slots), 0, 1);
    }

    private void Advance(long second)
    {
        for (long s = Math.Max(_last + 1, second - Window + 1); s <= second; s++)
            _busy[s % Window] = 0;
        _last = Math.Max(_last, second);
    }
}
