using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Clew.Pipeline.Components;

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
    private readonly Counter<long> _processorIncoming;
    private readonly Counter<long> _processorOutgoing;
    private readonly Counter<long> _filtered;
    private readonly ConcurrentDictionary<ComponentId, (Func<long> Size, long Capacity)> _queues = new();

    public ComponentMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _processorAccepted = meter.CreateCounter<long>("otelcol_processor_accepted_spans", "{spans}", "Spans that a processor handed on.");
        _processorRefused = meter.CreateCounter<long>("otelcol_processor_refused_spans", "{spans}", "Spans that a processor refused.");
        _sampled = meter.CreateCounter<long>(
            "otelcol_processor_probabilistic_sampler_count_traces_sampled", "{traces}", "Sampling decisions by policy.");
        _processorIncoming = meter.CreateCounter<long>("otelcol_processor_incoming_items", "{items}", "Spans that came to a processor.");
        _processorOutgoing = meter.CreateCounter<long>("otelcol_processor_outgoing_items", "{items}", "Spans that a processor handed on.");
        _filtered = meter.CreateCounter<long>("otelcol_processor_filter_spans_filtered", "{spans}", "Spans that the filter processor dropped.");
        _sent = meter.CreateCounter<long>("otelcol_exporter_sent_spans", "{spans}", "Spans that the next hop acknowledged.");
        _sendFailed = meter.CreateCounter<long>("otelcol_exporter_send_failed_spans", "{spans}", "Spans given up after the next hop refused them.");
        _enqueueFailed = meter.CreateCounter<long>("otelcol_exporter_enqueue_failed_spans", "{spans}", "Spans refused because an exporter's queue was full.");
        meter.CreateObservableGauge("otelcol_exporter_queue_size", () => Queues(static queue => queue.Size()), "{requests}", "What waits in an exporter's queue.");
        meter.CreateObservableGauge("otelcol_exporter_queue_capacity", () => Queues(static queue => queue.Capacity), "{requests}", "What an exporter's queue takes.");
    }

    internal void ProcessorAccepted(ComponentId id, long spans) => _processorAccepted.Add(spans, Tag("processor", id));

    internal void ProcessorRefused(ComponentId id, long spans) => _processorRefused.Add(spans, Tag("processor", id));

    internal void ProcessorItems(ComponentId id, long incoming, long outgoing)
    {
        _processorIncoming.Add(incoming, Tag("processor", id));
        _processorOutgoing.Add(outgoing, Tag("processor", id));
    }

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

    internal void EnqueueFailed(ComponentId id, long spans) => _enqueueFailed.Add(spans, Tag("exporter", id));

    /// <summary>An exporter of this id has a queue from now on; the last one of an id is the one that is shown.</summary>
    internal void QueueOpened(ComponentId id, Func<long> size, long capacity) => _queues[id] = (size, capacity);

    internal void QueueClosed(ComponentId id) => _queues.TryRemove(id, out _);

    private IEnumerable<Measurement<long>> Queues(Func<(Func<long> Size, long Capacity), long> value) =>
        _queues.Select(queue => new Measurement<long>(value(queue.Value), Tag("exporter", queue.Key)));

    private static KeyValuePair<string, object?> Tag(string kind, ComponentId id) => new(kind, id.ToString());
}
