namespace Clew.Api.V1.Analysis;

/// <summary>
/// Percentiles from <c>histogram_over_time(duration)</c>, whose buckets end at powers of two. Within a bucket values are taken to be spread evenly
/// on a logarithmic scale between half its bound and its bound, so that a percentile is never off by more than a factor of two.
/// (<c>quantile_over_time</c> goes from one bucket that is not empty to the next, as Tempo does, and may land where there is no value at all.)
/// </summary>
internal sealed class DurationBuckets
{
    /// <summary>The label of the engine's series: the bound in seconds.</summary>
    public const string Label = "__bucket";

    private readonly SortedDictionary<double, double> _counts = [];

    public void Add(double boundSeconds, double count)
    {
        if (count > 0)
        {
            _counts[boundSeconds] = _counts.GetValueOrDefault(boundSeconds) + count;
        }
    }

    /// <summary>Nanoseconds; 0 when nothing was counted.</summary>
    public double QuantileNanos(double quantile)
    {
        var rank = quantile * _counts.Values.Sum();
        var below = 0.0;
        foreach (var (bound, count) in _counts)
        {
            if (below + count >= rank)
            {
                return bound * 1e9 / 2 * Math.Pow(2, Math.Clamp((rank - below) / count, 0, 1));
            }

            below += count;
        }

        return _counts.Count == 0 ? 0 : _counts.Keys.Last() * 1e9;
    }
}
