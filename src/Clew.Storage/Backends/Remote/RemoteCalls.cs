using System.Buffers;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Backends.Remote;

/// <summary>An object service that does not answer: since when, and what the last request met.</summary>
public sealed record RemoteOutage(DateTimeOffset Since, string Reason);

/// <summary>Runs requests: waits for a turn, limits the time of a try, tries again, hedges reads, counts, and remembers outages.</summary>
internal sealed class RemoteCalls(string name, RemoteStoreOptions options, TimeProvider clock, RemoteMetrics metrics, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(options.MaxConcurrent, options.MaxConcurrent);
    private readonly Random _random = options.Seed is { } seed ? new Random(seed) : new Random();
    private RemoteOutage? _outage;
    private long _nextTry;

    public RemoteOutage? Outage => Volatile.Read(ref _outage);

    public Task RunAsync(RemoteOperation operation, string key, long sent, Func<CancellationToken, Task> call, CancellationToken cancellationToken) =>
        RunAsync(
            operation, key, sent,
            async token =>
            {
                await call(token).ConfigureAwait(false);
                return true;
            },
            static _ => 0, cancellationToken);

    public async Task<T> RunAsync<T>(
        RemoteOperation operation, string key, long sent, Func<CancellationToken, Task<T>> call, Func<T, long> received, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (attempt == 1 && MustWait(operation) is { } outage)
            {
                throw new ObjectStoreException(ObjectStoreFault.Unreachable, $"{outage.Reason} (since {outage.Since:u})");
            }

            try
            {
                var result = await TryAsync(operation, sent, call, received, cancellationToken).ConfigureAwait(false);
                Answered();
                return result;
            }
            catch (ObjectStoreException fault) when (fault.IsTransient && attempt < options.MaxAttempts)
            {
                logger.Retrying(operation.ToString(), key, attempt, options.MaxAttempts, fault.Message);
                metrics.Retried(operation);
            }
            catch (ObjectStoreException fault)
            {
                Failed(fault);
                throw;
            }

            await Task.Delay(Backoff(attempt), clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A read with a second try beside the first when that one is slow; the first answer counts.</summary>
    public Task<int> ReadAsync(string key, Memory<byte> destination, Func<Memory<byte>, CancellationToken, Task<int>> read, CancellationToken cancellationToken) =>
        options.HedgeAfter <= TimeSpan.Zero || options.HedgeUpTo < 2
            ? RunAsync(RemoteOperation.Read, key, 0, token => read(destination, token), static count => Math.Max(0, count), cancellationToken)
            : HedgeAsync(key, destination, read, cancellationToken);

    public void Dispose() => _turns.Dispose();

    private async Task<int> HedgeAsync(
        string key, Memory<byte> destination, Func<Memory<byte>, CancellationToken, Task<int>> read, CancellationToken cancellationToken)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<(int Count, byte[] Buffer)>>(options.HedgeUpTo);
        (int Count, byte[] Buffer)? winner = null;
        try
        {
            running.Add(StartAsync());
            while (true)
            {
                var next = running.Count < options.HedgeUpTo
                    ? await Task.WhenAny([.. running, WaitAsync()]).ConfigureAwait(false)
                    : await Task.WhenAny(running).ConfigureAwait(false);
                if (next is Task<(int, byte[])> done)
                {
                    // A failure has been tried again already as often as is allowed: the others are as good as it was.
                    if (done.IsCompletedSuccessfully || running.Count == 1)
                    {
                        winner = await done.ConfigureAwait(false);
                        winner.Value.Buffer.AsSpan(0, Math.Max(0, winner.Value.Count)).CopyTo(destination.Span);
                        return winner.Value.Count;
                    }

                    running.Remove(done);
                    Forget(done);
                }
                else
                {
                    metrics.Hedged();
                    running.Add(StartAsync());
                }
            }
        }
        finally
        {
            await losers.CancelAsync().ConfigureAwait(false);
            foreach (var task in running)
            {
                Forget(task);
            }
        }

        // Its own buffer: a loser may still be writing when the winner has been handed out.
        async Task<(int Count, byte[] Buffer)> StartAsync()
        {
            var buffer = ArrayPool<byte>.Shared.Rent(destination.Length);
            try
            {
                return (await RunAsync(
                    RemoteOperation.Read, key, 0, token => read(buffer.AsMemory(0, destination.Length), token), static count => Math.Max(0, count), losers.Token).ConfigureAwait(false), buffer);
            }
            catch
            {
                // Not returned to the pool: an aborted request may still hold it.
                throw;
            }
        }

        Task WaitAsync() => Task.Delay(options.HedgeAfter, clock, losers.Token);
    }

    private static void Forget(Task<(int Count, byte[] Buffer)> task) =>
        _ = task.ContinueWith(
            static done =>
            {
                if (done.IsCompletedSuccessfully)
                {
                    ArrayPool<byte>.Shared.Return(done.Result.Buffer);
                }
                else
                {
                    _ = done.Exception;
                }
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task<T> TryAsync<T>(
        RemoteOperation operation, long sent, Func<CancellationToken, Task<T>> call, Func<T, long> received, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        var started = Stopwatch.GetTimestamp();
        using var patience = new CancellationTokenSource(options.Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            var result = await call(both.Token).ConfigureAwait(false);
            var bytes = received(result);
            RequestScope.Count(bytes);
            metrics.Request(operation, "ok", started, sent, bytes);
            return result;
        }
        catch (ObjectStoreException fault)
        {
            RequestScope.Count(0);
            metrics.Request(operation, fault.Fault.ToString().ToLowerInvariant(), started, sent, 0);
            throw;
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            RequestScope.Count(0);
            metrics.Request(operation, "timeout", started, sent, 0);
            throw new ObjectStoreException(ObjectStoreFault.Unreachable, $"{name}: no answer to a {operation} within {options.Timeout.TotalSeconds:0.#} s (storage.requests.timeout)", fault);
        }
        finally
        {
            _turns.Release();
        }
    }

    private TimeSpan Backoff(int attempt)
    {
        var full = Math.Min(options.BackoffMax.TotalMilliseconds, options.BackoffInitial.TotalMilliseconds * Math.Pow(2, attempt - 1));
        double share;
        lock (_random)
        {
            share = 0.5 + (_random.NextDouble() / 2);
        }

        return TimeSpan.FromMilliseconds(full * share);
    }

    /// <summary>
    /// While the service does not answer, one read in <see cref="RemoteStoreOptions.BackoffMax"/> goes out to see whether it is back; the others
    /// fail at once, so that queries do not spend their time limit on it. Writes go out always: they are few, and nobody waits for them.
    /// </summary>
    private RemoteOutage? MustWait(RemoteOperation operation)
    {
        if (Outage is not { } outage || operation is not (RemoteOperation.Read or RemoteOperation.Get or RemoteOperation.Size))
        {
            return null;
        }

        var now = clock.GetTimestamp();
        var due = Interlocked.Read(ref _nextTry);
        return now >= due && Interlocked.CompareExchange(ref _nextTry, now + Ticks(options.BackoffMax), due) == due ? null : outage;
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * clock.TimestampFrequency);

    private void Answered()
    {
        if (Volatile.Read(ref _outage) is not null && Interlocked.Exchange(ref _outage, null) is { } over)
        {
            logger.StoreRecovered(name, Math.Round((clock.GetUtcNow() - over.Since).TotalSeconds, 1));
        }
    }

    private void Failed(ObjectStoreException fault)
    {
        // A request that is not accepted says nothing about the others: a key may be allowed to read and not to write.
        if (fault.Fault is ObjectStoreFault.Rejected or ObjectStoreFault.Denied)
        {
            return;
        }

        Interlocked.Exchange(ref _nextTry, clock.GetTimestamp() + Ticks(options.BackoffMax));
        if (Interlocked.CompareExchange(ref _outage, new RemoteOutage(clock.GetUtcNow(), fault.Message), null) is null)
        {
            logger.StoreUnreachable(name, fault.Message);
        }
    }
}
