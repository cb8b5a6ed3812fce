using Clew.Model;
using Clew.Pipeline.Components;
using Clew.Pipeline.Processors;
using Clew.Pipeline.Sampling;
using Clew.Pipeline.Tests.Support;

namespace Clew.Pipeline.Tests.Processors;

public sealed class ProbabilisticSamplerTests
{
    private readonly Recorder _next = new();

    [Fact]
    public async Task Hash_seed_keeps_the_same_traces_in_every_batch_and_marks_them()
    {
        var random = new Random(3);
        var ids = Enumerable.Range(0, 2000).Select(_ => new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64(1, long.MaxValue))).ToList();
        var sampler = Sampler(new SamplerOptions { SamplingPercentage = 10 });
        foreach (var half in ids.Chunk(1000))
        {
            using var batch = Spans.Batch(half.SelectMany(id => (TestSpan[])[new(id, 1), new(id, 2)]));
            Assert.True((await sampler.ConsumeAsync(batch, CancellationToken.None)).IsAccepted);
        }

        var expected = ids.Where(id => (HashSeedSampling.Hash(0, id) & 0x3FFF) < HashSeedSampling.KeptBuckets(10)).ToHashSet();
        Assert.Equal(expected, _next.Spans.Select(span => span.Trace).ToHashSet());
        Assert.All(_next.Spans.CountBy(span => span.Trace), trace => Assert.Equal(2, trace.Value));
        Assert.All(_next.Spans, span =>
        {
            Assert.True(OtelTraceState.TryParse(span.TraceState, out var state));
            Assert.True(state.Threshold!.Value.Keeps(state.Randomness!.Value));
        });
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(100, 3)]
    public async Task Nothing_and_everything(float percentage, int expected)
    {
        using var batch = Spans.Batch(new TestSpan(new TraceId(1, 1)), new TestSpan(new TraceId(2, 2)), new TestSpan(new TraceId(3, 3)));
        Assert.True((await Sampler(new SamplerOptions { SamplingPercentage = percentage }).ConsumeAsync(batch, CancellationToken.None)).IsAccepted);
        Assert.Equal(expected, _next.Spans.Count);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData("0", 0)]
    [InlineData("2.5", 1)]
    public async Task Sampling_priority_decides_first(object priority, int expected)
    {
        using var batch = Spans.Batch(new TestSpan(new TraceId(1, 1), Attribute: ("sampling.priority", priority)));
        await Sampler(new SamplerOptions { SamplingPercentage = expected == 1 ? 0 : 100 }).ConsumeAsync(batch, CancellationToken.None);
        Assert.Equal(expected, _next.Spans.Count);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Hash_seed_on_sampled_spans_follows_fail_closed(bool failClosed, int expected)
    {
        using var batch = Spans.Batch(new TestSpan(new TraceId(1, 1), TraceState: "ot=th:8"));
        await Sampler(new SamplerOptions { SamplingPercentage = 100, FailClosed = failClosed }).ConsumeAsync(batch, CancellationToken.None);
        Assert.Equal(expected, _next.Spans.Count);
    }

    [Fact]
    public async Task Proportional_multiplies_what_was_sampled_before()
    {
        // Half of a half is a quarter: the threshold c, which a randomness of all ones passes.
        using var batch = Spans.Batch(new TestSpan(new TraceId(1, ulong.MaxValue), TraceState: "ot=th:8"));
        await Sampler(new SamplerOptions { Mode = SamplingMode.Proportional, SamplingPercentage = 50 }).ConsumeAsync(batch, CancellationToken.None);
        Assert.Equal("ot=th:c", Assert.Single(_next.Spans).TraceState);
    }

    [Theory]
    [InlineData("ot=th:c", "ot=th:c")]
    [InlineData("ot=th:2", "ot=th:8")]
    public async Task Equalizing_keeps_the_stricter_threshold(string arrived, string expected)
    {
        using var batch = Spans.Batch(new TestSpan(new TraceId(1, ulong.MaxValue), TraceState: arrived));
        await Sampler(new SamplerOptions { Mode = SamplingMode.Equalizing, SamplingPercentage = 50 }).ConsumeAsync(batch, CancellationToken.None);
        Assert.Equal(expected, Assert.Single(_next.Spans).TraceState);
    }

    [Fact]
    public async Task Proportional_uses_the_randomness_of_the_trace_state_when_there_is_one()
    {
        using var batch = Spans.Batch(
            new TestSpan(new TraceId(1, 1), TraceState: "ot=rv:ffffffffffffff"), new TestSpan(new TraceId(1, ulong.MaxValue), TraceState: "ot=rv:00000000000000"));
        await Sampler(new SamplerOptions { Mode = SamplingMode.Proportional, SamplingPercentage = 50 }).ConsumeAsync(batch, CancellationToken.None);
        Assert.Equal("ot=th:8;rv:ffffffffffffff", Assert.Single(_next.Spans).TraceState);
    }

    [Fact]
    public async Task Inconsistent_threshold_is_cleared()
    {
        // Randomness 0 cannot have passed threshold 8; as a fresh span it does not pass 8 either, but it passes 100 %.
        using var batch = Spans.Batch(new TestSpan(new TraceId(1, 1ul << 56), TraceState: "ot=th:8"));
        await Sampler(new SamplerOptions { Mode = SamplingMode.Proportional, SamplingPercentage = 100 }).ConsumeAsync(batch, CancellationToken.None);
        Assert.Equal("ot=th:0", Assert.Single(_next.Spans).TraceState);
    }

    [Fact]
    public async Task Answer_of_the_next_consumer_is_carried_back()
    {
        _next.Answer = ConsumeResult.Unavailable("disk full");
        using var batch = Spans.Batch(new TestSpan(new TraceId(1, 1)));
        var result = await Sampler(new SamplerOptions { SamplingPercentage = 100 }).ConsumeAsync(batch, CancellationToken.None);
        Assert.Equal(ConsumeStatus.Unavailable, result.Status);
        Assert.Equal("disk full", result.Reason);
    }

    private ProbabilisticSampler Sampler(SamplerOptions options) => new(new ComponentId("probabilistic_sampler"), options, _next, Meters.Components());
}
