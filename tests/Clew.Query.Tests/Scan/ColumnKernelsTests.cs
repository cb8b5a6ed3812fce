using Clew.Query.Metrics;
using Clew.Query.Scan;
using CsCheck;

namespace Clew.Query.Tests.Scan;

/// <summary>The kernels with vectors do what their plain loops do, at every length around whole words.</summary>
public sealed class ColumnKernelsTests
{
    [Fact]
    public void Codes_between_two_are_those_of_the_plain_loop() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var codes = new int[random.Next(1, 400)];
        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = random.Next(-1, 12);
        }

        var (a, b) = (random.Next(0, 12), random.Next(0, 12));
        var (low, high) = (Math.Min(a, b), random.Next(4) == 0 ? int.MaxValue : Math.Max(a, b));
        Check(seed, codes.Length, bits => ColumnKernels.CodesBetween(codes, low, high, bits), bits => ColumnKernels.Plain.Between(codes, low, high, bits));
        Check(seed, codes.Length, bits => ColumnKernels.HasCode(codes, bits), bits => ColumnKernels.Plain.HasCode(codes, bits));
    });

    [Fact]
    public void Numbers_between_two_are_those_of_the_plain_loop() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var values = Numbers(random);
        var (a, b) = (values[random.Next(values.Length)], values[random.Next(values.Length)]);
        var low = random.Next(5) == 0 ? long.MinValue : Math.Min(a, b);
        var high = random.Next(5) == 0 ? long.MaxValue : Math.Max(a, b);
        Check(seed, values.Length, bits => ColumnKernels.Between(values, low, high, bits), bits => ColumnKernels.Plain.Between(values, low, high, bits));
    });

    [Fact]
    public void Codes_picked_by_a_table_of_bits_are_those_of_a_table_of_bytes() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var count = random.Next(3) == 0 ? ColumnKernels.MaxPickedCodes : random.Next(1, ColumnKernels.MaxPickedCodes);
        var bytes = new byte[count + 1];
        var words = new uint[(ColumnKernels.MaxPickedCodes + 1) / 32];
        for (var entry = 1; entry <= count; entry++)
        {
            bytes[entry] = (byte)random.Next(2);
            words[entry >> 5] |= (uint)bytes[entry] << (entry & 31);
        }

        var codes = new int[random.Next(1, 400)];
        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = random.Next(-1, count);
        }

        Check(seed, codes.Length, bits => ColumnKernels.PickBits(codes, words, bits), bits => ColumnKernels.Plain.LookUp(codes, bytes, bits));
        Check(seed, codes.Length, bits => ColumnKernels.PickBits(codes, words, bits), bits => ColumnKernels.Plain.PickBits(codes, words, bits));
    });

    [Fact]
    public void Scrambles_up_to_a_limit_are_those_of_the_plain_loop() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var values = Numbers(random);
        var limit = random.Next(3) == 0 ? ColumnKernels.Scramble(values[random.Next(values.Length)]) : (ulong)random.NextInt64() * 2;
        Check(seed, values.Length, bits => ColumnKernels.ScramblesUpTo(values, limit, bits), bits => ColumnKernels.Plain.ScramblesUpTo(values, limit, bits));
    });

    [Fact]
    public void Buckets_of_whole_numbers_are_those_of_doubles() => Gen.Long.Sample(static number =>
    {
        foreach (var near in (long[])[number, number >> 12, number >> 40, (1L << (int)(number & 63)) - 1, 1L << (int)(number & 63), (1L << (int)(number & 63)) + 1])
        {
            Assert.Equal(Log2Buckets.BucketOf(near) + 1, SourceMetrics.SlotOf(near));
        }
    });

    [Fact]
    public void Any_bit_between_two_is_found_as_bit_by_bit() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var bits = new ulong[random.Next(1, 6)];
        for (var i = random.Next(3); i > 0; i--)
        {
            Bits.Set(bits, random.Next(bits.Length * 64));
        }

        var (a, b) = (random.Next(bits.Length * 64), random.Next((bits.Length * 64) + 70));
        var (first, last) = (Math.Min(a, b), Math.Max(a, b));
        var expected = Enumerable.Range(first, last - first + 1).Any(bit => bit < bits.Length * 64 && Bits.Get(bits, bit));
        Assert.True(expected == Bits.AnyBetween(bits, first, last), $"seed {seed}: {first} to {last}");
    });

    private static long[] Numbers(Random random)
    {
        var values = new long[random.Next(1, 400)];
        var wide = random.Next(2) == 0;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = wide ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(-3, 4);
        }

        return values;
    }

    private delegate void Kernel(Span<ulong> bits);

    private static void Check(int seed, int rows, Kernel fast, Kernel plain)
    {
        var (expected, actual) = (new ulong[Bits.Words(rows)], new ulong[Bits.Words(rows)]);
        actual.AsSpan().Fill(0xAAAA_AAAA_AAAA_AAAA);
        plain(expected);
        fast(actual);
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"seed {seed}, {rows} rows");
    }
}
