namespace Clew.Receivers.Intake;

/// <summary>
/// Bytes of requests that may be held at the same time, from the first byte read to the answer. What passes the limit is refused with
/// a retryable answer instead of filling the memory.
/// </summary>
internal sealed class ReceiveBudget(long limit)
{
    private long _held;

    public long Limit => limit;

    public long Held => Interlocked.Read(ref _held);

    public ReceiveLease Open() => new(this);

    private bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= limit)
        {
            return true;
        }

        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    private void Return(long bytes) => Interlocked.Add(ref _held, -bytes);

    /// <summary>The share of one request. Not thread-safe; disposing gives it back.</summary>
    public sealed class ReceiveLease(ReceiveBudget budget) : IDisposable
    {
        private long _bytes;

        public bool TryGrow(long bytes)
        {
            if (!budget.TryTake(bytes))
            {
                return false;
            }

            _bytes += bytes;
            return true;
        }

        public void Dispose()
        {
            budget.Return(_bytes);
            _bytes = 0;
        }
    }
}
