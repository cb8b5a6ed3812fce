using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;

namespace Clew.Storage.Tests.Support;

/// <summary>Small OTLP requests: one resource, one scope, any number of spans.</summary>
internal sealed class Requests
{
    private readonly List<byte[]> _spans = [];
    private string _service = "shop";

    public static Requests Of(string service) => new() { _service = service };

    public static TraceId Trace(int number) => new(0x0af7651916cd43dd, (ulong)number);

    public Requests Span(
        int trace, int id, int parent = 0, long start = 1_000_000_000, long duration = 1_000_000, string name = "GET /", bool error = false,
        params (string Key, object Value)[] attributes)
    {
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        Span<byte> ids = stackalloc byte[TraceId.Size];
        Trace(trace).WriteTo(ids);
        writer.BytesField(OtlpFields.Span.TraceId, ids);
        new SpanId((ulong)id).WriteTo(ids);
        writer.BytesField(OtlpFields.Span.SpanId, ids[..SpanId.Size]);
        if (parent != 0)
        {
            new SpanId((ulong)parent).WriteTo(ids);
            writer.BytesField(OtlpFields.Span.ParentSpanId, ids[..SpanId.Size]);
        }

        writer.StringField(OtlpFields.Span.Name, name);
        writer.VarintField(OtlpFields.Span.Kind, (ulong)SpanKind.Server);
        writer.Fixed64Field(OtlpFields.Span.StartTime, (ulong)start);
        writer.Fixed64Field(OtlpFields.Span.EndTime, (ulong)(start + duration));
        foreach (var (key, value) in attributes)
        {
            Attribute(writer, OtlpFields.Span.Attributes, key, value);
        }

        if (error)
        {
            var status = writer.BeginMessage(OtlpFields.Span.Status);
            writer.StringField(OtlpFields.Status.Message, "it broke");
            writer.VarintField(OtlpFields.Status.Code, (ulong)SpanStatus.Error);
            writer.EndMessage(status);
        }

        _spans.Add(buffer.Written.ToArray());
        return this;
    }

    public byte[] Bytes()
    {
        using var buffer = new PooledBuffer();
        var writer = new ProtoWriter(buffer);
        var resourceSpans = writer.BeginMessage(OtlpFields.RequestResourceSpans);
        var resource = writer.BeginMessage(OtlpFields.ResourceSpans.Resource);
        Attribute(writer, OtlpFields.Resource.Attributes, "service.name", _service);
        writer.EndMessage(resource);
        var scopeSpans = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
        foreach (var span in _spans)
        {
            writer.BytesField(OtlpFields.ScopeSpans.Spans, span);
        }

        writer.EndMessage(scopeSpans);
        writer.EndMessage(resourceSpans);
        return buffer.Written.ToArray();
    }

    public TraceBatch Batch(TenantId? tenant = null)
    {
        var buffer = new PooledBuffer();
        buffer.Write(Bytes());
        return OtlpScanner.Scan(buffer, new BatchContext(tenant ?? TenantId.Single, 0)).Batch!;
    }

    private static void Attribute(ProtoWriter writer, int field, string key, object value)
    {
        var attribute = writer.BeginMessage(field);
        writer.StringField(OtlpFields.KeyValue.Key, key);
        var any = writer.BeginMessage(OtlpFields.KeyValue.Value);
        switch (value)
        {
            case string text:
                writer.StringField(OtlpFields.AnyValue.String, text);
                break;
            case int number:
                writer.VarintField(OtlpFields.AnyValue.Int, (ulong)number);
                break;
            case bool flag:
                writer.VarintField(OtlpFields.AnyValue.Bool, flag ? 1u : 0u);
                break;
            case double real:
                writer.DoubleField(OtlpFields.AnyValue.Double, real);
                break;
            case byte[] bytes:
                writer.BytesField(OtlpFields.AnyValue.Bytes, bytes);
                break;
            default:
                throw new ArgumentException($"no attribute value: {value}", nameof(value));
        }

        writer.EndMessage(any);
        writer.EndMessage(attribute);
    }
}
