using System.Text;
using Clew.Interchange.Records;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Storage.Columns;

namespace Clew.Interchange.Tempo;

/// <summary>
/// Turns a row of a Tempo block, which is a trace, into the OTLP messages of its spans. The formats differ in where an attribute's value
/// stands and in whether events and links are columns or messages; the fields that a file has decide, not its version.
/// </summary>
internal sealed class TempoSpans(TempoMeta meta) : IDisposable
{
    private readonly AttributeColumns _resourceColumns = AttributeColumns.Resource(meta);
    private readonly AttributeColumns _spanColumns = AttributeColumns.Span(meta);
    private readonly AttributeColumns _eventColumns = AttributeColumns.Event(meta);
    private readonly PooledBuffer _resource = new();
    private readonly PooledBuffer _scope = new();
    private readonly PooledBuffer _span = new();

    /// <summary>Spans without a usable id, which nothing can hold.</summary>
    public long Refused { get; private set; }

    /// <summary>Values whose text could not be read as the value it stands for; they are kept as text.</summary>
    public long KeptAsText { get; private set; }

    /// <summary>Hands every span of the trace on; answers how many.</summary>
    public int Write(Record trace, IStoredSpanSink sink)
    {
        var traceId = trace.Bytes("TraceID");
        var spans = 0;
        foreach (var resourceSpans in trace.Records("rs"))
        {
            _resource.Clear();
            WriteResource(new ProtoWriter(_resource), resourceSpans.Group("Resource"));
            foreach (var scopeSpans in resourceSpans.Records("ss"))
            {
                _scope.Clear();
                WriteScope(new ProtoWriter(_scope), scopeSpans.Group("Scope"));
                foreach (var span in scopeSpans.Records("Spans"))
                {
                    if (traceId is not { Length: 16 } || traceId.AsSpan().IndexOfAnyExcept((byte)0) < 0
                        || span.Bytes("SpanID") is not { Length: 8 } spanId || spanId.AsSpan().IndexOfAnyExcept((byte)0) < 0)
                    {
                        Refused++;
                        continue;
                    }

                    _span.Clear();
                    WriteSpan(new ProtoWriter(_span), span, traceId, spanId);
                    sink.Add(new StoredSpan
                    {
                        TraceIndex = 0, Span = _span.Written, Resource = _resource.Written, ResourceSchemaUrl = [], Scope = _scope.Written, ScopeSchemaUrl = [],
                    });
                    spans++;
                }
            }
        }

        return spans;
    }

    public void Dispose()
    {
        _resource.Dispose();
        _scope.Dispose();
        _span.Dispose();
    }

    private void WriteResource(ProtoWriter writer, Record? resource)
    {
        if (resource is null)
        {
            return;
        }

        WriteColumns(writer, OtlpFields.Resource.Attributes, resource, _resourceColumns);
        WriteAttributes(writer, OtlpFields.Resource.Attributes, resource);
        Count(writer, OtlpFields.Resource.DroppedAttributesCount, resource, "DroppedAttributesCount");
    }

    private void WriteScope(ProtoWriter writer, Record? scope)
    {
        if (scope is null)
        {
            return;
        }

        Text(writer, OtlpFields.Scope.Name, scope, "Name");
        Text(writer, OtlpFields.Scope.Version, scope, "Version");
        WriteAttributes(writer, OtlpFields.Scope.Attributes, scope);
        Count(writer, OtlpFields.Scope.DroppedAttributesCount, scope, "DroppedAttributesCount");
    }

    private void WriteSpan(ProtoWriter writer, Record span, byte[] traceId, byte[] spanId)
    {
        var start = (ulong)span.Long("StartTimeUnixNano");
        writer.BytesField(OtlpFields.Span.TraceId, traceId);
        writer.BytesField(OtlpFields.Span.SpanId, spanId);
        Text(writer, OtlpFields.Span.TraceState, span, "TraceState");
        if (span.Bytes("ParentSpanID") is { Length: 8 } parent && parent.AsSpan().IndexOfAnyExcept((byte)0) >= 0)
        {
            writer.BytesField(OtlpFields.Span.ParentSpanId, parent);
        }

        Text(writer, OtlpFields.Span.Name, span, "Name");
        Count(writer, OtlpFields.Span.Kind, span, "Kind");
        writer.Fixed64Field(OtlpFields.Span.StartTime, start);
        writer.Fixed64Field(OtlpFields.Span.EndTime, start + (ulong)span.Long("DurationNano"));
        WriteColumns(writer, OtlpFields.Span.Attributes, span, _spanColumns);
        WriteAttributes(writer, OtlpFields.Span.Attributes, span);
        Count(writer, OtlpFields.Span.DroppedAttributesCount, span, "DroppedAttributesCount");
        foreach (var happened in span.Records("Events"))
        {
            WriteEvent(writer, happened, start);
        }

        Count(writer, OtlpFields.Span.DroppedEventsCount, span, "DroppedEventsCount");
        WriteLinks(writer, span);
        Count(writer, OtlpFields.Span.DroppedLinksCount, span, "DroppedLinksCount");
        var (code, message) = (span.Long("StatusCode"), span.Bytes("StatusMessage"));
        if (code != 0 || message is { Length: > 0 })
        {
            var status = writer.BeginMessage(OtlpFields.Span.Status);
            if (message is { Length: > 0 })
            {
                writer.BytesField(OtlpFields.Status.Message, message);
            }

            Count(writer, OtlpFields.Status.Code, span, "StatusCode");
            writer.EndMessage(status);
        }
    }

    private void WriteEvent(ProtoWriter writer, Record happened, ulong start)
    {
        var message = writer.BeginMessage(OtlpFields.Span.Events);
        var time = happened.Has("TimeSinceStartNano") ? start + (ulong)happened.Long("TimeSinceStartNano") : (ulong)happened.Long("TimeUnixNano");
        writer.Fixed64Field(OtlpFields.Event.Time, time);
        Text(writer, OtlpFields.Event.Name, happened, "Name");
        WriteColumns(writer, OtlpFields.Event.Attributes, happened, _eventColumns);
        WriteAttributes(writer, OtlpFields.Event.Attributes, happened);
        Count(writer, OtlpFields.Event.DroppedAttributesCount, happened, "DroppedAttributesCount");
        writer.EndMessage(message);
    }

    private void WriteLinks(ProtoWriter writer, Record span)
    {
        // vParquet3 keeps all links as one message whose field 1 repeats them.
        if (span["Links"] is byte[] encoded)
        {
            var reader = new ProtoReader(encoded);
            while (reader.Next())
            {
                if (reader is { Field: 1, Type: WireType.Length } && reader.TryBytes(out var link))
                {
                    writer.BytesField(OtlpFields.Span.Links, link);
                }
                else if (!reader.Skip())
                {
                    break;
                }
            }

            return;
        }

        foreach (var link in span.Records("Links"))
        {
            var message = writer.BeginMessage(OtlpFields.Span.Links);
            Text(writer, OtlpFields.Link.TraceId, link, "TraceID");
            Text(writer, OtlpFields.Link.SpanId, link, "SpanID");
            Text(writer, OtlpFields.Link.TraceState, link, "TraceState");
            WriteAttributes(writer, OtlpFields.Link.Attributes, link);
            Count(writer, OtlpFields.Link.DroppedAttributesCount, link, "DroppedAttributesCount");
            writer.EndMessage(message);
        }
    }

    private static void WriteColumns(ProtoWriter writer, int field, Record level, AttributeColumns columns)
    {
        foreach (var (column, key) in columns.Own)
        {
            // The service's name is never null in the file; a resource without one has it empty.
            if (level[column] is { } value && value is not byte[] { Length: 0 })
            {
                WriteScalar(writer, field, key, value);
            }
        }

        if (columns.Dedicated.Count == 0 || level.Group("DedicatedAttributes") is not { } dedicated)
        {
            return;
        }

        foreach (var (column, key) in columns.Dedicated)
        {
            switch (dedicated[column])
            {
                case List<object?> { Count: 0 } or null:
                    break;
                case List<object?> { Count: 1 } one:
                    WriteScalar(writer, field, key, one[0]!);
                    break;
                case List<object?> many:
                    WriteArray(writer, field, key, many);
                    break;
                case var value:
                    WriteScalar(writer, field, key, value);
                    break;
            }
        }
    }

    private void WriteAttributes(ProtoWriter writer, int field, Record level)
    {
        foreach (var attribute in level.Records("Attrs"))
        {
            WriteAttribute(writer, field, attribute);
        }
    }

    private void WriteAttribute(ProtoWriter writer, int field, Record attribute)
    {
        var key = attribute.Bytes("Key") ?? [];
        if (Unsupported(attribute) is var (json, listKind))
        {
            WriteJson(writer, field, key, json, listKind);
            return;
        }

        // vParquet3's events keep a whole AnyValue message in the one column that they have.
        if (!attribute.Has("ValueInt") && attribute["Value"] is byte[] encoded && attribute.Node.Children[attribute.Node.IndexOf("Value")] is { IsText: false })
        {
            var message = Begin(writer, field, key, out var inner);
            writer.Raw(encoded);
            End(writer, message, inner);
            return;
        }

        var values = new List<object>();
        foreach (var column in (ReadOnlySpan<string>)["Value", "ValueInt", "ValueDouble", "ValueBool"])
        {
            switch (attribute[column])
            {
                case List<object?> list:
                    values.AddRange(list.OfType<object>());
                    break;
                case { } value:
                    values.Add(value);
                    break;
            }
        }

        if (attribute["IsArray"] is true)
        {
            WriteArray(writer, field, key, values);
        }
        else if (values.Count > 0)
        {
            WriteScalar(writer, field, key, values[0]);
        }
        else
        {
            // An attribute without a value: OTLP knows that.
            var message = Begin(writer, field, key, out var inner);
            End(writer, message, inner);
        }
    }

    private static (byte[] Json, string? ListKind)? Unsupported(Record attribute)
    {
        if (attribute.Bytes("ValueUnsupported") is { Length: > 0 } any)
        {
            return (any, null);
        }

        if (attribute.Bytes("ValueArray") is { Length: > 0 } array)
        {
            return (array, "arrayValue");
        }

        return attribute.Bytes("ValueKVList") is { Length: > 0 } map ? (map, "kvlistValue") : null;
    }

    private void WriteJson(ProtoWriter writer, int field, byte[] key, byte[] json, string? listKind)
    {
        using var value = new PooledBuffer();
        if (!AnyValueJson.TryWrite(new ProtoWriter(value), json, listKind))
        {
            KeptAsText++;
            WriteScalar(writer, field, key, json);
            return;
        }

        var message = Begin(writer, field, key, out var inner);
        writer.Raw(value.Written);
        End(writer, message, inner);
    }

    private static void WriteArray(ProtoWriter writer, int field, byte[] key, IEnumerable<object?> values)
    {
        var message = Begin(writer, field, key, out var inner);
        var array = writer.BeginMessage(OtlpFields.AnyValue.Array);
        foreach (var value in values)
        {
            var item = writer.BeginMessage(OtlpFields.AnyValue.Values);
            WriteValue(writer, value!);
            writer.EndMessage(item);
        }

        writer.EndMessage(array);
        End(writer, message, inner);
    }

    private static void WriteScalar(ProtoWriter writer, int field, byte[] key, object value)
    {
        var message = Begin(writer, field, key, out var inner);
        WriteValue(writer, value);
        End(writer, message, inner);
    }

    private static void WriteValue(ProtoWriter writer, object value)
    {
        switch (value)
        {
            case byte[] text:
                writer.BytesField(OtlpFields.AnyValue.String, text);
                break;
            case long number:
                writer.VarintField(OtlpFields.AnyValue.Int, (ulong)number);
                break;
            case double number:
                writer.DoubleField(OtlpFields.AnyValue.Double, number);
                break;
            case bool flag:
                writer.VarintField(OtlpFields.AnyValue.Bool, flag ? 1UL : 0);
                break;
        }
    }

    private static int Begin(ProtoWriter writer, int field, byte[] key, out int inner)
    {
        var message = writer.BeginMessage(field);
        writer.BytesField(OtlpFields.KeyValue.Key, key);
        inner = writer.BeginMessage(OtlpFields.KeyValue.Value);
        return message;
    }

    private static void End(ProtoWriter writer, int message, int inner)
    {
        writer.EndMessage(inner);
        writer.EndMessage(message);
    }

    private static void Text(ProtoWriter writer, int field, Record record, string column)
    {
        if (record.Bytes(column) is { Length: > 0 } text)
        {
            writer.BytesField(field, text);
        }
    }

    private static void Count(ProtoWriter writer, int field, Record record, string column)
    {
        if (record.Long(column) is > 0 and var number)
        {
            writer.VarintField(field, (ulong)number);
        }
    }
}
