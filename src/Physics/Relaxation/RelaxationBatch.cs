using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Relaxation;

/// <summary>Many relaxations on several cores, refilled as they finish, so that no core waits for a slow one.</summary>
public static class RelaxationBatch
{
    /// <summary>
    /// Relaxes a sequence in the order given; the sequence is read only as far as cores become free, by one thread. Outcomes come in the same order.
    /// </summary>
    /// <param name="starts">May be endless.</param>
    /// <param name="potential">Safe to call from several threads.</param>
    /// <param name="settings">For all of them.</param>
    /// <param name="threads">Relaxations at once.</param>
    /// <param name="cancellation">Ends the running ones at their next evaluation.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IEnumerable<RelaxationOutcome> Run(
        IEnumerable<Crystal> starts, IPotential potential, RelaxationSettings settings, int threads, CancellationToken cancellation = default) =>
        InFlight(starts, 4 * threads, threads, start => CrystalRelaxer.Relax(start, potential, settings, cancellation), cancellation);

    /// <summary>
    /// Applies a function to a sequence with at most <paramref name="window"/> members started or finished but not yet taken. Element n is read after
    /// result n − window has been taken, whatever the number of threads, so a sequence that depends on earlier results is reproducible.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IEnumerable<TResult> InFlight<T, TResult>(
        IEnumerable<T> items, int window, int threads, Func<T, TResult> function, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(window);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        return Iterate();

        IEnumerable<TResult> Iterate()
        {
            SemaphoreSlim cores = new(threads);
            using CancellationTokenSource abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Queue<Task<TResult>> running = [];
            try
            {
                using IEnumerator<T> source = items.GetEnumerator();
                bool more = true;
                while (true)
                {
                    while (more && running.Count < window && (more = source.MoveNext()))
                    {
                        T item = source.Current;
                        running.Enqueue(Task.Run(() => Work(item), abandoned.Token));
                    }
                    if (!running.TryDequeue(out Task<TResult>? first))
                        yield break;
                    yield return first.GetAwaiter().GetResult();
                }
            }
            finally
            {
                // The caller may stop reading early: what has not begun never will, what runs ends by itself.
                abandoned.Cancel();
                try
                {
                    Task.WaitAll([.. running]);
                }
                catch (AggregateException)
                {
                    // The caller has the result, or the exception, that it stopped at.
                }
            }

            async Task<TResult> Work(T item)
            {
                await cores.WaitAsync(abandoned.Token).ConfigureAwait(false);
                try
                {
                    return function(item);
                }
                finally
                {
                    cores.Release();
                }
            }
        }
    }
}
