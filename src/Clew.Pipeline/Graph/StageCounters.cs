using System.Numerics;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Graph;

/// <summary>What one component of one pipeline was given, since the process started: it outlives the components of a reload. Thread-safe.</summary>
public sealed class StageCounters
{
    // Powers of two of microseconds: the last bucket begins at a minute.
    private const int LatencyBuckets = 27;

    private readonly long[] _latency = new long[LatencyBuckets];
    private long _batches;
    private long _spans;
    private long _accepted;
    private long _refused;
    private long _failed;
    private Tuple<DateTimeOffset, string>? _lastError;
    private SpanTap? _tap;

    /// <summary>Who watches the spans that pass; null: nobody.</summary>
    public SpanTap? Tap => Volatile.Read(ref _tap);

    public StageSnapshot Snapshot()
    {
        var error = Volatile.Read(ref _lastError);
        return new StageSnapshot(
            Interlocked.Read(ref _batches), Interlocked.Read(ref _spans), Interlocked.Read(ref _accepted), Interlocked.Read(ref _refused),
            Interlocked.Read(ref _failed), Quantile(0.5), Quantile(0.99), error?.Item1, error?.Item2);
    }

    /// <summary>Shows passing spans to a watcher until the result is disposed; one at a time, a second one takes over from the first.</summary>
    public IDisposable Watch(SpanTap tap)
    {
        Volatile.Write(ref _tap, tap);
        return new Watching(this, tap);
    }

    internal void Answered(int spans, ConsumeResult result, TimeSpan elapsed, TimeProvider clock)
    {
        Count(spans, elapsed);
        if (result.IsAccepted)
        {
            Interlocked.Add(ref _accepted, spans - result.RejectedSpans);
            Interlocked.Add(ref _refused, result.RejectedSpans);
        }
        else
        {
            Interlocked.Add(ref _refused, spans);
        }

        if (!result.IsAccepted || result.RejectedSpans > 0)
        {
            Remember(result.Reason ?? result.Status.ToString(), clock);
        }
    }

    internal void Failed(int spans, string reason, TimeSpan elapsed, TimeProvider clock)
    {
        Count(spans, elapsed);
        Interlocked.Add(ref _failed, spans);
        Remember(reason, clock);
    }

    private void Count(int spans, TimeSpan elapsed)
    {
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _spans, spans);
        var microseconds = (ulong)Math.Max(0, elapsed.TotalMicroseconds);
        Interlocked.Increment(ref _latency[Math.Min(LatencyBuckets - 1, BitOperations.Log2(microseconds | 1))]);
    }

    private void Remember(string reason, TimeProvider clock) => Volatile.Write(ref _lastError, Tuple.Create(clock.GetUtcNow(), reason));

    /// <summary>The upper bound of the bucket that holds the quantile; null before the first batch.</summary>
    private TimeSpan? Quantile(double quantile)
    {
        var total = _latency.Sum();
        var rank = (long)Math.Ceiling(total * quantile);
        var seen = 0L;
        for (var bucket = 0; bucket < LatencyBuckets && total > 0; bucket++)
        {
            seen += _latency[bucket];
            if (seen >= rank)
            {
                return TimeSpan.FromMicroseconds(1L << (bucket + 1));
            }
        }

        return null;
    }

    private sealed class Watching(StageCounters counters, SpanTap tap) : IDisposable
    {
        public void Dispose() => Interlocked.CompareExchange(ref counters._tap, null, tap);
    }
}

/// <summary>
/// Counts since the start. Accepted: everything behind took responsibility, or dropped on purpose. Refused: the sender was told.
/// Latencies are upper bounds of power-of-two buckets, and include everything behind the component.
/// </summary>
public readonly record struct StageSnapshot(
    long Batches, long Spans, long Accepted, long Refused, long Failed, TimeSpan? LatencyMedian, TimeSpan? LatencyP99, DateTimeOffset? LastErrorTime, string? LastError);
