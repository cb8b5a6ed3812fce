using System.Buffers.Binary;

namespace Clew.Parquet;

/// <summary>
/// The order that the format defines for each type (TYPE_ORDER), over values as PLAIN bytes: signed for integers, by value for
/// doubles, unsigned bytewise for byte strings.
/// </summary>
internal static class ValueOrder
{
    private const ulong SignBit = 1UL << 63;

    public static int Compare(ParquetType type, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => type switch
    {
        ParquetType.ByteArray or ParquetType.FixedLenByteArray => a.SequenceCompareTo(b),
        _ => Key(type, a).CompareTo(Key(type, b)),
    };

    /// <summary>
    /// A number whose unsigned order agrees with the order of the values. For byte strings it is made of the first eight bytes:
    /// equal keys then say nothing, different keys decide.
    /// </summary>
    public static ulong Key(ParquetType type, ReadOnlySpan<byte> value) => type switch
    {
        ParquetType.Boolean => value[0],
        ParquetType.Int32 => (ulong)BinaryPrimitives.ReadInt32LittleEndian(value) ^ SignBit,
        ParquetType.Int64 => (ulong)BinaryPrimitives.ReadInt64LittleEndian(value) ^ SignBit,
        ParquetType.Double => DoubleKey(BinaryPrimitives.ReadInt64LittleEndian(value)),
        _ => Prefix(value),
    };

    /// <summary>The first eight bytes, the first most significant, short values filled with zero bytes.</summary>
    public static ulong Prefix(ReadOnlySpan<byte> value)
    {
        if (value.Length >= 8)
        {
            return BinaryPrimitives.ReadUInt64BigEndian(value);
        }

        ulong key = 0;
        for (int i = 0; i < value.Length; i++)
        {
            key |= (ulong)value[i] << (56 - 8 * i);
        }

        return key;
    }

    /// <summary>Negative doubles have all bits turned, others the sign bit: -0 sorts before +0, NaN outside the infinities.</summary>
    private static ulong DoubleKey(long bits) => bits < 0 ? ~(ulong)bits : (ulong)bits | SignBit;
}
