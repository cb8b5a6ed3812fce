using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Compaction;
using Clew.Storage.Tests.Blocks;
using Clew.Storage.Tests.Support;
using CsCheck;

namespace Clew.Storage.Tests.Compaction;

/// <summary>A merged block holds what its inputs held, each span once, each trace whole.</summary>
public sealed class BlockMergerTests
{
    /// <summary>Row groups of 64 rows: with 12 traces and more, some are large enough to be copied.</summary>
    private static readonly BlockBuilderOptions Small = new() { RowGroupRows = 64, MaxRowGroupBytes = 64 << 10, MaxStagedTraceBytes = 128 << 10 };

    [Fact]
    public void Merge_holds_every_span_once_however_traces_are_split() =>
        Gen.Select(SpanGen.Traces(16), Gen.Int[0, int.MaxValue]).Sample((traces, seed) => AssertMerge(traces, seed, null, null), iter: 20, threads: 1);

    [Fact]
    public void Merge_of_many_small_row_groups_holds_every_span_once() =>
        Gen.Select(SpanGen.Traces(50), Gen.Int[0, int.MaxValue]).Sample((traces, seed) => AssertMerge(traces, seed, Small, null), iter: 12, threads: 1);

    [Fact]
    public void Merge_with_hardly_any_columns_holds_every_span_once() =>
        Gen.Select(SpanGen.Traces(30), Gen.Int[0, int.MaxValue]).Sample(
            (traces, seed) => AssertMerge(traces, seed, Small with { MaxAttributeColumns = 3 }, null), iter: 10, threads: 1);

    [Fact]
    public void Merge_leaves_out_dropped_traces_and_nothing_else() =>
        Gen.Select(SpanGen.Traces(40), Gen.Int[0, int.MaxValue]).Sample(
            (traces, seed) => AssertMerge(traces, seed, Small, id => (id.Low & 3) == 0), iter: 12, threads: 1);

    [Fact]
    public async Task Merge_of_blocks_that_share_no_trace_copies_large_row_groups()
    {
        var store = new MemoryObjects();
        var traces = Enumerable.Range(1, 40).Select(trace => Enumerable.Range(1, 5).Select(span => Plain(trace, span)).ToList()).ToList();
        await WriteAsync(store, "b1", traces[..20], Small);
        await WriteAsync(store, "b2", traces[20..], Small);
        var (result, block) = await MergeAsync(store, Small, null, "b1", "b2");
        using (block)
        {
            // 100 spans make a row group of 60 and one of 40.
            Assert.Equal((4, 0), (result.CopiedGroups, result.PackedGroups));
            Assert.Equal(200, block!.SpanCount);
            Assert.Equal(["b1", "b2"], block.Meta.Replaces);
            Assert.Equal(40, Enumerable.Range(0, 40).Count(row => block.Traces.TryFind(block.Traces[row].Id, out var found) && found == row));
        }
    }

    [Fact]
    public async Task Joined_trace_has_the_structure_of_a_trace_that_came_whole()
    {
        var store = new MemoryObjects();
        // Root in one block, child and grandchild in the other.
        await WriteAsync(store, "b1", [[Plain(1, 1, 0, 10)], [Plain(2, 7)]], null);
        await WriteAsync(store, "b2", [[Plain(1, 2, 1, 20), Plain(1, 3, 2, 30)]], null);
        await WriteAsync(store, "whole", [[Plain(1, 1, 0, 10), Plain(1, 2, 1, 20), Plain(1, 3, 2, 30)], [Plain(2, 7)]], null);
        var (result, block) = await MergeAsync(store, new BlockBuilderOptions(), null, "b1", "b2");
        using var whole = await BlockReader.OpenAsync(store, "t/whole/");
        using (block)
        {
            Assert.Equal(1, result.JoinedTraces);
            foreach (var column in (Columns.ColumnId[])[Columns.IntrinsicColumns.NestedLeft, Columns.IntrinsicColumns.NestedRight, Columns.IntrinsicColumns.NestedParent])
            {
                Assert.Equal(Numbers(whole, column), Numbers(block!, column));
            }
        }
    }

    [Fact]
    public async Task Damaged_page_of_an_input_is_named_and_not_copied()
    {
        var store = new MemoryObjects();
        var traces = Enumerable.Range(1, 20).Select(trace => Enumerable.Range(1, 5).Select(span => Plain(trace, span)).ToList()).ToList();
        await WriteAsync(store, "b1", traces, Small);
        await WriteAsync(store, "b2", [[Plain(900, 1)]], Small);
        var bytes = (await store.GetAsync("t/b1/spans.parquet", CancellationToken.None))!;
        bytes[300] ^= 0x10;
        var fault = await Assert.ThrowsAsync<BlockCorruptException>(() => MergeAsync(store, Small, null, "b1", "b2"));
        Assert.Contains("b1", fault.Message, StringComparison.Ordinal);
    }

    private static long[] Numbers(BlockReader block, Columns.ColumnId id)
    {
        var numbers = new long[block.SpanCount];
        Assert.True(block.Spans.TryColumn(id, out var column));
        column.ReadInt64(new Columns.PageRange(0, 0, block.SpanCount), numbers, new ulong[1]);
        return numbers;
    }

    private static TestSpan Plain(int trace, int span, int parent = 0, long start = 5)
    {
        using var batch = Requests.Of("shop").Span(trace, span, parent, start: 1_000_000_000 + start, attributes: [("n", span), ("text", $"value {span % 3}")]).Batch();
        var entry = batch.Spans[0];
        return new TestSpan(entry.TraceId, batch.SpanBytes(entry).ToArray(), batch.ContextBytes(batch.Resources[0]).ToArray(), "", [], "");
    }

    private static void AssertMerge(List<List<TestSpan>> traces, int seed, BlockBuilderOptions? options, Func<TraceId, bool>? drop)
    {
        var random = new Random(seed);
        var blocks = random.Next(1, 5);
        var store = new MemoryObjects();
        var parts = Enumerable.Range(0, blocks).Select(_ => new List<List<TestSpan>>()).ToList();
        foreach (var trace in traces)
        {
            // Most traces whole in one block; some in parts; some with spans in two blocks.
            var home = random.Next(blocks);
            var kind = random.Next(4);
            var lists = Enumerable.Range(0, blocks).Select(_ => new List<TestSpan>()).ToList();
            foreach (var span in trace.DistinctBy(BlockRoundTripTests.Identity))
            {
                lists[kind == 0 ? random.Next(blocks) : home].Add(span);
                if (kind == 1 && random.Next(3) == 0)
                {
                    lists[(home + 1) % blocks].Add(span);
                }
            }

            for (var block = 0; block < blocks; block++)
            {
                if (lists[block].Count > 0)
                {
                    parts[block].Add(lists[block]);
                }
            }
        }

        var names = new List<string>();
        for (var block = 0; block < blocks; block++)
        {
            if (parts[block].Count > 0)
            {
                names.Add($"b{block}");
                WriteAsync(store, names[^1], parts[block], options).GetAwaiter().GetResult();
            }
        }

        var expected = traces.SelectMany(trace => trace).DistinctBy(BlockRoundTripTests.Identity).Where(span => drop is null || !drop(span.Trace))
            .Select(BlockKit.Text).Order(StringComparer.Ordinal).ToList();
        var (result, merged) = MergeAsync(store, options ?? new BlockBuilderOptions(), drop, [.. names]).GetAwaiter().GetResult();
        if (expected.Count == 0)
        {
            Assert.Null(merged);
            return;
        }

        using (merged)
        {
            var found = BlockKit.ReadAllAsync(merged!).GetAwaiter().GetResult();
            found.Sort(StringComparer.Ordinal);
            Assert.Equal(expected, found);
            Assert.Equal(expected.Count, merged!.SpanCount);
            Assert.Equal(merged.Traces.Count, Enumerable.Range(0, merged.Traces.Count).Select(row => merged.Traces[row].Id).Distinct().Count());
            Assert.Equal(expected.Count, Enumerable.Range(0, merged.Traces.Count).Sum(row => merged.Traces[row].SpanCount));
            _ = result;
        }
    }

    private static async Task<(MergeResult Result, BlockReader? Block)> MergeAsync(
        MemoryObjects store, BlockBuilderOptions options, Func<TraceId, bool>? drop, params string[] names)
    {
        var inputs = new List<BlockReader>();
        foreach (var name in names)
        {
            inputs.Add(await BlockReader.OpenAsync(store, $"t/{name}/"));
        }

        try
        {
            var result = await new BlockMerger(TenantId.Single, options, drop, null).MergeAsync(inputs, store, "t/merged/", 43, CancellationToken.None);
            return (result, result.Meta is null ? null : await BlockReader.OpenAsync(store, "t/merged/"));
        }
        finally
        {
            inputs.ForEach(input => input.Dispose());
        }
    }

    private static async Task WriteAsync(MemoryObjects store, string name, IEnumerable<IEnumerable<TestSpan>> traces, BlockBuilderOptions? options)
    {
        using var builder = new BlockBuilder(TenantId.Single, options);
        foreach (var span in traces.SelectMany(trace => trace))
        {
            BlockKit.Add(builder, span);
        }

        await builder.WriteAsync(store, $"t/{name}/", createdUnixNano: 42);
    }
}
