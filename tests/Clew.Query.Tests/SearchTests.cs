using Clew.Model;
using Clew.Query.Search;
using Clew.Query.Tests.Support;
using Clew.TraceQL;

namespace Clew.Query.Tests;

public sealed class SearchTests
{
    [Fact]
    public async Task Search_finds_equal_attributes_newest_first()
    {
        var spans = Enumerable.Range(1, 30).Select(static i => new TestSpan
        {
            TraceId = new TraceId(0, (ulong)i),
            Start = TestSpan.Epoch + (i * 1000L),
            Attributes = [("n", (long)(i % 3)), ("s", "even" + (i % 2))],
        });
        var result = await SearchAsync("{ span.n = 1 && .s = `even0` }", spans);
        Assert.Equal(new ulong[] { 28, 22, 16, 10, 4 }, result.Traces.Select(static t => t.Id.Low));
    }

    [Fact]
    public async Task Search_joins_parts_of_a_trace_from_all_sources()
    {
        var root = new TestSpan { Name = "root", Id = new SpanId(1) };
        var child = new TestSpan { Name = "child", Id = new SpanId(2), ParentId = new SpanId(1), Start = TestSpan.Epoch + 5 };
        using var engine = Engine(new MemorySource("a", [child]), new MemorySource("b", [root, child]));
        var result = await engine.SearchAsync(TenantId.Single, Request("{ name = `root` } > { name = `child` }"), default);
        var trace = Assert.Single(result.Traces);
        Assert.Equal("root", trace.RootName);
        Assert.Equal(new ServiceStats("svc", 2, 0), Assert.Single(trace.Services));
        Assert.Equal(new SpanId(2), Assert.Single(Assert.Single(trace.Spansets).Spans).Id);
    }

    [Theory]
    [InlineData("{ name = `root` } && { name = `child` }")]
    [InlineData("{ name = `root` } >> { name = `child` }")]
    [InlineData("{ name = `child` } << { name = `root` }")]
    [InlineData("{ name = `child` } &< { name = `root` }")]
    [InlineData("({ name = `root` } | count() = 1) && { name = `child` }")]
    public async Task Conditions_may_be_met_in_different_sources(string query)
    {
        var root = new TestSpan { Name = "root", Id = new SpanId(1) };
        var child = new TestSpan { Name = "child", Id = new SpanId(2), ParentId = new SpanId(1) };
        var other = root with { TraceId = new TraceId(0, 2) };
        using var engine = Engine(new MemorySource("a", [child]), new MemorySource("b", [root, other]));
        Assert.Equal(new TraceId(0, 1), Assert.Single((await engine.SearchAsync(TenantId.Single, Request(query), default)).Traces).Id);
    }

    private static Task<SearchResult> SearchAsync(string query, IEnumerable<TestSpan> spans) =>
        Engine(new MemorySource("a", spans)).SearchAsync(TenantId.Single, Request(query), default);

    private static SearchRequest Request(string query)
    {
        var parsed = TraceQl.Parse(query);
        Assert.True(parsed.Success, parsed.ErrorText);
        return new SearchRequest { Query = parsed.Root };
    }

    private static QueryEngine Engine(params MemorySource[] sources) => new(new MemoryStore([.. sources]), new QueryLimits(), TimeProvider.System);
}
