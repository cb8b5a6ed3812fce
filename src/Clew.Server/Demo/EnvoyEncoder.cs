using System.Buffers;
using System.Text.Json;
using Clew.Model;

namespace Clew.Server.Demo;

/// <summary>Writes the proxies' spans of traces as Envoy's Zipkin tracer sends them: version 2 in JSON, all tags texts, times in microseconds.</summary>
internal static class EnvoyEncoder
{
    public static ReadOnlyMemory<byte> Encode(IReadOnlyList<(DemoTrace Trace, long StartUnixNano)> traces)
    {
        var buffer = new ArrayBufferWriter<byte>(64 << 10);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var (trace, start) in traces)
            {
                foreach (var span in trace.Spans)
                {
                    if (span.Service.Proxy is { } proxy)
                    {
                        Write(json, trace.Id, start, span, proxy);
                    }
                }
            }

            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, TraceId trace, long start, DemoSpan span, DemoProxy proxy)
    {
        json.WriteStartObject();
        json.WriteString("traceId", trace.ToString());
        json.WriteString("id", span.Id.ToString());
        if ((span.IsShared ? span.Parent?.Parent : span.Parent) is { } parent)
        {
            json.WriteString("parentId", parent.Id.ToString());
        }

        json.WriteString("name", span.Name);
        json.WriteString("kind", span.Kind == SpanKind.Server ? "SERVER" : "CLIENT");
        json.WriteNumber("timestamp", (start + span.Start) / 1000);
        json.WriteNumber("duration", Math.Max(1, span.Duration / 1000));
        if (span.IsShared)
        {
            json.WriteBoolean("shared", true);
        }

        json.WriteStartObject("localEndpoint");
        json.WriteString("serviceName", span.Service.Name);
        json.WriteString("ipv4", proxy.Address);
        json.WriteNumber("port", 0);
        json.WriteEndObject();
        json.WriteStartObject("tags");
        foreach (var (key, value) in span.Attributes)
        {
            json.WriteString(key, (string)value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
