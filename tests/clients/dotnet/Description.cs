using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using OpenTelemetry.Resources;

namespace Clew.TestClient;

/// <summary>
/// A finished span as the tests compare it: ids in hex, times in nanoseconds as text, attribute values as OTLP names their types.
/// Made from the activity and not from an encoder's output, so that it does not share an encoder's mistakes.
/// </summary>
internal static class Description
{
    public static JsonObject Of(Activity activity, Resource resource) => new()
    {
        ["traceId"] = activity.TraceId.ToHexString(),
        ["spanId"] = activity.SpanId.ToHexString(),
        ["parentSpanId"] = activity.ParentSpanId == default ? "" : activity.ParentSpanId.ToHexString(),
        ["name"] = activity.DisplayName,
        ["kind"] = $"SPAN_KIND_{activity.Kind.ToString().ToUpperInvariant()}",
        ["startTimeUnixNano"] = Nanos(activity.StartTimeUtc),
        ["endTimeUnixNano"] = Nanos(activity.StartTimeUtc + activity.Duration),
        ["status"] = $"STATUS_CODE_{activity.Status.ToString().ToUpperInvariant()}",
        ["statusMessage"] = activity.StatusDescription ?? "",
        ["attributes"] = Attributes(activity.TagObjects),
        ["events"] = new JsonArray([.. activity.Events.Select(Event)]),
        ["links"] = new JsonArray([.. activity.Links.Select(Link)]),
        ["resource"] = Attributes(resource.Attributes!),
        ["scope"] = new JsonObject { ["name"] = activity.Source.Name, ["version"] = activity.Source.Version },
    };

    private static JsonObject Event(ActivityEvent it) => new()
    {
        ["name"] = it.Name,
        ["timeUnixNano"] = Nanos(it.Timestamp.UtcDateTime),
        ["attributes"] = Attributes(it.Tags),
    };

    private static JsonObject Link(ActivityLink it) => new()
    {
        ["traceId"] = it.Context.TraceId.ToHexString(),
        ["spanId"] = it.Context.SpanId.ToHexString(),
        ["attributes"] = Attributes(it.Tags ?? []),
    };

    // A tick is 100 ns.
    private static string Nanos(DateTime utc) => ((utc - DateTime.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture);

    private static JsonArray Attributes(IEnumerable<KeyValuePair<string, object?>> tags) =>
        [.. tags.Select(tag => new JsonObject { ["key"] = tag.Key, ["value"] = AnyValue(tag.Value) })];

    private static JsonObject AnyValue(object? value) => value switch
    {
        string text => new JsonObject { ["stringValue"] = text },
        bool flag => new JsonObject { ["boolValue"] = flag },
        int or long => new JsonObject { ["intValue"] = Convert.ToString(value, CultureInfo.InvariantCulture) },
        double number => new JsonObject { ["doubleValue"] = number },
        IEnumerable values => new JsonObject
        {
            ["arrayValue"] = new JsonObject { ["values"] = new JsonArray([.. values.Cast<object>().Select(AnyValue)]) },
        },
        _ => throw new NotSupportedException($"a tag of type {value?.GetType().Name ?? "null"} is not sent by this client"),
    };
}
