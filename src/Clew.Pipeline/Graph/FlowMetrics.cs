using System.Diagnostics.Metrics;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Graph;

/// <summary>What a component is, in the names of its instruments.</summary>
public enum FlowKind
{
    Receiver,
    Processor,
    Exporter,
    Connector,
}

/// <summary>
/// What passes between components, under the Collector's names: its uniform set <c>otelcol.KIND.{consumed,produced}.{items,size}</c> with
/// the outcome, and for processors the older <c>otelcol_processor_*_items</c> and the time spent inside.
/// </summary>
/// <remarks>No instrument here and in <see cref="ComponentMetrics"/> has a unit that Prometheus would append to its name.</remarks>
public sealed class FlowMetrics
{
    /// <summary>Seconds; a processor takes microseconds for a batch, or milliseconds when it edits large ones.</summary>
    private static readonly double[] s_durationBounds = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

    private readonly Dictionary<(FlowKind Kind, bool Produced), (Counter<long> Items, Counter<long> Bytes)> _flows = [];

    internal FlowMetrics(Meter meter)
    {
        foreach (var (kind, produced) in ((FlowKind, bool)[])[
                     (FlowKind.Receiver, true), (FlowKind.Processor, false), (FlowKind.Processor, true), (FlowKind.Exporter, false), (FlowKind.Connector, false), (FlowKind.Connector, true)])
        {
            var name = $"otelcol.{kind.ToString().ToLowerInvariant()}.{(produced ? "produced" : "consumed")}";
            var what = produced ? "handed on" : "were given";
            _flows.Add((kind, produced), (
                meter.CreateCounter<long>($"{name}.items", "{item}", $"Spans that {kind.ToString().ToLowerInvariant()}s {what}, by outcome."),
                meter.CreateCounter<long>($"{name}.size", null, $"Bytes of encoded spans that {kind.ToString().ToLowerInvariant()}s {what}, by outcome.")));
        }

        Incoming = meter.CreateCounter<long>("otelcol_processor_incoming_items", "{items}", "Spans that came to a processor.");
        Outgoing = meter.CreateCounter<long>("otelcol_processor_outgoing_items", "{items}", "Spans that a processor handed on.");
        InternalDuration = meter.CreateHistogram(
            "otelcol_processor_internal_duration", null, "Seconds that a batch spends in a processor, without what is behind it.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_durationBounds });
    }

    internal Counter<long> Incoming { get; }

    internal Counter<long> Outgoing { get; }

    internal Histogram<double> InternalDuration { get; }

    internal (Counter<long> Items, Counter<long> Bytes) Of(FlowKind kind, bool produced) => _flows[(kind, produced)];

    internal static KeyValuePair<string, object?>[] Tags(FlowKind kind, ComponentId component, ComponentId? pipeline) =>
    [
        new("otelcol.component.kind", kind.ToString().ToLowerInvariant()), new("otelcol.component.id", component.ToString()), new("otelcol.signal", "traces"),
        .. pipeline is { } id ? (KeyValuePair<string, object?>[])[new("otelcol.pipeline.id", id.ToString())] : [],
    ];
}
