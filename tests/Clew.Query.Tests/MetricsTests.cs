using Clew.Model;
using Clew.Query.Metrics;
using Clew.Query.Tests.Support;
using Clew.TraceQL;

namespace Clew.Query.Tests;

public sealed class MetricsTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public async Task Rate_counts_spans_by_start_in_intervals_labelled_with_their_end()
    {
        var series = Assert.Single(await RunAsync("{ } | rate()", Spans([0, 1, 9, 10, 11, 25])));
        Assert.Equal("{__name__=rate}", series.Labels.ToString());
        Assert.Equal([0.1, 0.3, 0.1, 0.1], series.Values);
    }

    [Fact]
    public async Task Count_groups_by_label_and_fills_gaps_with_zero()
    {
        var series = await RunAsync("{ } | count_over_time() by(span.k)", Spans([1, 2, 12]));
        Assert.Equal(["{span.k=0}", "{span.k=1}"], series.Select(static s => s.Labels.ToString()));
        Assert.Equal([0, 1, 1, 0], series[0].Values);
        Assert.Equal([0, 1, 0, 0], series[1].Values);
    }

    [Fact]
    public async Task Label_without_scope_is_the_spans_own_value_before_that_of_its_resource()
    {
        TestSpan[] spans = [.. Spans([1, 2, 3]).Select(static (span, i) => span with { Attributes = i == 1 ? [("where", "span")] : [], Resource = [("where", "resource")] })];
        var series = await RunAsync("{ } | count_over_time() by(.where)", spans);
        Assert.Equal(["{.where=resource}: 2", "{.where=span}: 1"], series.Select(static s => $"{s.Labels}: {s.Values.Sum()}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("min_over_time(duration)", 0.001)]
    [InlineData("max_over_time(duration)", 0.003)]
    [InlineData("sum_over_time(duration)", 0.006)]
    [InlineData("avg_over_time(duration)", 0.002)]
    [InlineData("avg_over_time(span.v)", 2)]
    public async Task Values_over_time_take_durations_in_seconds_and_leave_gaps(string function, double expected)
    {
        var series = Assert.Single(await RunAsync("{ } | " + function, Spans([1, 2, 3])));
        Assert.Equal(double.NaN, series.Values[0]);
        Assert.Equal(expected, series.Values[1], 12);
        Assert.Equal(double.NaN, series.Values[2]);
    }

    [Fact]
    public async Task Histogram_has_one_series_a_power_of_two()
    {
        var series = await RunAsync("{ } | histogram_over_time(duration)", Spans([1, 2, 3]));
        Assert.Equal(["{__bucket=0.001048576}", "{__bucket=0.002097152}", "{__bucket=0.004194304}"], series.Select(static s => s.Labels.ToString()));
        Assert.All(series, static s => Assert.Equal([0, 1, 0, 0], s.Values));
    }

    [Fact]
    public async Task Quantile_interpolates_exponentially_in_its_bucket()
    {
        var spans = Enumerable.Range(0, 4).Select(static i => Span(1, i) with { Duration = i < 2 ? 1000 : 4000 });
        var series = await RunAsync("{ } | quantile_over_time(duration, 0.5, 0.75)", spans);
        Assert.Equal(["{p=0.5}", "{p=0.75}"], series.Select(static s => s.Labels.ToString()));
        Assert.Equal(1024e-9, series[0].Values[1], 15);
        Assert.Equal(Math.Pow(2, 10 + (2 * 0.5)) * 1e-9, series[1].Values[1], 15);
        Assert.Equal(0, series[0].Values[0]);
    }

    [Fact]
    public async Task Stages_rank_and_filter_samples()
    {
        var spans = Spans([1, 2, 3, 4, 12]).ToArray();
        var top = Assert.Single(await RunAsync("{ } | count_over_time() by(span.k) | topk(1)", spans));
        Assert.Equal("{span.k=0}", top.Labels.ToString());
        Assert.Equal([0, 2, 1, 0], top.Values);
        var kept = await RunAsync("{ } | count_over_time() by(span.k) > 1", spans);
        Assert.Equal(2, kept.Count);
        Assert.All(kept, static s => Assert.Equal([double.NaN, 2, double.NaN, double.NaN], s.Values));
    }

    [Fact]
    public async Task Arithmetic_joins_series_by_labels()
    {
        var spans = Spans([1, 2, 3, 4]).ToArray();
        var share = Assert.Single(await RunAsync("({ span.k = 0 } | count_over_time()) / ({ } | count_over_time()) * 100", spans));
        Assert.Equal([double.NaN, 50, double.NaN, double.NaN], share.Values);
    }

    [Fact]
    public async Task Compare_counts_values_of_both_sides()
    {
        var series = await RunAsync("{ } | compare({ span.k = 0 }, 1)", Spans([1, 2, 3]));
        double Count(string labels) => series.Single(s => s.Labels.ToString() == labels).Values.Sum();
        Assert.Equal(1, Count("{__meta_type=selection, span.k=0}"));
        Assert.Equal(2, Count("{__meta_type=baseline, span.k=1}"));
        Assert.Equal(1, Count("{__meta_type=selection_total, span.k=nil}"));
        Assert.Equal(1, Count("{__meta_type=baseline, span.v=1}"));
        Assert.Equal(0, Count("{__meta_type=baseline, span.v=nil, __meta_error=__too_many_values__}"));
    }

    [Theory]
    [InlineData("{ } | count_over_time() by(span.k)")]
    [InlineData("{ } | histogram_over_time(duration)")]
    public async Task What_was_counted_so_far_grows_to_the_answer(string query)
    {
        // Small row groups: every one of them is progress.
        var source = new MemorySource("a", Spans([.. Enumerable.Range(1, 500)]), new SourceLayout { RowGroupSize = 50 });
        using var engine = new QueryEngine(new MemoryStore(source), new QueryLimits(), TimeProvider.System);
        var parts = new List<Dictionary<string, double>>();
        var request = new MetricsRequest
        {
            Query = TraceQl.Parse(query).Root!, Grid = TimeGrid.Aligned(TestSpan.Epoch, TestSpan.Epoch + (600 * Second), 10 * Second), PartialInterval = TimeSpan.Zero,
            OnPartial = series =>
            {
                Assert.All(series, static one => Assert.Empty(one.Exemplars));
                parts.Add(Sums(series));
            },
        };
        var whole = Sums((await engine.MetricsAsync(TenantId.Single, request, CancellationToken.None)).Series);

        Assert.Equal(10, parts.Count);
        Assert.Equal(500, whole.Values.Sum());
        Assert.Equal(parts.Select(static part => part.Values.Sum()).Order(), parts.Select(static part => part.Values.Sum()));
        Assert.All(parts, part => Assert.All(part, one => Assert.InRange(one.Value, 0, whole[one.Key])));
        Assert.Equal(whole, parts[^1]);

        static Dictionary<string, double> Sums(IReadOnlyList<Series> series) => series.ToDictionary(static one => one.Labels.ToString()!, static one => one.Values.Sum());
    }

    [Theory]
    [InlineData("{ } | count_over_time() by(span.k) | topk(1)")]
    [InlineData("({ } | count_over_time()) / ({ } | count_over_time())")]
    [InlineData("{ } | compare({ span.k = 0 })")]
    public async Task What_may_leave_the_answer_again_is_not_told_before_the_end(string query)
    {
        using var engine = new QueryEngine(new MemoryStore(new MemorySource("a", Spans([.. Enumerable.Range(1, 500)]), new SourceLayout { RowGroupSize = 50 })), new QueryLimits(), TimeProvider.System);
        var request = new MetricsRequest
        {
            Query = TraceQl.Parse(query).Root!, Grid = TimeGrid.Aligned(TestSpan.Epoch, TestSpan.Epoch + (600 * Second), 10 * Second), PartialInterval = TimeSpan.Zero,
            OnPartial = _ => Assert.Fail("told"),
        };
        Assert.NotEmpty((await engine.MetricsAsync(TenantId.Single, request, CancellationToken.None)).Series);
    }

    [Fact]
    public async Task A_span_in_two_sources_counts_once()
    {
        var spans = Spans([1, 2]).ToArray();
        using var engine = new QueryEngine(new MemoryStore(new MemorySource("a", spans), new MemorySource("b", spans)), new QueryLimits(), TimeProvider.System);
        var series = Assert.Single(await RunAsync("{ } | count_over_time()", engine));
        Assert.Equal([0, 2, 0, 0], series.Values);
    }

    [Fact]
    public async Task Exemplars_name_their_trace()
    {
        var series = Assert.Single(await RunAsync("{ } | max_over_time(duration)", Spans([1, 2, 3])));
        Assert.Equal(2, series.Exemplars.Count);
        Assert.Contains(series.Exemplars[0].Labels, static l => l.Name == "trace:id");
    }

    private static IEnumerable<TestSpan> Spans(int[] seconds) => seconds.Select((second, i) => Span(second, i));

    private static TestSpan Span(int second, int i) => new()
    {
        TraceId = new TraceId(0, (ulong)(i + 1)),
        Start = TestSpan.Epoch + (second * Second),
        Duration = (i + 1) * 1_000_000L,
        Attributes = [("k", second % 2 == 0 ? 0L : 1L), ("v", (long)(i + 1))],
    };

    private static async Task<IReadOnlyList<Series>> RunAsync(string query, IEnumerable<TestSpan> spans)
    {
        using var engine = new QueryEngine(new MemoryStore(new MemorySource("a", spans)), new QueryLimits(), TimeProvider.System);
        return await RunAsync(query, engine);
    }

    private static async Task<IReadOnlyList<Series>> RunAsync(string query, QueryEngine engine)
    {
        var parsed = TraceQl.Parse(query);
        Assert.True(parsed.Success, parsed.ErrorText);
        var grid = TimeGrid.Aligned(TestSpan.Epoch, TestSpan.Epoch + (30 * Second), 10 * Second);
        return (await engine.MetricsAsync(TenantId.Single, new MetricsRequest { Query = parsed.Root, Grid = grid }, default)).Series;
    }
}
