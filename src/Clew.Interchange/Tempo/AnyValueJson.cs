using System.Globalization;
using System.Text.Json;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Interchange.Tempo;

/// <summary>Writes a value that Tempo kept as the JSON of an AnyValue (maps, bytes, arrays of several types) as the message it was.</summary>
internal static class AnyValueJson
{
    private const int MaxDepth = 64;

    /// <summary>Writes the content of an AnyValue; false when the text is not one.</summary>
    public static bool TryWrite(ProtoWriter writer, ReadOnlySpan<byte> json, string? listKind = null)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;

            // vParquet3 keeps the list alone, without the AnyValue around it; its column says which list it is.
            if (listKind is not null && root.ValueKind == JsonValueKind.Object && (root.TryGetProperty("values", out _) || !root.EnumerateObject().Any()))
            {
                WriteList(writer, listKind == "kvlistValue" ? OtlpFields.AnyValue.KeyValueList : OtlpFields.AnyValue.Array, root);
                return true;
            }

            Write(writer, root);
            return true;
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return false;
        }
    }

    private static void Write(ProtoWriter writer, JsonElement value)
    {
        foreach (var member in value.EnumerateObject())
        {
            switch (member.Name)
            {
                case "stringValue" or "string_value":
                    writer.StringField(OtlpFields.AnyValue.String, member.Value.GetString());
                    return;
                case "boolValue" or "bool_value":
                    writer.VarintField(OtlpFields.AnyValue.Bool, member.Value.GetBoolean() ? 1UL : 0);
                    return;
                case "intValue" or "int_value":
                    writer.VarintField(OtlpFields.AnyValue.Int, (ulong)Int(member.Value));
                    return;
                case "doubleValue" or "double_value":
                    writer.DoubleField(OtlpFields.AnyValue.Double, Double(member.Value));
                    return;
                case "bytesValue" or "bytes_value":
                    writer.BytesField(OtlpFields.AnyValue.Bytes, member.Value.GetBytesFromBase64());
                    return;
                case "arrayValue" or "array_value":
                    WriteList(writer, OtlpFields.AnyValue.Array, member.Value);
                    return;
                case "kvlistValue" or "kvlist_value":
                    WriteList(writer, OtlpFields.AnyValue.KeyValueList, member.Value);
                    return;
            }
        }
    }

    private static void WriteList(ProtoWriter writer, int field, JsonElement list)
    {
        var message = writer.BeginMessage(field);
        if (list.TryGetProperty("values", out var values))
        {
            foreach (var item in values.EnumerateArray())
            {
                var entry = writer.BeginMessage(OtlpFields.AnyValue.Values);
                if (field == OtlpFields.AnyValue.KeyValueList)
                {
                    writer.StringField(OtlpFields.KeyValue.Key, item.GetProperty("key").GetString());
                    if (item.TryGetProperty("value", out var value))
                    {
                        var content = writer.BeginMessage(OtlpFields.KeyValue.Value);
                        Write(writer, value);
                        writer.EndMessage(content);
                    }
                }
                else
                {
                    Write(writer, item);
                }

                writer.EndMessage(entry);
            }
        }

        writer.EndMessage(message);
    }

    private static long Int(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? long.Parse(value.GetString()!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : value.GetInt64();

    private static double Double(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => double.Parse(text!, CultureInfo.InvariantCulture),
        }
        : value.GetDouble();
}
