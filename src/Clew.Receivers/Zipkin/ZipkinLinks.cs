using System.Globalization;
using System.Text.Json;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

/// <summary>
/// What OpenTelemetry's exporters fold into Zipkin texts: links in tags <c>otlp.link.N = trace|span|state|json|dropped</c>, and the
/// attributes of events in annotations <c>name|json|dropped</c>. Text of another form stays as it is.
/// </summary>
internal static class ZipkinLinks
{
    private const string LinkPrefix = "otlp.link.";

    /// <summary>Turns the tags of links into links.</summary>
    public static void Take(ZipkinSpan zipkin, ForeignSpan span) => zipkin.Tags.RemoveAll(tag =>
    {
        if (!tag.Key.StartsWith(LinkPrefix, StringComparison.Ordinal) || tag.Value is not string text || !TryLink(text, out var link))
        {
            return false;
        }

        span.Links.Add(link);
        return true;
    });

    public static ForeignEvent Event(ulong unixNano, string value)
    {
        var first = value.IndexOf('|');
        var last = value.LastIndexOf('|');
        if (first > 0 && last > first
            && uint.TryParse(value.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var dropped)
            && TryAttributes(value[(first + 1)..last], out var attributes))
        {
            return new ForeignEvent(unixNano, value[..first], attributes, dropped);
        }

        return new ForeignEvent(unixNano, value, []);
    }

    private static bool TryLink(string text, out ForeignLink link)
    {
        link = null!;
        var parts = text.Split('|', 4);
        var last = text.LastIndexOf('|');
        if (parts.Length < 4 || !ZipkinIds.TryTraceId(parts[0], isExact: true, out var traceId) || !ZipkinIds.TrySpanId(parts[1], isExact: true, out var spanId))
        {
            return false;
        }

        // The JSON may hold bars of its own; the count after the last one does not.
        var rest = parts[3];
        var end = rest.LastIndexOf('|');
        if (end < 0
            || !uint.TryParse(text.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var dropped)
            || !TryAttributes(rest[..end], out var attributes))
        {
            return false;
        }

        link = new ForeignLink(traceId, spanId, parts[2], attributes, dropped);
        return true;
    }

    private static bool TryAttributes(string json, out List<KeyValuePair<string, object>> attributes)
    {
        attributes = [];
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return document.RootElement.ValueKind == JsonValueKind.Null;
            }

            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (attributes.Count >= ForeignSpan.MaxParts)
                {
                    return false;
                }

                attributes.Add(new(property.Name, ZipkinJson.Value(property.Value)));
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // Half of a surrogate pair cannot be read as a string either; the text then stays whole.
            attributes = [];
            return false;
        }
    }
}
