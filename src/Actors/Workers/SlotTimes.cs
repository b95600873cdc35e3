using Csp.Actors.Jobs;

namespace Csp.Actors.Workers;

/// <summary>Jobs and busy time of one role's slots; utilisation over about the last five minutes.</summary>
internal sealed class SlotTimes(int slots)
{
    private const double Window = 300;
    private readonly Queue<(double From, double To)> _spells = new();

    public int Done { get; private set; }

    public int Failed { get; private set; }

    public void Finished(double from, double to, bool failed)
    {
        if (failed)
            Failed++;
        else
            Done++;
        _spells.Enqueue((from, to));
    }

    /// <param name="now">Seconds.</param>
    /// <param name="begin">When the worker started.</param>
    /// <param name="running">Start times of jobs in progress.</param>
    public double Utilisation(double now, double begin, IEnumerable<double> running)
    {
        double start = Math.Max(begin, now - Window);
        while (_spells.TryPeek(out (double From, double To) old) && old.To < start)
            _spells.Dequeue();
        if (slots == 0 || now <= start)
            return 0;
        double busy = _spells.Sum(s => s.To - Math.Max(start, s.From)) + running.Sum(r => now - Math.Max(start, r));
        return Math.Clamp(busy / ((now - start) * slots), 0, 1);
    }
}
