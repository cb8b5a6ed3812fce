using System.Text.Json;

namespace Clew.Otlp.Json;

/// <summary>The names of OTLP's enum values, by number.</summary>
internal static class JsonNames
{
    private static readonly string[] SpanKindNames =
        ["SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"];

    private static readonly string[] StatusCodeNames = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

    private static readonly JsonEncodedText[] EncodedSpanKinds = [.. SpanKindNames.Select(name => JsonEncodedText.Encode(name))];

    private static readonly JsonEncodedText[] EncodedStatusCodes = [.. StatusCodeNames.Select(name => JsonEncodedText.Encode(name))];

    /// <summary>False for a number without a name.</summary>
    public static bool TryName(JsonKind kind, ulong value, out JsonEncodedText name)
    {
        var names = kind == JsonKind.SpanKind ? EncodedSpanKinds : EncodedStatusCodes;
        name = value < (ulong)names.Length ? names[value] : default;
        return value < (ulong)names.Length;
    }

    /// <summary>False for a name that the enum does not have.</summary>
    public static bool TryNumber(JsonKind kind, ReadOnlySpan<char> name, out uint value)
    {
        var names = kind == JsonKind.SpanKind ? SpanKindNames : StatusCodeNames;
        for (value = 0; value < names.Length; value++)
        {
            if (name.Equals(names[value], StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
