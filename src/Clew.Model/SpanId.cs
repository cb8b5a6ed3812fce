using System.Buffers.Binary;
using System.Globalization;

namespace Clew.Model;

/// <summary>A 64-bit span id, big-endian on the wire. Zero means "none" (a root's parent).</summary>
public readonly record struct SpanId(ulong Value) : IComparable<SpanId>
{
    /// <summary>Bytes of an id on the wire.</summary>
    public const int Size = 8;

    public bool IsZero => Value == 0;

    public static SpanId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes));

    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteUInt64BigEndian(destination, Value);

    /// <summary>Reads 1 to 16 hex digits of either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SpanId id)
    {
        var parsed = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        id = new SpanId(value);
        return parsed;
    }

    public int CompareTo(SpanId other) => Value.CompareTo(other.Value);

    public static bool operator <(SpanId left, SpanId right) => left.Value < right.Value;

    public static bool operator >(SpanId left, SpanId right) => left.Value > right.Value;

    public static bool operator <=(SpanId left, SpanId right) => left.Value <= right.Value;

    public static bool operator >=(SpanId left, SpanId right) => left.Value >= right.Value;

    /// <summary>16 lower-case hex digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
