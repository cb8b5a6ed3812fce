namespace Clew.Query;

/// <summary>Runs the parts of one query side by side.</summary>
internal static class QueryWorkers
{
    /// <summary>Parts that one query may be cut into.</summary>
    public static int Count { get; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Starts the parts and waits for all of them; the first fault that is not a cancellation is thrown.</summary>
    public static async Task RunAsync(int parts, Func<int, Task> part)
    {
        if (parts == 1)
        {
            await part(0).ConfigureAwait(false);
            return;
        }

        var tasks = new Task[parts];
        for (var i = 0; i < parts; i++)
        {
            var number = i;
            tasks[i] = Task.Run(() => part(number), CancellationToken.None);
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
                    System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
                }
            }

            throw;
        }
    }
}
