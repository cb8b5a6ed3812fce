using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Semantics;

namespace Clew.Pipeline.Metrics;

/// <summary>Settings of <c>spanmetrics</c>, under the Collector's names and under those of Tempo's generator.</summary>
public sealed record SpanMetricsOptions
{
    /// <summary>The Collector's prefix of its names; dots become underscores.</summary>
    public string Namespace { get; init; } = "traces.span.metrics";

    /// <summary>Makes the Collector's <c>calls</c> and <c>duration</c>.</summary>
    public bool CollectorNames { get; init; } = true;

    /// <summary>Makes the series of Tempo's generator, which Grafana's service graph asks for.</summary>
    public bool TempoNames { get; init; } = true;

    public IReadOnlyList<Dimension> Dimensions { get; init; } = [];

    /// <summary>Dimensions of the Collector's set that are left out: <c>service.name</c>, <c>span.name</c>, <c>span.kind</c>, <c>status.code</c>.</summary>
    public IReadOnlyList<string> ExcludedDimensions { get; init; } = [];

    /// <summary>Makes no histogram of durations.</summary>
    public bool NoHistogram { get; init; }

    /// <summary>True counts durations of the Collector's histogram in seconds, false in milliseconds.</summary>
    public bool InSeconds { get; init; }

    /// <summary>Upper bounds of the Collector's histogram, in its unit.</summary>
    public IReadOnlyList<double> Bounds { get; init; } = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000];

    /// <summary>Upper bounds of Tempo's histogram, in seconds.</summary>
    public IReadOnlyList<double> TempoBounds { get; init; } = [.. Enumerable.Range(0, 14).Select(static n => 0.002 * (1 << n))];

    /// <summary>How often the series are sent (<c>metrics_flush_interval</c>).</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(60);

    public MetricTableOptions Series { get; init; } = new() { OverflowLabels = [new("otel_metric_overflow", "true")] };
}

/// <summary><c>spanmetrics</c>: counts spans by service, name, kind and status, with the durations. Weights of samplers count.</summary>
public sealed class SpanMetricsConnector : ITraceConnector, IMetricSource
{
    private static readonly string[] Kinds =
        ["SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"];

    private static readonly string[] Statuses = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

    private readonly Lock _lock = new();
    private readonly SpanMetricsOptions _options;
    private readonly TimeProvider _clock;
    private readonly SemanticReader _reader = new();
    private readonly MetricTable _calls;
    private readonly MetricTable _duration;
    private readonly MetricTable _tempoCalls;
    private readonly MetricTable _tempoLatency;
    private readonly MetricTable _tempoSize;

    public SpanMetricsConnector(ComponentId id, SpanMetricsOptions options, ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        Id = id;
        _options = options;
        _clock = context.Services.Clock;
        var prefix = options.Namespace.Length > 0 ? PrometheusName.OfMetric(options.Namespace) + "_" : "";
        _calls = new(prefix + "calls", MetricKind.Counter, "Spans.", [], options.Series);
        _duration = new(prefix + (options.InSeconds ? "duration_seconds" : "duration_milliseconds"), MetricKind.Histogram, "Durations of spans.", options.Bounds, options.Series);
        _tempoCalls = new("traces_spanmetrics_calls", MetricKind.Counter, "Spans.", [], options.Series);
        _tempoLatency = new("traces_spanmetrics_latency", MetricKind.Histogram, "Durations of spans in seconds.", options.TempoBounds, options.Series);
        _tempoSize = new("traces_spanmetrics_size", MetricKind.Counter, "Bytes of spans.", [], options.Series);
    }

    public ComponentId Id { get; }

    public TimeSpan FlushInterval => _options.FlushInterval;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        lock (_lock)
        {
            var now = UnixNano.Now(_clock);
            foreach (ref readonly var span in batch.Spans)
            {
                var resource = batch.ContextBytes(batch.Resources[span.Resource]);
                var bytes = batch.SpanBytes(span);
                Count(_reader.Read(bytes, _reader.Resource(resource)), DimensionReader.Read(_options.Dimensions, bytes, resource), bytes.Length, now);
            }
        }

        return new(ConsumeResult.Accepted);
    }

    public IReadOnlyList<MetricFamily> Collect()
    {
        var now = UnixNano.Now(_clock);
        var families = new List<MetricFamily>();
        if (_options.CollectorNames)
        {
            families.Add(_calls.Collect(now));
            if (!_options.NoHistogram)
            {
                families.Add(_duration.Collect(now));
            }
        }

        if (_options.TempoNames)
        {
            families.AddRange([_tempoCalls.Collect(now), _tempoLatency.Collect(now), _tempoSize.Collect(now)]);
        }

        return families;
    }

    private void Count(in SpanReading span, string[] dimensions, int bytes, long now)
    {
        var weight = span.OwnWeight > 0 ? span.OwnWeight : span.TraceWeight > 0 ? span.TraceWeight : SamplingWeight.One;
        var count = SamplingWeight.ToDouble(weight);
        var seconds = span.DurationNanos / 1e9;
        var (service, name) = (span.Facts.Node.Service.Length > 0 ? span.Facts.Node.Service : span.Facts.Node.App, _reader.Texts[span.Name]);
        var exemplar = new MetricExemplar(span.TraceId, new SpanId(span.SpanId), seconds, now);
        if (_options.CollectorNames)
        {
            var labels = new List<KeyValuePair<string, string>>(4 + dimensions.Length);
            AddUnlessExcluded(labels, "service.name", service);
            AddUnlessExcluded(labels, "span.name", name);
            AddUnlessExcluded(labels, "span.kind", Kinds[(int)span.Kind]);
            AddUnlessExcluded(labels, "status.code", Statuses[(int)span.Status]);
            AddDimensions(labels, dimensions);
            _calls.Add(labels, count, now, exemplar);
            if (!_options.NoHistogram)
            {
                var value = _options.InSeconds ? seconds : span.DurationNanos / 1e6;
                _duration.Observe(labels, value, count, now, exemplar with { Value = value });
            }
        }

        if (_options.TempoNames)
        {
            var labels = new List<KeyValuePair<string, string>>(4 + dimensions.Length)
            {
                new("service", service), new("span_name", name), new("span_kind", Kinds[(int)span.Kind]), new("status_code", Statuses[(int)span.Status]),
            };
            AddDimensions(labels, dimensions);
            _tempoCalls.Add(labels, count, now, exemplar);
            _tempoLatency.Observe(labels, seconds, count, now, exemplar);
            _tempoSize.Add(labels, bytes * count, now);
        }
    }

    private void AddUnlessExcluded(List<KeyValuePair<string, string>> labels, string dimension, string value)
    {
        if (!_options.ExcludedDimensions.Contains(dimension))
        {
            labels.Add(new(PrometheusName.OfLabel(dimension), value));
        }
    }

    private void AddDimensions(List<KeyValuePair<string, string>> labels, string[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var label = _options.Dimensions[i].Label;
            // As Tempo does with an attribute that is called like one of its own labels.
            labels.Add(new(label is "service" or "span_name" or "span_kind" or "status_code" ? "__" + label : label, values[i]));
        }
    }
}
