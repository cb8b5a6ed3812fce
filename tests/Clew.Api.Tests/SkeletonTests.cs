using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests;

public sealed class SkeletonTests
{
    private static readonly TestSpan[] Spans =
    [
        new() { TraceId = new TraceId(0, 0xabc), Id = new SpanId(1), Name = "GET /", Attributes = [("http.status_code", 500L)] },
        new() { TraceId = new TraceId(0, 0xabc), Id = new SpanId(2), ParentId = new SpanId(1), Name = "query", Start = TestSpan.Epoch + 10 },
    ];

    [Theory]
    [InlineData("/api/traces/abc", 200, "{\"batches\":[{\"resource\":")]
    [InlineData("/api/traces/ABC", 200, "{\"batches\":[{\"resource\":")]
    [InlineData("/api/v2/traces/abc", 200, "{\"trace\":{\"resourceSpans\":[{\"resource\":")]
    [InlineData("/api/v1/traces/abc", 200, "{\"resourceSpans\":[{\"resource\":")]
    [InlineData("/api/traces/abd", 404, "trace not found")]
    [InlineData("/api/v2/traces/abd", 200, "{\"trace\":{},\"metrics\":{}}")]
    [InlineData("/api/v1/traces/trace_id%3D%22ABC%22", 200, "{\"resourceSpans\":[{\"resource\":")]
    [InlineData("/api/v1/traces/trace_id%3Dabc", 200, "{\"resourceSpans\":[{\"resource\":")]
    [InlineData("/api/v1/traces/abd", 404, "trace not found")]
    [InlineData("/api/traces/xyz", 400, "trace IDs can only contain hex characters: invalid character 'x' at position 1")]
    [InlineData("/api/traces/000000000000000000000000000000000", 400, "trace IDs can't be larger than 128 bits")]
    [InlineData("/api/search?q={}", 200, "{\"traces\":[{\"traceID\":\"abc\",\"rootServiceName\":\"svc\",\"rootTraceName\":\"GET /\",")]
    [InlineData("/api/search?q=trace_id%3D%22ABC%22", 200, "{\"traces\":[{\"traceID\":\"abc\",")]
    [InlineData("/api/search?q=trace_id%3Dabc", 200, "{\"traces\":[{\"traceID\":\"abc\",")]
    [InlineData("/api/search?q=trace_id%3D%22abc", 400, "invalid TraceQL query")]
    [InlineData("/api/search?q={}|rate()", 400, "the query asks for metrics; send it to /api/metrics/query_range")]
    [InlineData("/api/search?q=0abc", 200, "{\"traces\":[{\"traceID\":\"abc\",")]
    [InlineData("/api/search?q={.http.status_code%3D501}", 200, "{\"traces\":[],\"metrics\":")]
    [InlineData("/api/search?tags=http.status_code%3D500", 200, "{\"traces\":[{\"traceID\":\"abc\",")]
    [InlineData("/api/search?service.name=svc", 200, "{\"traces\":[{\"traceID\":\"abc\",")]
    [InlineData("/api/search?q={", 400, "invalid TraceQL query: parse error at line 1, col 2:")]
    [InlineData("/api/search?q={}&limit=0", 400, "invalid limit: must be a positive number")]
    [InlineData("/api/search?q={}&spss=101", 400, "spans per span set exceeds 100. received 101")]
    [InlineData("/api/search?q={}&limit=300000", 400, "limit 300000 exceeds max limit 262144")]
    [InlineData("/api/search?q={}&start=5", 400, "error parsing date range: only one of start and end provided: must provide both or neither")]
    [InlineData("/api/search?q={}&start=5&end=5", 400, "http parameter start must be before end. received start=5 end=5")]
    [InlineData("/api/search?q={}&tags=a%3Db", 400, "invalid request: can't specify tags and q in the same query")]
    [InlineData("/api/echo", 200, "echo")]
    [InlineData("/ready", 200, "ready")]
    [InlineData("/api/status/buildinfo", 200, "{\"version\":\"2.9.0\"")]
    public async Task Endpoint_answers(string path, int status, string start)
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        var answer = await api.GetAsync(path);
        Assert.StartsWith(start, answer.Body);
        Assert.Equal(status, answer.Status);
    }
}
