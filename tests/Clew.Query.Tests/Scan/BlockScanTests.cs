using System.Text;
using Clew.Model;
using Clew.Query.Metrics;
using Clew.Query.Scan;
using Clew.Query.Search;
using Clew.Query.Tests.Support;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Tests.Scan;

/// <summary>What scans of a block of many row groups take and leave: memory, pages, row groups.</summary>
public sealed class BlockScanTests(BlockScanTests.Block block) : IClassFixture<BlockScanTests.Block>
{
    private const int Spans = 120_000;

    private const long Second = 1_000_000_000;

    /// <summary>120 000 spans of 12 000 traces, a millisecond apart, in row groups of 16 384, on disk. Roots have a user, each another, so users have no dictionary.</summary>
    public sealed class Block : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("clew-block-scan-").FullName;

        public Block()
        {
            var objects = new LocalObjectStore(_folder);
            using var builder = new BlockBuilder(TenantId.Single, new BlockBuilderOptions { RowGroupRows = 16 << 10 });
            for (var i = 0; i < Spans; i++)
            {
                var span = new TestSpan
                {
                    TraceId = new TraceId(1, (ulong)(i / 10) + 1), Id = new SpanId((ulong)i + 1), Name = $"op {i % 7}", Start = TestSpan.Epoch + (i * 1_000_000L),
                    Duration = 1_000 + (i % 1000), Status = i % 50 == 0 ? SpanStatus.Error : SpanStatus.Unset,
                    Attributes = i % 10 > 0 ? [("code", (long)(200 + (i % 3)))] : [("code", (long)(200 + (i % 3))), ("user", User(i / 10))],
                    Resource = [("service.name", $"service {i % 5}")],
                };
                builder.Add(new StoredSpan
                {
                    TraceIndex = 0, Span = span.Encode(), Resource = span.EncodeResource(), ResourceSchemaUrl = default, Scope = span.EncodeScope(), ScopeSchemaUrl = default,
                });
            }

            builder.WriteAsync(objects, "t/blocks/b/", createdUnixNano: 0).AsTask().GetAwaiter().GetResult();
            Reader = BlockReader.OpenAsync(objects, "t/blocks/b/").AsTask().GetAwaiter().GetResult();
        }

        public BlockReader Reader { get; }

        public void Dispose()
        {
            Reader.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>Less than a byte a span beyond what a query costs anyway: what a scan needs is there from the scan before, or from the row group before.</summary>
    [Theory]
    [InlineData("{ status = error }")]
    [InlineData("{ resource.service.name = \"service 3\" && duration > 1900ns }")]
    [InlineData("{ span.code = 201 && name =~ \"op [34]\" }")]
    [InlineData("{ .user = \"nobody\" }")]
    public void Search_allocates_less_than_a_byte_a_scanned_span(string query)
    {
        var plan = SearchPlan.Of(((SearchQuery)TraceQl.Parse(query).Root!.Body).Pipeline);
        AssertFrugal(groups => _ = Find(plan, TimeRange.All, groups));
    }

    [Theory]
    [InlineData("{ } | rate() by(resource.service.name)")]
    [InlineData("{ status = error } | count_over_time() by(name, span.code)")]
    [InlineData("{ } | quantile_over_time(duration, .5, .9)")]
    [InlineData("{ } | avg_over_time(duration) by(name)")]
    public void Metrics_allocate_less_than_a_byte_a_scanned_span(string query)
    {
        var pipeline = (MetricsPipeline)((MetricsQuery)TraceQl.Parse(query).Root!.Body).Expression;
        var function = (MetricsAggregate)pipeline.Function;
        var request = new MetricsRequest { Query = TraceQl.Parse(query).Root!, Grid = TimeGrid.Aligned(TestSpan.Epoch, TestSpan.Epoch + (120 * Second), 10 * Second) };
        AssertFrugal(groups => ScanMetrics(pipeline, function, request, groups));
    }

    [Fact]
    public void Needle_is_looked_for_where_a_filter_lets_it_be()
    {
        Assert.True(block.Reader.Spans.TryColumn(new ColumnId(AttributeScope.Span, "user", AttributeType.String), out var users));
        var needle = Encoding.UTF8.GetBytes(User(7000));
        var groups = Enumerable.Range(0, block.Reader.Spans.RowGroups).ToList();
        Assert.All(groups, group => Assert.Null(users.Dictionary(group)));

        // Row 70 000 is in the fifth row group; of the others a hundredth may be wrong.
        Assert.True(users.MayContain(70_000 / (16 << 10), needle));
        Assert.True(groups.Count(group => users.MayContain(group, needle)) <= 2);
        Assert.Equal(1, Count($"{{ .user = \"{User(7000)}\" }}", TimeRange.All));
    }

    [Fact]
    public void Bounds_hold_for_every_row_and_are_those_of_few_pages()
    {
        Assert.True(block.Reader.Spans.TryColumn(IntrinsicColumns.Start, out var starts));
        var pages = new PageRange(1, 100, 5000);
        var bounds = starts.Bounds(pages);
        var (values, validity) = (new long[pages.RowCount], new ulong[Bits.Words(pages.RowCount)]);
        starts.ReadInt64(pages, values, validity);
        Assert.True(bounds.IsKnown && bounds.NoNulls && bounds.Min <= values.Min() && bounds.Max >= values.Max());
        Assert.True(bounds.Max - bounds.Min <= 8192 * 1_000_000L);
    }

    /// <summary>The window's ends lie within pages and within row groups, where rows decide, and around whole ones, where bounds do.</summary>
    [Theory]
    [InlineData(0, 120_000)]
    [InlineData(1, 119_998)]
    [InlineData(16_384, 16_384)]
    [InlineData(40_000, 100)]
    [InlineData(9_999, 70_001)]
    public void Window_cuts_at_the_row(int firstRow, int rows)
    {
        // Spans last up to two microseconds: between two starts nobody overlaps.
        var window = new TimeRange(TestSpan.Epoch + (firstRow * 1_000_000L) - 500_000, TestSpan.Epoch + ((firstRow + rows - 1) * 1_000_000L) + 500_000);
        var expected = Enumerable.Range(firstRow, rows).Where(static row => row % 50 == 0).Select(static row => row / 10).Distinct().Count();
        Assert.Equal(expected, Count("{ status = error }", window));
    }

    private static string User(int trace) => $"user of the trace {trace}, whose name is long enough for no dictionary to hold all";

    private int Count(string query, TimeRange window)
    {
        var found = Find(SearchPlan.Of(((SearchQuery)TraceQl.Parse(query).Root!.Body).Pipeline), window);
        return Bits.Count(found);
    }

    private void ScanMetrics(MetricsPipeline pipeline, MetricsAggregate function, MetricsRequest request, int rowGroups)
    {
        var buffers = ScanBuffers.Rent();
        var groups = new GroupTable(function, request.Grid.Count, withExemplars: true, maxGroups: 1000);
        var scan = new SourceMetrics(block.Reader, NoSplit(), Condition.Of(PlainFilter.Of(pipeline.Source)!), function, request, groups, [], buffers);
        for (var group = 0; group < Math.Min(rowGroups, block.Reader.Spans.RowGroups); group++)
        {
            scan.ScanAsync(group, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }

        ScanBuffers.Return(buffers);
    }

    private ulong[] Find(SearchPlan plan, TimeRange window, int rowGroups = int.MaxValue)
    {
        var buffers = ScanBuffers.Rent();
        var scan = new SourceScan(block.Reader, plan, window, NoSplit(), buffers);
        var all = new ulong[Bits.Words(block.Reader.Traces.Count)];
        for (var group = 0; group < Math.Min(rowGroups, block.Reader.Spans.RowGroups); group++)
        {
            scan.ScanGroupAsync(group, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Bits.Or(all, scan.Certain);
        }

        ScanBuffers.Return(buffers);
        return all;
    }

    private ulong[] NoSplit() => new ulong[Bits.Words(block.Reader.Traces.Count)];

    private void AssertFrugal(Action<int> scan)
    {
        scan(int.MaxValue);
        var (one, all) = (Allocated(() => scan(1)), Allocated(() => scan(int.MaxValue)));
        var spans = Spans - block.Reader.Spans.Stats(0).RowCount;
        Assert.True(all - one < spans, $"{all} bytes instead of {one} for {spans} spans more");
    }

    /// <summary>The least of a few runs: buffers are rented, and a test beside this one may have taken those that fit.</summary>
    private static long Allocated(Action action)
    {
        var least = long.MaxValue;
        for (var run = 0; run < 5; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
