using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Processors.Tail;

/// <summary>
/// The instruments of <c>tail_sampling</c>, under the Collector's names. They outlive the processors: one that a reload makes anew goes on
/// counting where the one before it stopped.
/// </summary>
internal sealed class TailSamplingMetrics
{
    private const string Prefix = "otelcol_processor_tail_sampling_";

    private readonly ConcurrentDictionary<ComponentId, Func<long>> _waiting = new();

    public TailSamplingMetrics(Meter meter)
    {
        OfPolicy = meter.CreateCounter<long>(Prefix + "count_traces_sampled", "{traces}", "Decisions of each policy.");
        SpansOfPolicy = meter.CreateCounter<long>(Prefix + "count_spans_sampled", "{spans}", "Spans of the traces that each policy decided about.");
        Global = meter.CreateCounter<long>(Prefix + "global_count_traces_sampled", "{traces}", "Traces by what became of them.");
        Early = meter.CreateCounter<long>(Prefix + "sampling_trace_dropped_too_early", "{traces}", "Traces decided before their time because too many waited.");
        Errors = meter.CreateCounter<long>(Prefix + "sampling_policy_evaluation_error", "{errors}", "Policies that could not be evaluated.");
        New = meter.CreateCounter<long>(Prefix + "new_trace_id_received", "{traces}", "Traces that were decided about for the first time.");
        FromCache = meter.CreateCounter<long>(Prefix + "early_releases_from_cache_decision", "{spans}", "Late spans that followed a decision made before.");
        DecisionLatency = Durations(meter, "sampling_decision_latency", "Microseconds that a policy takes for a trace.", [1, 2, 5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2000, 3000, 4000, 5000, 10_000, 20_000, 30_000, 50_000]);
        TickLatency = Durations(meter, "sampling_decision_timer_latency", "Milliseconds that a round of decisions takes, with what is behind.", [1, 2, 5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2000, 5000, 10_000]);
        RemovalAge = Durations(meter, "sampling_trace_removal_age", "Seconds from a trace's first span to the decision about it.", [1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800]);
        LateSpanAge = Durations(meter, "sampling_late_span_age", "Seconds from the decision about a trace to the arrival of spans that came after it.", [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600]);
        meter.CreateObservableGauge(
            Prefix + "sampling_traces_on_memory", () => _waiting.Select(static entry => new Measurement<long>(entry.Value(), new KeyValuePair<string, object?>("processor", entry.Key.ToString()))),
            "{traces}", "Traces that wait for a decision.");
    }

    public Counter<long> OfPolicy { get; }

    public Counter<long> SpansOfPolicy { get; }

    public Counter<long> Global { get; }

    public Counter<long> Early { get; }

    public Counter<long> Errors { get; }

    public Counter<long> New { get; }

    public Counter<long> FromCache { get; }

    public Histogram<double> DecisionLatency { get; }

    public Histogram<double> TickLatency { get; }

    public Histogram<double> RemovalAge { get; }

    public Histogram<double> LateSpanAge { get; }

    /// <summary>The processor of this id has traces that wait; the last one of an id is the one that is shown.</summary>
    public void Waiting(ComponentId id, Func<long> traces) => _waiting[id] = traces;

    private static Histogram<double> Durations(Meter meter, string name, string text, double[] bounds) =>
        meter.CreateHistogram(Prefix + name, null, text, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
