using System.Globalization;
using System.Text;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests.Mesh;

/// <summary>"Why is it empty?": each cause is made, and has to be named.</summary>
public sealed class MeshDoctorTests
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public async Task Nothing_at_all_says_what_is_missing_and_where_to_send()
    {
        using var data = new TempFolder();
        await using var clew = await ClewProcess.StartAsync(data.Path);

        var found = await FindingsAsync(clew, "duration=10m");

        Assert.Equal("problem", found["no_spans"].State);
        Assert.Contains("4317", found["no_spans"].Text);
        Assert.Contains("mesh.prometheus.url", found["no_prometheus"].Text);
        Assert.Contains("mesh.kubernetes", found["no_kubernetes"].Text);
    }

    [Fact]
    public async Task Prometheus_that_is_not_there_is_named_by_its_address()
    {
        using var data = new TempFolder();
        await using var clew = await ClewProcess.StartAsync(data.Path, "--set", "mesh.prometheus.url=http://127.0.0.1:1", "--set", "mesh.namespaces=[shop]");

        var found = await FindingsAsync(clew, "namespaces=shop");

        Assert.Contains("http://127.0.0.1:1", found["prometheus_unreachable"].Text);
        Assert.Equal("bank", (await FindingsAsync(clew, "namespaces=bank"))["namespace_hidden"].Subject);
    }

    [Fact]
    public async Task Prometheus_without_istio_or_without_its_labels_is_told_apart()
    {
        await using var foreign = await PrometheusServer.StartAsync([new CounterSeries("http_requests_total", 1, new Dictionary<string, string> { ["job"] = "web" })], Time);
        await using var bare = await PrometheusServer.StartAsync([new CounterSeries("istio_requests_total", 1, new Dictionary<string, string> { ["reporter"] = "destination" })], Time);
        using var data = new TempFolder();
        using var other = new TempFolder();
        await using var first = await ClewProcess.StartAsync(data.Path, "--set", $"mesh.prometheus.url={foreign.Address}");
        await using var second = await ClewProcess.StartAsync(other.Path, "--set", $"mesh.prometheus.url={bare.Address}");

        Assert.Equal("problem", (await FindingsAsync(first, $"queryTime={Time.ToUnixTimeSeconds()}"))["no_istio_series"].State);
        Assert.Equal("problem", (await FindingsAsync(second, $"queryTime={Time.ToUnixTimeSeconds()}"))["labels_missing"].State);
    }

    [Fact]
    public async Task Sampling_quiet_namespaces_and_short_durations_are_seen_in_istios_own_counters()
    {
        var now = DateTimeOffset.UtcNow;
        await using var prometheus = await PrometheusServer.StartAsync(new IstioSeries().Http("shop/web/v1", "shop/cart/v1", 20).All, now);
        using var data = new TempFolder();
        await using var clew = await ClewProcess.StartAsync(data.Path, "--set", $"mesh.prometheus.url={prometheus.Address}");

        var before = await FindingsAsync(clew, "namespaces=shop&duration=5m");
        Assert.Contains("prometheus", before.Keys);
        Assert.Contains("tracing", before["sampling_none"].Text);
        Assert.Equal("quiet", (await FindingsAsync(clew, "namespaces=quiet&duration=5m"))["no_traffic"].Subject);
        Assert.Equal("15", (await FindingsAsync(clew, "namespaces=shop&duration=20s"))["duration_short"].Subject);

        await ServiceGraphTraffic.SendAsync(clew.OtlpHttp, 30);
        var after = await FindingsAsync(clew, "namespaces=shop&duration=5m");
        Assert.Equal(["cart", "web"], after["name_mismatch"].Subject.Split(", ").Order());

        // Spans without a namespace counted in: 90 calls of 6000 requests.
        var share = double.Parse((await FindingsAsync(clew, "duration=5m&namespaces=unknown,shop"))["sampling_low"].Subject, CultureInfo.InvariantCulture);
        Assert.InRange(share, 1, 2.5);
    }

    [Fact]
    public async Task Spans_of_another_time_are_not_taken_for_none()
    {
        using var data = new TempFolder();
        await using var clew = await ClewProcess.StartAsync(data.Path);
        await ServiceGraphTraffic.SendAsync(clew.OtlpHttp, 1);

        var found = await FindingsAsync(clew, $"duration=1m&queryTime={DateTimeOffset.UtcNow.AddHours(2).ToUnixTimeSeconds()}");

        Assert.Equal("warning", found["spans_earlier"].State);
    }

    [Fact]
    public async Task Sampled_spans_count_for_all_they_stand_for_and_say_so()
    {
        using var data = new TempFolder();
        await using var clew = await ClewProcess.StartAsync(data.Path);
        using var http = new HttpClient();
        var start = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 20_000) * 1_000_000;
        for (var i = 1; i <= 40; i++)
        {
            // Kept are the upper tenth of all random values: the threshold is 0.9 × 2^56.
            string Span(string resource, int id, int parent, int kind) => $$$"""{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"{{{resource}}}"}}]},"scopeSpans":[{"spans":[{"traceId":"{{{start + i:x32}}}","spanId":"{{{id:x16}}}","parentSpanId":"{{{(parent == 0 ? "" : parent.ToString("x16", CultureInfo.InvariantCulture))}}}","traceState":"ot=th:e6666666666666","name":"call","kind":{{{kind}}},"startTimeUnixNano":"{{{start}}}","endTimeUnixNano":"{{{start + 5_000_000}}}"}]}]}""";
            using var body = new StringContent($$"""{"resourceSpans":[{{Span("web", 1, 0, 3)}},{{Span("cart", 2, 1, 2)}}]}""", Encoding.UTF8, "application/json");
            (await http.PostAsync(new Uri(clew.OtlpHttp, "/v1/traces"), body)).EnsureSuccessStatusCode();
        }

        using var graph = JsonDocument.Parse(await http.GetStringAsync(new Uri(clew.Http, "/api/v1/graph?graphType=app&duration=10m")));

        var edge = Assert.Single(graph.RootElement.GetProperty("edges").EnumerateArray());
        Assert.Equal(400, edge.GetProperty("rates").GetProperty("rate").GetDouble() * 600, 0.5);
        Assert.Equal(0.1, edge.GetProperty("sampled").GetProperty("share").GetDouble(), 3);
    }

    private static async Task<Dictionary<string, (string State, string Subject, string Text)>> FindingsAsync(ClewProcess clew, string parameters)
    {
        using var http = new HttpClient { BaseAddress = clew.Http };
        using var answer = JsonDocument.Parse(await http.GetStringAsync(new Uri($"/api/v1/graph/doctor?{parameters}", UriKind.Relative)));
        return answer.RootElement.GetProperty("findings").EnumerateArray().DistinctBy(static finding => finding.GetProperty("code").GetString()).ToDictionary(
            static finding => finding.GetProperty("code").GetString()!,
            static finding => (finding.GetProperty("state").GetString()!, finding.GetProperty("subject").GetString()!, finding.GetProperty("text").GetString()!));
    }
}
