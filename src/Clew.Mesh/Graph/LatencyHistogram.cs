namespace Clew.Mesh.Graph;

/// <summary>
/// Response times of an edge as a histogram with upper bounds in milliseconds. Histograms add, quantiles do not: that is how an edge into
/// a service, or into a box, can show the latency of all that it stands for.
/// </summary>
public sealed class LatencyHistogram
{
    // By upper bound. Empty buckets are not kept, so each says where it begins.
    private readonly SortedDictionary<double, (double Lower, double Count)> _buckets = [];

    /// <summary>Requests per second in the histogram.</summary>
    public double Count { get; private set; }

    /// <summary>Milliseconds per second; with <see cref="SumCount"/> the mean.</summary>
    public double Sum { get; private set; }

    public double SumCount { get; private set; }

    public bool IsEmpty => Count <= 0 && SumCount <= 0;

    /// <summary>Adds the requests of one bucket alone (not cumulative): those above its lower bound and up to its upper one.</summary>
    public void AddBucket(double lowerMs, double upperMs, double count)
    {
        if (count > 0)
        {
            // Of histograms with different bounds the narrower bucket is kept.
            _buckets[upperMs] = _buckets.TryGetValue(upperMs, out var known) ? (Math.Max(known.Lower, lowerMs), known.Count + count) : (lowerMs, count);
            Count += count;
        }
    }

    public void AddSum(double sumMs, double count)
    {
        if (count > 0 && double.IsFinite(sumMs))
        {
            Sum += sumMs;
            SumCount += count;
        }
    }

    public void Add(LatencyHistogram other)
    {
        foreach (var (upper, (lower, count)) in other._buckets)
        {
            AddBucket(lower, upper, count);
        }

        AddSum(other.Sum, other.SumCount);
    }

    /// <summary>The mean, or null when the evidence has no sums.</summary>
    public double? MeanMs => SumCount > 0 ? Sum / SumCount : null;

    /// <summary>
    /// The quantile as Prometheus computes it: linear inside a bucket; beyond the last finite bound, that bound.
    /// </summary>
    public double? QuantileMs(double q)
    {
        if (Count <= 0)
        {
            return null;
        }

        var rank = q * Count;
        double below = 0, last = 0;
        foreach (var (upper, (lower, count)) in _buckets)
        {
            if (below + count >= rank)
            {
                return double.IsPositiveInfinity(upper) ? lower : lower + ((upper - lower) * ((rank - below) / count));
            }

            below += count;
            last = double.IsPositiveInfinity(upper) ? lower : upper;
        }

        return last;
    }
}
