using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Query.ById;

/// <summary>
/// Writes a stored trace as one TracesData message: spans in order of start under their resources and scopes, which come in order of
/// their first span. Span messages are copied as bytes unless ids have to be repaired.
/// </summary>
internal static class TraceWriter
{
    /// <summary>Stands in for a resource that says nothing: Grafana drops spans whose resource has no attribute.</summary>
    private const string UnknownService = "unknown_service";

    public static PooledBuffer Write(StoredTrace trace, TraceForm form)
    {
        var entries = trace.Entries;
        entries.Sort(static (left, right) =>
        {
            var order = left.StartUnixNano.CompareTo(right.StartUnixNano);
            order = order != 0 ? order : left.Id.CompareTo(right.Id);
            return order != 0 ? order : left.Kind.CompareTo(right.Kind);
        });
        var repair = form == TraceForm.ForTempoClients ? SharedSpanIds.Find(entries) : null;
        var buffer = new PooledBuffer(64 << 10);
        try
        {
            foreach (var resource in Group(entries, static e => (e.Resource, e.ResourceSchemaUrl)))
            {
                WriteResource(buffer, trace, resource, form, repair);
            }

            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private static void WriteResource(
        PooledBuffer buffer, StoredTrace trace, List<StoredTrace.Entry> entries, TraceForm form, SharedSpanIds? repair)
    {
        var writer = new ProtoWriter(buffer);
        var start = writer.BeginMessage(OtlpFields.RequestResourceSpans);
        var resource = trace.Context(entries[0].Resource);
        if (form == TraceForm.ForTempoClients && !HasField(resource, OtlpFields.Resource.Attributes))
        {
            WriteUnknownService(buffer, resource);
        }
        else
        {
            writer.BytesField(OtlpFields.ResourceSpans.Resource, resource);
        }

        foreach (var scope in Group(entries, static e => (e.Scope, e.ScopeSchemaUrl)))
        {
            var scopeStart = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
            writer.BytesField(OtlpFields.ScopeSpans.Scope, trace.Context(scope[0].Scope));
            foreach (var entry in scope)
            {
                WriteSpan(buffer, trace.Bytes(entry.Span), form, repair?.For(entry));
            }

            WriteSchemaUrl(writer, OtlpFields.ScopeSpans.SchemaUrl, trace.Context(scope[0].ScopeSchemaUrl));
            writer.EndMessage(scopeStart);
        }

        WriteSchemaUrl(writer, OtlpFields.ResourceSpans.SchemaUrl, trace.Context(entries[0].ResourceSchemaUrl));
        writer.EndMessage(start);
    }

    private static void WriteSpan(PooledBuffer buffer, ReadOnlySpan<byte> span, TraceForm form, SharedSpanIds.Repair? repair)
    {
        var writer = new ProtoWriter(buffer);
        var addStatus = form == TraceForm.ForTempoClients && !HasField(span, OtlpFields.Span.Status);
        if (!addStatus && repair is null)
        {
            writer.BytesField(OtlpFields.ScopeSpans.Spans, span);
            return;
        }

        var start = writer.BeginMessage(OtlpFields.ScopeSpans.Spans);
        if (repair is { } ids)
        {
            CopyWithoutIds(buffer, span);
            WriteId(writer, OtlpFields.Span.SpanId, ids.Id);
            if (!ids.ParentId.IsZero)
            {
                WriteId(writer, OtlpFields.Span.ParentSpanId, ids.ParentId);
            }
        }
        else
        {
            buffer.Write(span);
        }

        if (addStatus)
        {
            writer.LengthPrefix(OtlpFields.Span.Status, 0);
        }

        writer.EndMessage(start);
    }

    /// <summary>Copies the fields of a span except its id and its parent's.</summary>
    private static void CopyWithoutIds(PooledBuffer buffer, ReadOnlySpan<byte> span)
    {
        var reader = new ProtoReader(span);
        var fieldStart = 0;
        while (reader.Next())
        {
            reader.Skip();
            if (reader.Field is not (OtlpFields.Span.SpanId or OtlpFields.Span.ParentSpanId))
            {
                buffer.Write(span[fieldStart..reader.Position]);
            }

            fieldStart = reader.Position;
        }
    }

    private static void WriteId(ProtoWriter writer, int field, SpanId id)
    {
        Span<byte> bytes = stackalloc byte[SpanId.Size];
        id.WriteTo(bytes);
        writer.BytesField(field, bytes);
    }

    private static void WriteUnknownService(PooledBuffer buffer, ReadOnlySpan<byte> resource)
    {
        var writer = new ProtoWriter(buffer);
        var start = writer.BeginMessage(OtlpFields.ResourceSpans.Resource);
        buffer.Write(resource);
        var attribute = writer.BeginMessage(OtlpFields.Resource.Attributes);
        writer.StringField(OtlpFields.KeyValue.Key, "service.name");
        var value = writer.BeginMessage(OtlpFields.KeyValue.Value);
        writer.StringField(OtlpFields.AnyValue.String, UnknownService);
        writer.EndMessage(value);
        writer.EndMessage(attribute);
        writer.EndMessage(start);
    }

    private static void WriteSchemaUrl(ProtoWriter writer, int field, ReadOnlySpan<byte> url)
    {
        if (url.Length > 0)
        {
            writer.BytesField(field, url);
        }
    }

    private static bool HasField(ReadOnlySpan<byte> message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static List<List<StoredTrace.Entry>> Group(List<StoredTrace.Entry> entries, Func<StoredTrace.Entry, (int, int)> key)
    {
        var groups = new List<List<StoredTrace.Entry>>();
        var byKey = new Dictionary<(int, int), List<StoredTrace.Entry>>();
        foreach (var entry in entries)
        {
            if (!byKey.TryGetValue(key(entry), out var group))
            {
                groups.Add(group = []);
                byKey.Add(key(entry), group);
            }

            group.Add(entry);
        }

        return groups;
    }
}
