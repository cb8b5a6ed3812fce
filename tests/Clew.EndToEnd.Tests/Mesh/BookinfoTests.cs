using System.Globalization;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests.Mesh;

/// <summary>
/// Bookinfo as its applications and Envoy proxies tell it in spans, and as Istio's metrics tell it in a real Prometheus: two servers, each
/// with one kind of evidence, draw the same.
/// </summary>
public sealed class BookinfoTests(BookinfoTests.Fixture bookinfo) : IClassFixture<BookinfoTests.Fixture>
{
    private const int Requests = 240;

    [Theory]
    [InlineData("graphType=workload")]
    [InlineData("graphType=app")]
    [InlineData("graphType=versionedApp")]
    [InlineData("graphType=service")]
    [InlineData("graphType=workload&injectServiceNodes=true")]
    [InlineData("graphType=app&injectServiceNodes=true")]
    [InlineData("graphType=versionedApp&injectServiceNodes=true&boxBy=app,namespace")]
    public async Task Spans_alone_draw_the_topology_that_metrics_draw(string parameters)
    {
        using var fromMetrics = await Fixture.GraphAsync(bookinfo.Metrics, $"{parameters}&evidence=istio&namespaces=bookinfo,istio-system&queryTime={Fixture.MetricsTime.ToUnixTimeSeconds()}");
        using var fromSpans = await Fixture.GraphAsync(bookinfo.Spans, $"{parameters}&evidence=spans&duration=30m");

        Assert.Equal(Topology(fromMetrics), Topology(fromSpans));
    }

    [Fact]
    public async Task Four_spans_of_a_hop_are_one_request_and_counts_are_exact()
    {
        using var graph = await Fixture.GraphAsync(bookinfo.Spans, "graphType=app&evidence=spans&duration=30m");

        Assert.Equal(Requests, Count(graph, "istio-ingressgateway", "productpage"));
        Assert.Equal(Requests, Count(graph, "productpage", "details"));
        Assert.Equal(Requests, Count(graph, "productpage", "reviews"));
        Assert.Equal(bookinfo.RatingsServed, Count(graph, "reviews", "ratings", "app"));
        Assert.Equal(bookinfo.RatingsAsked - bookinfo.RatingsServed, Count(graph, "reviews", "ratings", "service"));
    }

    [Fact]
    public async Task Proxies_tell_codes_flags_and_encryption()
    {
        using var graph = await Fixture.GraphAsync(bookinfo.Spans, "graphType=app&evidence=spans&duration=30m");

        var failed = Edge(graph, "reviews", "ratings", "service");
        var code = failed.GetProperty("codes").EnumerateArray().Single();
        Assert.Equal(("503", 100.0), (code.GetProperty("code").GetString(), code.GetProperty("flags").GetProperty("UH").GetDouble()));
        Assert.Equal("Failure", failed.GetProperty("health").GetString());
        Assert.Equal(100, Edge(graph, "productpage", "details", "app").GetProperty("mtls").GetProperty("percent").GetDouble());
        Assert.False(failed.TryGetProperty("mtls", out _), "nobody checked a certificate: not the same as open");
    }

    [Fact]
    public async Task A_trace_goes_over_the_edges_of_the_graph_hop_by_hop()
    {
        using var graph = await Fixture.GraphAsync(bookinfo.Spans, "graphType=versionedApp&evidence=spans&duration=30m");
        var trace = Edge(graph, "reviews", "ratings", "service").GetProperty("exemplars").EnumerateArray().First().GetProperty("traceId").GetString();

        using var hops = JsonDocument.Parse(await bookinfo.Spans.GetStringAsync(new Uri($"/api/v1/graph/trace?trace={trace}&graphType=versionedApp&evidence=spans&duration=30m", UriKind.Relative)));

        var names = graph.RootElement.GetProperty("nodes").EnumerateArray().ToDictionary(static node => node.GetProperty("id").GetString()!, static node => node.GetProperty("name").GetString());
        Assert.Equal(
            ["istio-ingressgateway > productpage", "productpage > details", "productpage > reviews", "reviews > ratings"],
            hops.RootElement.GetProperty("hops").EnumerateArray().Select(hop => $"{names[hop.GetProperty("source").GetString()!]} > {names[hop.GetProperty("target").GetString()!]}"));
    }

    /// <summary>Nodes and edges by what they are, without numbers.</summary>
    private static List<string> Topology(JsonDocument graph)
    {
        var nodes = graph.RootElement.GetProperty("nodes").EnumerateArray().ToDictionary(static node => node.GetProperty("id").GetString()!, Identity);
        return
        [
            .. nodes.Select(node => $"{node.Key} {node.Value}").Order(StringComparer.Ordinal),
            .. graph.RootElement.GetProperty("edges").EnumerateArray()
                .Select(edge => $"{nodes[edge.GetProperty("source").GetString()!]} → {nodes[edge.GetProperty("target").GetString()!]} {edge.GetProperty("protocol").GetString()}").Order(StringComparer.Ordinal),
        ];
    }

    private static string Identity(JsonElement node) => string.Join('/', new[] { "kind", "cluster", "namespace", "workload", "app", "version", "service", "boxOf" }
        .Select(member => node.TryGetProperty(member, out var value) ? value.GetString() : ""));

    private static JsonElement Edge(JsonDocument graph, string source, string target, string targetKind)
    {
        var nodes = graph.RootElement.GetProperty("nodes").EnumerateArray().ToDictionary(static node => node.GetProperty("id").GetString()!);
        return graph.RootElement.GetProperty("edges").EnumerateArray().First(edge => Name(nodes, edge, "source") == source && Name(nodes, edge, "target") == target
            && nodes[edge.GetProperty("target").GetString()!].GetProperty("kind").GetString() == targetKind);
    }

    private static long Count(JsonDocument graph, string source, string target, string targetKind = "app")
    {
        var rate = Edge(graph, source, target, targetKind).GetProperty("rates").GetProperty("rate").GetDouble();
        var requests = rate * graph.RootElement.GetProperty("durationSeconds").GetDouble();
        Assert.Equal(Math.Round(requests), requests, 0.01);
        return (long)Math.Round(requests);
    }

    private static string? Name(Dictionary<string, JsonElement> nodes, JsonElement edge, string end) => nodes[edge.GetProperty(end).GetString()!].GetProperty("name").GetString();

    public sealed class Fixture : IAsyncLifetime
    {
        internal static readonly DateTimeOffset MetricsTime = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

        private readonly TempFolder _folder = new();
        private readonly List<IAsyncDisposable> _running = [];

        /// <summary>A server that knows spans and no Prometheus.</summary>
        public HttpClient Spans { get; private set; } = null!;

        /// <summary>A server that knows a Prometheus and has no spans.</summary>
        public HttpClient Metrics { get; private set; } = null!;

        public long RatingsAsked { get; private set; }

        public long RatingsServed { get; private set; }

        public async ValueTask InitializeAsync()
        {
            var zipkin = FreePorts.Take();
            var spans = await StartAsync("spans", "--config", "yaml:{receivers: {otlp: {protocols: {grpc: {}, http: {}}}, zipkin: {endpoint: '127.0.0.1:" + zipkin.ToString(CultureInfo.InvariantCulture)
                + "'}}, exporters: {store: {}}, service: {pipelines: {traces: {receivers: [otlp, zipkin], exporters: [store]}}}}");
            var (code, said) = await CommandLine.RunAsync(
                _folder.Path, "demo", "--istio", "--requests", Requests.ToString(CultureInfo.InvariantCulture), "--rate", "0", "--seed", "11", "--past", "20",
                "--endpoint", spans.OtlpGrpc.ToString(), "--zipkin", $"http://127.0.0.1:{zipkin}");
            Assert.True(code == 0, said);
            using var report = JsonDocument.Parse(said[said.IndexOf('{')..]);
            var scenarios = report.RootElement.GetProperty("tracesOfScenario");
            RatingsAsked = scenarios.GetProperty("productpage with reviews v2").GetInt64() + scenarios.GetProperty("productpage with reviews v3").GetInt64();
            RatingsServed = report.RootElement.GetProperty("spansOfService").GetProperty("ratings").GetInt64();
            Assert.InRange(RatingsServed, 1, RatingsAsked - 1);
            Spans = new HttpClient { BaseAddress = spans.Http };

            const string page = "bookinfo/productpage/v1";
            var series = new IstioSeries().Http("istio-system/istio-ingressgateway/latest", page, 3).Http(page, "bookinfo/details/v1", 3);
            foreach (var version in (string[])["v1", "v2", "v3"])
            {
                series.Http(page, $"bookinfo/reviews/{version}", 1);
            }

            foreach (var version in (string[])["v2", "v3"])
            {
                series.Http($"bookinfo/reviews/{version}", "bookinfo/ratings/v1", 0.95).Unserved($"bookinfo/reviews/{version}", "bookinfo/ratings", 0.05);
            }

            var prometheus = await PrometheusServer.StartAsync(series.All, MetricsTime);
            _running.Add(prometheus);
            Metrics = new HttpClient { BaseAddress = (await StartAsync("metrics", "--set", $"mesh.prometheus.url={prometheus.Address}")).Http };
        }

        public async ValueTask DisposeAsync()
        {
            Spans?.Dispose();
            Metrics?.Dispose();
            foreach (var one in Enumerable.Reverse(_running))
            {
                await one.DisposeAsync();
            }

            _folder.Dispose();
        }

        internal static async Task<JsonDocument> GraphAsync(HttpClient server, string parameters) =>
            JsonDocument.Parse(await server.GetStringAsync(new Uri($"/api/v1/graph?{parameters}", UriKind.Relative)));

        private async Task<ClewProcess> StartAsync(string name, params string[] more)
        {
            var clew = await ClewProcess.StartAsync(Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName, more);
            _running.Add(clew);
            return clew;
        }
    }
}
