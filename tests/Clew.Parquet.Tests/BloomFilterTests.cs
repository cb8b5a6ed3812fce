using System.Text;
using CsCheck;

namespace Clew.Parquet.Tests;

public sealed class BloomFilterTests
{
    [Fact]
    public void Hash_agrees_with_the_reference_implementation() =>
        Gen.Byte.Array[0, 200].Sample(data => Assert.Equal(System.IO.Hashing.XxHash64.HashToUInt64(data), XxHash64.Hash(data)));

    [Fact]
    public void Added_values_are_always_found_and_others_at_about_the_wanted_rate()
    {
        foreach (double wanted in (double[])[0.01, 0.1])
        {
            using BloomBuilder builder = new();
            for (int i = 0; i < 20_000; i++)
            {
                builder.Add(Encoding.UTF8.GetBytes($"user-{i}"));
            }

            byte[] serialised = builder.Build(wanted, 1 << 20)!;
            SplitBlockBloomFilter filter = BloomHeader.Read(serialised, "test", 0);
            int passed = 0;
            for (int i = 0; i < 20_000; i++)
            {
                Assert.True(filter.MightContain(Encoding.UTF8.GetBytes($"user-{i}")));
                passed += filter.MightContain(Encoding.UTF8.GetBytes($"nobody-{i}")) ? 1 : 0;
            }

            Assert.InRange(passed / 20_000.0, 0, wanted * 1.5);
        }
    }

    [Fact]
    public void Repeated_values_do_not_make_the_filter_larger_than_a_few_times_what_is_needed()
    {
        using BloomBuilder builder = new();
        for (int i = 0; i < 40_000; i++)
        {
            builder.Add(Encoding.UTF8.GetBytes($"user-{i % 2_000}"));
        }

        byte[] serialised = builder.Build(0.01, 1 << 20)!;
        Assert.InRange(serialised.Length, 2_000, 4 * SplitBlockBloomFilter.BytesFor(2_000, 0.01));
        SplitBlockBloomFilter filter = BloomHeader.Read(serialised, "test", 0);
        Assert.True(filter.MightContain("user-1999"u8));
    }

    [Fact]
    public void Filter_over_its_size_limit_is_left_out()
    {
        using BloomBuilder builder = new();
        for (int i = 0; i < 10_000; i++)
        {
            builder.Add(BitConverter.GetBytes(i));
        }

        Assert.Null(builder.Build(0.01, 4_096));
        Assert.NotNull(builder.Build(0.01, 16_384));
    }
}
