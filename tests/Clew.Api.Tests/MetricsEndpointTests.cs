using System.Text.Json;

namespace Clew.Api.Tests;

/// <summary>Rows M1 to M4 and D1: time series.</summary>
public sealed class MetricsEndpointTests
{
    private const string Range = "&start=1700000000&end=1700000010";

    [Theory]
    [InlineData("/api/metrics/query_range?q={} | rate() by(resource.service.name)&step=5s" + Range, "metrics-rate")]
    [InlineData("/api/metrics/query_range?q={} | histogram_over_time(duration) with(exemplars=false)&step=20s" + Range, "metrics-histogram")]
    [InlineData("/api/metrics/query_range?q={} | compare({status=error}, 1)&step=20s" + Range, "metrics-compare")]
    [InlineData("/api/metrics/query?q={} | count_over_time() by(name)" + Range, "metrics-instant")]
    public async Task Series_as_json(string path, string golden)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, type, body) = await api.GetAsync(path);
        Assert.True(status == 200, body);
        Assert.Equal("application/json", type);
        Golden.Matches(golden, body);
    }

    [Theory]
    [InlineData("q={} | rate()&step=-5s", "invalid step: '-5s' is negative")]
    [InlineData("q={} | rate()&step=soon", "invalid step: 'soon' is not a duration; use 30s, 1m or a number of seconds")]
    [InlineData("q={} | rate()&step=10ms&start=1700000000&end=1700003600", "step of 10ms is too small, minimum step for given range is 360ms")]
    [InlineData("q={} | rate()&start=1700000010&end=1700000000", "end must be greater than start")]
    [InlineData("q={}", "the query has no metrics function")]
    [InlineData("q={} | rate(", "invalid TraceQL query: parse error")]
    [InlineData("step=1s", "parameter q is missing")]
    public async Task Bad_query_is_400_in_plain_text(string parameters, string start)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, type, body) = await api.GetAsync("/api/metrics/query_range?" + parameters);
        Assert.StartsWith(start, body);
        Assert.Equal((400, "text/plain"), (status, type));
    }

    [Theory]
    [InlineData(3600, 15)]
    [InlineData(86400, 300)]
    [InlineData(600, 2)]
    [InlineData(120, 1)]
    [InlineData(30, 0.1)]
    public async Task Step_is_chosen_when_absent(int seconds, double expectedStep)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (_, _, body) = await api.GetAsync($"/api/metrics/query_range?q={{}} | rate()&start=1700000000&end={1700000000 + seconds}");
        var samples = JsonDocument.Parse(body).RootElement.GetProperty("series")[0].GetProperty("samples").EnumerateArray()
            .Select(static sample => long.Parse(sample.GetProperty("timestampMs").GetString()!)).ToArray();
        Assert.Equal(expectedStep * 1000, samples[1] - samples[0]);
    }

    [Fact]
    public async Task Series_beyond_the_limit_are_cut_with_the_words_that_grafana_knows()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (_, _, body) = await api.GetAsync("/api/metrics/query_range?q={} | rate() by(name)&maxSeries=2" + Range);
        var root = JsonDocument.Parse(body).RootElement;
        Assert.Equal(2, root.GetProperty("series").GetArrayLength());
        Assert.Equal("PARTIAL", root.GetProperty("status").GetString());
        Assert.StartsWith("Response exceeds maximum series limit of 2, a partial response is returned.", root.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Default_range_is_the_last_hour()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        Assert.Equal((200, "{\"series\":[],\"metrics\":{\"totalBlocks\":1,\"totalBlockBytes\":\"400\"}}"), (await api.GetAsync("/api/metrics/query_range?q={} | rate()")) is var (status, _, body) ? (status, body) : default);
    }
}
