using Clew.Storage.Compaction;
using Clew.Storage.Manifest;

namespace Clew.Storage.Tests.Compaction;

public sealed class CompactionPlannerTests
{
    private static readonly CompactionOptions Options = new() { MaxSpans = 4_000_000 };

    [Fact]
    public void Few_blocks_are_left_alone() => Assert.Null(Next(Blocks(500_000, 500_000)));

    [Theory]
    [InlineData(512_000, 10)]
    [InlineData(100_000, 50)]
    [InlineData(1_100_000, 5)]
    [InlineData(20_000, 250)]
    public void Load_of_five_million_spans_settles_at_four_blocks_or_fewer(int spans, int count)
    {
        var blocks = Blocks([.. Enumerable.Repeat((long)spans, count)]);
        var rewritten = 0L;
        for (var step = 0; Next(blocks) is { } job; step++)
        {
            Assert.True(step < 100);
            rewritten += job.Blocks.Sum(block => block.Record.SpanCount);
            blocks = Apply(blocks, job);
        }

        Assert.InRange(blocks.Count, 1, 4);
        Assert.Equal((long)spans * count, blocks.Sum(block => block.Record.SpanCount));
        Assert.True(rewritten <= 3L * spans * count, $"{rewritten} spans rewritten");
        Assert.Equal(0, CompactionPlanner.PendingBytes(blocks, Options));
    }

    [Fact]
    public void Steady_stream_of_small_blocks_rewrites_a_span_a_bounded_number_of_times()
    {
        var blocks = new List<CompactionBlock>();
        var (rewritten, total) = (0L, 0L);
        for (var minute = 0; minute < 1000; minute++)
        {
            blocks.Add(Block($"m{minute:d4}", 20_000, minute * 60_000_000_000L));
            total += 20_000;
            while (Next(blocks) is { } job)
            {
                rewritten += job.Blocks.Sum(block => block.Record.SpanCount);
                blocks = Apply(blocks, job);
            }

            Assert.True(blocks.Count(block => block.Record.SpanCount < Options.MaxSpans / 2) <= Options.KeepSmall);
        }

        Assert.True(rewritten <= 25 * total, $"{(double)rewritten / total:F1} times");
    }

    [Fact]
    public void Small_blocks_wait_for_each_other_while_spans_arrive_and_are_merged_at_once()
    {
        var blocks = Blocks([.. Enumerable.Repeat(390_000L, Options.KeepSmallWhileBusy)]);
        Assert.Null(CompactionPlanner.Next(blocks, Options, isIdle: false));
        Assert.NotNull(CompactionPlanner.Next(blocks, Options, isIdle: true));
        blocks = Blocks([.. Enumerable.Repeat(390_000L, Options.KeepSmallWhileBusy + 1)]);
        Assert.Equal(blocks.Count, CompactionPlanner.Next(blocks, Options, isIdle: false)!.Blocks.Count);
    }

    [Fact]
    public void Blocks_that_share_traces_are_merged_first_and_unequal_ones_when_the_store_is_idle()
    {
        List<CompactionBlock> blocks =
        [
            Block("a", 3_000_000, 0), Block("b", 1000, 1, overlapsWith: ["a"]), Block("c", 50_000, 2), Block("d", 40_000, 3, overlapsWith: ["c"]),
        ];
        Assert.Equal(["d", "c"], CompactionPlanner.Next(blocks, Options, isIdle: false)!.Blocks.Select(block => block.Record.Id));
        blocks.RemoveRange(2, 2);
        Assert.Null(CompactionPlanner.Next(blocks, Options, isIdle: false));
        Assert.Equal(["b", "a"], CompactionPlanner.Next(blocks, Options, isIdle: true)!.Blocks.Select(block => block.Record.Id));
    }

    [Fact]
    public void Blocks_with_deleted_traces_come_before_everything()
    {
        var blocks = Blocks(10, 10, 10, 10);
        blocks[2] = blocks[2] with { HasDeleted = true };
        Assert.Equal([blocks[2]], Next(blocks)!.Blocks);
    }

    [Fact]
    public void Blocks_that_arrived_further_apart_than_the_window_stay_apart()
    {
        var day = TimeSpan.FromDays(2).Ticks * 100;
        var blocks = new List<CompactionBlock> { Block("a", 10, 0), Block("b", 10, day), Block("c", 10, 2 * day), Block("d", 10, 3 * day) };
        Assert.Null(Next(blocks));
    }

    private static CompactionJob? Next(List<CompactionBlock> blocks) => CompactionPlanner.Next(blocks, Options, isIdle: true);

    private static List<CompactionBlock> Apply(List<CompactionBlock> blocks, CompactionJob job)
    {
        var left = blocks.Except(job.Blocks).ToList();
        left.Add(Block("m" + string.Join('-', job.Blocks.Select(block => block.Record.Id)).GetHashCode(StringComparison.Ordinal), job.Blocks.Sum(block => block.Record.SpanCount), job.Blocks.Max(block => block.Record.MinStartUnixNano)));
        return left;
    }

    private static List<CompactionBlock> Blocks(params long[] spans) => [.. spans.Select((count, i) => Block($"b{i:d4}", count, i * 1_000_000_000L))];

    private static CompactionBlock Block(string id, long spans, long time, string[]? overlapsWith = null) => new(
        new BlockRecord { Id = id, SpanCount = spans, TraceCount = spans / 19, SizeBytes = spans * 50, MinStartUnixNano = time, MaxEndUnixNano = time + 1, MaxArrivalUnixNano = time },
        overlapsWith ?? [], false);
}
