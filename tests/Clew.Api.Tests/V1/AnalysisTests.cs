using System.Text.Json;
using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests.V1;

/// <summary>Breakdown and comparison against numbers counted by hand.</summary>
public sealed class AnalysisTests
{
    // 200 checkouts; version 2 is slow (1 s) for tier gold, everything else takes 10 ms; every tenth of the fast ones fails.
    private static readonly TestSpan[] Planted = [.. Enumerable.Range(0, 200).Select(static i =>
    {
        var (version, tier) = (i % 2 == 0 ? "1" : "2", i % 4 < 2 ? "gold" : "free");
        var isSlow = version == "2" && tier == "gold";
        return new TestSpan
        {
            TraceId = new TraceId(0, (ulong)i + 1), Id = new SpanId((ulong)i + 1), Name = "checkout", Kind = SpanKind.Server,
            Start = TestSpan.Epoch + (i * 100_000_000L), Duration = isSlow ? 1_000_000_000 : 10_000_000,
            Status = !isSlow && i % 10 == 0 ? SpanStatus.Error : SpanStatus.Unset,
            Attributes = [("tier", tier), ("request", $"r{i}"), ("size", (long)(i % 5))],
            Resource = [("service.name", "shop"), ("service.version", version)],
        };
    })];

    [Fact]
    public async Task Breakdown_counts_rates_errors_and_percentiles()
    {
        await using var api = await ApiFixture.StartAsync(Planted);
        var root = await GetAsync(api, "/api/v1/breakdown?by=resource.service.version&start=1700000000&end=1700000019");
        var rows = root.GetProperty("rows").EnumerateArray().ToDictionary(static row => row.GetProperty("value").GetString()!);
        Assert.Equal(["1", "2"], rows.Keys.Order());
        Assert.Equal((100, 20, 0.5, 0.2), (rows["1"].GetProperty("spans").GetInt32(), rows["1"].GetProperty("errors").GetInt32(), rows["1"].GetProperty("share").GetDouble(), rows["1"].GetProperty("errorShare").GetDouble()));
        Assert.Equal("resource.service.version = \"1\"", rows["1"].GetProperty("condition").GetString());
        Assert.Equal(0, rows["2"].GetProperty("errors").GetInt32());
        Assert.InRange(rows["2"].GetProperty("p90Nanos").GetDouble(), 0.5e9, 2e9);
        Assert.InRange(rows["1"].GetProperty("p99Nanos").GetDouble(), 5e6, 2e7);
        Assert.Equal(200, root.GetProperty("total").GetProperty("spans").GetInt32());
        Assert.Equal(10, root.GetProperty("total").GetProperty("ratePerSecond").GetDouble(), 0.1);
        Assert.False(root.TryGetProperty("missing", out _));
    }

    [Fact]
    public async Task Breakdown_names_spans_without_the_attribute()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var root = await GetAsync(api, "/api/v1/breakdown?by=span.http.method");
        Assert.Equal(2, root.GetProperty("missing").GetProperty("spans").GetInt32());
        Assert.Equal("span.http.method = nil", root.GetProperty("missing").GetProperty("condition").GetString());
        Assert.Equal(["GET", "POST"], root.GetProperty("rows").EnumerateArray().Select(static row => row.GetProperty("value").GetString()!).Order());
        var limited = await GetAsync(api, "/api/v1/breakdown?by=span.http.method&limit=1&sort=errorShare");
        Assert.Equal(("POST", 1), (limited.GetProperty("rows")[0].GetProperty("value").GetString(), limited.GetProperty("moreValues").GetInt32()));
    }

    [Fact]
    public async Task Compare_ranks_the_planted_cause_first()
    {
        await using var api = await ApiFixture.StartAsync(Planted);
        var root = await GetAsync(api, "/api/v1/compare?selection={ duration > 500ms }");
        Assert.Equal((50, 150), (root.GetProperty("selectionSpans").GetInt32(), root.GetProperty("restSpans").GetInt32()));
        var attributes = root.GetProperty("attributes").EnumerateArray().ToList();
        Assert.Equal(["resource.service.version", "span.tier"], attributes.Take(2).Select(static a => a.GetProperty("name").GetString()!).Order());
        var version = attributes.Single(static a => a.GetProperty("name").GetString() == "resource.service.version").GetProperty("values").EnumerateArray().Single(static v => v.GetProperty("value").GetString() == "2");
        Assert.Equal((50, 50, 1.0), (version.GetProperty("selection").GetInt32(), version.GetProperty("rest").GetInt32(), version.GetProperty("selectionShare").GetDouble()));
        Assert.Equal(1 / 3.0, version.GetProperty("restShare").GetDouble(), 1e-9);
        Assert.Equal("resource.service.version = \"2\"", version.GetProperty("condition").GetString());
    }

    [Fact]
    public async Task Compare_puts_what_the_selection_asks_for_last()
    {
        await using var api = await ApiFixture.StartAsync(Planted);
        var attributes = (await GetAsync(api, "/api/v1/compare?selection={ status = error }&limit=100")).GetProperty("attributes").EnumerateArray().ToList();
        Assert.Equal(("status", true), (attributes[^1].GetProperty("name").GetString(), attributes[^1].GetProperty("isPartOfSelection").GetBoolean()));
    }

    [Fact]
    public async Task Compare_selects_a_time()
    {
        await using var api = await ApiFixture.StartAsync(Planted);
        var root = await GetAsync(api, "/api/v1/compare?selectionStart=1700000000000000000&selectionEnd=1700000000999999999");
        Assert.Equal((10, 190), (root.GetProperty("selectionSpans").GetInt32(), root.GetProperty("restSpans").GetInt32()));
    }

    [Theory]
    [InlineData("/api/v1/breakdown?by={", 400, "invalid by: '{' is no attribute")]
    [InlineData("/api/v1/breakdown?q={} | rate()", 400, "invalid q: '{} | rate()' counts spans already")]
    [InlineData("/api/v1/breakdown?sort=x", 400, "invalid sort: 'x'; use spans, errors")]
    [InlineData("/api/v1/compare?selection={} | count() > 1", 400, "invalid selection: ")]
    [InlineData("/api/v1/compare?selectionStart=5", 400, "give selectionStart and selectionEnd, or neither")]
    public async Task Bad_question_is_answered_in_words(string path, int status, string start)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var answer = await api.GetAsync(path);
        Assert.StartsWith(start, answer.Body);
        Assert.Equal(status, answer.Status);
    }

    [Theory]
    [InlineData("/api/v1/breakdown")]
    [InlineData("/api/v1/compare?selection={ duration > 1s }")]
    public async Task Empty_store_is_an_answer(string path)
    {
        await using var api = await ApiFixture.StartAsync([]);
        Assert.Equal(200, (await api.GetAsync(path)).Status);
    }

    private static async Task<JsonElement> GetAsync(ApiFixture api, string path)
    {
        var (status, _, body) = await api.GetAsync(path);
        Assert.True(status == 200, body);
        return JsonDocument.Parse(body).RootElement;
    }
}
