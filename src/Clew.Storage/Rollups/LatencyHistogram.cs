using Clew.Semantics;

namespace Clew.Storage.Rollups;

/// <summary>
/// A histogram over <see cref="LatencyBuckets"/>: sampling weights (<see cref="SamplingWeight"/>) by bucket, and the weighted sum. All are
/// integers, so histograms add and subtract exactly, in any order. A handful of buckets is filled, so they are kept sorted and sparse.
/// </summary>
public sealed class LatencyHistogram
{
    private short[] _buckets = [];
    private long[] _weights = [];
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
                if (_weights[i] != 0)
                {
                    yield return (_buckets[i], _weights[i]);
                }
            }
        }
    }

    internal int FilledCount => _count;

    internal ReadOnlySpan<short> FilledBuckets => _buckets.AsSpan(0, _count);

    internal ReadOnlySpan<long> FilledWeights => _weights.AsSpan(0, _count);

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
            AddBucket(other._buckets[i], other._weights[i]);
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
        for (var i = 0; i < _count && _buckets[i] <= last; i++)
        {
            sum += _weights[i];
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
            if (_weights[i] > 0 && below + _weights[i] >= rank)
            {
                var lower = LatencyBuckets.LowerNanos(_buckets[i]);
                var upper = LatencyBuckets.UpperNanos(_buckets[i]);
                return upper == long.MaxValue ? lower : lower + ((upper - lower) * Math.Max(0, rank - below) / _weights[i]);
            }

            below += _weights[i];
        }

        return LatencyBuckets.LowerNanos(_buckets[_count - 1]);
    }

    internal void AddSum(long nanos) => SumNanos += nanos;

    internal void AddBucket(int bucket, long weight)
    {
        Weight += weight;
        var at = _buckets.AsSpan(0, _count).BinarySearch((short)bucket);
        if (at >= 0)
        {
            _weights[at] += weight;
            return;
        }

        at = ~at;
        if (_count == _buckets.Length)
        {
            var size = Math.Max(4, _count * 2);
            Array.Resize(ref _buckets, size);
            Array.Resize(ref _weights, size);
        }

        Array.Copy(_buckets, at, _buckets, at + 1, _count - at);
        Array.Copy(_weights, at, _weights, at + 1, _count - at);
        _buckets[at] = (short)bucket;
        _weights[at] = weight;
        _count++;
    }

    private static long WeightedNanos(long nanos, long weight) =>
        weight is SamplingWeight.One ? nanos : weight is -SamplingWeight.One ? -nanos : (long)(((Int128)nanos * weight) / SamplingWeight.One);
}
