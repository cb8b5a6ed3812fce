using System.Numerics;
using System.Text;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Pipeline.Ottl;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Processors.Tail;

/// <summary>What one policy says about a trace.</summary>
public enum PolicyDecision
{
    NotSampled,
    Sampled,
    InvertNotSampled,
    InvertSampled,
    Dropped,
}

/// <summary>A whole trace while policies look at it. Used by one thread.</summary>
public sealed class TraceView(TraceBatch batch, TimeProvider clock) : IDisposable
{
    private readonly BatchEdit _edit = new(batch);

    public TraceBatch Batch => batch;

    public TraceId Id => batch.Spans[0].TraceId;

    public int SpanCount => batch.SpanCount;

    public TimeProvider Clock => clock;

    public ResourceRecord Resource(int index) => _edit.Resource(index);

    public ScopeRecord Scope(int index) => _edit.Scope(index);

    public SpanRecord Open(int span) => _edit.Open(span);

    /// <summary>True if the condition holds for the attributes of some span or resource.</summary>
    public bool AnyAttributes(Func<AttributeMap, bool> condition)
    {
        for (var i = 0; i < batch.Resources.Length; i++)
        {
            if (condition(Resource(i).Attributes))
            {
                return true;
            }
        }

        for (var i = 0; i < batch.SpanCount; i++)
        {
            if (condition(Open(i).Attributes))
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose() => _edit.Dispose();
}

/// <summary>A policy of <c>tail_sampling</c>. Some count what they let through, so each runs once a trace.</summary>
public abstract class TailPolicy
{
    public abstract PolicyDecision Evaluate(TraceView trace);

    protected static PolicyDecision When(bool sampled) => sampled ? PolicyDecision.Sampled : PolicyDecision.NotSampled;

    /// <summary>The old inverted decisions: a match keeps the trace out, whatever else samples it.</summary>
    protected static PolicyDecision WhenMatched(bool matched, bool invert) =>
        invert ? matched ? PolicyDecision.InvertNotSampled : PolicyDecision.InvertSampled : When(matched);
}

public sealed class AlwaysPolicy : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace) => PolicyDecision.Sampled;
}

public sealed class LatencyPolicy(long thresholdMs, long upperThresholdMs) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace)
    {
        var (first, last) = (long.MaxValue, long.MinValue);
        foreach (ref readonly var span in trace.Batch.Spans)
        {
            first = Math.Min(first, span.StartUnixNano);
            last = Math.Max(last, span.EndUnixNano);
        }

        var duration = (last - first) / 1_000_000;
        return When(upperThresholdMs == 0 ? duration >= thresholdMs : duration > thresholdMs && duration <= upperThresholdMs);
    }
}

public sealed class NumericAttributePolicy(string key, long min, long max, bool invert) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace) => WhenMatched(
        trace.AnyAttributes(attributes => attributes.Get(key) switch { long number => number >= min && number <= max, double number => number >= min && number <= max, _ => false }), invert);
}

public sealed class BooleanAttributePolicy(string key, bool value, bool invert) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace) => WhenMatched(trace.AnyAttributes(attributes => attributes.Get(key) is bool flag && flag == value), invert);
}

/// <summary>Values are compared as they are, or as regular expressions.</summary>
public sealed class StringAttributePolicy(string key, IReadOnlyList<TextTest> values, bool invert) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace) => WhenMatched(
        trace.AnyAttributes(attributes => attributes.Get(key) is string text && text.Length > 0 && values.Any(value => value.Holds(text))), invert);
}

/// <summary>A text or a regular expression that was checked.</summary>
public sealed class TextTest
{
    private readonly string _text;
    private readonly GoRegex? _regex;

    private TextTest(string text, GoRegex? regex) => (_text, _regex) = (text, regex);

    public static TextTest? Of(string text, bool isRegex, out string? problem)
    {
        problem = null;
        GoRegex? regex = null;
        return isRegex && !GoRegex.TryParse(text, out regex, out problem) ? null : new TextTest(text, regex);
    }

    public bool Holds(string text) => _regex?.IsMatch(text) ?? text == _text;
}

/// <summary>Decides by FNV-1a over a salt and the trace id, so that collectors with the same salt decide alike.</summary>
public sealed class ProbabilisticPolicy(string salt, double percentage) : TailPolicy
{
    private readonly byte[] _salt = Encoding.UTF8.GetBytes(salt.Length == 0 ? "default-hash-seed" : salt);
    private readonly ulong _threshold = Threshold(percentage / 100);

    public override PolicyDecision Evaluate(TraceView trace) => When(Keeps(trace.Id));

    public bool Keeps(TraceId id)
    {
        Span<byte> bytes = stackalloc byte[TraceId.Size];
        id.WriteTo(bytes);
        return percentage > 0 && OttlFunctions.Fnv1a64(bytes, OttlFunctions.Fnv1a64(_salt)) <= _threshold;
    }

    /// <summary>The largest hash that is kept: 2^64 - 1 times the ratio, in the arithmetic of a float with 64 bits of mantissa.</summary>
    internal static ulong Threshold(double ratio)
    {
        if (ratio >= 1)
        {
            return ulong.MaxValue;
        }

        var bits = BitConverter.DoubleToInt64Bits(ratio);
        var exponent = (int)((bits >> 52) & 0x7FF) - 1075;
        var mantissa = (bits & 0xFFFFFFFFFFFFF) | (1L << 52);
        var product = (BigInteger)mantissa * ulong.MaxValue;
        var excess = (int)product.GetBitLength() - 64;
        if (excess > 0)
        {
            // To nearest, ties to even.
            var half = BigInteger.One << (excess - 1);
            var rest = product & ((BigInteger.One << excess) - 1);
            product >>= excess;
            product += rest > half || (rest == half && !product.IsEven) ? 1 : 0;
            exponent += excess;
        }

        return (ulong)(exponent >= 0 ? product << exponent : product >> -exponent);
    }
}

public sealed class StatusCodePolicy(IReadOnlyList<long> codes) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace)
    {
        foreach (ref readonly var span in trace.Batch.Spans)
        {
            if (codes.Contains((long)span.Status))
            {
                return PolicyDecision.Sampled;
            }
        }

        return PolicyDecision.NotSampled;
    }
}

public sealed class TraceStatePolicy(string key, IReadOnlyList<string> values) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace)
    {
        for (var i = 0; i < trace.SpanCount; i++)
        {
            if (TraceStateText.Get(trace.Open(i).TraceState, key) is { } value && values.Contains(value))
            {
                return PolicyDecision.Sampled;
            }
        }

        return PolicyDecision.NotSampled;
    }
}

public sealed class TraceFlagsPolicy : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace)
    {
        for (var i = 0; i < trace.SpanCount; i++)
        {
            if ((trace.Open(i).Flags & 1) != 0)
            {
                return PolicyDecision.Sampled;
            }
        }

        return PolicyDecision.NotSampled;
    }
}

public sealed class SpanCountPolicy(long min, long max) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace) => When(trace.SpanCount >= min && (max == 0 || trace.SpanCount <= max));
}

/// <summary>Fewer spans than the limit in each second of the clock.</summary>
public sealed class RateLimitingPolicy(long spansPerSecond) : TailPolicy
{
    private long _second;
    private long _spans;

    public override PolicyDecision Evaluate(TraceView trace)
    {
        var second = trace.Clock.GetUtcNow().ToUnixTimeSeconds();
        if (second != _second)
        {
            (_second, _spans) = (second, 0);
        }

        if (_spans + trace.SpanCount >= spansPerSecond)
        {
            return PolicyDecision.NotSampled;
        }

        _spans += trace.SpanCount;
        return PolicyDecision.Sampled;
    }
}

/// <summary>A bucket of bytes that fills at a rate.</summary>
public sealed class BytesLimitingPolicy(long bytesPerSecond, long burst) : TailPolicy
{
    private readonly double _capacity = burst > 0 ? burst : bytesPerSecond * 2;
    private double _tokens = burst > 0 ? burst : bytesPerSecond * 2;
    private long? _last;

    public override PolicyDecision Evaluate(TraceView trace)
    {
        var now = trace.Clock.GetTimestamp();
        if (_last is { } last)
        {
            _tokens = Math.Min(_capacity, _tokens + (trace.Clock.GetElapsedTime(last, now).TotalSeconds * bytesPerSecond));
        }

        _last = now;
        if (trace.Batch.Bytes.Length > _tokens)
        {
            return PolicyDecision.NotSampled;
        }

        _tokens -= trace.Batch.Bytes.Length;
        return PolicyDecision.Sampled;
    }
}

/// <summary>True if one of the conditions holds for some span or span event.</summary>
public sealed class OttlPolicy(IReadOnlyList<OttlCondition> spans, IReadOnlyList<OttlCondition> events, Func<string, OttlException, bool> handled) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace)
    {
        var context = new OttlContext(trace.Clock) { Batch = trace.Batch.Context };
        for (var i = 0; i < trace.SpanCount; i++)
        {
            var entry = trace.Batch.Spans[i];
            context.Resource = trace.Resource(entry.Resource);
            context.Scope = trace.Scope(entry.Scope);
            context.Span = trace.Open(i);
            if (spans.Any(condition => Holds(condition, context)))
            {
                return PolicyDecision.Sampled;
            }

            if (events.Count == 0 || context.Span.EventCount == 0)
            {
                continue;
            }

            foreach (var item in context.Span.Events)
            {
                context.Event = item;
                if (events.Any(condition => Holds(condition, context)))
                {
                    return PolicyDecision.Sampled;
                }
            }
        }

        return PolicyDecision.NotSampled;
    }

    private bool Holds(OttlCondition condition, OttlContext context)
    {
        try
        {
            return condition.IsTrue(context);
        }
        catch (OttlException fault) when (handled(condition.Text, fault))
        {
            return false;
        }
    }
}

/// <summary>Sampled if all are.</summary>
public sealed class AndPolicy(IReadOnlyList<TailPolicy> policies) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace) =>
        When(policies.All(policy => policy.Evaluate(trace) is PolicyDecision.Sampled or PolicyDecision.InvertSampled));
}

public sealed class NotPolicy(TailPolicy policy) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace) =>
        When(policy.Evaluate(trace) is PolicyDecision.NotSampled or PolicyDecision.InvertNotSampled);
}

/// <summary>Drops the trace, whatever others say, if all of its policies hold.</summary>
public sealed class DropPolicy(IReadOnlyList<TailPolicy> policies) : TailPolicy
{
    public override PolicyDecision Evaluate(TraceView trace) =>
        policies.All(policy => policy.Evaluate(trace) is PolicyDecision.Sampled or PolicyDecision.InvertSampled) ? PolicyDecision.Dropped : PolicyDecision.NotSampled;
}

/// <summary>Policies in order, each with a share of the spans that may pass in a second.</summary>
public sealed class CompositePolicy(long maxSpansPerSecond, IReadOnlyList<(TailPolicy Policy, long SpansPerSecond)> policies) : TailPolicy
{
    private readonly long[] _spans = new long[policies.Count];
    private long _second;

    public override PolicyDecision Evaluate(TraceView trace)
    {
        var second = trace.Clock.GetUtcNow().ToUnixTimeSeconds();
        if (second != _second)
        {
            _second = second;
            Array.Clear(_spans);
        }

        for (var i = 0; i < _spans.Length; i++)
        {
            if (policies[i].Policy.Evaluate(trace) is not (PolicyDecision.Sampled or PolicyDecision.InvertSampled))
            {
                continue;
            }

            var after = _spans[i] + trace.SpanCount;
            if (after > policies[i].SpansPerSecond || after > maxSpansPerSecond)
            {
                return PolicyDecision.NotSampled;
            }

            _spans[i] = after;
            return PolicyDecision.Sampled;
        }

        return PolicyDecision.NotSampled;
    }
}
