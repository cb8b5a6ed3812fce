using System.Text.Json;

namespace Clew.Interchange.Tempo;

/// <summary>A column that was set aside for an attribute.</summary>
internal sealed record DedicatedColumn(string Scope, string Name, string Type);

/// <summary>What is needed of a Tempo block's <c>meta.json</c>.</summary>
internal sealed record TempoMeta(string BlockId, string Tenant, string Format, long EndUnixNano, long Traces, IReadOnlyList<DedicatedColumn> Dedicated)
{
    public static readonly string[] Formats = ["vParquet3", "vParquet4", "vParquet5"];

    /// <exception cref="InvalidDataException">Not a meta.json of a block that can be read; the message says why.</exception>
    public static TempoMeta Parse(string name, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var format = Text(root, "format");
            if (!Formats.Contains(format))
            {
                throw new InvalidDataException($"{name}: the format is '{format}'; readable are {string.Join(", ", Formats)}. Let Tempo compact the block into one of them first");
            }

            var dedicated = new List<DedicatedColumn>();
            if (root.TryGetProperty("dedicatedColumns", out var columns) && columns.ValueKind == JsonValueKind.Array)
            {
                foreach (var column in columns.EnumerateArray())
                {
                    dedicated.Add(new DedicatedColumn(Text(column, "s") is { Length: > 0 } scope ? scope : "span", Text(column, "n"), Text(column, "t") is { Length: > 0 } type ? type : "string"));
                }
            }

            var end = root.TryGetProperty("endTime", out var time) && time.TryGetDateTimeOffset(out var parsed) ? (parsed - DateTimeOffset.UnixEpoch).Ticks * 100 : 0;
            var traces = root.TryGetProperty("totalObjects", out var total) && total.TryGetInt64(out var count) ? count : 0;
            return new TempoMeta(Text(root, "blockID"), Text(root, "tenantID"), format, end, traces, dedicated);
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{name} is not a readable meta.json: {fault.Message}", fault);
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
