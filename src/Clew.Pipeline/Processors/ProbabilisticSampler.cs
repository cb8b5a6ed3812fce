using System.Globalization;
using System.Text;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Pipeline.Sampling;

namespace Clew.Pipeline.Processors;

/// <summary>How <c>probabilistic_sampler</c> decides.</summary>
public enum SamplingMode
{
    /// <summary>By a seeded hash of the trace id.</summary>
    HashSeed,

    /// <summary>Keeps a share of what arrives, whatever was sampled before.</summary>
    Proportional,

    /// <summary>Keeps a share of all spans there ever were: what was sampled harder before stays.</summary>
    Equalizing,
}

/// <summary>Settings of <c>probabilistic_sampler</c>.</summary>
public sealed record SamplerOptions
{
    public SamplingMode Mode { get; init; } = SamplingMode.HashSeed;

    /// <summary>0 keeps none, 100 and more all.</summary>
    public float SamplingPercentage { get; init; }

    public uint HashSeed { get; init; }

    /// <summary>Whether a span whose sampling information cannot be used is dropped.</summary>
    public bool FailClosed { get; init; } = true;

    /// <summary>Hex digits of a threshold, 1 to 14.</summary>
    public int SamplingPrecision { get; init; } = 4;
}

/// <summary>
/// <c>probabilistic_sampler</c>: decisions equal to the Collector's, span for span. A kept span carries its threshold (and in mode
/// <c>hash_seed</c> its randomness) in its tracestate, so that rates computed later are true ones.
/// </summary>
public sealed class ProbabilisticSampler(ComponentId id, SamplerOptions options, ITraceConsumer next, ComponentMetrics metrics) : ITraceProcessor
{
    private readonly uint _keptBuckets = HashSeedSampling.KeptBuckets(options.SamplingPercentage);
    private readonly double _ratio = Math.Min(1, options.SamplingPercentage / 100.0);

    public ComponentId Id => id;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        var counts = new Counts();
        using var sampled = BatchEditor.Apply(batch, (in SpanEntry span, ReadOnlySpan<byte> bytes, PooledBuffer replacement) => Decide(span, bytes, replacement, counts));
        counts.Report(metrics);
        if (sampled is null)
        {
            return await next.ConsumeAsync(batch, cancellationToken).ConfigureAwait(false);
        }

        // Dropping on purpose is taking responsibility: the sender is told that all went well.
        return sampled.SpanCount == 0 ? ConsumeResult.Accepted : await next.ConsumeAsync(sampled, cancellationToken).ConfigureAwait(false);
    }

    private SpanEdit Decide(in SpanEntry span, ReadOnlySpan<byte> bytes, PooledBuffer replacement, Counts counts)
    {
        var (traceState, priority) = SamplingFields.Read(bytes);
        if (priority is { } chosen)
        {
            return counts.Add("sampling_priority", chosen > 0) ? SpanEdit.Keep : SpanEdit.Drop;
        }

        var readable = OtelTraceState.TryParse(traceState, out var state);
        return options.Mode == SamplingMode.HashSeed
            ? ByHash(span, bytes, replacement, counts, state, readable)
            : ByRandomness(span, bytes, replacement, counts, state, readable);
    }

    private SpanEdit ByHash(in SpanEntry span, ReadOnlySpan<byte> bytes, PooledBuffer replacement, Counts counts, OtelTraceState state, bool readable)
    {
        const string policy = "trace_id_hash";
        if (!readable || state.Threshold is not null || state.Randomness is not null)
        {
            return counts.Add(policy, !options.FailClosed) ? SpanEdit.Keep : SpanEdit.Drop;
        }

        var hash = HashSeedSampling.Hash(options.HashSeed, span.TraceId);
        if (!counts.Add(policy, (hash & 0x3FFF) < _keptBuckets))
        {
            return SpanEdit.Drop;
        }

        state.Randomness = HashSeedSampling.Randomness(hash);
        state.Threshold = HashSeedSampling.Threshold(options.SamplingPercentage);
        SamplingFields.WriteTraceState(bytes, state.ToString(), replacement);
        return SpanEdit.Replace;
    }

    private SpanEdit ByRandomness(in SpanEntry span, ReadOnlySpan<byte> bytes, PooledBuffer replacement, Counts counts, OtelTraceState state, bool readable)
    {
        var policy = state.Randomness is null ? "trace_id_w3c" : "sampling_randomness";
        if (!readable)
        {
            return counts.Add(policy, !options.FailClosed) ? SpanEdit.Keep : SpanEdit.Drop;
        }

        var randomness = state.Randomness ?? (span.TraceId.Low & (SamplingThreshold.Range - 1));
        if (state.Threshold is { } arrived && !arrived.Keeps(randomness))
        {
            // Whoever wrote this threshold would have dropped the span: it says nothing.
            state.Threshold = null;
        }

        if (Threshold(state.Threshold) is not { } threshold || !threshold.Keeps(randomness))
        {
            counts.Add(policy, false);
            return SpanEdit.Drop;
        }

        counts.Add(policy, true);
        state.Threshold = threshold;
        SamplingFields.WriteTraceState(bytes, state.ToString(), replacement);
        return SpanEdit.Replace;
    }

    /// <summary>The threshold to apply, null when nothing is kept.</summary>
    private SamplingThreshold? Threshold(SamplingThreshold? arrived)
    {
        var probability = options.Mode == SamplingMode.Proportional ? _ratio * (arrived?.Probability ?? 1) : _ratio;
        if (probability * SamplingThreshold.Range < 1)
        {
            return null;
        }

        var own = SamplingThreshold.Of(probability, options.SamplingPrecision);
        return options.Mode == SamplingMode.Equalizing && arrived is { } before && before.Value > own.Value ? before : own;
    }

    /// <summary>Decisions of one batch, by policy: few kinds, so a short list.</summary>
    private sealed class Counts
    {
        private readonly List<(string Policy, long Kept, long Dropped)> _policies = [];

        public bool Add(string policy, bool sampled)
        {
            var index = _policies.FindIndex(entry => entry.Policy == policy);
            if (index < 0)
            {
                index = _policies.Count;
                _policies.Add((policy, 0, 0));
            }

            var (_, kept, dropped) = _policies[index];
            _policies[index] = sampled ? (policy, kept + 1, dropped) : (policy, kept, dropped + 1);
            return sampled;
        }

        public void Report(ComponentMetrics metrics)
        {
            foreach (var (policy, kept, dropped) in _policies)
            {
                metrics.Sampled(policy, true, kept);
                metrics.Sampled(policy, false, dropped);
            }
        }
    }
}

/// <summary>The fields of an encoded Span that sampling reads and writes.</summary>
internal static class SamplingFields
{
    public static (string TraceState, double? Priority) Read(ReadOnlySpan<byte> span)
    {
        var traceState = "";
        double? priority = null;
        var reader = new ProtoReader(span);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Span.TraceState when reader.TryBytes(out var text):
                    traceState = Encoding.UTF8.GetString(text);
                    break;
                case OtlpFields.Span.Attributes when reader.TryBytes(out var attribute):
                    priority ??= Priority(attribute);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (traceState, priority);
    }

    public static void WriteTraceState(ReadOnlySpan<byte> span, string traceState, PooledBuffer destination)
    {
        var reader = new ProtoReader(span);
        var start = 0;
        while (reader.Next())
        {
            var field = reader.Field;
            reader.Skip();
            if (field != OtlpFields.Span.TraceState)
            {
                destination.Write(span[start..reader.Position]);
            }

            start = reader.Position;
        }

        new ProtoWriter(destination).StringField(OtlpFields.Span.TraceState, traceState);
    }

    private static double? Priority(ReadOnlySpan<byte> keyValue)
    {
        var reader = new ProtoReader(keyValue);
        var isPriority = false;
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.KeyValue.Key && reader.TryBytes(out var key))
            {
                isPriority = key.SequenceEqual("sampling.priority"u8);
            }
            else if (isPriority && reader.Field == OtlpFields.KeyValue.Value && reader.TryBytes(out var value))
            {
                return Number(value);
            }
            else
            {
                reader.Skip();
            }
        }

        return null;
    }

    private static double? Number(ReadOnlySpan<byte> anyValue)
    {
        var reader = new ProtoReader(anyValue);
        if (!reader.Next())
        {
            return null;
        }

        return reader.Field switch
        {
            OtlpFields.AnyValue.Int when reader.TryVarint(out var number) => (long)number,
            OtlpFields.AnyValue.Double when reader.TryFixed64(out var bits) => BitConverter.UInt64BitsToDouble(bits),
            OtlpFields.AnyValue.String when reader.TryBytes(out var text)
                && double.TryParse(Encoding.UTF8.GetString(text), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) => parsed,
            _ => null,
        };
    }
}
