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
    private readonly Meter _meter;

    public ComponentMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _processorAccepted = _meter.CreateCounter<long>("otelcol_processor_accepted_spans", "{spans}", "Spans that a processor handed on.");
        _processorRefused = _meter.CreateCounter<long>("otelcol_processor_refused_spans", "{spans}", "Spans that a processor refused.");
        _sampled = _meter.CreateCounter<long>(
            "otelcol_processor_probabilistic_sampler_count_traces_sampled", "{traces}", "Sampling decisions by policy.");
        _sent = _meter.CreateCounter<long>("otelcol_exporter_sent_spans", "{spans}", "Spans that the next hop acknowledged.");
        _sendFailed = _meter.CreateCounter<long>("otelcol_exporter_send_failed_spans", "{spans}", "Spans given up after the next hop refused them.");
        _enqueueFailed = _meter.CreateCounter<long>("otelcol_exporter_enqueue_failed_spans", "{spans}", "Spans refused because an exporter's queue was full.");
    }

    internal void ProcessorAccepted(ComponentId id, long spans) => _processorAccepted.Add(spans, Tag("processor", id));

    internal void ProcessorRefused(ComponentId id, long spans) => _processorRefused.Add(spans, Tag("processor", id));

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

    internal void Queue(ComponentId id, Func<long> size, long capacity)
    {
        _meter.CreateObservableGauge("otelcol_exporter_queue_size", () => new Measurement<long>(size(), Tag("exporter", id)), "{requests}", "What waits in an exporter's queue.");
        _meter.CreateObservableGauge("otelcol_exporter_queue_capacity", () => new Measurement<long>(capacity, Tag("exporter", id)), "{requests}", "What an exporter's queue takes.");
    }

    private static KeyValuePair<string, object?> Tag(string kind, ComponentId id) => new(kind, id.ToString());
}
