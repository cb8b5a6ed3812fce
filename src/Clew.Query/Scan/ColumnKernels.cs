using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Clew.Query.Scan;

/// <summary>
/// Comparisons of a run of column values into a bitmap, 64 rows a word, with vectors where that is simple. What stands at rows beyond the
/// last whole word is compared one by one. <see cref="Plain"/> has the same functions as plain loops: the oracle of the tests.
/// </summary>
internal static class ColumnKernels
{
    /// <summary>Bits of the rows with <c>low &lt;= code &lt;= high</c>; null is -1.</summary>
    public static void CodesBetween(ReadOnlySpan<int> codes, int low, int high, Span<ulong> bits)
    {
        var whole = codes.Length >> 6;
        ref var first = ref MemoryMarshal.GetReference(codes);
        if (Vector512.IsHardwareAccelerated)
        {
            var lows = Vector512.Create(low);
            var widths = Vector512.Create((uint)(high - low));
            for (var word = 0; word < whole; word++)
            {
                ulong value = 0;
                for (var part = 0; part < 4; part++)
                {
                    // One comparison for both ends: what lies below wraps around to something large.
                    var vector = Vector512.LoadUnsafe(ref first, (nuint)((word << 6) + (part << 4)));
                    value |= Vector512.LessThanOrEqual((vector - lows).AsUInt32(), widths).ExtractMostSignificantBits() << (part << 4);
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
                for (var part = 0; part < 8; part++)
                {
                    var vector = Vector256.LoadUnsafe(ref first, (nuint)((word << 6) + (part << 3)));
                    var fails = Vector256.GreaterThan(lows, vector) | Vector256.GreaterThan(vector, highs);
                    outside |= (ulong)fails.ExtractMostSignificantBits() << (part << 3);
                }

                bits[word] = ~outside;
            }
        }

        Plain.CodesBetween(codes[(whole << 6)..], low, high, bits[whole..]);
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

    /// <summary>Bits of the rows with <c>low &lt;= value &lt;= high</c>.</summary>
    public static void Between(ReadOnlySpan<long> values, long low, long high, Span<ulong> bits)
    {
        var whole = values.Length >> 6;
        ref var first = ref MemoryMarshal.GetReference(values);
        if (Vector512.IsHardwareAccelerated)
        {
            var lows = Vector512.Create(low);
            var widths = Vector512.Create(unchecked((ulong)high - (ulong)low));
            for (var word = 0; word < whole; word++)
            {
                ulong value = 0;
                for (var part = 0; part < 8; part++)
                {
                    var vector = Vector512.LoadUnsafe(ref first, (nuint)((word << 6) + (part << 3)));
                    value |= Vector512.LessThanOrEqual((vector - lows).AsUInt64(), widths).ExtractMostSignificantBits() << (part << 3);
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
                for (var part = 0; part < 16; part++)
                {
                    var vector = Vector256.LoadUnsafe(ref first, (nuint)((word << 6) + (part << 2)));
                    var fails = Vector256.GreaterThan(lows, vector) | Vector256.GreaterThan(vector, highs);
                    outside |= (ulong)fails.ExtractMostSignificantBits() << (part << 2);
                }

                bits[word] = ~outside;
            }
        }

        Plain.Between(values[(whole << 6)..], low, high, bits[whole..]);
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
        public static void CodesBetween(ReadOnlySpan<int> codes, int low, int high, Span<ulong> bits)
        {
            bits[..Bits.Words(codes.Length)].Clear();
            for (var i = 0; i < codes.Length; i++)
            {
                bits[i >> 6] |= (codes[i] >= low && codes[i] <= high ? 1UL : 0) << (i & 63);
            }
        }

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

        public static void Between(ReadOnlySpan<long> values, long low, long high, Span<ulong> bits)
        {
            bits[..Bits.Words(values.Length)].Clear();
            for (var i = 0; i < values.Length; i++)
            {
                bits[i >> 6] |= (values[i] >= low && values[i] <= high ? 1UL : 0) << (i & 63);
            }
        }
    }
}
