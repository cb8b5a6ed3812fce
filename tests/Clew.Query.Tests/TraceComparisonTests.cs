using Clew.Model;
using Clew.Query.Compare;
using Clew.Query.Tests.Support;
using Clew.TraceQL;

namespace Clew.Query.Tests;

public sealed class TraceComparisonTests
{
    private const string Slow = "{ } | compare({ duration > 1s })";

    [Fact]
    public async Task Values_are_counted_in_traces_whichever_span_has_them()
    {
        var result = await CompareAsync(Slow, Shop(count: 40));
        Assert.Equal((5, 35), (result.Selected, result.Rest));
        var tier = Assert.Single(result.Differences, static d => d.Field == "span.tier" && d.Value.ToString() == "gold");
        // The tier stands on the root, the slowness on the span below it: of 40 traces every second is gold, all slow ones are.
        Assert.Equal((5, 15, 5, 35), (tier.Selected, tier.Rest, tier.SelectedWithField, tier.RestWithField));
        Assert.Null(tier.Service);
    }

    [Fact]
    public async Task Resources_are_told_apart_by_service()
    {
        var result = await CompareAsync(Slow, Shop(count: 40));
        var version = Assert.Single(result.Differences, static d => d.Field == "resource.service.version" && d.Value.ToString() == "2");
        Assert.Equal(("pay", 5, 5), (version.Service, version.Selected, version.Rest));
    }

    [Fact]
    public async Task Two_values_that_only_together_explain_are_found()
    {
        var result = await CompareAsync(Slow, Shop(count: 40));
        var pair = result.Together;
        Assert.NotNull(pair);
        var fields = new[] { result.Differences[pair.First], result.Differences[pair.Second] }.Select(static d => $"{d.Field}={d.Value}").Order();
        Assert.Equal(["resource.service.version=2", "span.tier=gold"], fields);
        Assert.Equal((5, 0), (pair.Selected, pair.Rest));
    }

    [Fact]
    public async Task Pair_counts_every_selected_trace_when_the_rest_is_too_many_to_keep()
    {
        var result = await CompareAsync(Slow, Shop(count: 24_000));
        Assert.True(result.Rest > 20_000);
        Assert.Equal((result.Selected, 0), (result.Together!.Selected, result.Together.Rest));
    }

    [Fact]
    public async Task What_only_the_kind_of_trace_explains_comes_after_what_explains_within_it()
    {
        // Quick traces of another kind: route and service of the slow kind are rarer in the rest now, but explain nothing.
        var others = Enumerable.Range(1000, 60).Select(static i => Span(i, 1, "web", "GET /", 10) with { Attributes = [("route", "/")] });
        var result = await CompareAsync(Slow, [.. Shop(count: 40), .. others]);
        var first = result.Differences.Take(2).Select(static d => d.Field).Order();
        Assert.Equal(["resource.service.version", "span.tier"], first);
    }

    [Fact]
    public async Task Spans_outside_the_window_and_the_search_do_not_count()
    {
        var result = await CompareAsync("{ resource.service.name = \"pay\" } | compare({ duration > 1s })", Shop(count: 40), new TimeRange(TestSpan.Epoch + 20, long.MaxValue));
        Assert.Equal(20, result.Selected + result.Rest);
    }

    [Fact]
    public async Task A_query_without_compare_is_refused_with_a_way_out()
    {
        var fault = await Assert.ThrowsAsync<QueryException>(() => CompareAsync("{ } | rate()", Shop(count: 1)));
        Assert.Contains("compare(", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_that_every_trace_has_for_itself_is_no_difference_to_look_at()
    {
        var spans = Enumerable.Range(0, 2_100).Select(static i => Span(i, 1, "web", "GET /", i % 100 == 0 ? 2_000 : 10) with { Attributes = [("request.id", $"r{i}")] });
        var result = await CompareAsync(Slow, spans);
        Assert.DoesNotContain(result.Differences, static d => d.Field == "span.request.id");
    }

    /// <summary>
    /// Orders: the root says the customer's tier, gold for every second; the payment below runs version 2 in every fourth. It is slow for
    /// gold customers on version 2, which is every eighth.
    /// </summary>
    private static IEnumerable<TestSpan> Shop(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (gold, isNew) = (i % 2 == 0, i % 8 is 0 or 1);
            var duration = gold && isNew ? 2_000 : 20;
            yield return Span(i, 1, "web", "POST /order", 30) with { Attributes = [("tier", gold ? "gold" : "basic"), ("route", "/order")] };
            yield return Span(i, 2, "pay", "charge", duration) with
            {
                ParentId = new SpanId(1), Resource = [("service.name", "pay"), ("service.version", isNew ? "2" : "1")],
            };
        }
    }

    private static TestSpan Span(int trace, ulong id, string service, string name, int milliseconds) => new()
    {
        TraceId = new TraceId(7, (ulong)trace + 1), Id = new SpanId(id), Name = name, Start = TestSpan.Epoch + trace, Duration = milliseconds * 1_000_000L,
        Resource = [("service.name", service), ("service.version", "1")],
    };

    private static async Task<ComparisonResult> CompareAsync(string query, IEnumerable<TestSpan> spans, TimeRange? window = null)
    {
        var parsed = TraceQl.Parse(query);
        Assert.True(parsed.Success, parsed.ErrorText);
        using var engine = new QueryEngine(new MemoryStore(new MemorySource("a", spans)), new QueryLimits(), TimeProvider.System);
        return await new CompareQueries(engine).CompareAsync(TenantId.Single, parsed.Root, window ?? TimeRange.All, default);
    }
}
