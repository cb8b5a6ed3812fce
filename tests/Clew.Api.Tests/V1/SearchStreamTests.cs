using System.Text.Json;
using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests.V1;

/// <summary>A search that answers in lines.</summary>
public sealed class SearchStreamTests
{
    [Fact]
    public async Task Lines_hold_every_trace_once_and_the_last_says_done()
    {
        var spans = Enumerable.Range(1, 500).Select(static i => new TestSpan { TraceId = new TraceId(0, (ulong)i), Id = new SpanId((ulong)i), Start = TestSpan.Epoch + (i * Shop.Second) });
        await using var api = await ApiFixture.StartAsync(spans);
        var (status, type, body) = await api.GetAsync("/api/v1/search?q={}&limit=300");
        Assert.Equal((200, "application/x-ndjson"), (status, type));
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.True(lines.Count > 1);
        Assert.True(lines[0].GetProperty("traces").GetArrayLength() is > 0 and < 300);
        Assert.All(lines[..^1], static line => Assert.False(line.TryGetProperty("done", out _)));
        Assert.True(lines[^1].GetProperty("done").GetBoolean());
        var ids = lines.SelectMany(static line => line.GetProperty("traces").EnumerateArray()).Select(static trace => trace.GetProperty("traceID").GetString()!).ToList();
        var whole = JsonDocument.Parse((await api.GetAsync("/api/search?q={}&limit=300")).Body).RootElement.GetProperty("traces").EnumerateArray().Select(static trace => trace.GetProperty("traceID").GetString()!);
        Assert.Equal(whole, ids);
    }

    [Fact]
    public async Task Limit_that_ends_the_search_is_told_on_the_last_line()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans, limits: new Query.QueryLimits { MaxBytes = 500 });
        var (_, _, body) = await api.GetAsync("/api/v1/search?q={ name = \"never\" || .a = nil }");
        var last = JsonDocument.Parse(body.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal("500 bytes were read (query.max_bytes); narrow the time range or raise the limit", last.GetProperty("incomplete").GetString());
    }

    [Fact]
    public async Task Bad_query_is_400_before_the_first_line()
    {
        await using var api = await ApiFixture.StartAsync([]);
        var (status, type, body) = await api.GetAsync("/api/v1/search?q={");
        Assert.Equal((400, "text/plain"), (status, type));
        Assert.StartsWith("invalid TraceQL query", body);
    }
}
