using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Clew.Query;

/// <summary>
/// The threads on which queries scan and evaluate: as many as there are cores, for all queries together, and of lower priority than the
/// rest of the process. However many dashboards refresh, receiving spans gets the processor first; when nothing is received, queries
/// have all of it.
/// </summary>
internal sealed partial class QueryWorkers : TaskScheduler
{
    // Weighs a third of a thread of normal priority: queries still move while the machine is busy.
    private const int Niceness = 5;

    private static readonly QueryWorkers Shared = new(Math.Clamp(Environment.ProcessorCount, 1, 64));

    // Bounded by the queries that may run (query.max_concurrent) times the parts of one.
    private readonly Queue<Task> _tasks = new();

    private QueryWorkers(int threads)
    {
        MaximumConcurrencyLevel = threads;
        for (var i = 0; i < threads; i++)
        {
            new Thread(Work) { IsBackground = true, Name = $"query {i}" }.Start();
        }
    }

    /// <summary>Parts that one query may be cut into.</summary>
    public static int Count { get; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    public override int MaximumConcurrencyLevel { get; }

    /// <summary>Starts the parts and waits for all of them; the first fault that is not a cancellation is thrown.</summary>
    public static async Task RunAsync(int parts, Func<int, Task> part)
    {
        var tasks = new Task[parts];
        for (var i = 0; i < parts; i++)
        {
            var number = i;
            tasks[i] = Task.Factory.StartNew(() => part(number), CancellationToken.None, TaskCreationOptions.DenyChildAttach, Shared).Unwrap();
        }

        try
        {
            await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // One part's fault cancels the others: that fault is the reason.
            foreach (var task in tasks)
            {
                if (task.Exception?.InnerException is { } fault and not OperationCanceledException)
                {
                    ExceptionDispatchInfo.Throw(fault);
                }
            }

            throw;
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_tasks)
        {
            _tasks.Enqueue(task);
            Monitor.Pulse(_tasks);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_tasks)
        {
            return [.. _tasks];
        }
    }

    private void Work()
    {
        if (OperatingSystem.IsLinux())
        {
            // On Linux a thread has a niceness of its own, and 0 means the calling one. Where it is refused all threads are equal.
            _ = SetPriority(0, 0, Niceness);
        }

        while (true)
        {
            TryExecuteTask(Next());
        }
    }

    private Task Next()
    {
        lock (_tasks)
        {
            while (_tasks.Count == 0)
            {
                Monitor.Wait(_tasks);
            }

            return _tasks.Dequeue();
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
