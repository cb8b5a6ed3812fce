using System.Text.Json;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

internal static partial class ZipkinJson
{
    /// <summary>The first version; answers the fault in words, or null.</summary>
    public static string? ReadV1(ReadOnlyMemory<byte> json, Func<ZipkinV1Span, bool> add) => Read(json, (element, path) => ReadV1Span(element, path, add));

    private static string? ReadV1Span(JsonElement element, string path, Func<ZipkinV1Span, bool> add)
    {
        var ids = new ZipkinSpan();
        if (ReadIds(element, path, isExact: true, ids) is { } fault)
        {
            return fault;
        }

        var debug = Child(element, "debug");
        var span = new ZipkinV1Span
        {
            TraceId = ids.TraceId,
            Id = ids.Id,
            ParentId = ids.ParentId,
            Name = Text(Child(element, "name")),
            Timestamp = Number(Child(element, "timestamp")),
            Duration = Number(Child(element, "duration")),
            Debug = debug.ValueKind == JsonValueKind.True,
        };
        foreach (var annotation in Objects(element, "annotations"))
        {
            if (span.Parts < ForeignSpan.MaxParts)
            {
                span.Annotations.Add(
                    (Number(Child(annotation, "timestamp")), Text(Child(annotation, "value")), Endpoint(Child(annotation, "endpoint"))));
            }
        }

        foreach (var annotation in Objects(element, "binaryAnnotations"))
        {
            var value = Child(annotation, "value");
            if (value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null) && span.Parts < ForeignSpan.MaxParts)
            {
                span.BinaryAnnotations.Add((Text(Child(annotation, "key")), Value(value), Endpoint(Child(annotation, "endpoint"))));
            }
        }

        return span.Parts >= ForeignSpan.MaxParts ? $"{path} has {ForeignSpan.MaxParts} annotations or more" : add(span) ? null : TooMany;
    }

    private static IEnumerable<JsonElement> Objects(JsonElement element, string name)
    {
        var list = Child(element, name);
        return list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];
    }
}
