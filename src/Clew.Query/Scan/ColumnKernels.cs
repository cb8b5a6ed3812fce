using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Clew.Query.Scan;

/// <summary>
/// Comparisons of a run of column values into a bitmap, 64 rows a word, with vectors where that is simple. What stands at rows beyond the
/// last whole word is compared one by one. <see cref="Plain"/> has the same functions as plain loops: the oracle of the tests.
/// </summary>
internal static class ColumnKernels
{
    /// <summary>Codes for which <see cref="PickBits"/> has room: 32 words of 32 bits, which are two vectors, less one bit for "no value".</summary>
    public const int MaxPickedCodes = 1023;

    /// <summary>Whether this processor picks bits by vectors.</summary>
    public static bool PicksInVectors => Avx512F.IsSupported;

    /// <summary>Bits of the rows with <c>low &lt;= code &lt;= high</c>; null is -1.</summary>
    public static void CodesBetween(ReadOnlySpan<int> codes, int low, int high, Span<ulong> bits) => Between<int, uint>(codes, low, high, bits);

    /// <summary>Bits of the rows with <c>low &lt;= value &lt;= high</c>.</summary>
    public static void Between(ReadOnlySpan<long> values, long low, long high, Span<ulong> bits) => Between<long, ulong>(values, low, high, bits);

    private static void Between<T, TUnsigned>(ReadOnlySpan<T> values, T low, T high, Span<ulong> bits)
        where T : struct, IBinaryInteger<T>
        where TUnsigned : struct, IBinaryInteger<TUnsigned>
    {
        var whole = values.Length >> 6;
        ref var first = ref MemoryMarshal.GetReference(values);
        if (Vector512.IsHardwareAccelerated)
        {
            var lows = Vector512.Create(low);
            var widths = Vector512.Create(TUnsigned.CreateTruncating(unchecked(high - low)));
            for (var word = 0; word < whole; word++)
            {
                ulong value = 0;
                for (var row = 0; row < 64; row += Vector512<T>.Count)
                {
                    // One comparison for both ends: what lies below wraps around to something large.
                    var vector = Vector512.LoadUnsafe(ref first, (nuint)((word << 6) + row));
                    value |= Vector512.LessThanOrEqual((vector - lows).As<T, TUnsigned>(), widths).ExtractMostSignificantBits() << row;
                }

                bits[word] = value;
            }
        }
        else
        {
            var lows = Vector256.Create(low);
            var highs = Vector256.Create(high);
            for (var word = 0; word < whole; word++)
            {
                ulong outside = 0;
                for (var row = 0; row < 64; row += Vector256<T>.Count)
                {
                    var vector = Vector256.LoadUnsafe(ref first, (nuint)((word << 6) + row));
                    var fails = Vector256.GreaterThan(lows, vector) | Vector256.GreaterThan(vector, highs);
                    outside |= (ulong)fails.ExtractMostSignificantBits() << row;
                }

                bits[word] = ~outside;
            }
        }

        Plain.Between(values[(whole << 6)..], low, high, bits[whole..]);
    }

    /// <summary>Bits of the rows whose code is not negative: those that have a value.</summary>
    public static void HasCode(ReadOnlySpan<int> codes, Span<ulong> bits)
    {
        var whole = codes.Length >> 6;
        ref var first = ref MemoryMarshal.GetReference(codes);
        for (var word = 0; word < whole; word++)
        {
            ulong negative = 0;
            for (var part = 0; part < 8; part++)
            {
                var vector = Vector256.LoadUnsafe(ref first, (nuint)((word << 6) + (part << 3)));
                negative |= (ulong)vector.ExtractMostSignificantBits() << (part << 3);
            }

            bits[word] = ~negative;
        }

        Plain.HasCode(codes[(whole << 6)..], bits[whole..]);
    }

    /// <summary>Bits of the rows whose code's entry in the table is 1; the table's entry 0 stands for "no value", entry 1 for code 0.</summary>
    public static void LookUp(ReadOnlySpan<int> codes, ReadOnlySpan<byte> table, Span<ulong> bits) => Plain.LookUp(codes, table, bits);

    /// <summary>As <see cref="LookUp"/>, for few codes: the table is 32 words of bits.</summary>
    public static void PickBits(ReadOnlySpan<int> codes, ReadOnlySpan<uint> table, Span<ulong> bits)
    {
        var whole = 0;
        if (PicksInVectors)
        {
            whole = codes.Length >> 6;
            var lower = Vector512.Create(table[..16]);
            var upper = Vector512.Create(table[16..]);
            ref var first = ref MemoryMarshal.GetReference(codes);
            for (var word = 0; word < whole; word++)
            {
                ulong value = 0;
                for (var row = 0; row < 64; row += Vector512<int>.Count)
                {
                    // Every row picks a word by the upper bits of its entry, and moves the bit that is asked for to the top by the lower ones.
                    var entries = Vector512.LoadUnsafe(ref first, (nuint)((word << 6) + row)).AsUInt32() + Vector512<uint>.One;
                    var picked = Avx512F.PermuteVar16x32x2(lower, entries >>> 5, upper);
                    value |= Avx512F.ShiftLeftLogicalVariable(picked, ~entries & Vector512.Create(31u)).ExtractMostSignificantBits() << row;
                }

                bits[word] = value;
            }
        }

        Plain.PickBits(codes[(whole << 6)..], table, bits[whole..]);
    }

    /// <summary>What spreads numbers evenly over 64 bits: times by an odd number, and the upper half into the lower.</summary>
    public static ulong Scramble(long value)
    {
        var product = (ulong)value * ScrambleFactor;
        return product ^ (product >> 29);
    }

    /// <summary>Bits of the rows whose <see cref="Scramble"/> is at most the limit.</summary>
    public static void ScramblesUpTo(ReadOnlySpan<long> values, ulong limit, Span<ulong> bits)
    {
        var whole = Vector512.IsHardwareAccelerated ? values.Length >> 6 : 0;
        ref var first = ref MemoryMarshal.GetReference(values);
        var factor = Vector512.Create(ScrambleFactor);
        var limits = Vector512.Create(limit);
        for (var word = 0; word < whole; word++)
        {
            ulong value = 0;
            for (var part = 0; part < 8; part++)
            {
                var product = Vector512.LoadUnsafe(ref first, (nuint)((word << 6) + (part << 3))).AsUInt64() * factor;
                value |= Vector512.LessThanOrEqual(product ^ (product >>> 29), limits).ExtractMostSignificantBits() << (part << 3);
            }

            bits[word] = value;
        }

        Plain.ScramblesUpTo(values[(whole << 6)..], limit, bits[whole..]);
    }

    private const ulong ScrambleFactor = 0x9E3779B97F4A7C15;

    /// <summary>The same, one row after another.</summary>
    internal static class Plain
    {
        public static void ScramblesUpTo(ReadOnlySpan<long> values, ulong limit, Span<ulong> bits)
        {
            bits[..Bits.Words(values.Length)].Clear();
            for (var i = 0; i < values.Length; i++)
            {
                bits[i >> 6] |= (Scramble(values[i]) <= limit ? 1UL : 0) << (i & 63);
            }
        }

        public static void HasCode(ReadOnlySpan<int> codes, Span<ulong> bits)
        {
            bits[..Bits.Words(codes.Length)].Clear();
            for (var i = 0; i < codes.Length; i++)
            {
                bits[i >> 6] |= (codes[i] >= 0 ? 1UL : 0) << (i & 63);
            }
        }

        public static void LookUp(ReadOnlySpan<int> codes, ReadOnlySpan<byte> table, Span<ulong> bits)
        {
            for (var word = 0; word < Bits.Words(codes.Length); word++)
            {
                var rows = codes.Slice(word << 6, Math.Min(64, codes.Length - (word << 6)));
                ulong value = 0;
                for (var i = 0; i < rows.Length; i++)
                {
                    value |= (ulong)table[rows[i] + 1] << i;
                }

                bits[word] = value;
            }
        }

        public static void PickBits(ReadOnlySpan<int> codes, ReadOnlySpan<uint> table, Span<ulong> bits)
        {
            bits[..Bits.Words(codes.Length)].Clear();
            for (var i = 0; i < codes.Length; i++)
            {
                var entry = codes[i] + 1;
                bits[i >> 6] |= (ulong)((table[entry >> 5] >> (entry & 31)) & 1) << (i & 63);
            }
        }

        public static void Between<T>(ReadOnlySpan<T> values, T low, T high, Span<ulong> bits)
            where T : IComparisonOperators<T, T, bool>
        {
            bits[..Bits.Words(values.Length)].Clear();
            for (var i = 0; i < values.Length; i++)
            {
                bits[i >> 6] |= (values[i] >= low && values[i] <= high ? 1UL : 0) << (i & 63);
            }
        }
    }
}
