using System.Text.Json;
using System.Text.Unicode;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

/// <summary>Both versions of Zipkin's JSON: a list of spans. Fields that are not known are passed over, null is as good as absent.</summary>
internal static partial class ZipkinJson
{
    // Spans are five deep.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    /// <summary>The second version; answers the fault in words, or null.</summary>
    public static string? ReadV2(ReadOnlyMemory<byte> json, Func<ZipkinSpan, bool> add) => Read(json, (element, path) => ReadV2Span(element, path, add));

    /// <summary>Text, number, boolean; anything else as its JSON.</summary>
    public static object Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => Text(element),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when element.TryGetInt64(out var number) => number,
        JsonValueKind.Number when element.TryGetDouble(out var real) => real,
        _ => element.GetRawText(),
    };

    private static string? Read(ReadOnlyMemory<byte> json, Func<JsonElement, string, string?> span)
    {
        if (!Utf8.IsValid(json.Span))
        {
            return "the body is not valid UTF-8";
        }

        try
        {
            using var document = JsonDocument.Parse(json, Options);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
            {
                return $"the body is a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()} where a list of spans must stand";
            }

            var index = 0;
            foreach (var element in document.RootElement.EnumerateArray())
            {
                var path = $"[{index++}]";
                var fault = element.ValueKind == JsonValueKind.Object ? span(element, path) : $"{path} is not a span";
                if (fault is not null)
                {
                    return fault;
                }
            }

            return null;
        }
        catch (JsonException e)
        {
            return $"the body is not valid JSON: {e.Message}";
        }
        catch (InvalidOperationException)
        {
            return "the body has half of a surrogate pair in the name of a field";
        }
    }

    private static string? ReadV2Span(JsonElement element, string path, Func<ZipkinSpan, bool> add)
    {
        var span = new ZipkinSpan();
        if (ReadIds(element, path, isExact: false, span) is { } fault)
        {
            return fault;
        }

        foreach (var property in element.EnumerateObject())
        {
            var value = property.Value;
            if (property.NameEquals("name"))
            {
                span.Name = Text(value);
            }
            else if (property.NameEquals("kind"))
            {
                span.Kind = Kind(Text(value));
            }
            else if (property.NameEquals("timestamp"))
            {
                span.Timestamp = Number(value);
            }
            else if (property.NameEquals("duration"))
            {
                span.Duration = Number(value);
            }
            else if (property.NameEquals("localEndpoint"))
            {
                span.Local = Endpoint(value);
            }
            else if (property.NameEquals("remoteEndpoint"))
            {
                span.Remote = Endpoint(value);
            }
            else if (property.NameEquals("debug"))
            {
                span.Debug = value.ValueKind == JsonValueKind.True;
            }
            else if (property.NameEquals("shared"))
            {
                span.Shared = value.ValueKind == JsonValueKind.True;
            }
            else if (property.NameEquals("annotations") && value.ValueKind == JsonValueKind.Array)
            {
                foreach (var annotation in value.EnumerateArray())
                {
                    if (annotation.ValueKind == JsonValueKind.Object && span.Parts < ForeignSpan.MaxParts)
                    {
                        span.Annotations.Add((Number(Child(annotation, "timestamp")), Text(Child(annotation, "value"))));
                    }
                }
            }
            else if (property.NameEquals("tags") && value.ValueKind == JsonValueKind.Object)
            {
                foreach (var tag in value.EnumerateObject())
                {
                    if (tag.Value.ValueKind != JsonValueKind.Null && span.Parts < ForeignSpan.MaxParts)
                    {
                        span.Tags.Add(new(Name(tag), Value(tag.Value) is string text ? text : tag.Value.GetRawText()));
                    }
                }
            }
        }

        return span.Parts >= ForeignSpan.MaxParts ? $"{path} has {ForeignSpan.MaxParts} tags and annotations or more"
            : add(span) ? null : TooMany;
    }

    private static string? ReadIds(JsonElement element, string path, bool isExact, ZipkinSpan span)
    {
        var traceId = Text(Child(element, "traceId"));
        var id = Text(Child(element, "id"));
        var parentId = Text(Child(element, "parentId"));
        if (!ZipkinIds.TryTraceId(traceId, isExact, out var trace))
        {
            return $"{path}.traceId: '{Shown(traceId)}' is not {(isExact ? "16 or 32" : "1 to 32")} hexadecimal digits other than zeros";
        }

        if (!ZipkinIds.TrySpanId(id, isExact, out var spanId))
        {
            return $"{path}.id: '{Shown(id)}' is not {(isExact ? "16" : "1 to 16")} hexadecimal digits other than zeros";
        }

        ulong parent = 0;
        if (parentId.AsSpan().TrimStart('0').Length > 0 && !ZipkinIds.TrySpanId(parentId, isExact, out parent))
        {
            return $"{path}.parentId: '{Shown(parentId)}' is not {(isExact ? "16" : "1 to 16")} hexadecimal digits";
        }

        (span.TraceId, span.Id, span.ParentId) = (trace, spanId, parent);
        return null;
    }

    private static string TooMany => $"the request holds more than {ForeignBatch.MaxElements} spans, tags and annotations; send smaller batches";

    private static ForeignKind Kind(string kind) => kind switch
    {
        "CLIENT" => ForeignKind.Client,
        "SERVER" => ForeignKind.Server,
        "PRODUCER" => ForeignKind.Producer,
        "CONSUMER" => ForeignKind.Consumer,
        _ => ForeignKind.Unspecified,
    };

    private static ZipkinEndpoint? Endpoint(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var ipv4 = Text(Child(element, "ipv4"));
        return new ZipkinEndpoint(
            Text(Child(element, "serviceName")), ipv4.Length > 0 ? ipv4 : Text(Child(element, "ipv6")), (int)Math.Clamp(Number(Child(element, "port")), 0, 65_535));
    }

    private static JsonElement Child(JsonElement element, string name) => element.TryGetProperty(name, out var child) ? child : default;

    private static string Text(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, written as an escape.
            return "\uFFFD";
        }
    }

    private static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    private static long Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? (long.TryParse(Text(element), out var parsed) ? parsed : 0)
        : element.ValueKind != JsonValueKind.Number ? 0
        : element.TryGetInt64(out var number) ? number
        : element.TryGetDouble(out var real) && real is > 0 and < long.MaxValue ? (long)real : 0;

    private static string Shown(string text) => text.Length <= 64 ? text : text[..64] + "…";
}
