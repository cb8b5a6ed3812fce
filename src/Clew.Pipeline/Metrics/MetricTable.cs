using Clew.Model;

namespace Clew.Pipeline.Metrics;

/// <summary>
/// The series of one metric. A series that nothing is added to for longer than the expiry goes; past the limit of series, new ones are
/// counted together under a label that says so. Thread-safe.
/// </summary>
public sealed class MetricTable(string name, MetricKind kind, string help, IReadOnlyList<double> bounds, MetricTableOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Series> _series = [];

    /// <summary>Adds to a counter.</summary>
    public void Add(IReadOnlyList<KeyValuePair<string, string>> labels, double count, long nowUnixNano, MetricExemplar? exemplar = null)
    {
        lock (_lock)
        {
            var series = Find(labels, nowUnixNano);
            series.Value += count;
            Keep(series, exemplar);
        }
    }

    /// <summary>Adds a value to a histogram, <paramref name="count"/> times.</summary>
    public void Observe(IReadOnlyList<KeyValuePair<string, string>> labels, double value, double count, long nowUnixNano, MetricExemplar? exemplar = null)
    {
        lock (_lock)
        {
            var series = Find(labels, nowUnixNano);
            series.Value += count;
            series.Sum += value * count;
            var bucket = 0;
            while (bucket < bounds.Count && value > bounds[bucket])
            {
                bucket++;
            }

            series.Buckets![bucket] += count;
            Keep(series, exemplar);
        }
    }

    public MetricFamily Collect(long nowUnixNano)
    {
        lock (_lock)
        {
            if (options.Expiry > TimeSpan.Zero)
            {
                foreach (var (key, series) in _series)
                {
                    if (nowUnixNano - series.LastUnixNano > options.Expiry.Ticks * 100)
                    {
                        _series.Remove(key);
                    }
                }
            }

            return new MetricFamily(name, kind, help, bounds, [.. _series.Values.Select(Point)]);
        }
    }

    private static MetricPoint Point(Series series)
    {
        double[]? buckets = null;
        if (series.Buckets is { } counts)
        {
            buckets = new double[counts.Length];
            var sum = 0.0;
            for (var i = 0; i < counts.Length; i++)
            {
                buckets[i] = sum += counts[i];
            }
        }

        // Each exemplar is told once, to whoever asks first.
        var point = new MetricPoint(series.Labels, series.StartUnixNano, series.Value, series.Sum, buckets, [.. series.Exemplars]);
        series.Exemplars.Clear();
        return point;
    }

    private void Keep(Series series, MetricExemplar? exemplar)
    {
        if (exemplar is { } given && options.ExemplarsPerSeries > 0)
        {
            if (series.Exemplars.Count >= options.ExemplarsPerSeries)
            {
                series.Exemplars.RemoveAt(0);
            }

            series.Exemplars.Add(given);
        }
    }

    private Series Find(IReadOnlyList<KeyValuePair<string, string>> labels, long now)
    {
        var key = string.Join('\u001f', labels.Select(static label => label.Value));
        if (!_series.TryGetValue(key, out var series))
        {
            if (_series.Count >= options.MaxSeries)
            {
                labels = options.OverflowLabels;
                key = "\u001foverflow";
                if (_series.TryGetValue(key, out series))
                {
                    series.LastUnixNano = now;
                    return series;
                }
            }

            series = new Series { Labels = new MetricLabels(labels), StartUnixNano = now, Buckets = kind == MetricKind.Histogram ? new double[bounds.Count + 1] : null };
            _series.Add(key, series);
        }

        series.LastUnixNano = now;
        return series;
    }

    private sealed class Series
    {
        public required MetricLabels Labels { get; init; }

        public required long StartUnixNano { get; init; }

        public long LastUnixNano { get; set; }

        public double Value { get; set; }

        public double Sum { get; set; }

        public double[]? Buckets { get; init; }

        public List<MetricExemplar> Exemplars { get; } = [];
    }
}

/// <summary>Limits of a metric.</summary>
public sealed record MetricTableOptions
{
    /// <summary>Series of one metric at most.</summary>
    public int MaxSeries { get; init; } = 20_000;

    /// <summary>A series goes when nothing was added to it for so long; zero keeps it for ever.</summary>
    public TimeSpan Expiry { get; init; }

    /// <summary>Exemplars kept between two collections.</summary>
    public int ExemplarsPerSeries { get; init; } = 1;

    /// <summary>The labels of what passes <see cref="MaxSeries"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> OverflowLabels { get; init; } = [new("metric_overflow", "true")];
}
