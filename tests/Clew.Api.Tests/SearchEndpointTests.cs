using System.Text.Json;
using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests;

/// <summary>Rows S1 to S4: searches, with the strict set of fields that Grafana's reader takes.</summary>
public sealed class SearchEndpointTests
{
    [Theory]
    [InlineData("q={}", "search-all")]
    [InlineData("q={ status = error } | select(span.http.method, event.exception.message, span.list) | count() > 0", "search-select")]
    [InlineData("q={} | by(resource.service.name)", "search-by")]
    public async Task Search_as_json(string query, string golden)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, type, body) = await api.GetAsync("/api/search?" + query);
        Assert.Equal((200, "application/json"), (status, type));
        Golden.Matches(golden, body);
    }

    [Theory]
    [InlineData("q={true}", "def 1234567890abcdef0000000000000002 abc")]
    [InlineData("q={true %26%26 true}", "def 1234567890abcdef0000000000000002 abc")]
    [InlineData("q={ }  ", "def 1234567890abcdef0000000000000002 abc")]
    [InlineData("", "def 1234567890abcdef0000000000000002 abc")]
    [InlineData("q={}&limit=1", "def")]
    [InlineData("q={}&start=1700000004&end=1700000006", "1234567890abcdef0000000000000002")]
    [InlineData("q={}&start=1700000004&end=1700000005", "1234567890abcdef0000000000000002")]
    [InlineData("q={}&start=1700000004000000000&end=1700000004999999999", "")]
    [InlineData("q={}&start=2023-11-14T22:13:24Z&end=2023-11-14T22:13:26Z", "1234567890abcdef0000000000000002")]
    [InlineData("q={.http.status_code=200}", "abc")]
    [InlineData("q=trace_id=\"ABC\"", "abc")]
    [InlineData("q={ trace_id = \"0abc\" }", "abc")]
    [InlineData("q=trace_id=abc", "abc")]
    [InlineData("q=00000abc", "abc")]
    [InlineData("q={ trace:id = \"1234567890ABCDEF0000000000000002\" }", "1234567890abcdef0000000000000002")]
    [InlineData("q={ span:id = \"1\" }", "abc")]
    [InlineData("q={ nestedSetParent<0 }", "1234567890abcdef0000000000000002 abc")]
    [InlineData("q={ rootServiceName = \"web\" %26%26 kind = client }", "abc")]
    [InlineData("q={ traceDuration > 100ms }", "abc")]
    [InlineData("q={} >> { span.db.system = \"postgresql\" }", "abc")]
    [InlineData("q={ event.exception.type = \"Declined\" %26%26 link.why = \"retry\" }", "1234567890abcdef0000000000000002")]
    [InlineData("q={ instrumentation:name = \"driver\" }", "abc")]
    [InlineData("q={} with(most_recent=true)", "def 1234567890abcdef0000000000000002 abc")]
    [InlineData("q={} | sort(start asc)", "abc 1234567890abcdef0000000000000002 def")]
    [InlineData("q={} | sort(spans)&limit=2", "abc def")]
    [InlineData("q={} | sort(errors, start)", "1234567890abcdef0000000000000002 def abc")]
    [InlineData("q={ span.http.status_code != nil } | sort(span.http.status_code asc)", "abc 1234567890abcdef0000000000000002 def")]
    [InlineData("tags=http.status_code=200", "def abc")]
    [InlineData("tags=service.name=web http.method=\"POST\"", "1234567890abcdef0000000000000002")]
    [InlineData("tags=service.name=web&minDuration=100ms", "abc")]
    [InlineData("tags=service.name=web&maxDuration=100ms", "1234567890abcdef0000000000000002")]
    [InlineData("service.name=web&http.method=GET", "abc")]
    public async Task Search_finds(string query, string expected)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, _, body) = await api.GetAsync("/api/search?" + query);
        Assert.True(status == 200, body);
        Assert.Equal(expected, string.Join(' ', JsonDocument.Parse(body).RootElement.GetProperty("traces").EnumerateArray().Select(static t => t.GetProperty("traceID").GetString())));
    }

    [Theory]
    [InlineData("q={", "invalid TraceQL query: parse error at line 1, col 2: syntax error: unexpected $end")]
    [InlineData("q=trace_id=\"abc", "invalid TraceQL query: ")]
    [InlineData("q={ name = }", "invalid TraceQL query: parse error at line 1, col 10:")]
    [InlineData("q={}&limit=0", "invalid limit: must be a positive number, received 0")]
    [InlineData("q={}&limit=many", "invalid limit: 'many' is not a whole number")]
    [InlineData("q={}&limit=300000", "limit 300000 exceeds max limit 262144")]
    [InlineData("q={}&spss=101", "spans per span set exceeds 100. received 101")]
    [InlineData("q={}&start=5", "error parsing date range: only one of start and end provided: must provide both or neither")]
    [InlineData("q={}&start=5&end=5", "http parameter start must be before end. received start=5 end=5")]
    [InlineData("q={}&tags=a=b", "invalid request: can't specify tags and q in the same query")]
    [InlineData("tags=a=\"b", "invalid tags: ")]
    [InlineData("minDuration=soon", "invalid minDuration: 'soon' is not a duration; use 1h30m or 100ms")]
    [InlineData("q={} | rate()", "the query asks for metrics; send it to /api/metrics/query_range")]
    public async Task Bad_search_is_400_in_plain_text(string query, string start)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, type, body) = await api.GetAsync("/api/search?" + query);
        Assert.StartsWith(start, body);
        Assert.Equal((400, "text/plain"), (status, type));
    }

    [Theory]
    [InlineData(128 * 1024, 200, "{\"traces\":[]")]
    [InlineData((128 * 1024) + 1, 400, "TraceQL expression exceeds the configured maximum size of 131072 bytes")]
    public async Task Query_text_has_a_limit(int bytes, int status, string start)
    {
        await using var api = await ApiFixture.StartAsync([]);
        var answer = await api.GetAsync("/api/search?q={" + string.Concat(Enumerable.Repeat("%20", bytes - 2)) + "}");
        Assert.StartsWith(start, answer.Body);
        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task Column_of_mixed_types_is_text_everywhere()
    {
        TestSpan[] spans = [new() { Attributes = [("v", "x")] }, new() { Id = new SpanId(2), Attributes = [("v", 1L)] }, new() { Id = new SpanId(3), Attributes = [("n", 1L)] }, new() { Id = new SpanId(4), Attributes = [("n", 0.5)] }];
        await using var api = await ApiFixture.StartAsync(spans);
        var (_, _, body) = await api.GetAsync("/api/search?q={} | select(.v, .n)&spss=10");
        Assert.Contains("{\"key\":\"v\",\"value\":{\"stringValue\":\"1\"}}", body);
        Assert.Contains("{\"key\":\"n\",\"value\":{\"doubleValue\":1}}", body);
    }

    [Fact]
    public async Task What_was_searched_is_told_in_headers()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        using var answer = await api.Client.GetAsync("/api/search?q={}");
        Assert.Equal("1/1/1", answer.Headers.GetValues("X-Clew-Searched").Single());
        Assert.False(answer.Headers.Contains("X-Clew-Incomplete"));
    }

    [Fact]
    public async Task Limit_that_ends_a_search_is_told()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans, limits: new Query.QueryLimits { MaxBytes = 500 });
        using var answer = await api.Client.GetAsync("/api/search?q={ name = \"never\" || .a = nil }");
        Assert.Equal("500 bytes were read (query.max_bytes); narrow the time range or raise the limit", answer.Headers.GetValues("X-Clew-Incomplete").Single());
    }
}
