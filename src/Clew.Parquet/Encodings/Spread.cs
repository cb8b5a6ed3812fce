using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Clew.Parquet;

/// <summary>
/// Puts the values of rows that have one into their rows; the others get a filler. Which rows those are is as good as random to
/// the branch predictor, so eight (or four) rows are filled at once: a table gives for each pattern of validity the source lane of
/// every row.
/// </summary>
internal static class Spread
{
    /// <summary>Elements that must follow the last value in the source, whatever they hold: the vector path loads a whole vector.</summary>
    public const int Slack = 8;

    /// <param name="values">The values, with <see cref="Slack"/> elements more.</param>
    /// <param name="validity">A bit per row.</param>
    /// <param name="rows">Receives a value or the filler per row.</param>
    /// <param name="filler">For rows without a value.</param>
    public static void Rows<T>(ReadOnlySpan<T> values, ReadOnlySpan<ulong> validity, Span<T> rows, T filler)
        where T : unmanaged
    {
        if (values.Length < Bitmaps.CountSet(validity, rows.Length) + Slack)
        {
            throw new ArgumentException("there are fewer values than rows that have one, or no slack after them", nameof(values));
        }

        int next = 0;
        int row = 0;
        bool vectors = Avx2.IsSupported && Unsafe.SizeOf<T>() is 4 or 8;
        for (; vectors && row + 64 <= rows.Length; row += 64)
        {
            ulong word = validity[row >> 6];
            Span<T> part = rows.Slice(row, 64);
            if (word == 0)
            {
                part.Fill(filler);
            }
            else if (word == ulong.MaxValue)
            {
                values.Slice(next, 64).CopyTo(part);
            }
            else if (Unsafe.SizeOf<T>() == 4)
            {
                SpreadInts(ref As<T, int>(values[next..]), word, ref As<T, int>(part), Unsafe.BitCast<T, int>(filler));
            }
            else
            {
                SpreadLongs(ref As<T, long>(values[next..]), word, ref As<T, long>(part), Unsafe.BitCast<T, long>(filler));
            }

            next += BitOperations.PopCount(word);
        }

        Plain(values[next..], validity[(row >> 6)..], rows[row..], filler);
    }

    /// <summary>The plain version, and the oracle of the tests.</summary>
    public static void Plain<T>(ReadOnlySpan<T> values, ReadOnlySpan<ulong> validity, Span<T> rows, T filler)
        where T : unmanaged
    {
        int next = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = ((validity[row >> 6] >> (row & 63)) & 1) != 0 ? values[next++] : filler;
        }
    }

    private static void SpreadInts(ref int values, ulong word, ref int rows, int filler)
    {
        Vector256<int> selectors = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        Vector256<int> fillers = Vector256.Create(filler);
        ref ulong lanes = ref MemoryMarshal.GetArrayDataReference(s_lanes);
        for (int i = 0; i < 8; i++)
        {
            int bits = (byte)word;
            Vector256<int> from = Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(Unsafe.Add(ref lanes, bits)).AsByte());
            Vector256<int> taken = Avx2.PermuteVar8x32(Vector256.LoadUnsafe(ref values), from);
            Vector256<int> absent = Vector256.Equals(Vector256.Create(bits) & selectors, Vector256<int>.Zero);
            Vector256.ConditionalSelect(absent, fillers, taken).StoreUnsafe(ref rows);
            values = ref Unsafe.Add(ref values, BitOperations.PopCount((uint)bits));
            rows = ref Unsafe.Add(ref rows, 8);
            word >>= 8;
        }
    }

    private static void SpreadLongs(ref long values, ulong word, ref long rows, long filler)
    {
        Vector256<long> selectors = Vector256.Create(1L, 2, 4, 8);
        Vector256<long> fillers = Vector256.Create(filler);
        ref ulong lanes = ref MemoryMarshal.GetArrayDataReference(s_lanePairs);
        for (int i = 0; i < 16; i++)
        {
            int bits = (int)word & 15;
            Vector256<int> from = Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(Unsafe.Add(ref lanes, bits)).AsByte());
            Vector256<long> taken = Avx2.PermuteVar8x32(Vector256.LoadUnsafe(ref values).AsInt32(), from).AsInt64();
            Vector256<long> absent = Vector256.Equals(Vector256.Create((long)bits) & selectors, Vector256<long>.Zero);
            Vector256.ConditionalSelect(absent, fillers, taken).StoreUnsafe(ref rows);
            values = ref Unsafe.Add(ref values, BitOperations.PopCount((uint)bits));
            rows = ref Unsafe.Add(ref rows, 4);
            word >>= 4;
        }
    }

    private static ref TTo As<T, TTo>(ReadOnlySpan<T> span) => ref Unsafe.As<T, TTo>(ref MemoryMarshal.GetReference(span));

    /// <summary>For each byte of validity, the source lane of each of eight rows, a byte each.</summary>
    private static readonly ulong[] s_lanes = MakeLanes();

    /// <summary>For four bits of validity, the two 32-bit source lanes of each of four rows, a byte each.</summary>
    private static readonly ulong[] s_lanePairs = MakeLanePairs();

    private static ulong[] MakeLanes()
    {
        ulong[] lanes = new ulong[256];
        for (int bits = 0; bits < 256; bits++)
        {
            for (int row = 0; row < 8; row++)
            {
                lanes[bits] |= Below(bits, row) << (8 * row);
            }
        }

        return lanes;
    }

    private static ulong[] MakeLanePairs()
    {
        ulong[] lanes = new ulong[16];
        for (int bits = 0; bits < 16; bits++)
        {
            for (int row = 0; row < 4; row++)
            {
                ulong lane = 2 * Below(bits, row);
                lanes[bits] |= (lane | (lane + 1) << 8) << (16 * row);
            }
        }

        return lanes;
    }

    /// <summary>Number of set bits below this one: the position of the row's value among the values.</summary>
    private static ulong Below(int bits, int row) => (ulong)BitOperations.PopCount((uint)bits & ((1u << row) - 1));
}
