using System.Text.Json;

namespace Clew.EndToEnd.Tests.Api;

/// <summary>Everything about a span in comparable form: ids in hex, times in nanoseconds, values by <see cref="AnyValue"/>.</summary>
internal sealed record SpanView
{
    public required string TraceId { get; init; }

    public required string SpanId { get; init; }

    public required string ParentSpanId { get; init; }

    public required string Name { get; init; }

    public required string Kind { get; init; }

    public required string Start { get; init; }

    public required string End { get; init; }

    public required string Status { get; init; }

    public required string StatusMessage { get; init; }

    public required string[] Attributes { get; init; }

    public required string[] Events { get; init; }

    public required string[] Links { get; init; }

    public required string[] Resource { get; init; }

    public required string Scope { get; init; }

    /// <summary>From what a client says it sent.</summary>
    public static SpanView Sent(JsonElement span) => new()
    {
        TraceId = Text(span, "traceId"),
        SpanId = Text(span, "spanId"),
        ParentSpanId = Text(span, "parentSpanId"),
        Name = Text(span, "name"),
        Kind = Text(span, "kind"),
        Start = Text(span, "startTimeUnixNano"),
        End = Text(span, "endTimeUnixNano"),
        Status = Text(span, "status"),
        StatusMessage = Text(span, "statusMessage"),
        Attributes = AnyValue.Attributes(span.GetProperty("attributes")),
        Events = Each(span, "events", Event),
        Links = Each(span, "links", static link => Link(link, Text(link, "traceId"), Text(link, "spanId"))),
        Resource = AnyValue.Attributes(span.GetProperty("resource")),
        Scope = Scoped(span.GetProperty("scope")),
    };

    /// <summary>
    /// From an answer of the API: protobuf's JSON, with ids in base64, names for enums, and without what is zero or empty.
    /// </summary>
    public static SpanView Answered(JsonElement resourceSpans, JsonElement scopeSpans, JsonElement span) => new()
    {
        TraceId = Hex(span, "traceId"),
        SpanId = Hex(span, "spanId"),
        ParentSpanId = Hex(span, "parentSpanId"),
        Name = Text(span, "name"),
        Kind = Text(span, "kind", "SPAN_KIND_UNSPECIFIED"),
        Start = Text(span, "startTimeUnixNano", "0"),
        End = Text(span, "endTimeUnixNano", "0"),
        Status = span.TryGetProperty("status", out var status) ? Text(status, "code", "STATUS_CODE_UNSET") : "STATUS_CODE_UNSET",
        StatusMessage = span.TryGetProperty("status", out status) ? Text(status, "message") : "",
        Attributes = AttributesOf(span),
        Events = Each(span, "events", Event),
        Links = Each(span, "links", static link => Link(link, Hex(link, "traceId"), Hex(link, "spanId"))),
        Resource = resourceSpans.TryGetProperty("resource", out var resource) ? AttributesOf(resource) : [],
        Scope = scopeSpans.TryGetProperty("scope", out var scope) ? Scoped(scope) : Scoped(default),
    };

    /// <summary>What differs from <paramref name="other"/>, one line each; empty when nothing does.</summary>
    public IEnumerable<string> DifferencesFrom(SpanView other)
    {
        (string What, string Mine, string Theirs)[] pairs =
        [
            ("trace id", TraceId, other.TraceId),
            ("parent", ParentSpanId, other.ParentSpanId),
            ("name", Name, other.Name),
            ("kind", Kind, other.Kind),
            ("start", Start, other.Start),
            ("end", End, other.End),
            ("status", Status, other.Status),
            ("status message", StatusMessage, other.StatusMessage),
            ("attributes", Lines(Attributes), Lines(other.Attributes)),
            ("events", Lines(Events), Lines(other.Events)),
            ("links", Lines(Links), Lines(other.Links)),
            ("resource", Lines(Resource), Lines(other.Resource)),
            ("scope", Scope, other.Scope),
        ];
        return pairs.Where(it => it.Mine != it.Theirs).Select(it => $"span {SpanId} '{Name}': {it.What} is {it.Mine}, not {it.Theirs}");
    }

    private static string Lines(string[] items) => $"[{string.Join(" | ", items)}]";

    private static string Event(JsonElement it) => $"{Text(it, "name")} at {Text(it, "timeUnixNano", "0")} {Lines(AttributesOf(it))}";

    private static string Link(JsonElement it, string traceId, string spanId) => $"{traceId}/{spanId} {Lines(AttributesOf(it))}";

    private static string Scoped(JsonElement scope) =>
        scope.ValueKind == JsonValueKind.Object ? $"{Text(scope, "name")} {Text(scope, "version")}" : " ";

    private static string[] AttributesOf(JsonElement owner) =>
        owner.TryGetProperty("attributes", out var list) ? AnyValue.Attributes(list) : [];

    private static string[] Each(JsonElement owner, string property, Func<JsonElement, string> form) =>
        owner.TryGetProperty(property, out var list) ? [.. list.EnumerateArray().Select(form)] : [];

    private static string Text(JsonElement owner, string property, string absent = "") =>
        owner.TryGetProperty(property, out var value) ? value.GetString() ?? absent : absent;

    private static string Hex(JsonElement owner, string property) =>
        owner.TryGetProperty(property, out var value) ? Convert.ToHexStringLower(value.GetBytesFromBase64()) : "";
}
