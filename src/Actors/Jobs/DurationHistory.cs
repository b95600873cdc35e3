namespace Csp.Actors.Jobs;

/// <summary>The last durations of one kind of job (a ring of 256), for quantiles and deadlines.</summary>
public sealed class DurationHistory
{
    private readonly double[] _ring = new double[256];
    private long _count;

    public long Count => _count;

    /// <summary>The newest; 0 before the first.</summary>
    public double Last { get; private set; }

    public void Add(double seconds) => Last = _ring[_count++ % _ring.Length] = seconds;

    /// <summary>Quantile over the ring; NaN without any duration.</summary>
    public double Quantile(double q)
    {
        int n = (int)Math.Min(_count, _ring.Length);
        if (n == 0)
            return double.NaN;
        double[] sorted = _ring[..n];
        Array.Sort(sorted);
        return sorted[Math.Min(n - 1, (int)(q * n))];
    }
}
