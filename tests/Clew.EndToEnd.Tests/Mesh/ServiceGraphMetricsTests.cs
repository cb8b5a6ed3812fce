using System.Globalization;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests.Mesh;

/// <summary>The service-graph metrics of a Collector or of Tempo, in a real Prometheus, as the graph's only evidence and beside spans.</summary>
public sealed class ServiceGraphMetricsTests
{
    private static readonly double[] Bounds = [0.1, 0.2, 0.4, 0.8];

    [Fact]
    public async Task Edges_rates_failures_and_latency_come_from_the_metrics_alone()
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        await using var prometheus = await PrometheusServer.StartAsync(
            [.. Edge("web", "cart.shop", 12, failed: 3, seconds: 0.15), .. Edge("cart.shop", "orders", 6, failed: 0, seconds: 0.3, "database"), .. Edge("user", "web", 12, failed: 0, seconds: 0.5)], time);
        using var data = new TempFolder();
        await using var clew = await ClewProcess.StartAsync(data.Path, "--set", $"mesh.prometheus.url={prometheus.Address}");
        using var http = new HttpClient { BaseAddress = clew.Http };

        using var graph = JsonDocument.Parse(await http.GetStringAsync(new Uri($"/api/v1/graph?graphType=app&duration=5m&queryTime={time.ToUnixTimeSeconds()}", UriKind.Relative)));

        var nodes = graph.RootElement.GetProperty("nodes").EnumerateArray().ToDictionary(static node => node.GetProperty("id").GetString()!);
        var edges = graph.RootElement.GetProperty("edges").EnumerateArray().ToDictionary(edge => $"{Name(edge, "source")} > {Name(edge, "target")}");
        Assert.Equal(["cart > orders", "unknown > web", "web > cart"], edges.Keys.Order());
        Assert.All(edges.Values, static edge => Assert.Equal(["servicegraph"], edge.GetProperty("evidence").EnumerateArray().Select(static one => one.GetString())));
        var call = edges["web > cart"];
        Assert.Equal(12, call.GetProperty("rates").GetProperty("rate").GetDouble(), 0.01);
        Assert.Equal(25, call.GetProperty("errorPercent").GetDouble(), 0.01);
        Assert.InRange(call.GetProperty("latency").GetProperty("p50").GetDouble(), 100, 200);
        Assert.Equal("shop", nodes[call.GetProperty("target").GetString()!].GetProperty("namespace").GetString());
        Assert.Equal("database", nodes[edges["cart > orders"].GetProperty("target").GetString()!].GetProperty("role").GetString());

        string? Name(JsonElement edge, string end) => nodes[edge.GetProperty(end).GetString()!].GetProperty("name").GetString();
    }

    [Fact]
    public async Task Spans_of_the_same_edge_are_not_counted_on_top()
    {
        await using var prometheus = await PrometheusServer.StartAsync([.. Edge("web", "cart", 1, failed: 0, seconds: 0.15)], DateTimeOffset.UtcNow);
        using var data = new TempFolder();
        await using var clew = await ClewProcess.StartAsync(data.Path, "--set", $"mesh.prometheus.url={prometheus.Address}");
        await ServiceGraphTraffic.SendAsync(clew.OtlpHttp, 3);
        using var http = new HttpClient { BaseAddress = clew.Http };

        using var graph = JsonDocument.Parse(await http.GetStringAsync(new Uri("/api/v1/graph?graphType=app&duration=5m", UriKind.Relative)));

        var names = graph.RootElement.GetProperty("nodes").EnumerateArray().ToDictionary(static node => node.GetProperty("id").GetString()!, static node => node.GetProperty("name").GetString());
        var call = Assert.Single(graph.RootElement.GetProperty("edges").EnumerateArray(), edge => names[edge.GetProperty("source").GetString()!] == "web" && names[edge.GetProperty("target").GetString()!] == "cart");
        Assert.Equal(["spans", "servicegraph"], call.GetProperty("evidence").EnumerateArray().Select(static one => one.GetString()));
        Assert.Equal(3 / 300.0, call.GetProperty("rates").GetProperty("rate").GetDouble(), 4);
        Assert.NotEmpty(call.GetProperty("exemplars").EnumerateArray());
    }

    private static IEnumerable<CounterSeries> Edge(string client, string server, double rate, double failed, double seconds, string connection = "")
    {
        var labels = new Dictionary<string, string> { ["client"] = client, ["server"] = server, ["connection_type"] = connection };
        yield return new CounterSeries("traces_service_graph_request_total", rate, labels);
        yield return new CounterSeries("traces_service_graph_request_failed_total", failed, labels);
        yield return new CounterSeries("traces_service_graph_request_server_seconds_sum", rate * seconds, labels);
        yield return new CounterSeries("traces_service_graph_request_server_seconds_count", rate, labels);
        foreach (var bound in Bounds.Append(double.PositiveInfinity))
        {
            yield return new CounterSeries("traces_service_graph_request_server_seconds_bucket", bound >= seconds ? rate : 0, new Dictionary<string, string>(labels)
            {
                ["le"] = double.IsPositiveInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture),
            });
        }
    }
}
