using System.Text;
using System.Text.Json;

namespace Clew.Otlp.Json;

/// <summary>How a field stands on the wire and in JSON.</summary>
internal enum JsonKind
{
    /// <summary>Length-delimited UTF-8; a JSON string.</summary>
    Text,

    /// <summary>Repeated UTF-8; a JSON array of strings.</summary>
    Texts,

    /// <summary>A trace or span id: hex in OTLP/JSON, base64 in the classic mapping.</summary>
    Id,

    /// <summary>Length-delimited bytes; base64.</summary>
    Bytes,

    /// <summary>Varint of 32 bits without sign; a JSON number.</summary>
    UInt32,

    /// <summary>Four bytes without sign; a JSON number.</summary>
    Fixed32,

    /// <summary>Eight bytes without sign; a JSON string of digits.</summary>
    Fixed64,

    /// <summary>Varint of 64 bits with sign; a JSON string of digits.</summary>
    Int64,

    /// <summary>Eight bytes; a JSON number, or a string when not finite.</summary>
    Double,

    Bool,

    SpanKind,

    StatusCode,

    /// <summary>One message of <see cref="JsonField.Shape"/>.</summary>
    Message,

    /// <summary>Any number of messages of <see cref="JsonField.Shape"/>.</summary>
    Messages,
}

/// <summary>A field of an OTLP message with its JSON name; readers also know the name in snake_case.</summary>
internal sealed class JsonField
{
    private readonly Func<JsonShape>? _shape;

    public JsonField(int number, string name, JsonKind kind, Func<JsonShape>? shape = null)
    {
        Number = number;
        Name = name;
        Kind = kind;
        EncodedName = JsonEncodedText.Encode(name);
        CamelName = Encoding.UTF8.GetBytes(name);
        SnakeName = Encoding.UTF8.GetBytes(string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{c}")));
        _shape = shape;
    }

    public int Number { get; }

    public string Name { get; }

    public JsonKind Kind { get; }

    public JsonEncodedText EncodedName { get; }

    public byte[] CamelName { get; }

    public byte[] SnakeName { get; }

    /// <summary>The message's shape; asked for when used, because AnyValue contains itself.</summary>
    public JsonShape Shape => _shape!();

    public bool IsRepeated => Kind is JsonKind.Messages or JsonKind.Texts;
}

/// <summary>
/// The fields of one OTLP message, in the order in which JSON is written. Writer and decoder both walk these tables, so that they
/// cannot disagree about a name.
/// </summary>
internal sealed class JsonShape
{
    /// <summary>Field numbers of OTLP's trace messages stay below this.</summary>
    public const int MaxFieldNumber = 32;

    private readonly JsonField?[] _byNumber = new JsonField?[MaxFieldNumber];

    private JsonShape(string name, params JsonField[] fields)
    {
        Name = name;
        Fields = fields;
        foreach (var field in fields)
        {
            _byNumber[field.Number] = field;
        }
    }

    /// <summary>The name of the protobuf message.</summary>
    public string Name { get; }

    public JsonField[] Fields { get; }

    /// <summary>Exactly one field is set, also when its value is zero; the last one on the wire wins.</summary>
    public bool IsOneOf { get; private init; }

    public static JsonShape AnyValue { get; } = new(
        "AnyValue",
        new(OtlpFields.AnyValue.String, "stringValue", JsonKind.Text),
        new(OtlpFields.AnyValue.Bool, "boolValue", JsonKind.Bool),
        new(OtlpFields.AnyValue.Int, "intValue", JsonKind.Int64),
        new(OtlpFields.AnyValue.Double, "doubleValue", JsonKind.Double),
        new(OtlpFields.AnyValue.Array, "arrayValue", JsonKind.Message, () => ArrayValue!),
        new(OtlpFields.AnyValue.KeyValueList, "kvlistValue", JsonKind.Message, () => KeyValueList!),
        new(OtlpFields.AnyValue.Bytes, "bytesValue", JsonKind.Bytes))
    {
        IsOneOf = true,
    };

    public static JsonShape ArrayValue { get; } = new(
        "ArrayValue",
        new JsonField(OtlpFields.AnyValue.Values, "values", JsonKind.Messages, () => AnyValue));

    public static JsonShape KeyValue { get; } = new(
        "KeyValue",
        new(OtlpFields.KeyValue.Key, "key", JsonKind.Text),
        new(OtlpFields.KeyValue.Value, "value", JsonKind.Message, () => AnyValue));

    public static JsonShape KeyValueList { get; } = new(
        "KeyValueList",
        new JsonField(OtlpFields.AnyValue.Values, "values", JsonKind.Messages, () => KeyValue));

    public static JsonShape EntityRef { get; } = new(
        "EntityRef",
        new(OtlpFields.EntityRef.SchemaUrl, "schemaUrl", JsonKind.Text),
        new(OtlpFields.EntityRef.Type, "type", JsonKind.Text),
        new(OtlpFields.EntityRef.IdKeys, "idKeys", JsonKind.Texts),
        new(OtlpFields.EntityRef.DescriptionKeys, "descriptionKeys", JsonKind.Texts));

    public static JsonShape Resource { get; } = new(
        "Resource",
        new(OtlpFields.Resource.Attributes, "attributes", JsonKind.Messages, () => KeyValue),
        new(OtlpFields.Resource.DroppedAttributesCount, "droppedAttributesCount", JsonKind.UInt32),
        new(OtlpFields.Resource.EntityRefs, "entityRefs", JsonKind.Messages, () => EntityRef));

    public static JsonShape Scope { get; } = new(
        "InstrumentationScope",
        new(OtlpFields.Scope.Name, "name", JsonKind.Text),
        new(OtlpFields.Scope.Version, "version", JsonKind.Text),
        new(OtlpFields.Scope.Attributes, "attributes", JsonKind.Messages, () => KeyValue),
        new(OtlpFields.Scope.DroppedAttributesCount, "droppedAttributesCount", JsonKind.UInt32));

    public static JsonShape Event { get; } = new(
        "Span.Event",
        new(OtlpFields.Event.Time, "timeUnixNano", JsonKind.Fixed64),
        new(OtlpFields.Event.Name, "name", JsonKind.Text),
        new(OtlpFields.Event.Attributes, "attributes", JsonKind.Messages, () => KeyValue),
        new(OtlpFields.Event.DroppedAttributesCount, "droppedAttributesCount", JsonKind.UInt32));

    public static JsonShape Link { get; } = new(
        "Span.Link",
        new(OtlpFields.Link.TraceId, "traceId", JsonKind.Id),
        new(OtlpFields.Link.SpanId, "spanId", JsonKind.Id),
        new(OtlpFields.Link.TraceState, "traceState", JsonKind.Text),
        new(OtlpFields.Link.Attributes, "attributes", JsonKind.Messages, () => KeyValue),
        new(OtlpFields.Link.DroppedAttributesCount, "droppedAttributesCount", JsonKind.UInt32),
        new(OtlpFields.Link.Flags, "flags", JsonKind.Fixed32));

    public static JsonShape Status { get; } = new(
        "Status",
        new(OtlpFields.Status.Message, "message", JsonKind.Text),
        new(OtlpFields.Status.Code, "code", JsonKind.StatusCode));

    public static JsonShape Span { get; } = new(
        "Span",
        new(OtlpFields.Span.TraceId, "traceId", JsonKind.Id),
        new(OtlpFields.Span.SpanId, "spanId", JsonKind.Id),
        new(OtlpFields.Span.TraceState, "traceState", JsonKind.Text),
        new(OtlpFields.Span.ParentSpanId, "parentSpanId", JsonKind.Id),
        new(OtlpFields.Span.Flags, "flags", JsonKind.Fixed32),
        new(OtlpFields.Span.Name, "name", JsonKind.Text),
        new(OtlpFields.Span.Kind, "kind", JsonKind.SpanKind),
        new(OtlpFields.Span.StartTime, "startTimeUnixNano", JsonKind.Fixed64),
        new(OtlpFields.Span.EndTime, "endTimeUnixNano", JsonKind.Fixed64),
        new(OtlpFields.Span.Attributes, "attributes", JsonKind.Messages, () => KeyValue),
        new(OtlpFields.Span.DroppedAttributesCount, "droppedAttributesCount", JsonKind.UInt32),
        new(OtlpFields.Span.Events, "events", JsonKind.Messages, () => Event),
        new(OtlpFields.Span.DroppedEventsCount, "droppedEventsCount", JsonKind.UInt32),
        new(OtlpFields.Span.Links, "links", JsonKind.Messages, () => Link),
        new(OtlpFields.Span.DroppedLinksCount, "droppedLinksCount", JsonKind.UInt32),
        new(OtlpFields.Span.Status, "status", JsonKind.Message, () => Status));

    public static JsonShape ScopeSpans { get; } = new(
        "ScopeSpans",
        new(OtlpFields.ScopeSpans.Scope, "scope", JsonKind.Message, () => Scope),
        new(OtlpFields.ScopeSpans.Spans, "spans", JsonKind.Messages, () => Span),
        new(OtlpFields.ScopeSpans.SchemaUrl, "schemaUrl", JsonKind.Text));

    public static JsonShape ResourceSpans { get; } = new(
        "ResourceSpans",
        new(OtlpFields.ResourceSpans.Resource, "resource", JsonKind.Message, () => Resource),
        new(OtlpFields.ResourceSpans.ScopeSpans, "scopeSpans", JsonKind.Messages, () => ScopeSpans),
        new(OtlpFields.ResourceSpans.SchemaUrl, "schemaUrl", JsonKind.Text));

    public static JsonShape Request { get; } = new(
        "ExportTraceServiceRequest",
        new JsonField(OtlpFields.RequestResourceSpans, "resourceSpans", JsonKind.Messages, () => ResourceSpans));

    public JsonField? ByNumber(int number) => (uint)number < MaxFieldNumber ? _byNumber[number] : null;

    /// <summary>The field of this JSON name in either spelling; null when there is none.</summary>
    public JsonField? ByName(ReadOnlySpan<byte> name)
    {
        foreach (var field in Fields)
        {
            if (name.SequenceEqual(field.CamelName) || name.SequenceEqual(field.SnakeName))
            {
                return field;
            }
        }

        return null;
    }
}
