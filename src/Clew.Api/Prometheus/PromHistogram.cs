namespace Clew.Api.Prometheus;

/// <summary>Quantiles as Prometheus computes them.</summary>
internal static class PromHistogram
{
    /// <summary>Of the series of a histogram, which differ in <c>le</c> alone: linear within the bucket.</summary>
    public static List<PromSample> Quantile(double q, List<PromSample> samples)
    {
        var groups = new Dictionary<PromLabels, List<(double Bound, double Count)>>();
        foreach (var sample in samples)
        {
            if (!PromNumberText.TryParse(sample.Labels[PromLabels.Le], out var bound))
            {
                continue;
            }

            var key = sample.Labels.Without(PromLabels.Le, PromLabels.MetricName);
            if (!groups.TryGetValue(key, out var buckets))
            {
                groups.Add(key, buckets = []);
            }

            buckets.Add((bound, sample.Value));
        }

        return [.. groups.Select(group => new PromSample(group.Key, Quantile(q, group.Value)))];
    }

    /// <summary>Of sorted values.</summary>
    public static double QuantileOf(double q, double[] sorted)
    {
        if (sorted.Length == 0 || double.IsNaN(q))
        {
            return double.NaN;
        }

        if (q is < 0 or > 1)
        {
            return q < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        var rank = q * (sorted.Length - 1);
        var lower = (int)Math.Floor(rank);
        var upper = Math.Min(sorted.Length - 1, lower + 1);
        var weight = rank - Math.Floor(rank);
        return (sorted[lower] * (1 - weight)) + (sorted[upper] * weight);
    }

    private static double Quantile(double q, List<(double Bound, double Count)> buckets)
    {
        if (double.IsNaN(q))
        {
            return double.NaN;
        }

        if (q is < 0 or > 1)
        {
            return q < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        buckets.Sort(static (a, b) => a.Bound.CompareTo(b.Bound));
        if (!double.IsPositiveInfinity(buckets[^1].Bound) || buckets.Count < 2 || buckets[^1].Count == 0)
        {
            return double.NaN;
        }

        var rank = q * buckets[^1].Count;
        var index = buckets.FindIndex(0, buckets.Count - 1, bucket => bucket.Count >= rank);
        if (index < 0)
        {
            return buckets[^2].Bound;
        }

        if (index == 0 && buckets[0].Bound <= 0)
        {
            return buckets[0].Bound;
        }

        var start = index == 0 ? 0 : buckets[index - 1].Bound;
        var before = index == 0 ? 0 : buckets[index - 1].Count;
        var count = buckets[index].Count - before;
        return count == 0 ? buckets[index].Bound : start + ((buckets[index].Bound - start) * ((rank - before) / count));
    }
}
