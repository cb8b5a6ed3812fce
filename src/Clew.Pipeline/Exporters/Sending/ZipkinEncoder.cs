using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>
/// Writes spans as Zipkin's version 2, JSON or protobuf. What Zipkin has no place for becomes tags that a Zipkin receiver knows how to
/// read back: scope, status, tracestate, links, attributes of events.
/// </summary>
internal static class ZipkinEncoder
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void WriteJson(TraceBatch batch, string defaultService, PooledBuffer destination)
    {
        using var json = new Utf8JsonWriter(destination, s_json);
        json.WriteStartArray();
        foreach (var span in Spans(batch, defaultService))
        {
            Write(json, span);
        }

        json.WriteEndArray();
    }

    public static void WriteProto(TraceBatch batch, string defaultService, PooledBuffer destination)
    {
        var writer = new ProtoWriter(destination);
        foreach (var span in Spans(batch, defaultService))
        {
            var start = writer.BeginShortMessage(1);
            Write(destination, span);
            writer.EndShortMessage(start);
        }
    }

    private static IEnumerable<ZipkinSpan> Spans(TraceBatch batch, string defaultService)
    {
        using var edit = new BatchEdit(batch);
        for (var i = 0; i < batch.SpanCount; i++)
        {
            var entry = batch.Spans[i];
            yield return Translate(edit.Open(i), edit.Resource(entry.Resource), edit.Scope(entry.Scope), defaultService);
        }
    }

    private static ZipkinSpan Translate(SpanRecord span, ResourceRecord resource, ScopeRecord scope, string defaultService)
    {
        var tags = new Dictionary<string, string>();
        foreach (var (key, value) in resource.Attributes.Concat(span.Attributes))
        {
            tags[key] = OtlpValue.ToText(value);
        }

        var service = Take(tags, "service.name") is { Length: > 0 } name ? name : defaultService;
        var local = new ZipkinEndpoint(service, Take(tags, "net.host.ip"), Port(tags, "net.host.port"));
        var remote = new ZipkinEndpoint(Take(tags, "peer.service"), Take(tags, "net.peer.ip"), Port(tags, "net.peer.port"));
        SetIfAny(tags, "otel.scope.name", scope.Name);
        SetIfAny(tags, "otel.scope.version", scope.Version);
        SetIfAny(tags, "w3c.tracestate", span.TraceState);
        if (span.StatusCode != 0)
        {
            tags["otel.status_code"] = span.StatusCode == 2 ? "STATUS_CODE_ERROR" : "STATUS_CODE_OK";
            SetIfAny(tags, "otel.status_description", span.StatusMessage);
        }

        if (span.StatusCode == 2)
        {
            tags["error"] = span.StatusMessage.Length > 0 ? span.StatusMessage : "true";
        }

        if (span.Kind == 1)
        {
            tags["span.kind"] = "internal";
        }

        for (var i = 0; i < span.Links.Count; i++)
        {
            var link = span.Links[i];
            tags[$"otlp.link.{i.ToString(CultureInfo.InvariantCulture)}"] =
                $"{Convert.ToHexStringLower(link.TraceId)}|{Convert.ToHexStringLower(link.SpanId)}|{link.TraceState}|{OtlpValue.ToJson(link.Attributes)}|{link.DroppedAttributesCount.ToString(CultureInfo.InvariantCulture)}";
        }

        var annotations = span.Events.Select(static item => (
            item.TimeUnixNano / 1000,
            item.Attributes.Count == 0 && item.DroppedAttributesCount == 0
                ? item.Name
                : $"{item.Name}|{OtlpValue.ToJson(item.Attributes)}|{item.DroppedAttributesCount.ToString(CultureInfo.InvariantCulture)}")).ToList();
        return new ZipkinSpan(
            span.TraceId.ToArray(), span.SpanId.ToArray(), span.IsRoot ? [] : span.ParentSpanId.ToArray(), span.Name, span.Kind, span.StartUnixNano / 1000,
            Math.Max(0, span.EndUnixNano - span.StartUnixNano) / 1000, local, remote, annotations, tags);
    }

    private static void Write(Utf8JsonWriter json, ZipkinSpan span)
    {
        json.WriteStartObject();
        json.WriteString("traceId", Convert.ToHexStringLower(span.TraceId));
        json.WriteString("id", Convert.ToHexStringLower(span.Id));
        if (span.ParentId.Length > 0)
        {
            json.WriteString("parentId", Convert.ToHexStringLower(span.ParentId));
        }

        if (span.Kind is >= 2 and <= 5)
        {
            json.WriteString("kind", span.Kind switch { 2 => "SERVER", 3 => "CLIENT", 4 => "PRODUCER", _ => "CONSUMER" });
        }

        json.WriteString("name", span.Name);
        if (span.TimestampMicros > 0)
        {
            json.WriteNumber("timestamp", span.TimestampMicros);
        }

        if (span.DurationMicros > 0)
        {
            json.WriteNumber("duration", span.DurationMicros);
        }

        Write(json, "localEndpoint", span.Local);
        Write(json, "remoteEndpoint", span.Remote);
        if (span.Annotations.Count > 0)
        {
            json.WriteStartArray("annotations");
            foreach (var (timestamp, value) in span.Annotations)
            {
                json.WriteStartObject();
                json.WriteNumber("timestamp", timestamp);
                json.WriteString("value", value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteStartObject("tags");
        foreach (var (key, value) in span.Tags)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, ZipkinEndpoint endpoint)
    {
        if (endpoint.IsEmpty)
        {
            return;
        }

        json.WriteStartObject(name);
        if (!string.IsNullOrEmpty(endpoint.Service))
        {
            json.WriteString("serviceName", endpoint.Service);
        }

        if (IPAddress.TryParse(endpoint.Ip, out var address))
        {
            json.WriteString(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "ipv4" : "ipv6", address.ToString());
        }

        if (endpoint.Port > 0)
        {
            json.WriteNumber("port", endpoint.Port);
        }

        json.WriteEndObject();
    }

    private static void Write(PooledBuffer buffer, ZipkinSpan span)
    {
        var writer = new ProtoWriter(buffer);
        writer.BytesField(1, span.TraceId);
        if (span.ParentId.Length > 0)
        {
            writer.BytesField(2, span.ParentId);
        }

        writer.BytesField(3, span.Id);
        if (span.Kind is >= 2 and <= 5)
        {
            // Zipkin's order is client, server, producer, consumer.
            writer.VarintField(4, span.Kind switch { 2 => 2UL, 3 => 1UL, 4 => 3UL, _ => 4UL });
        }

        writer.StringField(5, span.Name);
        if (span.TimestampMicros > 0)
        {
            writer.Fixed64Field(6, (ulong)span.TimestampMicros);
        }

        if (span.DurationMicros > 0)
        {
            writer.VarintField(7, (ulong)span.DurationMicros);
        }

        Write(buffer, 8, span.Local);
        Write(buffer, 9, span.Remote);
        foreach (var (timestamp, value) in span.Annotations)
        {
            var start = writer.BeginShortMessage(10);
            writer.Fixed64Field(1, (ulong)timestamp);
            writer.StringField(2, value);
            writer.EndShortMessage(start);
        }

        foreach (var (key, value) in span.Tags)
        {
            var start = writer.BeginShortMessage(11);
            writer.StringField(1, key);
            writer.StringField(2, value);
            writer.EndShortMessage(start);
        }
    }

    private static void Write(PooledBuffer buffer, int field, ZipkinEndpoint endpoint)
    {
        if (endpoint.IsEmpty)
        {
            return;
        }

        var writer = new ProtoWriter(buffer);
        var start = writer.BeginShortMessage(field);
        if (!string.IsNullOrEmpty(endpoint.Service))
        {
            writer.StringField(1, endpoint.Service);
        }

        if (IPAddress.TryParse(endpoint.Ip, out var address))
        {
            writer.BytesField(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 2 : 3, address.GetAddressBytes());
        }

        if (endpoint.Port > 0)
        {
            writer.VarintField(4, (ulong)endpoint.Port);
        }

        writer.EndShortMessage(start);
    }

    private static string? Take(Dictionary<string, string> tags, string key) => tags.Remove(key, out var value) ? value : null;

    private static int Port(Dictionary<string, string> tags, string key) => int.TryParse(Take(tags, key), CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port : 0;

    private static void SetIfAny(Dictionary<string, string> tags, string key, string value)
    {
        if (value.Length > 0)
        {
            tags[key] = value;
        }
    }

    private sealed record ZipkinEndpoint(string? Service, string? Ip, int Port)
    {
        public bool IsEmpty => string.IsNullOrEmpty(Service) && string.IsNullOrEmpty(Ip) && Port == 0;
    }

    private sealed record ZipkinSpan(
        byte[] TraceId, byte[] Id, byte[] ParentId, string Name, long Kind, long TimestampMicros, long DurationMicros, ZipkinEndpoint Local, ZipkinEndpoint Remote,
        List<(long Timestamp, string Value)> Annotations, Dictionary<string, string> Tags);
}
