using System.Diagnostics.Metrics;
using Clew.Pipeline.Components;
using Clew.Pipeline.Ottl;
using Clew.Storage.Spools;

namespace Clew.Pipeline.Processors.Tail;

/// <summary>
/// <c>tail_sampling</c>: decides about whole traces. Spans are acknowledged from a durable spool, decisions are records of it, so that a
/// restart changes nothing and late spans follow what was decided.
/// </summary>
public sealed class TailSamplingProcessor : SpoolingProcessor
{
    private readonly TailSamplingOptions _options;
    private readonly (string Name, TailPolicy Policy)[] _policies;
    private readonly TimeProvider _clock;
    private readonly Counter<long> _ofPolicy;
    private readonly Counter<long> _spansOfPolicy;
    private readonly Counter<long> _global;
    private readonly Counter<long> _early;
    private readonly Counter<long> _errors;

    public TailSamplingProcessor(ComponentId id, TailSamplingOptions options, ProcessorContext context)
        : base(id, context, options.RememberedDecisions)
    {
        _options = options;
        _clock = context.Services.Clock;
        _policies = [.. options.Policies.Select(static policy => (policy.Name, policy.Create()))];
        var meter = context.Services.Meters.Create(ComponentMetrics.MeterName);
        const string prefix = "otelcol_processor_tail_sampling_";
        _ofPolicy = meter.CreateCounter<long>(prefix + "count_traces_sampled", "{traces}", "Decisions of each policy.");
        _spansOfPolicy = meter.CreateCounter<long>(prefix + "count_spans_sampled", "{spans}", "Spans of the traces that each policy decided about.");
        _global = meter.CreateCounter<long>(prefix + "global_count_traces_sampled", "{traces}", "Traces by what became of them.");
        _early = meter.CreateCounter<long>(prefix + "sampling_trace_dropped_too_early", "{traces}", "Traces decided before their time because too many waited.");
        _errors = meter.CreateCounter<long>(prefix + "sampling_policy_evaluation_error", "{errors}", "Policies that could not be evaluated.");
        meter.CreateObservableGauge(prefix + "sampling_traces_on_memory", () => new Measurement<long>(TraceCount, new KeyValuePair<string, object?>("processor", id.ToString())), "{traces}", "Traces that wait for a decision.");
    }

    protected override bool JoinsTraces => true;

    protected override IReadOnlyList<SpooledTrace> Due(TraceSpool spool, long nowUnixNano)
    {
        var wait = _options.DecisionWait.Ticks * 100;
        var afterRoot = (_options.DecisionWaitAfterRoot?.Ticks ?? 0) * 100;
        var due = spool.Select(trace => trace.Decision == SpoolDecision.None
            && (trace.FirstUnixNano + wait <= nowUnixNano || (afterRoot > 0 && trace.RootUnixNano + afterRoot <= nowUnixNano)));
        var overflow = spool.TraceCount - due.Count - _options.MaxTraces;
        if (overflow <= 0)
        {
            return due;
        }

        var early = spool.Select(trace => trace.Decision == SpoolDecision.None).Except(due).Take(overflow).ToList();
        _early.Add(early.Count);
        return [.. due, .. early];
    }

    protected override bool Judge(SpoolReading trace)
    {
        if (_options.MaxTraceBytes > 0 && trace.Batch.Bytes.Length > _options.MaxTraceBytes)
        {
            _global.Add(1, Tag("sampled", "false"), Tag("reason", "maximum_trace_size_bytes"));
            return false;
        }

        using var view = new TraceView(trace.Batch, _clock);
        var (dropped, invertNot, sampled, invert) = (false, false, false, false);
        foreach (var (name, policy) in _policies)
        {
            PolicyDecision decision;
            try
            {
                decision = policy.Evaluate(view);
            }
            catch (OttlException)
            {
                _errors.Add(1, Tag("policy", name));
                continue;
            }

            var isSampled = decision is PolicyDecision.Sampled or PolicyDecision.InvertSampled;
            var word = decision == PolicyDecision.Dropped ? "dropped" : isSampled ? "sampled" : "not_sampled";
            _ofPolicy.Add(1, Tag("policy", name), Tag("sampled", isSampled ? "true" : "false"), Tag("decision", word));
            _spansOfPolicy.Add(trace.Batch.SpanCount, Tag("policy", name), Tag("sampled", isSampled ? "true" : "false"));
            dropped |= decision == PolicyDecision.Dropped;
            invertNot |= decision == PolicyDecision.InvertNotSampled;
            sampled |= decision == PolicyDecision.Sampled;
            invert |= decision == PolicyDecision.InvertSampled;
            if (dropped || (_options.SampleOnFirstMatch && decision == PolicyDecision.Sampled))
            {
                break;
            }
        }

        var keep = !dropped && !invertNot && (sampled || invert);
        _global.Add(1, Tag("sampled", keep ? "true" : "false"));
        return keep;
    }

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
