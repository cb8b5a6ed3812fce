using System.Globalization;
using System.Text.Json.Nodes;

namespace Clew.Otlp.Tests.Support;

/// <summary>The JSON that a model object should become, written out by hand for each dialect.</summary>
internal sealed class OracleJson(bool tempo)
{
    private static readonly string[] Kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];

    private static readonly string[] Codes = ["UNSET", "OK", "ERROR"];

    public JsonObject Request(ModelResourceSpans[] request, string topKey = "resourceSpans") => Object((topKey, List(request, ResourceSpans)));

    public JsonObject Span(ModelSpan s) => Object(
        ("traceId", Id(s.TraceId)), ("spanId", Id(s.SpanId)), ("traceState", Text(s.TraceState)), ("parentSpanId", Id(s.ParentSpanId)),
        ("flags", Number(s.Flags)), ("name", Text(s.Name)), ("kind", Enum(s.Kind, "SPAN_KIND_", Kinds)), ("startTimeUnixNano", Digits(s.Start)),
        ("endTimeUnixNano", Digits(s.End)), ("attributes", List(s.Attributes, Attribute)), ("droppedAttributesCount", Number(s.DroppedAttributes)),
        ("events", List(s.Events, Event)), ("droppedEventsCount", Number(s.DroppedEvents)), ("links", List(s.Links, Link)),
        ("droppedLinksCount", Number(s.DroppedLinks)), ("status", s.Status is null ? null : Status(s.Status)));

    public JsonObject AnyValue(object? value) => value switch
    {
        null => [],
        string text => new() { ["stringValue"] = text },
        bool b => new() { ["boolValue"] = b },
        long i => new() { ["intValue"] = i.ToString(CultureInfo.InvariantCulture) },
        double d => new() { ["doubleValue"] = double.IsNaN(d) ? "NaN" : double.IsInfinity(d) ? d > 0 ? "Infinity" : "-Infinity" : d },
        byte[] bytes => new() { ["bytesValue"] = Convert.ToBase64String(bytes) },
        ModelAttribute[] map => new() { ["kvlistValue"] = Object(("values", List(map, Attribute))) },
        object?[] array => new() { ["arrayValue"] = Object(("values", List(array, AnyValue))) },
        _ => throw new ArgumentException($"no JSON for {value}"),
    };

    private JsonObject ResourceSpans(ModelResourceSpans r) => Object(
        ("resource", r.Resource is null ? null : Object(("attributes", List(r.Resource.Attributes, Attribute)), ("droppedAttributesCount", Number(r.Resource.Dropped)))),
        ("scopeSpans", List(r.Scopes, ScopeSpans)), ("schemaUrl", Text(r.SchemaUrl)));

    private JsonObject ScopeSpans(ModelScopeSpans s) => Object(
        ("scope", s.Scope is null ? null : Object(
            ("name", Text(s.Scope.Name)), ("version", Text(s.Scope.Version)), ("attributes", List(s.Scope.Attributes, Attribute)), ("droppedAttributesCount", Number(s.Scope.Dropped)))),
        ("spans", List(s.Spans, Span)), ("schemaUrl", Text(s.SchemaUrl)));

    private JsonObject Attribute(ModelAttribute a) => Object(("key", Text(a.Key)), ("value", a.Value is null ? null : AnyValue(a.Value)));

    private JsonObject Event(ModelEvent e) => Object(
        ("timeUnixNano", Digits(e.Time)), ("name", Text(e.Name)), ("attributes", List(e.Attributes, Attribute)), ("droppedAttributesCount", Number(e.Dropped)));

    private JsonObject Link(ModelLink l) => Object(
        ("traceId", Id(l.TraceId)), ("spanId", Id(l.SpanId)), ("traceState", Text(l.TraceState)), ("attributes", List(l.Attributes, Attribute)),
        ("droppedAttributesCount", Number(l.Dropped)), ("flags", Number(l.Flags)));

    private JsonObject Status(ModelStatus s) => Object(("message", Text(s.Message)), ("code", Enum(s.Code, "STATUS_CODE_", Codes)));

    private JsonNode? Id(byte[] id) => id.Length == 0 ? null : tempo ? Convert.ToBase64String(id) : Convert.ToHexStringLower(id);

    private JsonNode? Enum(int value, string prefix, string[] names) =>
        value == 0 ? null : tempo && value > 0 && value < names.Length ? prefix + names[value] : value;

    private static JsonNode? Text(string text) => text.Length == 0 ? null : text;

    private static JsonNode? Number(uint value) => value == 0 ? null : value;

    private static JsonNode? Digits(ulong value) => value == 0 ? null : value.ToString(CultureInfo.InvariantCulture);

    private static JsonArray? List<T>(T[] items, Func<T, JsonNode?> write) => items.Length == 0 ? null : new JsonArray([.. items.Select(write)]);

    private static JsonObject Object(params (string Name, JsonNode? Value)[] members)
    {
        var result = new JsonObject();
        foreach (var (name, value) in members)
        {
            if (value is not null)
            {
                result[name] = value;
            }
        }

        return result;
    }
}
