using Clew.Model;
using Clew.Pipeline.Sampling;

namespace Clew.Pipeline.Tests.Sampling;

public sealed class SamplingTests
{
    [Theory]
    [InlineData(1.0, "0")]
    [InlineData(0.5, "8")]
    [InlineData(0.25, "c")]
    [InlineData(1 / 3.0, "aaab")]
    [InlineData(0.1, "e666")]
    [InlineData(0.01, "fd70a")]
    [InlineData(0.001, "ffbe77")]
    [InlineData(0.99, "028f6")]
    [InlineData(0.9999, "00068dc")]
    public void Threshold_has_a_digit_more_for_each_leading_digit_without_information(double probability, string expected) =>
        Assert.Equal(expected, SamplingThreshold.Of(probability, 4).ToString());

    [Fact]
    public void Threshold_text_reads_back()
    {
        foreach (var probability in (double[])[0.5, 0.1, 0.01, 0.3333, 0.00001, 1])
        {
            var threshold = SamplingThreshold.Of(probability, 6);
            Assert.True(SamplingThreshold.TryParse(threshold.ToString(), out var read));
            Assert.Equal(threshold, read);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("123456789012345")]
    [InlineData("xyz")]
    [InlineData("+1")]
    [InlineData(" 1")]
    public void Threshold_refuses_what_is_not_hex(string text) => Assert.False(SamplingThreshold.TryParse(text, out _));

    [Theory]
    [InlineData(0.1f)]
    [InlineData(1f)]
    [InlineData(10f)]
    [InlineData(33.3f)]
    [InlineData(50f)]
    [InlineData(99.9f)]
    public void Hash_seed_decides_alike_by_bucket_and_by_threshold(float percentage)
    {
        var random = new Random(20261123);
        var kept = HashSeedSampling.KeptBuckets(percentage);
        var threshold = HashSeedSampling.Threshold(percentage);
        var count = 0;
        const int ids = 100_000;
        for (var i = 0; i < ids; i++)
        {
            var hash = HashSeedSampling.Hash(22, new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64()));
            var byBucket = (hash & 0x3FFF) < kept;
            Assert.Equal(byBucket, threshold.Keeps(HashSeedSampling.Randomness(hash)));
            count += byBucket ? 1 : 0;
        }

        // Five standard deviations of a binomial: a share that is off shows, chance does not.
        var share = kept / 16384.0;
        Assert.InRange(count, (ids * share) - (5 * Math.Sqrt(ids * share * (1 - share))) - 1, (ids * share) + (5 * Math.Sqrt(ids * share * (1 - share))) + 1);
    }

    [Fact]
    public void Hash_is_fnv_1a_over_seed_and_id()
    {
        // FNV-1a 32 of twenty zero bytes: offset basis times prime to the twentieth, modulo 2^32.
        var expected = 2166136261u;
        for (var i = 0; i < 20; i++)
        {
            expected *= 16777619u;
        }

        Assert.Equal(expected, HashSeedSampling.Hash(0, default));
        Assert.NotEqual(HashSeedSampling.Hash(1, default), HashSeedSampling.Hash(0x01000000, default));
    }

    [Fact]
    public void Trace_state_keeps_other_members_and_values()
    {
        Assert.True(OtelTraceState.TryParse("vendor=1,ot=th:c;x:y;rv:12345678901234,other=2", out var state));
        Assert.Equal(0.25, state.Threshold!.Value.Probability);
        Assert.Equal(0x12345678901234ul, state.Randomness);
        state.Threshold = SamplingThreshold.Of(0.5, 4);
        Assert.Equal("ot=th:8;rv:12345678901234;x:y,vendor=1,other=2", state.ToString());
    }

    [Theory]
    [InlineData("ot=th:zz")]
    [InlineData("ot=rv:123")]
    public void Trace_state_says_when_a_value_is_not_readable(string text) => Assert.False(OtelTraceState.TryParse(text, out _));
}
