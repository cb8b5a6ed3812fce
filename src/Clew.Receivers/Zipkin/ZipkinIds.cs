using System.Buffers.Binary;
using System.Globalization;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

/// <summary>
/// Ids in hexadecimal and as bytes; zero is not an id. The first version of the API has 16 digits, or 32 for a trace id of 128 bits; readers of
/// the second have always taken shorter ids, and filled them with zeros on the left.
/// </summary>
internal static class ZipkinIds
{
    public static bool TryTraceId(ReadOnlySpan<char> text, bool isExact, out ForeignTraceId id)
    {
        ulong high = 0;
        ulong low = 0;
        var isNumber = text.Length switch
        {
            16 => TryHex(text, out low),
            > 0 and < 16 when !isExact => TryHex(text, out low),
            32 => TryHex(text[..16], out high) && TryHex(text[16..], out low),
            > 16 and < 32 when !isExact => TryHex(text[..^16], out high) && TryHex(text[^16..], out low),
            _ => false,
        };
        id = new ForeignTraceId(high, low);
        return isNumber && !id.IsZero;
    }

    public static bool TrySpanId(ReadOnlySpan<char> text, bool isExact, out ulong id)
    {
        id = 0;
        return (isExact ? text.Length == 16 : text.Length is > 0 and <= 16) && TryHex(text, out id) && id != 0;
    }

    public static bool TryTraceId(ReadOnlySpan<byte> bytes, out ForeignTraceId id)
    {
        id = bytes.Length switch
        {
            8 => new ForeignTraceId(0, BinaryPrimitives.ReadUInt64BigEndian(bytes)),
            16 => new ForeignTraceId(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])),
            _ => default,
        };
        return !id.IsZero;
    }

    /// <summary>Zero for what is not eight bytes.</summary>
    public static ulong SpanId(ReadOnlySpan<byte> bytes) => bytes.Length == 8 ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;

    private static bool TryHex(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
