using CsCheck;

namespace Clew.Parquet.Tests;

/// <summary>Encodings: what was encoded is decoded, fast paths agree with the plain ones, bad bytes are refused.</summary>
public sealed class CodecTests
{
    [Fact]
    public void Bit_packing_round_trips_at_every_width_and_agrees_with_the_plain_version() =>
        Gen.Select(Gen.Int[1, 32], Gen.Int[0, 700], Gen.Int).Sample(
            (width, count, seed) =>
            {
                int[] values = Values(seed, count, width);
                byte[] packed = new byte[BitPacking.Bytes(count, width)];
                BitPacking.Pack(values, width, packed);

                int[] unpacked = new int[count];
                uint max = BitPacking.Unpack(packed, width, unpacked);
                Assert.Equal(values, unpacked);
                Assert.Equal(count == 0 ? 0 : values.Max(value => (uint)value), max);

                int[] plain = new int[count];
                Assert.Equal(max, BitPacking.UnpackScalar(packed, width, plain));
                Assert.Equal(values, plain);
            },
            iter: 2_000);

    [Fact]
    public void Unpacking_does_not_count_the_padding_of_the_last_byte_as_a_value()
    {
        // Three codes of two bits, and padding with both bits set.
        int[] codes = new int[3];
        Assert.Equal(1u, BitPacking.Unpack([0b11_01_00_01], 2, codes));
        Assert.Equal([1, 0, 1], codes);
    }

    [Fact]
    public void Hybrid_codes_round_trip() =>
        Gen.Select(Gen.Int[0, 24], Gen.Int[0, 3_000], Gen.Int, Gen.Int[1, 300]).Sample(
            (width, count, seed, longestRun) =>
            {
                int[] codes = Runs(seed, count, width, longestRun);
                using ByteBuffer buffer = new();
                HybridCodec.Encode(codes, width, buffer);
                int[] decoded = new int[count];
                Assert.True(HybridCodec.TryDecode(buffer.Written, width, decoded, 1 << width));
                Assert.Equal(codes, decoded);
            },
            iter: 2_000);

    [Fact]
    public void Hybrid_codes_at_or_above_the_limit_are_refused()
    {
        foreach (int count in (int[])[1, 8, 40, 400])
        {
            int[] packed = [.. Enumerable.Range(0, count).Select(i => i % 6)];
            using ByteBuffer buffer = new();
            HybridCodec.Encode(packed, 3, buffer);
            int max = packed.Max();
            Assert.True(HybridCodec.TryDecode(buffer.Written, 3, new int[count], max + 1));
            Assert.False(HybridCodec.TryDecode(buffer.Written, 3, new int[count], max));
        }
    }

    [Fact]
    public void Hybrid_runs_cut_short_are_refused() =>
        Gen.Select(Gen.Int[1, 24], Gen.Int[1, 600], Gen.Int).Sample(
            (width, count, seed) =>
            {
                int[] codes = Runs(seed, count, width, 60);
                using ByteBuffer buffer = new();
                HybridCodec.Encode(codes, width, buffer);
                // The last group may do without its padding, but not without its values.
                int needed = buffer.Length - width;
                for (int length = 0; length < needed; length++)
                {
                    Assert.False(HybridCodec.TryDecode(buffer.Written[..length], width, new int[count], 1 << width));
                }
            },
            iter: 100);

    [Fact]
    public void Random_bytes_as_hybrid_runs_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, 32], Gen.Int[0, 500]).Sample(
            (bytes, width, count) =>
            {
                int[] codes = new int[count];
                if (HybridCodec.TryDecode(bytes, width, codes, 100))
                {
                    Assert.All(codes, code => Assert.InRange(code, 0, 99));
                }
            },
            iter: 5_000);

    [Fact]
    public void Levels_round_trip() =>
        Gen.Select(Gen.Int[0, 3_000], Gen.Int, Gen.Int[1, 400]).Sample(
            (count, seed, longestRun) =>
            {
                ulong[] bits = Bits(seed, count, longestRun);
                using ByteBuffer buffer = new();
                buffer.WriteByte(9);
                LevelCodec.Encode(bits, count, buffer);
                ulong[] decoded = new ulong[bits.Length];
                Array.Fill(decoded, ulong.MaxValue);
                Assert.True(LevelCodec.TryDecode(buffer.Written[1..], decoded, count, out int consumed));
                Assert.Equal(buffer.Length - 1, consumed);
                for (int i = 0; i < count; i++)
                {
                    Assert.Equal(Bitmaps.Get(bits, i), Bitmaps.Get(decoded, i));
                }
            },
            iter: 2_000);

    [Fact]
    public void Levels_of_long_runs_are_nearly_free()
    {
        ulong[] bits = new ulong[128];
        Bitmaps.Fill(bits, 1_000, 500);
        using ByteBuffer buffer = new();
        LevelCodec.Encode(bits, 8_192, buffer);
        Assert.InRange(buffer.Length, 1, 20);
    }

    [Fact]
    public void Levels_decode_runs_that_begin_inside_a_byte()
    {
        // Three set rows as a repetition, eight packed rows, then a repetition of cleared ones.
        byte[] source = [6, 0, 0, 0, 3 << 1, 1, (1 << 1) | 1, 0b1010_0101, 5 << 1, 0];
        ulong[] bits = new ulong[1];
        Assert.True(LevelCodec.TryDecode(source, bits, 16, out _));
        Assert.Equal(0b00000_10100101_111UL, bits[0]);
    }

    [Fact]
    public void Random_bytes_as_levels_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 100], Gen.Int[0, 500]).Sample(
            (bytes, count) =>
            {
                byte[] source = [.. BitConverter.GetBytes(bytes.Length), .. bytes];
                LevelCodec.TryDecode(source, new ulong[Bitmaps.Words(count)], count, out _);
                LevelCodec.TryDecode(bytes, new ulong[Bitmaps.Words(count)], count, out _);
            },
            iter: 5_000);

    [Fact]
    public void Delta_round_trips_numbers_of_any_spread() =>
        Gen.Select(Gen.Int[0, 1_000], Gen.Int, Gen.Int[0, 64]).Sample(
            (count, seed, bits) =>
            {
                Random random = new(seed);
                long[] longs = new long[count];
                int[] ints = new int[count];
                for (int i = 0; i < count; i++)
                {
                    long value = random.NextInt64(long.MinValue, long.MaxValue);
                    // Fewer bits in some stretches, so that miniblocks differ in width.
                    int shift = i / 50 % 3 == 0 ? 64 - bits : Math.Min(63, 70 - bits / 2);
                    longs[i] = shift >= 64 ? 0 : value >> shift;
                    ints[i] = (int)longs[i];
                }

                using ByteBuffer buffer = new();
                DeltaCodec.Encode(longs, buffer);
                long[] decoded = new long[count];
                Assert.True(DeltaCodec.TryDecode(buffer.Written, decoded, 64));
                Assert.Equal(longs, decoded);

                buffer.Clear();
                DeltaCodec.Encode(ints, buffer);
                Assert.True(DeltaCodec.TryDecode(buffer.Written, decoded, 32));
                Assert.Equal(ints, decoded.Select(value => (int)value));
            },
            iter: 2_000);

    [Fact]
    public void Delta_survives_the_ends_of_the_number_range()
    {
        long[] longs = [long.MinValue, long.MaxValue, 0, -1, long.MaxValue, long.MinValue, 1];
        using ByteBuffer buffer = new();
        DeltaCodec.Encode(longs, buffer);
        long[] decoded = new long[longs.Length];
        Assert.True(DeltaCodec.TryDecode(buffer.Written, decoded, 64));
        Assert.Equal(longs, decoded);

        int[] ints = [int.MinValue, int.MaxValue, 0, -1, int.MaxValue, int.MinValue, 1];
        buffer.Clear();
        DeltaCodec.Encode(ints, buffer);
        Assert.True(DeltaCodec.TryDecode(buffer.Written, decoded, 32));
        Assert.Equal(ints, decoded.Select(value => (int)value));
    }

    [Fact]
    public void Delta_miniblocks_agree_with_the_plain_version_at_every_width()
    {
        Random random = new(5);
        for (int width = 0; width <= 64; width++)
        {
            byte[] source = new byte[width * 4 + DeltaCodec.Overread];
            random.NextBytes(source);
            long[] plain = new long[32];
            long last = PlainMiniblock(source, width, -3, 100, plain);

            long[] scalar = new long[32];
            Assert.Equal(last, DeltaKernels.AddMiniblockScalar(ref source[0], width, -3, 100, ref scalar[0]));
            Assert.Equal(plain, scalar);
            if (System.Runtime.Intrinsics.X86.Avx512Vbmi.IsSupported && width is > 0 and <= DeltaKernels.MaxVectorWidth)
            {
                long[] vector = new long[32];
                Assert.Equal(last, DeltaKernels.AddMiniblockAvx512(ref source[0], width, -3, 100, ref vector[0]));
                Assert.Equal(plain, vector);
            }
        }
    }

    [Fact]
    public void Random_bytes_as_deltas_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 400]).Sample(
            (bytes, count) =>
            {
                using ByteBuffer buffer = new();
                buffer.WriteVarint(128);
                buffer.WriteVarint(4);
                buffer.WriteVarint((ulong)count);
                buffer.Write(bytes);
                DeltaCodec.TryDecode(buffer.Written, new long[count], 64);
                DeltaCodec.TryDecode(bytes, new long[count], 64);
            },
            iter: 5_000);

    [Fact]
    public void Spreading_agrees_with_the_plain_version() =>
        Gen.Select(Gen.Int[0, 1_000], Gen.Int, Gen.Int[1, 200]).Sample(
            (count, seed, longestRun) =>
            {
                ulong[] bits = Bits(seed, count, longestRun);
                int valid = Bitmaps.CountSet(bits, count);
                int[] values = Values(seed, valid + Spread.Slack, 20);
                AssertSpread(values, bits, count, -1);
                AssertSpread<long>([.. values.Select(value => value * 1_000_000_007L)], bits, count, 0);
                AssertSpread<double>([.. values.Select(value => value / 3.0)], bits, count, 0);
                AssertSpread<bool>([.. values.Select(value => value % 2 == 0)], bits, count, false);
            },
            iter: 2_000);

    [Fact]
    public void Smallest_and_largest_agree_with_a_plain_scan() =>
        Gen.Select(Gen.Long.Array[1, 100], Gen.Double.Array[1, 100]).Sample(
            (longs, doubles) =>
            {
                Assert.Equal((longs.Min(), longs.Max()), MinMax.Of<long>(longs));
                (double min, double max) = MinMax.Of<double>(doubles);
                if (doubles.Any(double.IsNaN))
                {
                    Assert.True(double.IsNaN(min) || double.IsNaN(max));
                }
                else
                {
                    Assert.Equal((doubles.Min(), doubles.Max()), (min, max));
                }
            });

    [Fact]
    public void Checksum_agrees_with_the_reference_implementation() => Gen.Byte.Array[0, 400].Sample(
        data =>
        {
            uint expected = System.IO.Hashing.Crc32.HashToUInt32(data);
            Assert.Equal(expected, Crc32.Hash(data));
            Assert.Equal(expected, ~Crc32.Plain(data, uint.MaxValue));
        },
        iter: 2_000);

    private static void AssertSpread<T>(T[] values, ulong[] bits, int count, T filler)
        where T : unmanaged
    {
        T[] fast = new T[count];
        T[] plain = new T[count];
        Spread.Rows(values, bits, fast, filler);
        Spread.Plain(values, bits, plain, filler);
        Assert.Equal(plain, fast);
    }

    private static int[] Values(int seed, int count, int width)
    {
        Random random = new(seed);
        int[] values = new int[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (int)(uint)random.NextInt64(1L << width);
        }

        return values;
    }

    private static int[] Runs(int seed, int count, int width, int longestRun)
    {
        Random random = new(seed);
        int[] codes = new int[count];
        for (int i = 0; i < count;)
        {
            int end = Math.Min(count, i + (random.Next(2) == 0 ? 1 : random.Next(1, longestRun + 1)));
            codes.AsSpan(i..end).Fill(random.Next(1 << width));
            i = end;
        }

        return codes;
    }

    private static ulong[] Bits(int seed, int count, int longestRun)
    {
        Random random = new(seed);
        ulong[] bits = new ulong[Bitmaps.Words(count)];
        for (int i = 0; i < count;)
        {
            int end = Math.Min(count, i + random.Next(1, longestRun + 1));
            if (random.Next(2) == 0)
            {
                Bitmaps.Fill(bits, i, end - i);
            }

            i = end;
        }

        return bits;
    }

    /// <summary>Bit by bit, as the format's text describes it.</summary>
    private static long PlainMiniblock(byte[] source, int width, long minDelta, long last, long[] destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            ulong distance = 0;
            for (int b = 0; b < width; b++)
            {
                int bit = i * width + b;
                distance |= (ulong)((source[bit >> 3] >> (bit & 7)) & 1) << b;
            }

            last += (long)distance + minDelta;
            destination[i] = last;
        }

        return last;
    }
}
