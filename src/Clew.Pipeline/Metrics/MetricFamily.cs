using Clew.Model;

namespace Clew.Pipeline.Metrics;

/// <summary>Kinds of metric that are derived from spans.</summary>
public enum MetricKind
{
    Counter,
    Histogram,
}

/// <summary>Labels of a series, in the order in which the metric names them; empty values are left out where they are written.</summary>
public sealed record MetricLabels(IReadOnlyList<KeyValuePair<string, string>> Pairs);

/// <summary>A trace behind a number.</summary>
public readonly record struct MetricExemplar(TraceId TraceId, SpanId SpanId, double Value, long UnixNano);

/// <summary>A series at a moment. Cumulative since <see cref="StartUnixNano"/>; buckets of a histogram are cumulative too, the last one is all.</summary>
public sealed record MetricPoint(MetricLabels Labels, long StartUnixNano, double Value, double Sum, IReadOnlyList<double>? Buckets, IReadOnlyList<MetricExemplar> Exemplars);

/// <summary>A metric and its series. <paramref name="Name"/> is Prometheus' name, without <c>_total</c>, <c>_bucket</c> and the like.</summary>
public sealed record MetricFamily(string Name, MetricKind Kind, string Help, IReadOnlyList<double> Bounds, IReadOnlyList<MetricPoint> Points);

/// <summary>Derives metrics: a connector that stands among the receivers of a metrics pipeline.</summary>
public interface IMetricSource
{
    /// <summary>How often the series are to be sent.</summary>
    TimeSpan FlushInterval { get; }

    /// <summary>The series as they are now.</summary>
    IReadOnlyList<MetricFamily> Collect();
}
