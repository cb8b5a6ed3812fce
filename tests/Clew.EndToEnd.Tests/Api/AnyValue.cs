using System.Globalization;
using System.Text.Json;

namespace Clew.EndToEnd.Tests.Api;

/// <summary>
/// One text for one attribute value, however it was spelt: a 64-bit integer may be a JSON string or number, 3 and 3.0 are one double, an
/// empty array may have no <c>values</c>.
/// </summary>
internal static class AnyValue
{
    public static string Canonical(JsonElement value)
    {
        foreach (var form in value.EnumerateObject())
        {
            switch (form.Name)
            {
                case "stringValue":
                    return $"string:{form.Value.GetString()}";
                case "intValue":
                    return $"int:{Integer(form.Value)}";
                case "doubleValue":
                    return $"double:{Number(form.Value).ToString("R", CultureInfo.InvariantCulture)}";
                case "boolValue":
                    return form.Value.GetBoolean() ? "bool:true" : "bool:false";
                case "bytesValue":
                    return $"bytes:{form.Value.GetString()}";
                case "arrayValue":
                    return form.Value.TryGetProperty("values", out var items)
                        ? $"[{string.Join(", ", items.EnumerateArray().Select(Canonical))}]"
                        : "[]";
                case "kvlistValue":
                    return form.Value.TryGetProperty("values", out var pairs) ? $"{{{string.Join(", ", Attributes(pairs))}}}" : "{}";
                default:
                    throw new InvalidDataException($"'{form.Name}' is no form of an attribute value: {value.GetRawText()}");
            }
        }

        return "empty";
    }

    /// <summary>A list of key and value, as <c>key=value</c> in the order of the keys: their order carries no meaning.</summary>
    public static string[] Attributes(JsonElement list) =>
        [.. list.EnumerateArray().Select(it => $"{it.GetProperty("key").GetString()}={Canonical(it.GetProperty("value"))}").Order(StringComparer.Ordinal)];

    private static long Integer(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? long.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetInt64();

    private static double Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetDouble();
}
