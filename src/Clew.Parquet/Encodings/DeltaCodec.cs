using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Clew.Parquet;

/// <summary>
/// DELTA_BINARY_PACKED: blocks of 128 differences, each difference stored as its distance from the block's smallest, in four
/// miniblocks of 32 with a bit width of their own.
/// <code>
/// page  := varint blockSize=128, varint miniblocks=4, varint valueCount, zigzag firstValue, block*
/// block := zigzag minDelta, 4 bytes of bit widths, miniblock*      (miniblocks past the last value are left out)
/// </code>
/// Arithmetic wraps around, in 64 bits for INT64 and in 32 bits for INT32, as the format asks.
/// </summary>
internal static class DeltaCodec
{
    internal const int BlockValues = 128;
    internal const int Miniblocks = 4;
    internal const int MiniblockValues = BlockValues / Miniblocks;

    /// <summary>Bytes after a miniblock that the fast path may load, and ignores.</summary>
    internal const int Overread = 64;

    public static void Encode(ReadOnlySpan<long> values, ByteBuffer buffer)
    {
        WriteHeader(values.Length, values.IsEmpty ? 0 : values[0], buffer);
        Span<long> deltas = stackalloc long[BlockValues];
        for (int from = 1; from < values.Length; from += BlockValues)
        {
            int count = Math.Min(BlockValues, values.Length - from);
            ref long value = ref Unsafe.AsRef(in values[from]);
            for (int i = 0; i < count; i++)
            {
                deltas[i] = Unsafe.Add(ref value, i) - Unsafe.Add(ref value, i - 1);
            }

            WriteBlock(deltas[..count], buffer);
        }
    }

    public static void Encode(ReadOnlySpan<int> values, ByteBuffer buffer)
    {
        WriteHeader(values.Length, values.IsEmpty ? 0 : values[0], buffer);
        Span<long> deltas = stackalloc long[BlockValues];
        for (int from = 1; from < values.Length; from += BlockValues)
        {
            int count = Math.Min(BlockValues, values.Length - from);
            for (int i = 0; i < count; i++)
            {
                // The difference wraps in 32 bits, so that its distance from the smallest fits 32 bits again.
                deltas[i] = values[from + i] - values[from + i - 1];
            }

            WriteBlock(deltas[..count], buffer);
        }
    }

    /// <summary>
    /// Decodes exactly <c>destination.Length</c> values. INT32 columns use this too and keep the low 32 bits of each value:
    /// wrapping sums agree in them. False if the bytes are malformed.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, Span<long> destination, int maxWidth) =>
        TryDecodeFirst(source, destination, destination.Length, maxWidth);

    /// <summary>Decodes the first <c>destination.Length</c> of so many values.</summary>
    public static bool TryDecodeFirst(ReadOnlySpan<byte> source, Span<long> destination, int values, int maxWidth)
    {
        int position = 0;
        if (!TryReadVarint(source, ref position, out ulong blockValues)
            || !TryReadVarint(source, ref position, out ulong miniblocks)
            || !TryReadVarint(source, ref position, out ulong count)
            || !TryReadVarint(source, ref position, out ulong first)
            || blockValues != BlockValues
            || miniblocks != Miniblocks
            || count != (ulong)values)
        {
            return false;
        }

        if (destination.IsEmpty)
        {
            return true;
        }

        long last = ZigZag(first);
        destination[0] = last;
        int filled = 1;
        while (filled < destination.Length)
        {
            if (!TryReadVarint(source, ref position, out ulong min) || source.Length - position < Miniblocks)
            {
                return false;
            }

            long minDelta = ZigZag(min);
            ReadOnlySpan<byte> widths = source.Slice(position, Miniblocks);
            position += Miniblocks;
            for (int m = 0; m < Miniblocks && filled < destination.Length; m++)
            {
                int width = widths[m];
                int bytes = width * (MiniblockValues / 8);
                if (width > maxWidth || bytes > source.Length - position)
                {
                    return false;
                }

                int take = Math.Min(MiniblockValues, destination.Length - filled);
                Span<long> into = destination.Slice(filled, take);
                last = take == MiniblockValues && source.Length - position >= bytes + Overread
                    ? AddMiniblock(source[position..], width, minDelta, last, into)
                    : AddLastMiniblock(source.Slice(position, bytes), width, minDelta, last, into);
                position += bytes;
                filled += take;
            }
        }

        return true;
    }

    private static void WriteHeader(int count, long first, ByteBuffer buffer)
    {
        buffer.WriteVarint(BlockValues);
        buffer.WriteVarint(Miniblocks);
        buffer.WriteVarint((uint)count);
        buffer.WriteZigZag(first);
    }

    private static void WriteBlock(Span<long> deltas, ByteBuffer buffer)
    {
        long min = deltas[0];
        foreach (long delta in deltas)
        {
            min = Math.Min(min, delta);
        }

        buffer.WriteZigZag(min);
        Span<byte> widths = buffer.Reserve(Miniblocks)[..Miniblocks];
        widths.Clear();
        int widthsAt = buffer.Length;
        buffer.Advance(Miniblocks);
        Span<ulong> miniblock = stackalloc ulong[MiniblockValues];
        for (int m = 0; m * MiniblockValues < deltas.Length; m++)
        {
            Span<long> part = deltas[(m * MiniblockValues)..Math.Min((m + 1) * MiniblockValues, deltas.Length)];
            miniblock.Clear();
            ulong all = 0;
            for (int i = 0; i < part.Length; i++)
            {
                ulong distance = (ulong)(part[i] - min);
                miniblock[i] = distance;
                all |= distance;
            }

            int width = 64 - BitOperations.LeadingZeroCount(all);
            buffer.PatchByte(widthsAt + m, (byte)width);
            if (width > 0)
            {
                int bytes = width * (MiniblockValues / 8);
                Pack(miniblock, width, buffer.Reserve(bytes));
                buffer.Advance(bytes);
            }
        }
    }

    /// <summary>Packs 32 values of 1..64 bits into 4·width bytes.</summary>
    private static void Pack(ReadOnlySpan<ulong> values, int width, Span<byte> destination)
    {
        ulong pending = 0;
        int bits = 0;
        int position = 0;
        foreach (ulong value in values)
        {
            pending |= value << bits;
            bits += width;
            if (bits >= 64)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination[position..], pending);
                position += 8;
                bits -= 64;
                // The part of the value that did not fit; a shift by 64 would be a shift by 0.
                pending = bits == 0 ? 0 : value >> (width - bits);
            }
        }

        if (bits > 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[position..], (uint)pending);
        }
    }

    /// <summary>
    /// Unpacks the 32 distances of a miniblock and sums them up; returns the last value. Reads up to <see cref="Overread"/> bytes
    /// past the miniblock, which the caller has checked.
    /// </summary>
    private static long AddMiniblock(ReadOnlySpan<byte> source, int width, long minDelta, long last, Span<long> destination)
    {
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref long to = ref MemoryMarshal.GetReference(destination);
        return Avx512Vbmi.IsSupported && width is > 0 and <= DeltaKernels.MaxVectorWidth
            ? DeltaKernels.AddMiniblockAvx512(ref from, width, minDelta, last, ref to)
            : DeltaKernels.AddMiniblockScalar(ref from, width, minDelta, last, ref to);
    }

    /// <summary>A miniblock that is not full, or too near the end of the page for the loads of the fast path: by way of a copy.</summary>
    private static long AddLastMiniblock(ReadOnlySpan<byte> source, int width, long minDelta, long last, Span<long> destination)
    {
        Span<byte> padded = stackalloc byte[8 * MiniblockValues + Overread];
        source.CopyTo(padded);
        Span<long> values = stackalloc long[MiniblockValues];
        AddMiniblock(padded, width, minDelta, last, values);
        values[..destination.Length].CopyTo(destination);
        return values[destination.Length - 1];
    }

    private static long ZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private static bool TryReadVarint(ReadOnlySpan<byte> source, ref int position, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && (uint)position < (uint)source.Length; shift += 7)
        {
            byte b = source[position++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
