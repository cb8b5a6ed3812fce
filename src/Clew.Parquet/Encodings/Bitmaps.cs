using System.Numerics;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>Bits in words, bit i of the bitmap is bit i % 64 of word i / 64.</summary>
internal static class Bitmaps
{
    public static int Words(int bits) => (bits + 63) / 64;

    public static bool Get(ReadOnlySpan<ulong> bitmap, int index) => ((bitmap[index >> 6] >> (index & 63)) & 1) != 0;

    /// <summary>Number of set bits among the first <paramref name="count"/>.</summary>
    public static int CountSet(ReadOnlySpan<ulong> bitmap, int count)
    {
        int set = 0;
        int words = count / 64;
        for (int i = 0; i < words; i++)
        {
            set += BitOperations.PopCount(bitmap[i]);
        }

        return (count & 63) == 0 ? set : set + BitOperations.PopCount(bitmap[words] & LowMask(count & 63));
    }

    /// <summary>Number of set bits in [first, first + count).</summary>
    public static int CountSet(ReadOnlySpan<ulong> bitmap, int first, int count) =>
        CountSet(bitmap, first + count) - CountSet(bitmap, first);

    /// <summary>Sets the bits [first, first + count).</summary>
    public static void Fill(Span<ulong> bitmap, int first, int count)
    {
        int end = first + count;
        while (first < end)
        {
            int bit = first & 63;
            int take = Math.Min(64 - bit, end - first);
            bitmap[first >> 6] |= LowMask(take) << bit;
            first += take;
        }
    }

    /// <summary>ORs bits [first, first + count) of the source into the bitmap at bit <paramref name="at"/>, where it must still be zero.</summary>
    public static void OrBits(ReadOnlySpan<ulong> source, int first, int count, Span<ulong> bitmap, int at)
    {
        while (count > 0)
        {
            int take = Math.Min(count, 64);
            ulong bits = source[first >> 6] >> (first & 63);
            if ((first & 63) + take > 64)
            {
                bits |= source[(first >> 6) + 1] << (64 - (first & 63));
            }

            bits &= LowMask(take);
            bitmap[at >> 6] |= bits << (at & 63);
            if ((at & 63) + take > 64)
            {
                bitmap[(at >> 6) + 1] |= bits >> (64 - (at & 63));
            }

            first += take;
            at += take;
            count -= take;
        }
    }

    /// <summary>ORs <paramref name="count"/> packed bits into the bitmap at bit <paramref name="first"/>, where it must still be zero.</summary>
    public static void OrPacked(ReadOnlySpan<byte> packed, Span<ulong> bitmap, int first, int count)
    {
        int bytes = count / 8;
        if ((first & 7) == 0)
        {
            packed[..bytes].CopyTo(MemoryMarshal.AsBytes(bitmap)[(first / 8)..]);
        }
        else
        {
            for (int i = 0; i < bytes; i++)
            {
                OrByte(packed[i], bitmap, first + i * 8, 8);
            }
        }

        int rest = count & 7;
        if (rest != 0)
        {
            OrByte((byte)(packed[bytes] & (int)LowMask(rest)), bitmap, first + bytes * 8, rest);
        }
    }

    /// <summary>The lowest <paramref name="bits"/> bits (1..64) set.</summary>
    public static ulong LowMask(int bits) => ulong.MaxValue >> (64 - bits);

    private static void OrByte(byte value, Span<ulong> bitmap, int first, int count)
    {
        int bit = first & 63;
        bitmap[first >> 6] |= (ulong)value << bit;
        if (bit + count > 64)
        {
            bitmap[(first >> 6) + 1] |= (ulong)value >> (64 - bit);
        }
    }
}
