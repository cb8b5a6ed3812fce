using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Clew.Parquet;

/// <summary>
/// Parquet's bit packing: values of a fixed width laid end to end, least significant bit first. Eight values of width w take
/// exactly w bytes, so groups of eight start on byte boundaries.
/// </summary>
internal static class BitPacking
{
    /// <summary>Widest code that the vector path can take: 25 bits at any bit offset lie within four bytes.</summary>
    internal const int MaxVectorWidth = 25;

    public static int Width(uint maxValue) => 32 - BitOperations.LeadingZeroCount(maxValue);

    public static int Bytes(int count, int width) => (int)(((long)count * width + 7) / 8);

    /// <summary>Packs the values (each below 2^width, width 1..32); the last byte is filled up with zero bits.</summary>
    public static void Pack(ReadOnlySpan<int> values, int width, Span<byte> destination)
    {
        ulong pending = 0;
        int bits = 0;
        int position = 0;
        foreach (int value in values)
        {
            pending |= (ulong)(uint)value << bits;
            bits += width;
            if (bits >= 32)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(destination[position..], (uint)pending);
                position += 4;
                pending >>= 32;
                bits -= 32;
            }
        }

        while (bits > 0)
        {
            destination[position++] = (byte)pending;
            pending >>= 8;
            bits -= 8;
        }
    }

    /// <summary>
    /// Unpacks <c>destination.Length</c> values and returns the largest, so that the caller can check codes against the size of
    /// the dictionary in one comparison. <paramref name="source"/> must hold at least that many.
    /// </summary>
    public static uint Unpack(ReadOnlySpan<byte> source, int width, Span<int> destination)
    {
        if (source.Length < Bytes(destination.Length, width))
        {
            throw new ArgumentException($"{source.Length} bytes do not hold {destination.Length} values of {width} bits", nameof(source));
        }

        return Avx2.IsSupported && width is > 0 and <= MaxVectorWidth
            ? UnpackAvx2(source, width, destination)
            : UnpackScalar(source, width, destination);
    }

    /// <summary>The plain version, and the oracle of the tests.</summary>
    internal static uint UnpackScalar(ReadOnlySpan<byte> source, int width, Span<int> destination)
    {
        uint mask = width == 32 ? uint.MaxValue : (1u << width) - 1;
        uint max = 0;
        ulong pending = 0;
        int bits = 0;
        int position = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            while (bits < width)
            {
                pending |= (ulong)source[position++] << bits;
                bits += 8;
            }

            uint value = (uint)pending & mask;
            pending >>= width;
            bits -= width;
            destination[i] = (int)value;
            max = Math.Max(max, value);
        }

        return max;
    }

    private static uint UnpackAvx2(ReadOnlySpan<byte> source, int width, Span<int> destination)
    {
        // A group of eight reads half a width and 16 bytes from its start on: the last groups go through a padded copy.
        int loaded = width / 2 + 16;
        int groups = source.Length < loaded ? 0 : Math.Min(destination.Length / 8, (source.Length - loaded) / width + 1);
        uint max = UnpackGroups(
            ref MemoryMarshal.GetReference(source), width, groups, ref Unsafe.As<int, uint>(ref MemoryMarshal.GetReference(destination)));
        return groups * 8 == destination.Length
            ? max
            : Math.Max(max, UnpackLastGroups(source[(groups * width)..], width, destination[(groups * 8)..]));
    }

    /// <summary>
    /// Eight values at a time. The first four lie within 16 bytes from the group's start, the last four within 16 bytes from byte
    /// w/2 (they begin 4w bits in, so at bit 0 or 4 of that byte). A byte shuffle brings the four bytes that contain a value into
    /// its lane; shift and mask finish it. There is no call and no stack allocation in here: either would move the vectors into
    /// memory, which made it four times slower.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint UnpackGroups(ref byte source, int width, int groups, ref uint destination)
    {
        Vector256<byte> shuffle = s_shuffles[width];
        Vector256<uint> shifts = s_shifts[width];
        Vector256<uint> mask = Vector256.Create((1u << width) - 1);
        Vector256<uint> max = Vector256<uint>.Zero;
        nuint half = (nuint)(width / 2);
        for (int i = 0; i < groups; i++)
        {
            Vector256<byte> bytes = Vector256.Create(Vector128.LoadUnsafe(ref source), Vector128.LoadUnsafe(ref source, half));
            Vector256<uint> values = Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(bytes, shuffle).AsUInt32(), shifts) & mask;
            max = Vector256.Max(max, values);
            values.StoreUnsafe(ref destination);
            source = ref Unsafe.Add(ref source, width);
            destination = ref Unsafe.Add(ref destination, 8);
        }

        return MaxLane(max);
    }

    /// <summary>What is left has fewer than 16 + 25/2 bytes to load from and, at one bit, up to 16 groups and a part.</summary>
    private static uint UnpackLastGroups(ReadOnlySpan<byte> source, int width, Span<int> destination)
    {
        Span<byte> padded = stackalloc byte[128];
        Span<uint> values = stackalloc uint[8 * 17];
        source[..Bytes(destination.Length, width)].CopyTo(padded);
        UnpackGroups(ref MemoryMarshal.GetReference(padded), width, (destination.Length + 7) / 8, ref MemoryMarshal.GetReference(values));

        // The padding of the last byte is not a value and must not count for the maximum.
        uint max = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (int)values[i];
            max = Math.Max(max, values[i]);
        }

        return max;
    }

    /// <summary>The largest lane, by halving.</summary>
    private static uint MaxLane(Vector256<uint> vector)
    {
        Vector128<uint> four = Vector128.Max(vector.GetLower(), vector.GetUpper());
        Vector128<uint> two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2u, 3, 0, 1)));
        return Math.Max(two.ToScalar(), two.GetElement(1));
    }

    private static readonly Vector256<byte>[] s_shuffles = MakeShuffles();
    private static readonly Vector256<uint>[] s_shifts = MakeShifts();

    private static Vector256<byte>[] MakeShuffles()
    {
        var shuffles = new Vector256<byte>[MaxVectorWidth + 1];
        Span<byte> control = stackalloc byte[32];
        for (int width = 0; width <= MaxVectorWidth; width++)
        {
            for (int lane = 0; lane < 8; lane++)
            {
                int firstByte = BitInHalf(width, lane) / 8;
                for (int b = 0; b < 4; b++)
                {
                    // A shuffle index with the top bit set gives zero; past byte 15 there is nothing of this value any more.
                    int index = firstByte + b;
                    control[lane * 4 + b] = (byte)(index < 16 ? index : 0x80);
                }
            }

            shuffles[width] = Vector256.Create((ReadOnlySpan<byte>)control);
        }

        return shuffles;
    }

    private static Vector256<uint>[] MakeShifts()
    {
        var shifts = new Vector256<uint>[MaxVectorWidth + 1];
        Span<uint> control = stackalloc uint[8];
        for (int width = 0; width <= MaxVectorWidth; width++)
        {
            for (int lane = 0; lane < 8; lane++)
            {
                control[lane] = (uint)(BitInHalf(width, lane) % 8);
            }

            shifts[width] = Vector256.Create((ReadOnlySpan<uint>)control);
        }

        return shifts;
    }

    /// <summary>Bit at which a lane's value begins, counted from the first byte loaded for its half of the vector.</summary>
    private static int BitInHalf(int width, int lane) => lane < 4 ? lane * width : (lane * width) - (width / 2 * 8);
}
