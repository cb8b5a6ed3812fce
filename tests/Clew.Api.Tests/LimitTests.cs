using System.Net;
using Clew.Model;
using Clew.Query;
using Clew.Query.Tests.Support;
using Clew.Receivers.Tests.Support;

namespace Clew.Api.Tests;

/// <summary>A query that would go through everything is ended by its limits, in words that say which limit it was and what to do.</summary>
public sealed class LimitTests
{
    private const string Everything = "/api/search?q={ name = \"never\" || .a = nil }&limit=100000";
    private const string AllSpans = "/api/metrics/query_range?q={ .a = nil } | count_over_time()&start=1700000000&end=1700000100&step=10s";

    [Theory]
    [InlineData(Everything)]
    [InlineData(AllSpans)]
    [InlineData("/api/search?q={ } >> { .b = nil }&limit=100000")]
    [InlineData("/api/v2/search/tag/span.filler/values?q={ .a = nil }")]
    public async Task Bytes_end_a_query_with_what_it_has(string path)
    {
        await using var api = await ApiFixture.StartAsync(Many(2000), limits: new QueryLimits { MaxBytes = 20_000 });
        Assert.Equal("20000 bytes were read (query.max_bytes); narrow the time range or raise the limit", await IncompleteAsync(api, path));
    }

    [Theory]
    [InlineData(Everything)]
    [InlineData("/api/metrics/query_range?q={ } >> { .a = nil } | count_over_time()&start=1700000000&end=1700000100&step=10s")]
    public async Task Time_ends_a_query_with_what_it_has(string path)
    {
        // The clock is ahead of every deadline as soon as the query looks at a source.
        var clock = new ManualClock();
        await using var api = await ApiFixture.StartAsync(Many(2000), limits: new QueryLimits { Timeout = TimeSpan.FromSeconds(5) }, queryClock: clock, onRead: () => clock.Advance(TimeSpan.FromSeconds(6)));
        Assert.Equal("the query ran longer than 5 s (query.timeout)", await IncompleteAsync(api, path));
    }

    [Fact]
    public async Task Traces_end_a_search_that_would_check_them_all()
    {
        await using var api = await ApiFixture.StartAsync(Many(500), limits: new QueryLimits { MaxTracesRead = 100 });
        Assert.StartsWith("100 traces were checked in full (query.max_traces_read); narrow the time range", await IncompleteAsync(api, "/api/search?q={ .list = 1 || parent.x = nil } | count() > 5&limit=100000"));
    }

    [Theory]
    [InlineData(Everything)]
    [InlineData(AllSpans)]
    public async Task Client_that_goes_away_ends_its_query(string path)
    {
        // One place: the second query would never get in if the first went on.
        using var client = new CancellationTokenSource();
        using var reading = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        await using var api = await ApiFixture.StartAsync(Many(2000), limits: new QueryLimits { MaxConcurrent = 1, Timeout = TimeSpan.FromMinutes(5) }, onRead: () =>
        {
            reading.Set();
            goOn.Wait();
        });
        var asked = api.Client.GetAsync(path, client.Token);
        await Task.Run(reading.Wait);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        goOn.Set();
        using var next = await api.Client.GetAsync("/api/search?q={}&limit=1");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Queries_beyond_the_line_are_refused_at_once()
    {
        using var reading = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        await using var api = await ApiFixture.StartAsync(Many(10), limits: new QueryLimits { MaxConcurrent = 1, MaxWaiting = 0 }, onRead: () =>
        {
            reading.Set();
            goOn.Wait();
        });
        var first = api.Client.GetAsync(Everything);
        await Task.Run(reading.Wait);
        Assert.Equal((429, "text/plain", "job queue full: 0 queries wait already; try again later"), await api.GetAsync("/api/search?q={}"));
        goOn.Set();
        using var answer = await first;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<string> IncompleteAsync(ApiFixture api, string path)
    {
        using var answer = await api.Client.GetAsync(path);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return answer.Headers.TryGetValues("X-Clew-Incomplete", out var reasons) ? reasons.Single() : "complete";
    }

    private static IEnumerable<TestSpan> Many(int count) => Enumerable.Range(1, count).Select(static i => new TestSpan
    {
        TraceId = new TraceId(1, (ulong)i), Start = TestSpan.Epoch + (i * 1_000_000L), Attributes = [("filler", $"x{i}")],
    });
}
