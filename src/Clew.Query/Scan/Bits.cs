using System.Numerics;

namespace Clew.Query.Scan;

/// <summary>Operations on bitmaps of rows: one bit a row, least significant first. All spans of one call have the same length.</summary>
internal static class Bits
{
    public static int Words(int rows) => (rows + 63) >> 6;

    /// <summary>Sets the first <paramref name="rows"/> bits and clears the rest of the last word.</summary>
    public static void Fill(Span<ulong> bits, int rows)
    {
        bits.Fill(ulong.MaxValue);
        if ((rows & 63) != 0)
        {
            bits[^1] = (1UL << (rows & 63)) - 1;
        }
    }

    public static bool Any(ReadOnlySpan<ulong> bits) => bits.ContainsAnyExcept(0UL);

    /// <summary>Whether one of the bits from first to last, both included, is set; those beyond the bitmap are not.</summary>
    public static bool AnyBetween(ReadOnlySpan<ulong> bits, int first, int last)
    {
        last = Math.Min(last, (bits.Length << 6) - 1);
        if (first < 0 || first > last)
        {
            return first < 0;
        }

        var (from, to) = (first >> 6, last >> 6);
        var (head, tail) = (ulong.MaxValue << (first & 63), ulong.MaxValue >> (63 - (last & 63)));
        return from == to
            ? (bits[from] & head & tail) != 0
            : (bits[from] & head) != 0 || (bits[to] & tail) != 0 || Any(bits[(from + 1)..to]);
    }

    public static int Count(ReadOnlySpan<ulong> bits)
    {
        var count = 0;
        foreach (var word in bits)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    public static bool Get(ReadOnlySpan<ulong> bits, int row) => (bits[row >> 6] >> (row & 63) & 1) != 0;

    public static void Set(Span<ulong> bits, int row) => bits[row >> 6] |= 1UL << (row & 63);

    public static void And(Span<ulong> bits, ReadOnlySpan<ulong> other)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] &= other[i];
        }
    }

    public static void Or(Span<ulong> bits, ReadOnlySpan<ulong> other)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] |= other[i];
        }
    }

    /// <summary>Clears the bits that the other has.</summary>
    public static void AndNot(Span<ulong> bits, ReadOnlySpan<ulong> other)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] &= ~other[i];
        }
    }
}
