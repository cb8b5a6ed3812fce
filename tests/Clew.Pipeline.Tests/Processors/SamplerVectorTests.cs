using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Clew.Model;
using Clew.Pipeline.Components;
using Clew.Pipeline.Processors;
using Clew.Pipeline.Sampling;
using Clew.Pipeline.Tests.Support;

namespace Clew.Pipeline.Tests.Processors;

/// <summary>
/// Decisions over 100 000 trace ids, against the formulas of the reference written down a second time: in whole numbers of any size, and
/// for <c>hash_seed</c> in the reversed form that the tracestate carries.
/// </summary>
public sealed class SamplerVectorTests
{
    private const int Ids = 100_000;
    private const int IdsOfBatch = 2_000;

    private static readonly BigInteger s_range = BigInteger.One << 56;

    [Theory]
    [InlineData(0.01f, 0u)]
    [InlineData(0.1f, 0u)]
    [InlineData(1f, 0u)]
    [InlineData(10f, 0u)]
    [InlineData(10f, 22u)]
    [InlineData(33.3333f, 4_294_967_295u)]
    [InlineData(50f, 7u)]
    [InlineData(99.99f, 0u)]
    public async Task Hash_seed_decides_as_the_reference(float percentage, uint seed)
    {
        var scaled = (uint)(percentage * 163.84f);
        var threshold = (0x4000UL - scaled) << 42;
        await CompareAsync(
            new SamplerOptions { Mode = SamplingMode.HashSeed, SamplingPercentage = percentage, HashSeed = seed },
            id =>
            {
                var hash = Hash(seed, id);
                var bucket = hash & 0x3FFF;
                var u = (ulong)(hash >> 18);
                var randomness = ((0x3FFFUL - bucket) << 42) | (((u ^ (u << 10)) & 0xFFFFFFF) << 14) | bucket;
                Assert.Equal(bucket < scaled, randomness >= threshold);
                return bucket < scaled;
            });
    }

    [Theory]
    [InlineData(SamplingMode.Proportional, 0.001f, 4)]
    [InlineData(SamplingMode.Proportional, 1f, 4)]
    [InlineData(SamplingMode.Proportional, 10f, 4)]
    [InlineData(SamplingMode.Proportional, 33.333334f, 1)]
    [InlineData(SamplingMode.Proportional, 50f, 14)]
    [InlineData(SamplingMode.Equalizing, 1f, 4)]
    [InlineData(SamplingMode.Equalizing, 25f, 4)]
    [InlineData(SamplingMode.Equalizing, 99.99f, 4)]
    public async Task Randomness_decides_as_the_reference(SamplingMode mode, float percentage, int precision)
    {
        var threshold = Threshold(percentage / 100.0, precision);
        await CompareAsync(
            new SamplerOptions { Mode = mode, SamplingPercentage = percentage, SamplingPrecision = precision },
            id => new BigInteger(id.Low & 0xFFFFFFFFFFFFFF) >= threshold);
    }

    /// <summary>Spans that were sampled before (<c>th</c>), or bring their randomness (<c>rv</c>), or both, or neither.</summary>
    [Theory]
    [InlineData(SamplingMode.Proportional, 1f)]
    [InlineData(SamplingMode.Proportional, 37.5f)]
    [InlineData(SamplingMode.Proportional, 99f)]
    [InlineData(SamplingMode.Equalizing, 1f)]
    [InlineData(SamplingMode.Equalizing, 37.5f)]
    [InlineData(SamplingMode.Equalizing, 99f)]
    public async Task Second_sampler_decides_as_the_reference(SamplingMode mode, float percentage)
    {
        string[] thresholds = ["0", "4", "8", "c", "e666", "fd70a", "ffbe77"];
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var states = new Dictionary<TraceId, (ulong? Randomness, string? Threshold)>();
        for (var i = 0; i < Ids; i++)
        {
            var id = new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64());
            states.TryAdd(id, (i % 2 == 0 ? (ulong)random.NextInt64(1L << 56) : null, i % 3 > 0 ? thresholds[random.Next(thresholds.Length)] : null));
        }

        await CompareAsync(
            new SamplerOptions { Mode = mode, SamplingPercentage = percentage },
            id =>
            {
                var (own, text) = states[id];
                var randomness = new BigInteger(own ?? id.Low & 0xFFFFFFFFFFFFFF);
                var arrived = text is null ? BigInteger.Zero : BigInteger.Parse("0" + text.PadRight(14, '0'), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

                // A threshold that its own randomness does not pass says nothing.
                arrived = randomness < arrived ? BigInteger.Zero : arrived;
                var configured = percentage / 100.0;
                return randomness >= (mode == SamplingMode.Equalizing
                    ? BigInteger.Max(arrived, Threshold(configured, 4))
                    : Threshold(configured * ((double)(s_range - arrived) / (double)s_range), 4));
            },
            [.. states.Keys], seed,
            id => states[id] is var (own, text) && (own is not null || text is not null)
                ? $"ot={string.Join(';', ((string?[])[text is null ? null : $"th:{text}", own is null ? null : $"rv:{own:x14}"]).Where(static part => part is not null))}" : "");
    }

    [Theory]
    [InlineData(0.5, "8")]
    [InlineData(0.25, "c")]
    [InlineData(1 / 3.0, "aaab")]
    [InlineData(0.1, "e666")]
    [InlineData(0.01, "fd70a")]
    [InlineData(0.001, "ffbe77")]
    [InlineData(0.99, "028f6")]
    [InlineData(0.9999, "00068dc")]
    public void Thresholds_are_the_published_ones(double probability, string expected)
    {
        Assert.Equal(expected, Text(Threshold(probability, 4)));
        Assert.Equal(expected, Text(SamplingThreshold.Of(probability, 4).Value));
    }

    private static Task CompareAsync(SamplerOptions options, Func<TraceId, bool> expected)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        return CompareAsync(options, expected, [.. Enumerable.Range(0, Ids).Select(_ => new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64()))], seed, static _ => "");
    }

    private static async Task CompareAsync(SamplerOptions options, Func<TraceId, bool> expected, IReadOnlyList<TraceId> ids, int seed, Func<TraceId, string> traceState)
    {
        var recorder = new Recorder();
        var sampler = new ProbabilisticSampler(new ComponentId("probabilistic_sampler"), options, recorder, Meters.Components());
        foreach (var some in ids.Chunk(IdsOfBatch))
        {
            using var batch = Spans.Batch(some.Select(id => new TestSpan(id, TraceState: traceState(id))));
            Assert.True((await sampler.ConsumeAsync(batch, CancellationToken.None)).IsAccepted);
        }

        var kept = ids.Where(expected).ToHashSet();
        var actual = recorder.Spans.Select(static span => span.Trace).ToHashSet();
        Assert.True(kept.SetEquals(actual), $"seed {seed}: {kept.Count} expected, {actual.Count} kept, {kept.Except(actual).Count()} missing");
    }

    private static uint Hash(uint seed, TraceId id)
    {
        Span<byte> bytes = stackalloc byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, seed);
        id.WriteTo(bytes[4..]);
        var hash = 2166136261u;
        foreach (var b in bytes)
        {
            hash = unchecked((hash ^ b) * 16777619);
        }

        return hash;
    }

    /// <summary>2^56 less the share, rounded half up to so many digits: one more for each leading f or 0.</summary>
    private static BigInteger Threshold(double probability, int precision)
    {
        var digits = Math.Min(14, precision + Math.Max(Leading(probability), Leading(1 - probability)));
        var threshold = s_range - Round(probability);
        var unit = BigInteger.One << (4 * (14 - digits));
        return (threshold + (unit / 2)) / unit * unit;
    }

    private static BigInteger Round(double probability)
    {
        // A double times 2^56 is exact in whole numbers and halves.
        var bits = BitConverter.DoubleToInt64Bits(probability);
        var exponent = (int)((bits >> 52) & 0x7FF) - 1075 + 56;
        var mantissa = new BigInteger((bits & 0xFFFFFFFFFFFFF) | (1L << 52));
        return exponent >= 0 ? mantissa << exponent : (mantissa + (BigInteger.One << (-exponent - 1))) >> -exponent;
    }

    private static int Leading(double x)
    {
        // x = m * 2^e with m from 0.5 to 1.
        var exponent = x == 0 ? 0 : Math.ILogB(x) + 1;
        return (int)Math.Floor(-exponent / 4.0);
    }

    private static string Text(BigInteger threshold) => threshold.IsZero ? "0" : ((ulong)threshold).ToString("x14", CultureInfo.InvariantCulture).TrimEnd('0');
}
