using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Semantics.Pairing;

namespace Clew.Semantics.Tests;

/// <summary>Spans as OTLP bytes, written with few words.</summary>
internal static class Kit
{
    public static byte[] Resource(params ReadOnlySpan<(string Key, object Value)> attributes)
    {
        using var buffer = new PooledBuffer();
        Attributes(buffer, OtlpFields.Resource.Attributes, attributes);
        return buffer.Written.ToArray();
    }

    public static byte[] Span(
        ulong id, ulong parent, SpanKind kind, string name = "op", SpanStatus status = SpanStatus.Unset, long start = 1000, long duration = 100,
        string traceState = "", params ReadOnlySpan<(string Key, object Value)> attributes)
    {
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        Span<byte> bytes = stackalloc byte[16];
        new TraceId(1, 2).WriteTo(bytes);
        writer.BytesField(OtlpFields.Span.TraceId, bytes);
        new SpanId(id).WriteTo(bytes);
        writer.BytesField(OtlpFields.Span.SpanId, bytes[..8]);
        if (traceState.Length > 0)
        {
            writer.StringField(OtlpFields.Span.TraceState, traceState);
        }

        if (parent != 0)
        {
            new SpanId(parent).WriteTo(bytes);
            writer.BytesField(OtlpFields.Span.ParentSpanId, bytes[..8]);
        }

        writer.StringField(OtlpFields.Span.Name, name);
        writer.VarintField(OtlpFields.Span.Kind, (ulong)kind);
        writer.Fixed64Field(OtlpFields.Span.StartTime, (ulong)start);
        writer.Fixed64Field(OtlpFields.Span.EndTime, (ulong)(start + duration));
        Attributes(buffer, OtlpFields.Span.Attributes, attributes);
        if (status != SpanStatus.Unset)
        {
            var message = writer.BeginShortMessage(OtlpFields.Span.Status);
            writer.VarintField(OtlpFields.Status.Code, (ulong)status);
            writer.EndShortMessage(message);
        }

        return buffer.Written.ToArray();
    }

    /// <summary>The calls among spans, each given with its resource.</summary>
    public static List<Call> Calls(params ReadOnlySpan<(byte[] Resource, byte[] Span)> spans)
    {
        var reader = new SemanticReader();
        var trace = new TraceSpans();
        foreach (var (resource, span) in spans)
        {
            trace.Add(reader.Read(span, reader.Resource(resource)));
        }

        return [.. new TraceCalls(reader.Texts).Find(trace)];
    }

    public static SpanFacts Facts(SpanKind kind, params ReadOnlySpan<(string Key, object Value)> attributes)
    {
        var reader = new SemanticReader();
        return reader.Read(Span(1, 0, kind, attributes: attributes), reader.Resource(Resource(("service.name", "shop")))).Facts;
    }

    private static void Attributes(PooledBuffer buffer, int field, ReadOnlySpan<(string Key, object Value)> attributes)
    {
        var writer = new ProtoWriter(buffer);
        foreach (var (key, value) in attributes)
        {
            var keyValue = writer.BeginShortMessage(field);
            writer.StringField(OtlpFields.KeyValue.Key, key);
            var any = writer.BeginShortMessage(OtlpFields.KeyValue.Value);
            switch (value)
            {
                case string text:
                    writer.StringField(OtlpFields.AnyValue.String, text);
                    break;
                case int number:
                    writer.VarintField(OtlpFields.AnyValue.Int, (ulong)(long)number);
                    break;
                case bool flag:
                    writer.VarintField(OtlpFields.AnyValue.Bool, flag ? 1u : 0u);
                    break;
                default:
                    writer.DoubleField(OtlpFields.AnyValue.Double, (double)value);
                    break;
            }

            writer.EndShortMessage(any);
            writer.EndShortMessage(keyValue);
        }
    }
}
