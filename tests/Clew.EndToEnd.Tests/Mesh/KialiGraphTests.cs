using System.Net;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests.Mesh;

/// <summary>The graph as Kiali answers it, from a real Prometheus with Istio's series.</summary>
public sealed class KialiGraphTests(KialiGraphTests.Fixture mesh) : IClassFixture<KialiGraphTests.Fixture>
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public async Task Requests_that_both_proxies_report_are_counted_once()
    {
        using var graph = await mesh.GraphAsync("namespaces=shop&graphType=workload&appenders=");

        var edge = graph.Edge("web-v1", "cart-v1", "http");
        Assert.Equal("12.00", Rate(edge, "http"));
        Assert.Equal("2.00", Rate(edge, "http5xx"));
        Assert.Equal("16.7", Rate(edge, "httpPercentErr"));
        Assert.Equal("83.3", edge.GetProperty("traffic").GetProperty("responses").GetProperty("200").GetProperty("flags").GetProperty("-").GetString());
    }

    [Fact]
    public async Task Encryption_adds_up_over_series_and_is_told_apart_by_protocol()
    {
        using var graph = await mesh.GraphAsync("namespaces=shop&graphType=workload&appenders=securityPolicy");

        Assert.Equal("100", graph.Edge("web-v1", "cart-v1", "http").GetProperty("isMTLS").GetString());
        Assert.Equal("50", graph.Edge("cart-v1", "stock-v1", "http").GetProperty("isMTLS").GetString());
        Assert.Equal("100", graph.Edge("cart-v1", "stock-v1", "tcp").GetProperty("isMTLS").GetString());
        Assert.False(graph.Edge("cart-v1", "stock-v2", "http").TryGetProperty("isMTLS", out _));
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/web", graph.Edge("web-v1", "cart-v1", "http").GetProperty("sourcePrincipal").GetString());
    }

    [Fact]
    public async Task Response_time_stands_on_every_edge_also_into_services()
    {
        using var graph = await mesh.GraphAsync("namespaces=shop&graphType=workload&injectServiceNodes=true&responseTime=avg&appenders=responseTime,throughput");

        Assert.Equal("20", graph.Edge("web-v1", "cart", "http").GetProperty("responseTime").GetString());
        Assert.Equal("12000", graph.Edge("web-v1", "cart", "http").GetProperty("throughput").GetString());

        using var services = await mesh.GraphAsync("namespaces=shop&graphType=service&responseTime=95&appenders=responseTime");
        var merged = services.Edge("cart", "stock", "http").GetProperty("responseTime").GetString()!;
        Assert.InRange(int.Parse(merged, System.Globalization.CultureInfo.InvariantCulture), 50, 100);
    }

    [Fact]
    public async Task Health_follows_the_tolerances()
    {
        using var graph = await mesh.GraphAsync("namespaces=shop&graphType=workload&appenders=health");

        Assert.Equal("Failure", graph.Edge("web-v1", "cart-v1", "http").GetProperty("healthStatus").GetString());
        Assert.Equal("Healthy", graph.Edge("cart-v1", "stock-v1", "http").GetProperty("healthStatus").GetString());
    }

    [Fact]
    public async Task Node_graph_shows_one_hop_around_the_node()
    {
        using var graph = await mesh.GraphAsync("graphType=workload&appenders=", "/api/namespaces/shop/workloads/cart-v1/graph");

        Assert.Equal(["cart-v1", "stock-v1", "stock-v2", "web-v1"], graph.Names.Order());
    }

    [Fact]
    public async Task Namespace_box_appears_with_a_second_namespace()
    {
        using var graph = await mesh.GraphAsync("namespaces=shop,depot&graphType=app&boxBy=namespace&appenders=");

        Assert.Contains(graph.Nodes, static node => node.TryGetProperty("isBox", out var box) && box.GetString() == "namespace");
        Assert.Equal("3.00", Rate(graph.Edge("stock", "ledger", "http"), "http"));
    }

    [Theory]
    [InlineData("graphType=workload")]
    [InlineData("namespaces=shop&graphType=pie")]
    [InlineData("namespaces=shop&duration=soon")]
    [InlineData("namespaces=shop&rateGrpc=all")]
    [InlineData("namespaces=shop&appenders=magic")]
    [InlineData("namespaces=shop&refreshInterval=5")]
    public async Task Bad_parameter_is_refused_with_a_sentence(string parameters)
    {
        using var answer = await mesh.Http.GetAsync(new Uri($"/api/namespaces/graph?{parameters}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty(await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Namespace_that_may_not_be_seen_is_forbidden_and_an_unreachable_prometheus_unavailable()
    {
        using var data = new TempFolder();
        await using var clew = await ClewProcess.StartAsync(data.Path, "--set", "mesh.prometheus.url=http://127.0.0.1:1", "--set", "mesh.namespaces=[shop]");
        using var http = new HttpClient { BaseAddress = clew.Http };

        using var hidden = await http.GetAsync(new Uri("/api/namespaces/graph?namespaces=depot", UriKind.Relative));
        using var unreachable = await http.GetAsync(new Uri("/api/namespaces/graph?namespaces=shop", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Forbidden, hidden.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unreachable.StatusCode);
        Assert.Contains("http://127.0.0.1:1", await unreachable.Content.ReadAsStringAsync());
    }

    /// <summary>
    /// Kiali's own cases, where somebody has them: a folder of JSON files with series, request and expected answer, named by
    /// CLEW_KIALI_CASES. They belong to Kiali and are not part of this repository.
    /// </summary>
    [Fact]
    public async Task Cases_of_kiali_compare_equal()
    {
        var folder = Environment.GetEnvironmentVariable("CLEW_KIALI_CASES");
        Assert.SkipUnless(folder is not null && Directory.Exists(folder), "CLEW_KIALI_CASES names no folder");
        foreach (var file in Directory.EnumerateFiles(folder!, "*.json").Order())
        {
            using var one = JsonDocument.Parse(await File.ReadAllBytesAsync(file));
            var series = one.RootElement.GetProperty("series").EnumerateArray().Select(static item => new CounterSeries(
                item.GetProperty("metric").GetString()!, item.GetProperty("rate").GetDouble(),
                item.GetProperty("labels").EnumerateObject().ToDictionary(static label => label.Name, static label => label.Value.GetString()!))).ToList();
            await using var prometheus = await PrometheusServer.StartAsync(series, DateTimeOffset.FromUnixTimeSeconds(one.RootElement.GetProperty("queryTime").GetInt64()));
            using var data = new TempFolder();
            await using var clew = await ClewProcess.StartAsync(data.Path, "--set", $"mesh.prometheus.url={prometheus.Address}");
            using var http = new HttpClient { BaseAddress = clew.Http };

            var answer = await http.GetStringAsync(new Uri(one.RootElement.GetProperty("request").GetString()!, UriKind.Relative));

            using var got = JsonDocument.Parse(answer);
            Assert.True(JsonElement.DeepEquals(one.RootElement.GetProperty("expected"), got.RootElement), $"{Path.GetFileName(file)}: {answer}");
        }
    }

    private static string? Rate(JsonElement edge, string name) =>
        edge.GetProperty("traffic").GetProperty("rates").TryGetProperty(name, out var rate) ? rate.GetString() : null;

    public sealed class Fixture : IAsyncLifetime
    {
        private readonly TempFolder _data = new();
        private PrometheusServer? _prometheus;
        private ClewProcess? _clew;

        public HttpClient Http { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var series = new IstioSeries()
                .Http("unknown", "shop/web/v1", 12)
                .Http("shop/web/v1", "shop/cart/v1", 10)
                .Http("shop/web/v1", "shop/cart/v1", 2, code: "503")
                .Http("shop/cart/v1", "shop/stock/v1", 5, code: "200")
                .Http("shop/cart/v1", "shop/stock/v1", 5, code: "201", encrypted: false)
                .Http("shop/cart/v1", "shop/stock/v2", 10, encrypted: false, latencyMs: 90)
                .Tcp("shop/cart/v1", "shop/stock/v1", 700, encrypted: true)
                .Http("shop/stock/v1", "depot/ledger/v1", 3)
                .Http("depot/ledger/v1", "depot/archive/v1", 1, protocol: "grpc");
            _prometheus = await PrometheusServer.StartAsync(series.All, Time);
            _clew = await ClewProcess.StartAsync(_data.Path, "--set", $"mesh.prometheus.url={_prometheus.Address}");
            Http = new HttpClient { BaseAddress = _clew.Http };
        }

        public async ValueTask DisposeAsync()
        {
            Http?.Dispose();
            if (_clew is not null)
            {
                await _clew.DisposeAsync();
            }

            if (_prometheus is not null)
            {
                await _prometheus.DisposeAsync();
            }

            _data.Dispose();
        }

        internal async Task<GraphView> GraphAsync(string parameters, string path = "/api/namespaces/graph") =>
            new(JsonDocument.Parse(await Http.GetStringAsync(new Uri($"{path}?{parameters}&queryTime={Time.ToUnixTimeSeconds()}", UriKind.Relative))));
    }

    /// <summary>A graph's answer by names.</summary>
    internal sealed class GraphView(JsonDocument json) : IDisposable
    {
        public IEnumerable<JsonElement> Nodes => Elements("nodes");

        public IEnumerable<string> Names => Nodes.Select(Name);

        public JsonElement Edge(string source, string target, string protocol)
        {
            var ids = Nodes.GroupBy(Name).ToDictionary(static group => group.Key, static group => group.Select(static node => node.GetProperty("id").GetString()).ToHashSet());
            return Elements("edges").Single(edge => ids[source].Contains(edge.GetProperty("source").GetString()) && ids[target].Contains(edge.GetProperty("target").GetString())
                && edge.GetProperty("traffic").GetProperty("protocol").GetString() == protocol);
        }

        public void Dispose() => json.Dispose();

        private IEnumerable<JsonElement> Elements(string part) =>
            json.RootElement.GetProperty("elements").GetProperty(part).EnumerateArray().Select(static item => item.GetProperty("data"));

        private static string Name(JsonElement node) =>
            new[] { "workload", "app", "service" }.Select(member => node.TryGetProperty(member, out var value) ? value.GetString() : null).FirstOrDefault(static name => name is not null) ?? "";
    }
}
