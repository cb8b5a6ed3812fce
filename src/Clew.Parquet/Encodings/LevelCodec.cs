using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>
/// Definition levels of a flat optional column are one bit per row, so the packed form of the hybrid encoding is the validity
/// bitmap itself (bit set = value present, least significant bit first) and both directions move whole bytes. In a page the
/// levels have their length in front (4 bytes). Boolean values in the RLE encoding have the same form.
/// </summary>
internal static class LevelCodec
{
    /// <summary>
    /// Equal bytes (of eight rows) that open a repeated run. Such a run costs two or three bytes and one more for the header of
    /// the packed run that follows, so from four bytes on it is not larger; sparse columns (most attributes) become nearly free.
    /// </summary>
    private const int MinRepeatBytes = 4;

    /// <summary>Appends length and runs for the first <paramref name="count"/> bits.</summary>
    public static void Encode(ReadOnlySpan<ulong> bits, int count, ByteBuffer buffer)
    {
        int lengthAt = buffer.Length;
        buffer.WriteInt32(0);

        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(bits)[..((count + 7) / 8)];
        int packedFrom = 0;
        int i = 0;
        while (i < bytes.Length)
        {
            byte value = ByteAt(bytes, i, count);
            if (value is not (0 or 0xff))
            {
                i++;
                continue;
            }

            int end = i + 1;
            while (end < bytes.Length && ByteAt(bytes, end, count) == value)
            {
                end++;
            }

            if (end - i >= MinRepeatBytes || (packedFrom == i && end == bytes.Length))
            {
                WritePacked(bytes[packedFrom..i], buffer);
                int rows = Math.Min(end * 8, count) - i * 8;
                buffer.WriteVarint((ulong)rows << 1);
                buffer.WriteByte((byte)(value & 1));
                packedFrom = end;
            }

            i = end;
        }

        WritePacked(bytes[packedFrom..], buffer);
        buffer.PatchInt32(lengthAt, buffer.Length - lengthAt - 4);
    }

    /// <summary>
    /// Decodes length and runs into <paramref name="bits"/> (cleared here), exactly <paramref name="count"/> rows.
    /// <paramref name="consumed"/> is the number of bytes with the length. False if they are malformed.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, Span<ulong> bits, int count, out int consumed)
    {
        consumed = 0;
        bits = bits[..Bitmaps.Words(count)];
        bits.Clear();
        if (source.Length < 4)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(source);
        if (length < 0 || length > source.Length - 4)
        {
            return false;
        }

        consumed = 4 + length;
        source = source.Slice(4, length);
        int position = 0;
        int row = 0;
        while (row < count)
        {
            if (!HybridCodec.TryReadHeader(source, ref position, out uint header))
            {
                return false;
            }

            bool packed = (header & 1) != 0;
            int rows = (int)Math.Min(packed ? (ulong)(header >> 1) * 8 : header >> 1, (ulong)(count - row));
            int bytes = packed ? (rows + 7) / 8 : 1;
            if (rows == 0 || bytes > source.Length - position)
            {
                return false;
            }

            if (packed)
            {
                Bitmaps.OrPacked(source[position..], bits, row, rows);
            }
            else if (source[position] > 1)
            {
                return false;
            }
            else if (source[position] == 1)
            {
                Bitmaps.Fill(bits, row, rows);
            }

            position += bytes;
            row += rows;
        }

        return true;
    }

    /// <summary>A byte of eight rows. The missing rows of the last byte agree with the others where those agree.</summary>
    private static byte ByteAt(ReadOnlySpan<byte> bytes, int index, int count)
    {
        byte value = bytes[index];
        int rows = count - index * 8;
        if (rows >= 8)
        {
            return value;
        }

        int mask = (1 << rows) - 1;
        int present = value & mask;
        return (byte)(present == mask ? 0xff : present);
    }

    private static void WritePacked(ReadOnlySpan<byte> bytes, ByteBuffer buffer)
    {
        if (!bytes.IsEmpty)
        {
            buffer.WriteVarint(((ulong)bytes.Length << 1) | 1);
            buffer.Write(bytes);
        }
    }
}
