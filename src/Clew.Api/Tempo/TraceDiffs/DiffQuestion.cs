using System.Text.Json;
using Clew.Api.Http;
using Clew.Model;

namespace Clew.Api.Tempo.TraceDiffs;

/// <summary>The body of <c>POST /api/v2/traces/diff</c>: two traces, and how the answer is written.</summary>
internal sealed record DiffQuestion(TraceId Base, TraceId Compare, string Format)
{
    public const string Patch = "trace-patch-v0";
    public const string Summary = "trace-summary-v0-native";
    public const string Composed = "trace-summary-v0-composed";

    /// <summary>A body is two ids and four times.</summary>
    private const int MaxDepth = 4;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Names are read as Go reads them, in any case: clients write both traceId and traceID.</summary>
    public static DiffQuestion Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Options);
            var format = Find(document.RootElement, "format") is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } given ? given : Patch;
            return format is Patch or Summary or Composed
                ? new DiffQuestion(Id(document.RootElement, "base"), Id(document.RootElement, "compare"), format)
                : throw ApiException.BadRequest($"invalid format: '{format}' is not known; use {Patch}, {Summary} or {Composed}");
        }
        catch (JsonException error)
        {
            throw ApiException.BadRequest($"the request's body is not what it should be: {error.Message}");
        }
    }

    private static TraceId Id(JsonElement root, string side)
    {
        var id = Find(root, side) is { } one && Find(one, "traceId") is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
        return id.Length > 0 ? TraceIdText.Parse(id) : throw ApiException.BadRequest($"{side}.traceId is missing; it is the id of a trace in hex");
    }

    private static JsonElement? Find(JsonElement parent, string name)
    {
        if (parent.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in parent.EnumerateObject())
            {
                if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return property.Value;
                }
            }
        }

        return null;
    }
}
