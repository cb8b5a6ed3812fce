using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Editing;
using Clew.Otlp.Wire;

namespace Clew.Server.Demo;

/// <summary>
/// Writes the applications' spans of traces as one ExportTraceServiceRequest, grouped under their services as SDKs send them. Those of
/// proxies are <see cref="EnvoyEncoder"/>'s.
/// </summary>
internal static class DemoEncoder
{
    private const string ScopeName = "clew.demo";

    public static PooledBuffer Encode(IReadOnlyList<(DemoTrace Trace, long StartUnixNano)> traces)
    {
        var buffer = new PooledBuffer(64 << 10);
        var writer = new ProtoWriter(buffer);
        var spans = traces.SelectMany(trace => trace.Trace.Spans.Select(span => (trace.Trace, trace.StartUnixNano, Span: span)));
        foreach (var service in spans.Where(static entry => entry.Span.Service.Proxy is null).GroupBy(entry => entry.Span.Service))
        {
            var resourceSpans = writer.BeginMessage(OtlpFields.RequestResourceSpans);
            var resource = writer.BeginMessage(OtlpFields.ResourceSpans.Resource);
            foreach (var (key, value) in service.Key.Resource())
            {
                Attribute(buffer, OtlpFields.Resource.Attributes, key, value);
            }

            writer.EndMessage(resource);
            var scopeSpans = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
            var scope = writer.BeginMessage(OtlpFields.ScopeSpans.Scope);
            writer.StringField(OtlpFields.Scope.Name, ScopeName);
            writer.EndMessage(scope);
            foreach (var (trace, start, span) in service)
            {
                Span(buffer, trace.Id, start, span);
            }

            writer.EndMessage(scopeSpans);
            writer.EndMessage(resourceSpans);
        }

        return buffer;
    }

    private static void Span(PooledBuffer buffer, TraceId traceId, long traceStart, DemoSpan span)
    {
        var writer = new ProtoWriter(buffer);
        var message = writer.BeginMessage(OtlpFields.ScopeSpans.Spans);
        writer.TraceIdField(OtlpFields.Span.TraceId, traceId);
        writer.SpanIdField(OtlpFields.Span.SpanId, span.Id);
        if (span.Parent is { } parent)
        {
            writer.SpanIdField(OtlpFields.Span.ParentSpanId, parent.Id);
        }

        writer.StringField(OtlpFields.Span.Name, span.Name);
        writer.VarintField(OtlpFields.Span.Kind, (ulong)span.Kind);
        writer.Fixed64Field(OtlpFields.Span.StartTime, (ulong)(traceStart + span.Start));
        writer.Fixed64Field(OtlpFields.Span.EndTime, (ulong)(traceStart + span.End));
        foreach (var (key, value) in span.Attributes)
        {
            Attribute(buffer, OtlpFields.Span.Attributes, key, value);
        }

        foreach (var happened in span.Events)
        {
            var inner = writer.BeginMessage(OtlpFields.Span.Events);
            writer.Fixed64Field(OtlpFields.Event.Time, (ulong)(traceStart + happened.At));
            writer.StringField(OtlpFields.Event.Name, happened.Name);
            foreach (var (key, value) in happened.Attributes)
            {
                Attribute(buffer, OtlpFields.Event.Attributes, key, value);
            }

            writer.EndMessage(inner);
        }

        foreach (var linked in span.Links)
        {
            var inner = writer.BeginMessage(OtlpFields.Span.Links);
            writer.TraceIdField(OtlpFields.Link.TraceId, traceId);
            writer.SpanIdField(OtlpFields.Link.SpanId, linked.Id);
            writer.EndMessage(inner);
        }

        if (span.Failed)
        {
            var status = writer.BeginMessage(OtlpFields.Span.Status);
            if (span.Error is not null)
            {
                writer.StringField(OtlpFields.Status.Message, span.Error);
            }

            writer.VarintField(OtlpFields.Status.Code, (ulong)SpanStatus.Error);
            writer.EndMessage(status);
        }

        writer.EndMessage(message);
    }

    private static void Attribute(PooledBuffer buffer, int field, string key, object value)
    {
        var writer = new ProtoWriter(buffer);
        var attribute = writer.BeginMessage(field);
        writer.StringField(OtlpFields.KeyValue.Key, key);
        var any = writer.BeginMessage(OtlpFields.KeyValue.Value);
        OtlpValue.Write(buffer, value switch { int number => (long)number, string[] texts => new OtlpList(texts), _ => value });
        writer.EndMessage(any);
        writer.EndMessage(attribute);
    }
}
