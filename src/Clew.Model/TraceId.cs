using System.Buffers.Binary;
using System.Globalization;

namespace Clew.Model;

/// <summary>A 128-bit W3C trace id. The byte order on the wire is big-endian; comparison follows the bytes.</summary>
public readonly record struct TraceId(ulong High, ulong Low) : IComparable<TraceId>
{
    /// <summary>Bytes of an id on the wire.</summary>
    public const int Size = 16;

    public bool IsZero => (High | Low) == 0;

    /// <summary>Reads an id of exactly <see cref="Size"/> bytes.</summary>
    public static TraceId FromBytes(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>
    /// Reads 1 to 32 hex digits of either case; a shorter text is padded with zeros on the left, as Tempo does for ids in a path.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TraceId id)
    {
        id = default;
        if (text.Length is 0 or > 32)
        {
            return false;
        }

        var split = Math.Max(0, text.Length - 16);
        ulong high = 0;
        if (split > 0 && !TryHex(text[..split], out high))
        {
            return false;
        }

        if (!TryHex(text[split..], out var low))
        {
            return false;
        }

        id = new TraceId(high, low);
        return true;
    }

    public int CompareTo(TraceId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    public static bool operator <(TraceId left, TraceId right) => left.CompareTo(right) < 0;

    public static bool operator >(TraceId left, TraceId right) => left.CompareTo(right) > 0;

    public static bool operator <=(TraceId left, TraceId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(TraceId left, TraceId right) => left.CompareTo(right) >= 0;

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");

    // NumberStyles.AllowHexSpecifier takes neither sign nor blank, so each character is a hex digit.
    private static bool TryHex(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
