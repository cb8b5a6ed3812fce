using Clew.Storage.Blocks;
using Clew.Storage.Tests.Support;
using CsCheck;

namespace Clew.Storage.Tests.Blocks;

/// <summary>What goes into a block comes out of it.</summary>
public sealed class BlockRoundTripTests
{
    private static readonly BlockBuilderOptions Small = new() { RowGroupRows = 64, MaxRowGroupBytes = 64 << 10, MaxStagedTraceBytes = 128 << 10 };

    [Fact]
    public void Spans_come_out_as_they_went_in() => SpanGen.Traces(12).Sample(traces => AssertRoundTrip(traces, null), iter: 150, threads: 1);

    [Fact]
    public void Spans_come_out_of_many_small_row_groups() => SpanGen.Traces(40).Sample(traces => AssertRoundTrip(traces, Small), iter: 60, threads: 1);

    [Fact]
    public void Spans_come_out_when_hardly_any_key_gets_a_column() =>
        SpanGen.Traces(12).Sample(traces => AssertRoundTrip(traces, Small with { MaxAttributeColumns = 3, MaxTrackedKeys = 6 }), iter: 60, threads: 1);

    [Fact]
    public void Spans_come_out_when_every_trace_is_written_in_parts() =>
        SpanGen.Traces(6).Sample(traces => AssertRoundTrip(traces, Small with { MaxStagedTraceBytes = 2048, MaxRowGroupBytes = 4096 }), iter: 40, threads: 1);

    private static void AssertRoundTrip(List<List<TestSpan>> traces, BlockBuilderOptions? options)
    {
        var expected = traces.SelectMany(trace => trace).DistinctBy(Identity).Select(BlockKit.Text).Order(StringComparer.Ordinal).ToList();
        var store = new MemoryObjects();
        var meta = BlockKit.WriteAsync(store, traces, options).GetAwaiter().GetResult();
        using var block = BlockReader.OpenAsync(store, BlockKit.Prefix).AsTask().GetAwaiter().GetResult();
        var found = BlockKit.ReadAllAsync(block).GetAwaiter().GetResult();
        found.Sort(StringComparer.Ordinal);
        Assert.Equal(expected, found);
        Assert.Equal(traces.Count, block.Traces.Count);
        for (var trace = 0; trace < block.Traces.Count; trace++)
        {
            var whole = BlockKit.ReadAsync(block, trace).GetAwaiter().GetResult();
            int[] places = [.. Enumerable.Range(0, whole.Count + 1).Where(static place => place % 3 != 1)];
            Assert.Equal(places.Where(place => place < whole.Count).Select(place => whole[place]), BlockKit.ReadAsync(block, trace, places).GetAwaiter().GetResult());
        }

        Assert.Equal(traces.Sum(trace => trace.Count) - expected.Count, meta.DuplicateSpans);
    }

    internal static (Model.TraceId, string, string) Identity(TestSpan span)
    {
        var text = Canonical.Span(span.Span).Split(' ');
        var kind = text[Array.IndexOf(text, "kind") + 1];
        return (span.Trace, text[Array.IndexOf(text, "span") + 1], kind is "1" or "2" or "3" or "4" or "5" ? kind : "0");
    }
}
