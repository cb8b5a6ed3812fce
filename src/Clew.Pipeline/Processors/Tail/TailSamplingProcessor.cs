using Clew.Model;
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
    private readonly TailSamplingMetrics _metrics;

    public TailSamplingProcessor(ComponentId id, TailSamplingOptions options, ProcessorContext context)
        : base(id, context, options.RememberedDecisions)
    {
        _options = options;
        _clock = context.Services.Clock;
        _policies = [.. options.Policies.Select(static policy => (policy.Name, policy.Create()))];
        _metrics = context.Services.Metrics.Tail;
        _metrics.Waiting(id, () => TraceCount);
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
        _metrics.Early.Add(early.Count);
        return [.. due, .. early];
    }

    protected override void Late(SpoolReading trace, SpoolMemory decided)
    {
        _metrics.FromCache.Add(trace.Batch.SpanCount, Tag("sampled", decided.Decision == SpoolDecision.Keep ? "true" : "false"));
        if (decided.DecidedUnixSeconds > 0)
        {
            var arrived = trace.Trace.FirstUnixNano / (double)UnixNano.PerSecond;
            _metrics.LateSpanAge.Record(Math.Max(0, arrived - decided.DecidedUnixSeconds));
        }
    }

    protected override void Ticked(TimeSpan elapsed) => _metrics.TickLatency.Record(elapsed.TotalMilliseconds);

    protected override bool Judge(SpoolReading trace)
    {
        _metrics.New.Add(1);
        _metrics.RemovalAge.Record(Math.Max(0, ((_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks - (trace.Trace.FirstUnixNano / 100)) / (double)TimeSpan.TicksPerSecond));
        if (_options.MaxTraceBytes > 0 && trace.Batch.Bytes.Length > _options.MaxTraceBytes)
        {
            _metrics.Global.Add(1, Tag("sampled", "false"), Tag("reason", "maximum_trace_size_bytes"));
            return false;
        }

        using var view = new TraceView(trace.Batch, _clock);
        var (dropped, invertNot, sampled, invert) = (false, false, false, false);
        foreach (var (name, policy) in _policies)
        {
            PolicyDecision decision;
            var started = _clock.GetTimestamp();
            try
            {
                decision = policy.Evaluate(view);
            }
            catch (OttlException)
            {
                _metrics.Errors.Add(1, Tag("policy", name));
                continue;
            }

            _metrics.DecisionLatency.Record(_clock.GetElapsedTime(started).TotalMicroseconds, Tag("policy", name));
            var isSampled = decision is PolicyDecision.Sampled or PolicyDecision.InvertSampled;
            var word = decision == PolicyDecision.Dropped ? "dropped" : isSampled ? "sampled" : "not_sampled";
            _metrics.OfPolicy.Add(1, Tag("policy", name), Tag("sampled", isSampled ? "true" : "false"), Tag("decision", word));
            _metrics.SpansOfPolicy.Add(trace.Batch.SpanCount, Tag("policy", name), Tag("sampled", isSampled ? "true" : "false"));
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
        _metrics.Global.Add(1, Tag("sampled", keep ? "true" : "false"));
        return keep;
    }

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
