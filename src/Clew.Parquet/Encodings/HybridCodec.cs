using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Clew.Parquet;

/// <summary>
/// The RLE / bit-packing hybrid for dictionary codes: runs are either a repeated value (varint length·2, then the value in whole
/// bytes) or groups of eight packed values (varint groups·2+1, then width bytes per group).
/// </summary>
internal static class HybridCodec
{
    /// <summary>
    /// Shortest repetition that leaves the packed run. A repeated run costs about four bytes with the header of the packed run
    /// that follows, and ends a vectorised stretch of the reader: 32 values are worth it even at one bit each.
    /// </summary>
    private const int MinRepeat = 32;

    /// <summary>Appends the codes (each below 2^width, width 0..32) as hybrid runs, without a length in front.</summary>
    public static void Encode(ReadOnlySpan<int> codes, int width, ByteBuffer buffer)
    {
        if (width == 0)
        {
            // One distinct value: a repeated run whose value takes no bytes.
            buffer.WriteVarint((ulong)codes.Length << 1);
            return;
        }

        int packedFrom = 0;
        int i = 0;
        while (i + MinRepeat <= codes.Length)
        {
            if (!FirstEightEqual(codes[i..]))
            {
                i += 8;
                continue;
            }

            int value = codes[i];
            int end = i + 8;
            int different = codes[end..].IndexOfAnyExcept(value);
            end = different < 0 ? codes.Length : end + different;
            if (end - i < MinRepeat)
            {
                i += 8;
                continue;
            }

            WritePacked(codes[packedFrom..i], width, buffer);
            buffer.WriteVarint((ulong)(end - i) << 1);
            WriteValue(value, width, buffer);
            i = end;
            packedFrom = i;
        }

        WritePacked(codes[packedFrom..], width, buffer);
    }

    /// <summary>
    /// Fills <paramref name="destination"/> from the runs. False if the runs end early, are malformed, or hold a code that is not
    /// below <paramref name="limit"/>; a packed run may be longer than needed, its rest is padding. Codes that are skipped are passed over
    /// run by run, and not looked at.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, int width, Span<int> destination, int limit, int skip = 0)
    {
        int position = 0;
        int filled = 0;
        while (filled < destination.Length)
        {
            if (!TryReadHeader(source, ref position, out uint header))
            {
                return false;
            }

            int left = destination.Length - filled;
            if ((header & 1) != 0)
            {
                uint groups = header >> 1;
                if (skip > 0)
                {
                    uint passed = Math.Min(groups, (uint)skip / 8);
                    if ((long)passed * width > source.Length - position)
                    {
                        return false;
                    }

                    position += (int)(passed * width);
                    skip -= (int)passed * 8;
                    groups -= passed;
                    if (groups == 0)
                    {
                        continue;
                    }

                    if (skip > 0 && !TryDecodeGroup(source[position..], width, skip, destination, limit, ref filled))
                    {
                        return false;
                    }

                    if (skip > 0)
                    {
                        position += Math.Min(width, source.Length - position);
                        groups--;
                        skip = 0;
                        if (groups == 0 || filled == destination.Length)
                        {
                            continue;
                        }

                        left = destination.Length - filled;
                    }
                }

                int count = (int)Math.Min((ulong)groups * 8, (ulong)left);
                long bytes = (long)groups * width;
                if (count == 0)
                {
                    return false;
                }

                ReadOnlySpan<byte> packed = source[position..];
                if (bytes > packed.Length)
                {
                    // Some writers cut the padding of the very last group.
                    if (BitPacking.Bytes(count, width) > packed.Length)
                    {
                        return false;
                    }

                    bytes = packed.Length;
                }

                uint max = BitPacking.Unpack(packed, width, destination.Slice(filled, count));
                if (max >= (uint)limit)
                {
                    return false;
                }

                position += (int)bytes;
                filled += count;
            }
            else
            {
                uint repeats = header >> 1;
                uint passed = Math.Min(repeats, (uint)skip);
                int count = (int)Math.Min(repeats - passed, (uint)left);
                int valueBytes = (width + 7) / 8;
                skip -= (int)passed;
                if (repeats == 0 || valueBytes > source.Length - position)
                {
                    return false;
                }

                uint value = 0;
                for (int b = 0; b < valueBytes; b++)
                {
                    value |= (uint)source[position++] << (8 * b);
                }

                if (value >= (uint)limit)
                {
                    return false;
                }

                destination.Slice(filled, count).Fill((int)value);
                filled += count;
            }
        }

        return true;
    }

    /// <summary>The codes of one packed group from a place in it on. The group may be cut behind its last code.</summary>
    private static bool TryDecodeGroup(ReadOnlySpan<byte> source, int width, int from, Span<int> destination, int limit, ref int filled)
    {
        Span<int> group = stackalloc int[8];
        int count = Math.Min(8, from + destination.Length - filled);
        if (BitPacking.Bytes(count, width) > source.Length)
        {
            return false;
        }

        _ = BitPacking.Unpack(source, width, group[..count]);
        foreach (int code in group[from..count])
        {
            if ((uint)code >= (uint)limit)
            {
                return false;
            }

            destination[filled++] = code;
        }

        return true;
    }

    /// <summary>A run header: an unsigned varint of at most 32 bits.</summary>
    internal static bool TryReadHeader(ReadOnlySpan<byte> source, ref int position, out uint header)
    {
        ulong value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            if ((uint)position >= (uint)source.Length)
            {
                break;
            }

            byte b = source[position++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                header = (uint)value;
                return value <= uint.MaxValue;
            }
        }

        header = 0;
        return false;
    }

    private static bool FirstEightEqual(ReadOnlySpan<int> codes)
    {
        ref int first = ref MemoryMarshal.GetReference(codes);
        return Vector256.LoadUnsafe(ref first) == Vector256.Create(first);
    }

    private static void WritePacked(ReadOnlySpan<int> codes, int width, ByteBuffer buffer)
    {
        if (codes.IsEmpty)
        {
            return;
        }

        int groups = (codes.Length + 7) / 8;
        buffer.WriteVarint(((ulong)groups << 1) | 1);
        int bytes = groups * width;
        Span<byte> packed = buffer.Reserve(bytes)[..bytes];
        packed.Clear();
        BitPacking.Pack(codes, width, packed);
        buffer.Advance(bytes);
    }

    private static void WriteValue(int value, int width, ByteBuffer buffer)
    {
        for (int bits = 0; bits < width; bits += 8)
        {
            buffer.WriteByte((byte)(value >> bits));
        }
    }
}
