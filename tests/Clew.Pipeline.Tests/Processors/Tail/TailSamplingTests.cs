using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Pipeline.Ottl;
using Clew.Pipeline.Processors.Tail;
using Clew.Pipeline.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Pipeline.Tests.Processors.Tail;

public sealed class TailSamplingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clew-tail-").FullName;
    private readonly JsonRecorder _next = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, TailPolicy, bool> Policies => new()
    {
        { "always", new AlwaysPolicy(), true },
        { "latency", new LatencyPolicy(2000, 0), true },
        { "latency longer", new LatencyPolicy(2001, 0), false },
        { "latency between", new LatencyPolicy(1999, 2000), true },
        { "latency at the lower end", new LatencyPolicy(2000, 3000), false },
        { "numeric", new NumericAttributePolicy("http.status_code", 500, 599, false), true },
        { "numeric outside", new NumericAttributePolicy("http.status_code", 400, 499, false), false },
        { "numeric inverted", new NumericAttributePolicy("http.status_code", 500, 599, true), false },
        { "string of the resource", new StringAttributePolicy("service.name", [TextTest.Of("shop", false, out _)!], false), true },
        { "string by pattern", new StringAttributePolicy("http.route", [TextTest.Of("^/ca.t$", true, out _)!], false), true },
        { "boolean", new BooleanAttributePolicy("vip", true, false), true },
        { "status", new StatusCodePolicy([2]), true },
        { "status ok", new StatusCodePolicy([1]), false },
        { "trace state", new TraceStatePolicy("k", ["v", "w"]), true },
        { "trace flags", new TraceFlagsPolicy(), true },
        { "span count", new SpanCountPolicy(2, 2), true },
        { "span count above", new SpanCountPolicy(3, 0), false },
        { "rate", new RateLimitingPolicy(3), true },
        { "rate reached", new RateLimitingPolicy(2), false },
        { "bytes", new BytesLimitingPolicy(10, 0), false },
        { "ottl", new OttlPolicy([OttlCondition.Parse("attributes[\"http.status_code\"] == 503 and resource.attributes[\"service.name\"] == \"shop\"", OttlContextKind.Span)], [], (_, _) => true), true },
        { "ottl event", new OttlPolicy([], [OttlCondition.Parse("name == \"exception\"", OttlContextKind.SpanEvent)], (_, _) => true), true },
        { "and", new AndPolicy([new StatusCodePolicy([2]), new SpanCountPolicy(3, 0)]), false },
        { "not", new NotPolicy(new SpanCountPolicy(3, 0)), true },
        { "composite", new CompositePolicy(10, [(new SpanCountPolicy(5, 0), 5), (new AlwaysPolicy(), 5)]), true },
        { "composite over its share", new CompositePolicy(10, [(new AlwaysPolicy(), 1)]), false },
        { "probabilistic all", new ProbabilisticPolicy("", 100), true },
        { "probabilistic none", new ProbabilisticPolicy("", 0), false },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task Policy_decides(string name, TailPolicy policy, bool expected)
    {
        Assert.NotEmpty(name);
        var processor = await StartAsync(policy);
        await SendAsync(processor, Trace(1));
        await DecideAsync(processor);
        Assert.Equal(expected ? 2 : 0, _next.Spans.Count());
        await processor.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Drop_wins_over_every_other_policy()
    {
        var processor = await StartAsync(new AlwaysPolicy(), new DropPolicy([new StatusCodePolicy([2])]));
        await SendAsync(processor, Trace(1));
        await DecideAsync(processor);
        Assert.Empty(_next.Spans);
        await processor.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Nothing_leaves_before_the_wait_and_a_trace_leaves_whole()
    {
        var processor = await StartAsync(new AlwaysPolicy());
        using var all = JsonBatch.Of(Request(Span(1, 1), Span(2, 1), Span(1, 2)));
        await SendAsync(processor, all);
        _clock.Advance(TimeSpan.FromSeconds(9));
        await processor.TickAsync(CancellationToken.None);
        Assert.Empty(_next.Spans);
        await SendAsync(processor, JsonBatch.Of(Request(Span(1, 3))));
        _clock.Advance(TimeSpan.FromSeconds(2));
        await processor.TickAsync(CancellationToken.None);
        Assert.Equal(4, _next.Spans.Count());
        Assert.Single(_next.Batches);
        await processor.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Acknowledged_spans_are_decided_after_a_restart()
    {
        var first = await StartAsync(new StatusCodePolicy([2]));
        await SendAsync(first, Trace(1));
        await SendAsync(first, JsonBatch.Of(Request(Span(2, 1))));
        await first.StopAsync(CancellationToken.None);

        var second = await StartAsync(new StatusCodePolicy([2]));
        await DecideAsync(second);
        Assert.Equal(2, _next.Spans.Count());
        await second.StopAsync(CancellationToken.None);

        var third = await StartAsync(new AlwaysPolicy());
        await DecideAsync(third);
        Assert.Equal(2, _next.Spans.Count());
        await third.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Late_spans_follow_the_decision_also_after_a_restart(bool restart)
    {
        var processor = await StartAsync(new StatusCodePolicy([2]));
        await SendAsync(processor, Trace(1));
        await SendAsync(processor, JsonBatch.Of(Request(Span(2, 1))));
        await DecideAsync(processor);
        if (restart)
        {
            await processor.StopAsync(CancellationToken.None);
            processor = await StartAsync(new StatusCodePolicy([2]));
        }

        await SendAsync(processor, JsonBatch.Of(Request(Span(1, 9), Span(2, 9))));
        await processor.TickAsync(CancellationToken.None);
        Assert.Equal(["0000000000000009"], _next.Spans.Skip(2).Select(static span => span["spanId"]!.GetValue<string>()));
        await processor.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Age_of_late_spans_counts_from_the_decision_also_after_a_restart(bool restart)
    {
        using var meters = new RecordedMeters();
        var processor = await StartAsync(Context(new ComponentMetrics(meters)), new AlwaysPolicy());
        await SendAsync(processor, Trace(1));
        await DecideAsync(processor);
        if (restart)
        {
            await processor.StopAsync(CancellationToken.None);
            processor = await StartAsync(Context(new ComponentMetrics(meters)), new AlwaysPolicy());
        }

        _clock.Advance(TimeSpan.FromSeconds(45));
        await SendAsync(processor, JsonBatch.Of(Request(Span(1, 9))));
        _clock.Advance(TimeSpan.FromSeconds(3));
        await processor.TickAsync(CancellationToken.None);
        Assert.Equal(45, meters.Sums("otelcol_processor_tail_sampling_sampling_late_span_age")[""]);
        Assert.Equal(1, meters.Sums("otelcol_processor_tail_sampling_early_releases_from_cache_decision")["sampled=true"]);
        await processor.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task What_the_pipeline_behind_does_not_take_is_kept_and_the_decision_stands()
    {
        var processor = await StartAsync(new RateLimitingPolicy(3));
        _next.Answer = ConsumeResult.Unavailable("down");
        await SendAsync(processor, Trace(1));
        await DecideAsync(processor);
        await processor.StopAsync(CancellationToken.None);
        _next.Batches.Clear();
        _next.Answer = ConsumeResult.Accepted;

        // A policy that would say no now: the decision was made.
        var after = await StartAsync(new SpanCountPolicy(100, 0));
        await after.TickAsync(CancellationToken.None);
        Assert.Equal(2, _next.Spans.Count());
        await after.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Too_many_traces_are_decided_early_and_none_is_lost()
    {
        var processor = new TailSamplingProcessor(
            new ComponentId("tail_sampling"),
            new TailSamplingOptions { DecisionWait = TimeSpan.FromSeconds(10), MaxTraces = 2, Policies = [("p", static () => new AlwaysPolicy())] }, Context());
        await processor.StartAsync(CancellationToken.None);
        await SendAsync(processor, JsonBatch.Of(Request([.. Enumerable.Range(1, 5).Select(static trace => Span(trace, 1))])));
        await processor.TickAsync(CancellationToken.None);
        Assert.Equal(3, _next.Spans.Count());
        await DecideAsync(processor);
        Assert.Equal(5, _next.Spans.Count());
        await processor.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Files_go_when_everything_in_them_is_settled()
    {
        var processor = await StartAsync(new AlwaysPolicy());
        var filler = new string('x', 200_000);
        for (var i = 1; i <= 300; i++)
        {
            await SendAsync(processor, JsonBatch.Of(Request(Span(i, 1, filler))));
            if (i % 50 == 0)
            {
                await DecideAsync(processor);
            }
        }

        await DecideAsync(processor);
        Assert.Equal(300, _next.Spans.Count());
        Assert.InRange(Directory.GetFiles(_folder, "*.wal", SearchOption.AllDirectories).Length, 1, 2);
        await processor.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData(0.1, 1844674407370955263UL)]
    [InlineData(0.5, 9223372036854775807UL)]
    [InlineData(0.25, 4611686018427387903UL)]
    public void Probabilistic_threshold_is_that_of_a_float_of_64_bits(double ratio, ulong expected) => Assert.Equal(expected, ProbabilisticPolicy.Threshold(ratio));

    [Fact]
    public void Probabilistic_share_is_about_right()
    {
        var seed = 5;
        var random = new Random(seed);
        var policy = new ProbabilisticPolicy("", 10);
        var kept = Enumerable.Range(0, 100_000).Count(_ => policy.Keeps(new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64())));
        Assert.InRange(kept, 9_600, 10_400);
    }

    [Fact]
    public async Task Groupbytrace_hands_on_each_trace_alone()
    {
        var processor = new GroupByTraceProcessor(new ComponentId("groupbytrace"), Context(), TimeSpan.FromSeconds(1), 100);
        await processor.StartAsync(CancellationToken.None);
        await SendAsync(processor, JsonBatch.Of(Request(Span(1, 1), Span(2, 1))));
        await SendAsync(processor, JsonBatch.Of(Request(Span(1, 2))));
        _clock.Advance(TimeSpan.FromSeconds(2));
        await processor.TickAsync(CancellationToken.None);
        Assert.Equal(2, _next.Batches.Count);
        Assert.Equal(3, _next.Spans.Count());
        await processor.StopAsync(CancellationToken.None);
    }

    private static string Span(int trace, int id, string filler = "") =>
        $$"""{"traceId":"{{trace:x32}}","spanId":"{{id:x16}}","parentSpanId":"00000000000000aa","name":"op{{filler}}","startTimeUnixNano":"1000000000","endTimeUnixNano":"2000000000"}""";

    private static string Request(params string[] spans) =>
        $$$"""{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[{{{string.Join(',', spans)}}}]}]}]}""";

    private TraceBatch Trace(int trace) => JsonBatch.Of(
        Request(
            $$$"""{"traceId":"{{{trace:x32}}}","spanId":"0000000000000001","name":"root","kind":2,"traceState":"k=v","flags":1,"startTimeUnixNano":"1000000000","endTimeUnixNano":"3000000000","attributes":[{"key":"http.status_code","value":{"intValue":"503"}},{"key":"vip","value":{"boolValue":true}},{"key":"http.route","value":{"stringValue":"/cart"}}],"events":[{"name":"exception"}],"status":{"code":2}}""",
            Span(trace, 2)),
        BatchContext());

    private BatchContext BatchContext() => new(TenantId.Single, (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);

    private ProcessorContext Context(ComponentMetrics? metrics = null) =>
        new(new ComponentServices(metrics ?? Meters.Components(), new Meters(), NullLoggerFactory.Instance, _clock, _folder), new ComponentId("traces"), _next);

    private Task<TailSamplingProcessor> StartAsync(params TailPolicy[] policies) => StartAsync(Context(), policies);

    private static async Task<TailSamplingProcessor> StartAsync(ProcessorContext context, params TailPolicy[] policies)
    {
        var processor = new TailSamplingProcessor(
            new ComponentId("tail_sampling"),
            new TailSamplingOptions { DecisionWait = TimeSpan.FromSeconds(10), Policies = [.. policies.Select(static (policy, i) => ($"p{i}", (Func<TailPolicy>)(() => policy)))] }, context);
        await processor.StartAsync(CancellationToken.None);
        return processor;
    }

    private async Task SendAsync(ITraceConsumer processor, TraceBatch batch)
    {
        using (batch)
        using (var now = batch.WithContext(BatchContext()))
        {
            Assert.True((await processor.ConsumeAsync(now, CancellationToken.None)).IsAccepted);
        }
    }

    private async Task DecideAsync(SpoolingProcessor processor)
    {
        _clock.Advance(TimeSpan.FromSeconds(11));
        await processor.TickAsync(CancellationToken.None);
    }

    /// <summary>A clock that the test moves; its timers never fire, so that only the test decides when traces are looked at.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _now.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _now += by;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
