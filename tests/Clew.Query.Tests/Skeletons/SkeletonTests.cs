using Clew.Model;
using Clew.Query.Skeletons;
using Clew.Query.Tests.Support;
using Clew.Query.Traces;
using CsCheck;

namespace Clew.Query.Tests.Skeletons;

public sealed class SkeletonTests
{
    private static readonly TraceId Trace = new(0, 1);

    // Few ids and few times, so that shared ids, missing parents, cycles, copies and equal starts are frequent.
    private static readonly Gen<TestSpan[]> Spans = Gen.Select(Gen.Int[1, 12], Gen.Int[0, 13], Gen.Int[0, 5], Gen.Int[0, 20], Gen.Int[0, 30], Gen.Int[0, 2])
        .Select(static (id, parent, kind, start, duration, status) => new TestSpan
        {
            TraceId = Trace, Id = new SpanId((ulong)id), ParentId = new SpanId((ulong)parent), Kind = (SpanKind)kind,
            Start = TestSpan.Epoch + start, Duration = duration, Status = (SpanStatus)status, Name = $"op {id % 3}",
            Resource = [("service.name", $"s{id % 4}")],
        }).Array[1, 25];

    [Fact]
    public void Tree_is_the_one_that_queries_see() => Gen.Select(Spans, Gen.Int[0, 25]).Sample(
        (spans, cut) =>
        {
            var sources = new[] { new MemorySource("head", spans[..Math.Min(cut, spans.Length)], new SourceLayout { IsHead = true }), new MemorySource("block", spans[Math.Min(cut, spans.Length)..]) };
            var skeleton = Skeleton(sources).GetAwaiter().GetResult()!;
            var whole = new TraceLoader(sources, new QueryBudget(new QueryLimits())).LoadAsync([Trace], default).AsTask().GetAwaiter().GetResult()[0]!;

            var rowOf = Enumerable.Range(0, skeleton.Count).ToDictionary(row => (skeleton.SpanIds[row], skeleton.Kinds[row]));
            Assert.Equal(whole.Spans.Length, skeleton.Count);
            Assert.Equal((whole.StartUnixNano, whole.DurationNanos), (skeleton.StartUnixNano, skeleton.DurationNanos));
            foreach (var span in whole.Spans)
            {
                var row = rowOf[(span.Id.Value, (byte)span.Kind)];
                var parent = span.Parent is { } above ? rowOf[(above.Id.Value, (byte)above.Kind)] : span.ParentId.IsZero ? TraceSkeleton.NoParent : TraceSkeleton.MissingParent;
                Assert.Equal(parent, skeleton.Parents[row]);
                Assert.Equal(
                    (span.Name, span.Resource.ServiceName, (byte)span.Status, (double)(span.StartUnixNano - whole.StartUnixNano), (double)span.DurationNanos, (uint)span.ChildCount),
                    (skeleton.SpanNames[skeleton.Names[row]], skeleton.ServiceNames[skeleton.Services[row]], skeleton.Statuses[row], skeleton.Starts[row], skeleton.Durations[row], skeleton.Children[row]));
            }

            CheckOrder(skeleton);
        },
        iter: 3000);

    [Fact]
    public void Self_time_and_critical_path_never_exceed_the_trace() => Spans.Sample(
        spans =>
        {
            var skeleton = Skeleton(new MemorySource("block", spans)).GetAwaiter().GetResult()!;
            for (var row = 0; row < skeleton.Count; row++)
            {
                Assert.InRange(skeleton.Selfs[row], 0, skeleton.Durations[row]);
                Assert.Equal(Uncovered(skeleton, row), skeleton.Selfs[row]);
            }
        },
        iter: 1000);

    [Fact]
    public async Task Critical_path_is_what_the_end_waited_for()
    {
        TestSpan[] spans =
        [
            Span(1, 0, 0, 100), Span(2, 1, 10, 30), Span(3, 1, 20, 60), Span(4, 3, 30, 10), Span(5, 1, 90, 50),
        ];
        var skeleton = (await Skeleton(new MemorySource("block", spans)))!;
        Assert.Equal<ulong>([1, 3, 4, 5], [.. skeleton.SpanIds.Where((_, row) => (skeleton.Flags[row] & TraceSkeleton.Critical) != 0).Order()]);
        Assert.Equal([5UL], skeleton.SpanIds.Where((_, row) => (skeleton.Flags[row] & TraceSkeleton.Skewed) != 0));
    }

    [Fact]
    public async Task Deep_trace_is_built_without_a_deep_stack()
    {
        var spans = Enumerable.Range(1, 200_000).Select(static i => Span((ulong)i, (ulong)i - 1, i, 1_000_000 - i)).ToArray();
        var skeleton = (await Skeleton(new MemorySource("block", spans)))!;
        Assert.Equal((200_000u - 1, 200_000u - 1), (skeleton.Descendants[0], skeleton.Depths[^1]));
    }

    [Fact]
    public async Task Limit_leaves_spans_out_and_says_so()
    {
        var spans = Enumerable.Range(1, 20).Select(static i => Span((ulong)i, 0, i, 1)).ToArray();
        using var engine = new QueryEngine(new MemoryStore(new MemorySource("block", spans)), new QueryLimits { MaxSpansPerSkeleton = 8 }, TimeProvider.System);
        var skeleton = await new SkeletonQueries(engine).FindAsync(TenantId.Single, Trace, TimeRange.All, CancellationToken.None);
        Assert.Equal((8, "the trace has more than 8 spans (query.max_spans_per_skeleton); spans that were read later are left out"), (skeleton!.Count, skeleton.Cut));
    }

    [Fact]
    public async Task Large_trace_is_read_once_until_it_grows()
    {
        var spans = Enumerable.Range(1, 12_000).Select(static i => Span((ulong)i, i == 1 ? 0UL : 1UL, i, 1)).ToArray();
        var store = new ChangingStore { Sources = [new MemorySource("block", spans)] };
        using var engine = new QueryEngine(store, new QueryLimits(), TimeProvider.System);
        var skeletons = new SkeletonQueries(engine);
        var first = await skeletons.FindAsync(TenantId.Single, Trace, TimeRange.All, CancellationToken.None);
        Assert.Same(first, await skeletons.FindAsync(TenantId.Single, Trace, TimeRange.All, CancellationToken.None));
        store.Sources = [.. store.Sources, new MemorySource("head", [Span(20_000, 1, 5, 5)], new SourceLayout { IsHead = true })];
        Assert.Equal(12_001, (await skeletons.FindAsync(TenantId.Single, Trace, TimeRange.All, CancellationToken.None))!.Count);
    }

    [Fact]
    public async Task Chosen_spans_come_in_full()
    {
        var spans = Enumerable.Range(1, 10).Select(static i => Span((ulong)i, 0, i, 1)).ToArray();
        using var engine = new QueryEngine(new MemoryStore(new MemorySource("block", spans)), new QueryLimits(), TimeProvider.System);
        using var answer = await new SkeletonQueries(engine).SpansAsync(TenantId.Single, Trace, new HashSet<ulong> { 3, 7, 99 }, TimeRange.All, CancellationToken.None);
        Assert.Equal(2, answer.SpanCount);
    }

    [Fact]
    public async Task Chosen_spans_of_a_large_trace_are_the_only_ones_read_once_its_tree_is_known()
    {
        var spans = Enumerable.Range(1, 12_000).Select(static i => Span((ulong)i, i == 1 ? 0UL : 1UL, i, 1)).ToArray();
        var (block, head) = (new MemorySource("block", spans[..9_000]), new MemorySource("head", spans[9_000..], new SourceLayout { IsHead = true }));
        using var engine = new QueryEngine(new MemoryStore(block, head), new QueryLimits(), TimeProvider.System);
        var skeletons = new SkeletonQueries(engine);
        await skeletons.FindAsync(TenantId.Single, Trace, TimeRange.All, CancellationToken.None);
        var before = (block.SpansRead, head.SpansRead);
        using var answer = await skeletons.SpansAsync(TenantId.Single, Trace, new HashSet<ulong> { 1, 8_999, 9_001, 12_000, 99_999 }, TimeRange.All, CancellationToken.None);
        Assert.Equal(4, answer.SpanCount);
        Assert.Equal((before.Item1 + 2, before.Item2 + 2), (block.SpansRead, head.SpansRead));
    }

    [Fact]
    public async Task Times_of_events_are_kept_to_a_limit()
    {
        var few = Span(1, 0, 0, 100) with { Events = [new("a", 20), new("b", 30)] };
        var many = Span(2, 1, 10, 50) with { Events = [.. Enumerable.Range(0, 60).Select(static i => new TestEvent("e", i))] };
        var skeleton = (await Skeleton(new MemorySource("block", [few, many])))!;
        Assert.Equal<byte>([2, 50], skeleton.TickCounts);
        Assert.Equal([20, 30, .. Enumerable.Range(0, 50).Select(static i => i + 10.0)], skeleton.Ticks);
        Assert.Equal<ushort>([2, 60], skeleton.Events);
    }

    private static void CheckOrder(TraceSkeleton skeleton)
    {
        for (var row = 0; row < skeleton.Count; row++)
        {
            var end = row + 1;
            while (end < skeleton.Count && skeleton.Depths[end] > skeleton.Depths[row])
            {
                end++;
            }

            Assert.Equal((uint)(end - row - 1), skeleton.Descendants[row]);
            Assert.Equal((uint)skeleton.Statuses[(row + 1)..end].Count(static status => status == 2), skeleton.Errors[row]);
            if (skeleton.Parents[row] >= 0)
            {
                Assert.Equal(skeleton.Depths[skeleton.Parents[row]] + 1, skeleton.Depths[row]);
                Assert.InRange(row, skeleton.Parents[row] + 1, skeleton.Parents[row] + skeleton.Descendants[skeleton.Parents[row]]);
            }
            else
            {
                Assert.Equal(0u, skeleton.Depths[row]);
            }

            if (end < skeleton.Count && skeleton.Parents[end] == skeleton.Parents[row])
            {
                Assert.True(skeleton.Starts[row] <= skeleton.Starts[end]);
            }
        }
    }

    // Nanosecond by nanosecond: these traces last fifty.
    private static double Uncovered(TraceSkeleton skeleton, int span) => Enumerable.Range(0, (int)skeleton.Durations[span])
        .Select(nano => skeleton.Starts[span] + nano)
        .Count(nano => !Enumerable.Range(0, skeleton.Count).Any(row =>
            skeleton.Parents[row] == span && skeleton.Starts[row] <= nano && skeleton.Starts[row] + skeleton.Durations[row] > nano));

    private static TestSpan Span(ulong id, ulong parent, long start, long duration) =>
        new() { TraceId = Trace, Id = new SpanId(id), ParentId = new SpanId(parent), Start = TestSpan.Epoch + start, Duration = duration };

    private static async Task<TraceSkeleton?> Skeleton(params MemorySource[] sources)
    {
        using var engine = new QueryEngine(new MemoryStore(sources), new QueryLimits(), TimeProvider.System);
        return await new SkeletonQueries(engine).FindAsync(TenantId.Single, Trace, TimeRange.All, CancellationToken.None);
    }

    private sealed class ChangingStore : Storage.ITraceStore
    {
        public MemorySource[] Sources { get; set; } = [];

        public IReadOnlyList<TenantId> Tenants => [TenantId.Single];

        public ValueTask<Storage.AppendResult> AppendAsync(Otlp.Batches.TraceBatch batch, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Storage.IStoreSnapshot Snapshot(TenantId tenant) => new MemoryStore([.. Sources]).Snapshot(tenant);
    }
}
