using System.Collections.Concurrent;

namespace Csp.Actors.Ensembles;

/// <summary>Runs an asynchronous calculation, its continuations included, on one thread of its own, so that heavy steps never sit on the shared thread pool.</summary>
internal static class CalculationThread
{
    public static Task<T> Start<T>(string name, Func<Task<T>> calculation)
    {
        TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            using QueueContext context = new();
            SynchronizationContext.SetSynchronizationContext(context);
            Task<T> task;
            try
            {
                task = calculation();
            }
            catch (Exception e)
            {
                result.SetException(e);
                return;
            }
            task.ContinueWith(_ => context.Complete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            context.Run();
            result.SetFromTask(task);
        })
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
        return result.Task;
    }

    private sealed class QueueContext : SynchronizationContext, IDisposable
    {
        private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _queue = [];

        public override void Post(SendOrPostCallback d, object? state)
        {
            if (!_queue.IsAddingCompleted)
                _queue.Add((d, state));
        }

        public void Complete() => _queue.CompleteAdding();

        public void Run()
        {
            foreach ((SendOrPostCallback callback, object? state) in _queue.GetConsumingEnumerable())
                callback(state);
        }

        public void Dispose() => _queue.Dispose();
    }
}
