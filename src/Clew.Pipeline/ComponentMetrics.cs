using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Pipeline.Graph;
using Clew.Pipeline.Processors.Tail;

namespace Clew.Pipeline;

/// <summary>The pipeline's instruments, under the Collector's own names so that its dashboards and alerts keep working.</summary>
public sealed class ComponentMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Clew.Pipeline";

    private readonly Counter<long> _processorAccepted;
    private readonly Counter<long> _processorRefused;
    private readonly Counter<long> _sampled;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _sendFailed;
    private readonly Counter<long> _enqueueFailed;
    private readonly Counter<long> _pointsSent;
    private readonly Counter<long> _pointsFailed;
    private readonly Counter<long> _limiterAccepted;
    private readonly Counter<long> _limiterRefused;
    private readonly Histogram<long> _batchSize;
    private readonly Histogram<long> _batchBytes;
    private readonly Counter<long> _batchBySize;
    private readonly Counter<long> _batchByTimeout;
    private readonly Histogram<long> _enqueueSize;
    private readonly Histogram<long> _queueBatchSize;
    private readonly UpDownCounter<long> _inFlight;
    private readonly ConcurrentDictionary<(ComponentId Exporter, string Processor), Func<int>> _groups = new();
    private readonly Counter<long> _filtered;
    private readonly ConcurrentDictionary<ComponentId, (Func<long> Size, long Capacity)> _queues = new();

    public ComponentMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _processorAccepted = meter.CreateCounter<long>("otelcol_processor_accepted_spans", "{spans}", "Spans that a processor handed on.");
        _processorRefused = meter.CreateCounter<long>("otelcol_processor_refused_spans", "{spans}", "Spans that a processor refused.");
        _sampled = meter.CreateCounter<long>(
            "otelcol_processor_probabilistic_sampler_count_traces_sampled", "{traces}", "Sampling decisions by policy.");
        Flow = new FlowMetrics(meter);
        Tail = new TailSamplingMetrics(meter);
        _limiterAccepted = meter.CreateCounter<long>("otelcol_processor_memory_limiter_accepted_spans", "{spans}", "Spans that the memory limiter let pass.");
        _limiterRefused = meter.CreateCounter<long>("otelcol_processor_memory_limiter_refused_spans", "{spans}", "Spans that the memory limiter refused.");
        _batchSize = meter.CreateHistogram("otelcol_processor_batch_batch_send_size", "{units}", "Spans of a request that was grouped as a batch processor says.", advice: Sizes);
        _batchBytes = meter.CreateHistogram("otelcol_processor_batch_batch_send_size_bytes", null, "Bytes of a request that was grouped as a batch processor says.", advice: ByteSizes);
        _batchBySize = meter.CreateCounter<long>("otelcol_processor_batch_batch_size_trigger_send", "{times}", "Requests that left because they were full.");
        _batchByTimeout = meter.CreateCounter<long>("otelcol_processor_batch_timeout_trigger_send", "{times}", "Requests that left because their oldest span had waited for the timeout.");
        meter.CreateObservableGauge(
            "otelcol_processor_batch_metadata_cardinality", () => _groups.Select(static group => new Measurement<long>(group.Value(), new KeyValuePair<string, object?>("processor", group.Key.Processor), Tag("exporter", group.Key.Exporter))),
            "{combinations}", "Groups that are open now, one for each combination of metadata values.");
        _enqueueSize = meter.CreateHistogram("otelcol_exporter_enqueue_size", "{spans}", "Spans of a batch that was put into an exporter's queue.", advice: Sizes);
        _queueBatchSize = meter.CreateHistogram("otelcol_exporter_queue_batch_send_size", "{spans}", "Spans of a request that left an exporter's queue.", advice: Sizes);
        _inFlight = meter.CreateUpDownCounter<long>("otelcol_exporter_in_flight_requests", "{requests}", "Requests that wait for the next hop's answer.");
        _filtered = meter.CreateCounter<long>("otelcol_processor_filter_spans_filtered", "{spans}", "Spans that the filter processor dropped.");
        _sent = meter.CreateCounter<long>("otelcol_exporter_sent_spans", "{spans}", "Spans that the next hop acknowledged.");
        _sendFailed = meter.CreateCounter<long>("otelcol_exporter_send_failed_spans", "{spans}", "Spans given up after the next hop refused them.");
        _enqueueFailed = meter.CreateCounter<long>("otelcol_exporter_enqueue_failed_spans", "{spans}", "Spans refused because an exporter's queue was full.");
        _pointsSent = meter.CreateCounter<long>("otelcol_exporter_sent_metric_points", "{datapoints}", "Points of series that were scraped or that the other side took.");
        _pointsFailed = meter.CreateCounter<long>("otelcol_exporter_send_failed_metric_points", "{datapoints}", "Points of series that were given up.");
        meter.CreateObservableGauge("otelcol_exporter_queue_size", () => Queues(static queue => queue.Size()), "{requests}", "What waits in an exporter's queue.");
        meter.CreateObservableGauge("otelcol_exporter_queue_capacity", () => Queues(static queue => queue.Capacity), "{requests}", "What an exporter's queue takes.");
    }

    /// <summary>What passes between components.</summary>
    internal FlowMetrics Flow { get; }

    internal TailSamplingMetrics Tail { get; }

    private static InstrumentAdvice<long> Sizes => new() { HistogramBucketBoundaries = [10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 20_000, 30_000, 50_000, 100_000] };

    private static InstrumentAdvice<long> ByteSizes => new() { HistogramBucketBoundaries = [1000, 5000, 10_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000] };

    internal void ProcessorRefused(ComponentId id, long spans) => _processorRefused.Add(spans, Tag("processor", id));

    internal void LimiterAccepted(ComponentId id, long spans)
    {
        _processorAccepted.Add(spans, Tag("processor", id));
        _limiterAccepted.Add(spans, Tag("processor", id));
    }

    internal void LimiterRefused(ComponentId id, long spans)
    {
        _processorRefused.Add(spans, Tag("processor", id));
        _limiterRefused.Add(spans, Tag("processor", id));
    }

    /// <summary>A request left an exporter's queue; <paramref name="shape"/> says whose settings grouped it, null: nobody's.</summary>
    internal void Grouped(ComponentId exporter, BatchShape? shape, long spans, long bytes, bool byTimeout)
    {
        _queueBatchSize.Record(spans, Tag("exporter", exporter));
        if (shape?.Processor is { } processor)
        {
            var tag = new KeyValuePair<string, object?>("processor", processor);
            _batchSize.Record(spans, tag);
            _batchBytes.Record(bytes, tag);
            (byTimeout ? _batchByTimeout : _batchBySize).Add(1, tag);
        }
    }

    /// <summary>An exporter groups by what a batch processor says; <paramref name="open"/> tells how many groups are open.</summary>
    internal void GroupsOpened(ComponentId exporter, string processor, Func<int> open) => _groups[(exporter, processor)] = open;

    internal void Enqueued(ComponentId id, long spans) => _enqueueSize.Record(spans, Tag("exporter", id));

    internal void InFlight(ComponentId id, int change) => _inFlight.Add(change, Tag("exporter", id));

    internal void Filtered(ComponentId id, long spans)
    {
        if (spans > 0)
        {
            _filtered.Add(spans, Tag("filter", id));
        }
    }

    internal void Sampled(string policy, bool sampled, long count)
    {
        if (count > 0)
        {
            _sampled.Add(count, new KeyValuePair<string, object?>("policy", policy), new KeyValuePair<string, object?>("sampled", sampled ? "true" : "false"));
        }
    }

    internal void Sent(ComponentId id, long spans) => _sent.Add(spans, Tag("exporter", id));

    internal void SendFailed(ComponentId id, long spans) => _sendFailed.Add(spans, Tag("exporter", id));

    internal void PointsSent(ComponentId id, long points) => _pointsSent.Add(points, Tag("exporter", id));

    internal void PointsFailed(ComponentId id, long points) => _pointsFailed.Add(points, Tag("exporter", id));

    internal void EnqueueFailed(ComponentId id, long spans) => _enqueueFailed.Add(spans, Tag("exporter", id));

    /// <summary>An exporter of this id has a queue from now on; the last one of an id is the one that is shown.</summary>
    internal void QueueOpened(ComponentId id, Func<long> size, long capacity) => _queues[id] = (size, capacity);

    internal void QueueClosed(ComponentId id)
    {
        _queues.TryRemove(id, out _);
        foreach (var group in _groups.Keys.Where(group => group.Exporter == id))
        {
            _groups.TryRemove(group, out _);
        }
    }

    private IEnumerable<Measurement<long>> Queues(Func<(Func<long> Size, long Capacity), long> value) =>
        _queues.Select(queue => new Measurement<long>(value(queue.Value), Tag("exporter", queue.Key)));

    private static KeyValuePair<string, object?> Tag(string kind, ComponentId id) => new(kind, id.ToString());
}
