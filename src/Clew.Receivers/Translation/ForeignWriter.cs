using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Editing;
using Clew.Otlp.Wire;

namespace Clew.Receivers.Translation;

/// <summary>Writes OTLP. Stops writing spans and their parts once the buffer holds more than its limit; the caller then throws it away.</summary>
internal readonly ref struct ForeignWriter(PooledBuffer buffer, int maxBytes)
{
    private readonly PooledBuffer _buffer = buffer;
    private readonly int _maxBytes = maxBytes;

    private bool IsFull => _buffer.Length > _maxBytes;

    public void Resource(IReadOnlyList<KeyValuePair<string, object>> resource, Dictionary<(string Name, string Version), List<ForeignSpan>> scopes)
    {
        var writer = new ProtoWriter(_buffer);
        var resourceSpans = writer.BeginMessage(OtlpFields.RequestResourceSpans);
        var message = writer.BeginMessage(OtlpFields.ResourceSpans.Resource);
        Attributes(OtlpFields.Resource.Attributes, resource);
        writer.EndMessage(message);
        foreach (var (scope, spans) in scopes)
        {
            var scopeSpans = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
            if (scope.Name.Length + scope.Version.Length > 0)
            {
                var inner = writer.BeginMessage(OtlpFields.ScopeSpans.Scope);
                Text(OtlpFields.Scope.Name, scope.Name);
                Text(OtlpFields.Scope.Version, scope.Version);
                writer.EndMessage(inner);
            }

            foreach (var span in spans)
            {
                if (IsFull)
                {
                    break;
                }

                Span(span);
            }

            writer.EndMessage(scopeSpans);
        }

        writer.EndMessage(resourceSpans);
    }

    private void Span(ForeignSpan span)
    {
        var writer = new ProtoWriter(_buffer);
        var message = writer.BeginMessage(OtlpFields.ScopeSpans.Spans);
        TraceId(OtlpFields.Span.TraceId, span.TraceId);
        SpanId(OtlpFields.Span.SpanId, span.SpanId);
        Text(OtlpFields.Span.TraceState, span.TraceState);
        if (span.ParentId != 0)
        {
            SpanId(OtlpFields.Span.ParentSpanId, span.ParentId);
        }

        Text(OtlpFields.Span.Name, span.Name);
        writer.VarintField(OtlpFields.Span.Kind, (ulong)span.Kind);
        writer.Fixed64Field(OtlpFields.Span.StartTime, span.StartUnixNano);
        writer.Fixed64Field(OtlpFields.Span.EndTime, span.EndUnixNano);
        Attributes(OtlpFields.Span.Attributes, span.Attributes);
        foreach (var happened in span.Events)
        {
            Event(happened);
        }

        foreach (var link in span.Links)
        {
            Link(link);
        }

        if (span.Status != ForeignStatus.Unset)
        {
            var status = writer.BeginMessage(OtlpFields.Span.Status);
            Text(OtlpFields.Status.Message, span.StatusMessage);
            writer.VarintField(OtlpFields.Status.Code, (ulong)span.Status);
            writer.EndMessage(status);
        }

        writer.EndMessage(message);
    }

    private void Event(ForeignEvent happened)
    {
        if (IsFull)
        {
            return;
        }

        var writer = new ProtoWriter(_buffer);
        var message = writer.BeginMessage(OtlpFields.Span.Events);
        writer.Fixed64Field(OtlpFields.Event.Time, happened.UnixNano);
        Text(OtlpFields.Event.Name, happened.Name);
        Attributes(OtlpFields.Event.Attributes, happened.Attributes);
        Dropped(OtlpFields.Event.DroppedAttributesCount, happened.Dropped);
        writer.EndMessage(message);
    }

    private void Link(ForeignLink link)
    {
        if (IsFull)
        {
            return;
        }

        var writer = new ProtoWriter(_buffer);
        var message = writer.BeginMessage(OtlpFields.Span.Links);
        TraceId(OtlpFields.Link.TraceId, link.TraceId);
        SpanId(OtlpFields.Link.SpanId, link.SpanId);
        Text(OtlpFields.Link.TraceState, link.TraceState);
        Attributes(OtlpFields.Link.Attributes, link.Attributes);
        Dropped(OtlpFields.Link.DroppedAttributesCount, link.Dropped);
        writer.EndMessage(message);
    }

    private void Attributes(int field, IReadOnlyList<KeyValuePair<string, object>> attributes)
    {
        var writer = new ProtoWriter(_buffer);
        foreach (var (key, value) in attributes)
        {
            if (IsFull)
            {
                return;
            }

            var attribute = writer.BeginShortMessage(field);
            writer.StringField(OtlpFields.KeyValue.Key, key);
            var any = writer.BeginShortMessage(OtlpFields.KeyValue.Value);
            OtlpValue.Write(_buffer, value);
            writer.EndShortMessage(any);
            writer.EndShortMessage(attribute);
        }
    }

    private void TraceId(int field, ForeignTraceId id) => new ProtoWriter(_buffer).TraceIdField(field, new TraceId(id.High, id.Low));

    private void SpanId(int field, ulong id) => new ProtoWriter(_buffer).SpanIdField(field, new SpanId(id));

    private void Text(int field, string text)
    {
        if (text.Length > 0)
        {
            new ProtoWriter(_buffer).StringField(field, text);
        }
    }

    private void Dropped(int field, uint count)
    {
        if (count > 0)
        {
            new ProtoWriter(_buffer).VarintField(field, count);
        }
    }
}
