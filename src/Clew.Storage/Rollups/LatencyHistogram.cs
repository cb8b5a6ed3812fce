using Clew.Semantics;

namespace Clew.Storage.Rollups;

/// <summary>
/// A histogram over <see cref="LatencyBuckets"/>: sampling weights (<see cref="SamplingWeight"/>) by bucket, and the weighted sum. All are
/// integers, so histograms add and subtract exactly, in any order. A handful of buckets is filled, so they are kept sorted and sparse.
/// </summary>
public sealed class LatencyHistogram
{
    private Entry[] _entries = [];
    private int _count;

    /// <summary>Weighted sum of durations in nanoseconds.</summary>
    public long SumNanos { get; private set; }

    /// <summary>Weight of all durations.</summary>
    public long Weight { get; private set; }

    /// <summary>The buckets that hold something, ascending, and their weights.</summary>
    public IEnumerable<(int Bucket, long Weight)> Buckets
    {
        get
        {
            for (var i = 0; i < _count; i++)
            {
                // Subtraction leaves zeros.
                if (_entries[i].Weight != 0)
                {
                    yield return (_entries[i].Bucket, _entries[i].Weight);
                }
            }
        }
    }

    /// <summary>Ascending by bucket; subtraction leaves zeros.</summary>
    internal ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, _count);

    /// <summary>Adds a duration; a negative weight takes one away that was added.</summary>
    public void Add(long nanos, long weight)
    {
        AddBucket(LatencyBuckets.IndexOf(nanos), weight);
        AddSum(WeightedNanos(nanos, weight));
    }

    public void Add(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < other._count; i++)
        {
            AddBucket(other._entries[i].Bucket, other._entries[i].Weight);
        }

        AddSum(other.SumNanos);
    }

    /// <summary>Weight of the durations up to a bound, which is exact for the bounds of <see cref="LatencyBuckets"/>.</summary>
    public long WeightUpTo(long nanos)
    {
        var last = LatencyBuckets.IndexOf(nanos);
        if (LatencyBuckets.UpperNanos(last) > nanos)
        {
            last--;
        }

        var sum = 0L;
        for (var i = 0; i < _count && _entries[i].Bucket <= last; i++)
        {
            sum += _entries[i].Weight;
        }

        return sum;
    }

    /// <summary>The duration that the share <paramref name="q"/> of all does not exceed, interpolated within its bucket; zero when empty.</summary>
    public double QuantileNanos(double q)
    {
        if (Weight <= 0)
        {
            return 0;
        }

        var rank = Math.Clamp(q, 0, 1) * Weight;
        var below = 0L;
        for (var i = 0; i < _count; i++)
        {
            var (bucket, weight) = _entries[i];
            if (weight > 0 && below + weight >= rank)
            {
                var lower = LatencyBuckets.LowerNanos(bucket);
                var upper = LatencyBuckets.UpperNanos(bucket);
                return upper == long.MaxValue ? lower : lower + ((upper - lower) * Math.Max(0, rank - below) / weight);
            }

            below += weight;
        }

        return LatencyBuckets.LowerNanos(_entries[_count - 1].Bucket);
    }

    internal void AddSum(long nanos) => SumNanos += nanos;

    internal void AddBucket(int bucket, long weight)
    {
        Weight += weight;
        // A minute of a series has a handful of buckets: looking through them costs less than halving.
        var at = _count;
        while (at > 0 && _entries[at - 1].Bucket >= bucket)
        {
            at--;
        }

        if (at < _count && _entries[at].Bucket == bucket)
        {
            _entries[at].Weight += weight;
            return;
        }

        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(2, _count * 2));
        }

        Array.Copy(_entries, at, _entries, at + 1, _count - at);
        _entries[at] = new Entry { Bucket = (short)bucket, Weight = weight };
        _count++;
    }

    private static long WeightedNanos(long nanos, long weight) =>
        weight is SamplingWeight.One ? nanos : weight is -SamplingWeight.One ? -nanos : (long)(((Int128)nanos * weight) / SamplingWeight.One);

    /// <summary>A bucket and the weight in it.</summary>
    internal struct Entry
    {
        public short Bucket;
        public long Weight;

        public readonly void Deconstruct(out int bucket, out long weight) => (bucket, weight) = (Bucket, Weight);
    }
}
