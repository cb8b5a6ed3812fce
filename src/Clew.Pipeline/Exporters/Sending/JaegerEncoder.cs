using System.Globalization;
using System.Text.Json;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Otlp.Wire;
using Confluent.Kafka;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>Writes spans as Jaeger's model (api_v2), one message a span, protobuf or its JSON form.</summary>
internal static class JaegerEncoder
{
    public static List<Message<byte[]?, byte[]>> Messages(TraceBatch batch, bool asJson)
    {
        var messages = new List<Message<byte[]?, byte[]>>();
        using var edit = new BatchEdit(batch);
        for (var i = 0; i < batch.SpanCount; i++)
        {
            var entry = batch.Spans[i];
            using var buffer = new PooledBuffer(1024);
            var (span, resource, scope) = (edit.Open(i), edit.Resource(entry.Resource), edit.Scope(entry.Scope));
            if (asJson)
            {
                WriteJson(buffer, span, resource, scope);
            }
            else
            {
                WriteProto(buffer, span, resource, scope);
            }

            messages.Add(new Message<byte[]?, byte[]> { Key = System.Text.Encoding.ASCII.GetBytes(entry.TraceId.ToString()), Value = buffer.Written.ToArray() });
        }

        return messages;
    }

    private static void WriteProto(PooledBuffer buffer, SpanRecord span, ResourceRecord resource, ScopeRecord scope)
    {
        var writer = new ProtoWriter(buffer);
        writer.BytesField(1, span.TraceId.Span);
        writer.BytesField(2, span.SpanId.Span);
        writer.StringField(3, span.Name);
        foreach (var (trace, id, isChild) in References(span))
        {
            var reference = writer.BeginShortMessage(4);
            writer.BytesField(1, trace);
            writer.BytesField(2, id);
            if (!isChild)
            {
                writer.VarintField(3, 1);
            }

            writer.EndShortMessage(reference);
        }

        writer.VarintField(5, 1);
        Time(buffer, 6, span.StartUnixNano);
        Time(buffer, 7, Math.Max(0, span.EndUnixNano - span.StartUnixNano));
        foreach (var (key, value) in Tags(span, scope))
        {
            KeyValue(buffer, 8, key, value);
        }

        foreach (var item in span.Events)
        {
            var log = writer.BeginShortMessage(9);
            Time(buffer, 1, item.TimeUnixNano);
            KeyValue(buffer, 2, "event", item.Name);
            foreach (var (key, value) in item.Attributes)
            {
                KeyValue(buffer, 2, key, value);
            }

            writer.EndShortMessage(log);
        }

        var process = writer.BeginShortMessage(10);
        writer.StringField(1, ServiceOf(resource));
        foreach (var (key, value) in resource.Attributes.Where(static attribute => attribute.Key != "service.name"))
        {
            KeyValue(buffer, 2, key, value);
        }

        writer.EndShortMessage(process);
    }

    private static void WriteJson(PooledBuffer buffer, SpanRecord span, ResourceRecord resource, ScopeRecord scope)
    {
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteBase64String("traceId", span.TraceId.Span);
        json.WriteBase64String("spanId", span.SpanId.Span);
        json.WriteString("operationName", span.Name);
        json.WriteStartArray("references");
        foreach (var (trace, id, isChild) in References(span))
        {
            json.WriteStartObject();
            json.WriteBase64String("traceId", trace);
            json.WriteBase64String("spanId", id);
            json.WriteString("refType", isChild ? "CHILD_OF" : "FOLLOWS_FROM");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("flags", 1);
        json.WriteString("startTime", Rfc3339(span.StartUnixNano));
        json.WriteString("duration", (Math.Max(0, span.EndUnixNano - span.StartUnixNano) / 1e9m).ToString("0.#########", CultureInfo.InvariantCulture) + "s");
        json.WriteStartArray("tags");
        foreach (var (key, value) in Tags(span, scope))
        {
            KeyValue(json, key, value);
        }

        json.WriteEndArray();
        json.WriteStartArray("logs");
        foreach (var item in span.Events)
        {
            json.WriteStartObject();
            json.WriteString("timestamp", Rfc3339(item.TimeUnixNano));
            json.WriteStartArray("fields");
            KeyValue(json, "event", item.Name);
            foreach (var (key, value) in item.Attributes)
            {
                KeyValue(json, key, value);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("process");
        json.WriteString("serviceName", ServiceOf(resource));
        json.WriteStartArray("tags");
        foreach (var (key, value) in resource.Attributes.Where(static attribute => attribute.Key != "service.name"))
        {
            KeyValue(json, key, value);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static IEnumerable<(byte[] Trace, byte[] Span, bool IsChild)> References(SpanRecord span)
    {
        if (!span.IsRoot)
        {
            yield return (span.TraceId.ToArray(), span.ParentSpanId.ToArray(), true);
        }

        foreach (var link in span.Links)
        {
            yield return (link.TraceId, link.SpanId, link.Attributes.Get("opentracing.ref_type") is "child_of");
        }
    }

    private static IEnumerable<KeyValuePair<string, object?>> Tags(SpanRecord span, ScopeRecord scope)
    {
        foreach (var attribute in span.Attributes)
        {
            yield return attribute;
        }

        if (scope.Name.Length > 0)
        {
            yield return new("otel.scope.name", scope.Name);
        }

        if (scope.Version.Length > 0)
        {
            yield return new("otel.scope.version", scope.Version);
        }

        if (span.Kind is >= 1 and <= 5)
        {
            yield return new("span.kind", span.Kind switch { 1 => "internal", 2 => "server", 3 => "client", 4 => "producer", _ => "consumer" });
        }

        if (span.StatusCode != 0)
        {
            yield return new("otel.status_code", span.StatusCode == 2 ? "ERROR" : "OK");
        }

        if (span.StatusCode == 2)
        {
            yield return new("error", true);
        }

        if (span.StatusMessage.Length > 0)
        {
            yield return new("otel.status_description", span.StatusMessage);
        }

        if (span.TraceState.Length > 0)
        {
            yield return new("w3c.tracestate", span.TraceState);
        }
    }

    private static string ServiceOf(ResourceRecord resource) => resource.Attributes.Get("service.name") as string ?? "OTLPResourceNoServiceName";

    private static void Time(PooledBuffer buffer, int field, long nanos)
    {
        var writer = new ProtoWriter(buffer);
        var start = writer.BeginShortMessage(field);
        writer.VarintField(1, (ulong)(nanos / 1_000_000_000));
        writer.VarintField(2, (ulong)(nanos % 1_000_000_000));
        writer.EndShortMessage(start);
    }

    private static void KeyValue(PooledBuffer buffer, int field, string key, object? value)
    {
        var writer = new ProtoWriter(buffer);
        var start = writer.BeginShortMessage(field);
        writer.StringField(1, key);
        switch (value)
        {
            case bool flag:
                writer.VarintField(2, 1);
                writer.VarintField(4, flag ? 1UL : 0);
                break;
            case long number:
                writer.VarintField(2, 2);
                writer.VarintField(5, (ulong)number);
                break;
            case double number:
                writer.VarintField(2, 3);
                writer.DoubleField(6, number);
                break;
            case byte[] bytes:
                writer.VarintField(2, 4);
                writer.BytesField(7, bytes);
                break;
            default:
                writer.StringField(3, OtlpValue.ToText(value));
                break;
        }

        writer.EndShortMessage(start);
    }

    private static void KeyValue(Utf8JsonWriter json, string key, object? value)
    {
        json.WriteStartObject();
        json.WriteString("key", key);
        switch (value)
        {
            case bool flag:
                json.WriteString("vType", "BOOL");
                json.WriteBoolean("vBool", flag);
                break;
            case long number:
                json.WriteString("vType", "INT64");
                json.WriteString("vInt64", number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                json.WriteString("vType", "FLOAT64");
                json.WriteNumber("vFloat64", number);
                break;
            case byte[] bytes:
                json.WriteString("vType", "BINARY");
                json.WriteBase64String("vBinary", bytes);
                break;
            default:
                json.WriteString("vStr", OtlpValue.ToText(value));
                break;
        }

        json.WriteEndObject();
    }

    private static string Rfc3339(long unixNano) =>
        DateTimeOffset.FromUnixTimeSeconds(unixNano / 1_000_000_000).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)
        + "." + (unixNano % 1_000_000_000).ToString("000000000", CultureInfo.InvariantCulture) + "Z";
}
