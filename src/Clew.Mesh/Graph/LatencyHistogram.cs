namespace Clew.Mesh.Graph;

/// <summary>
/// Response times of an edge as a histogram with upper bounds in milliseconds. Histograms add, quantiles do not: that is how an edge into
/// a service, or into a box, can show the latency of all that it stands for.
/// </summary>
public sealed class LatencyHistogram
{
    private readonly SortedDictionary<double, double> _buckets = [];

    /// <summary>Requests per second in the histogram.</summary>
    public double Count { get; private set; }

    /// <summary>Milliseconds per second; with <see cref="SumCount"/> the mean.</summary>
    public double Sum { get; private set; }

    public double SumCount { get; private set; }

    public bool IsEmpty => Count <= 0 && SumCount <= 0;

    public IEnumerable<KeyValuePair<double, double>> Buckets => _buckets;

    /// <summary>Adds the requests of one bucket alone (not cumulative).</summary>
    public void AddBucket(double upperMs, double count)
    {
        if (count > 0)
        {
            _buckets[upperMs] = _buckets.GetValueOrDefault(upperMs) + count;
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
        foreach (var (upper, count) in other._buckets)
        {
            AddBucket(upper, count);
        }

        AddSum(other.Sum, other.SumCount);
    }

    /// <summary>The mean, or null when the evidence has no sums.</summary>
    public double? MeanMs => SumCount > 0 ? Sum / SumCount : null;

    /// <summary>
    /// The quantile as Prometheus computes it: linear inside a bucket, whose lower bound is the next smaller one; beyond the last finite
    /// bound, that bound.
    /// </summary>
    public double? QuantileMs(double q)
    {
        if (Count <= 0)
        {
            return null;
        }

        var rank = q * Count;
        double below = 0, lower = 0;
        foreach (var (upper, count) in _buckets)
        {
            if (below + count >= rank)
            {
                if (double.IsPositiveInfinity(upper))
                {
                    return lower;
                }

                return lower + ((upper - lower) * ((rank - below) / count));
            }

            below += count;
            lower = double.IsPositiveInfinity(upper) ? lower : upper;
        }

        return lower;
    }
}
