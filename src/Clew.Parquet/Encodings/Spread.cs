using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Clew.Parquet;

/// <summary>Puts the values of rows that have one into their rows; the others get a filler.</summary>
internal static class Spread
{
    /// <summary>
    /// Elements that must follow the last value in the source, whatever they hold: the vector path loads eight at a time.
    /// </summary>
    public const int Slack = 8;

    /// <summary>Codes: rows without a value get -1.</summary>
    public static void Codes(ReadOnlySpan<int> values, ReadOnlySpan<ulong> validity, Span<int> rows)
    {
        if (!Avx2.IsSupported)
        {
            Plain(values, validity, rows, -1);
            return;
        }

        ref int from = ref MemoryMarshal.GetReference(values);
        int next = 0;
        int row = 0;
        for (; row + 64 <= rows.Length; row += 64)
        {
            ulong word = validity[row >> 6];
            Span<int> part = rows.Slice(row, 64);
            if (word == 0)
            {
                part.Fill(-1);
            }
            else if (word == ulong.MaxValue)
            {
                values.Slice(next, 64).CopyTo(part);
                next += 64;
            }
            else
            {
                if (next + BitOperations.PopCount(word) + Slack > values.Length)
                {
                    throw new ArgumentException("there are fewer values than rows that have one", nameof(values));
                }

                ref int to = ref MemoryMarshal.GetReference(part);
                for (int i = 0; i < 64; i += 8)
                {
                    byte bits = (byte)(word >> i);
                    SpreadEight(ref Unsafe.Add(ref from, next), bits).StoreUnsafe(ref Unsafe.Add(ref to, i));
                    next += BitOperations.PopCount(bits);
                }
            }
        }

        Plain(values[next..], validity[(row >> 6)..], rows[row..], -1);
    }

    /// <summary>Any type. The plain version, and the oracle of the tests.</summary>
    public static void Plain<T>(ReadOnlySpan<T> values, ReadOnlySpan<ulong> validity, Span<T> rows, T filler)
        where T : unmanaged
    {
        int next = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = ((validity[row >> 6] >> (row & 63)) & 1) != 0 ? values[next++] : filler;
        }
    }

    /// <summary>Lane i takes the value number (set bits below i) if bit i is set, else -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> SpreadEight(ref int values, byte bits)
    {
        Vector256<int> lanes = Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(s_lanes[bits]).AsByte());
        Vector256<int> taken = Avx2.PermuteVar8x32(Vector256.LoadUnsafe(ref values), lanes);
        Vector256<int> selectors = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        Vector256<int> absent = Vector256.Equals(Vector256.Create((int)bits) & selectors, Vector256<int>.Zero);
        return taken | absent;
    }

    /// <summary>For each byte of validity, the source lane of each of the eight rows, a byte each.</summary>
    private static readonly ulong[] s_lanes = MakeLanes();

    private static ulong[] MakeLanes()
    {
        ulong[] lanes = new ulong[256];
        for (int bits = 0; bits < 256; bits++)
        {
            for (int lane = 0; lane < 8; lane++)
            {
                lanes[bits] |= (ulong)BitOperations.PopCount((uint)bits & ((1u << lane) - 1)) << (8 * lane);
            }
        }

        return lanes;
    }
}
