using System.Globalization;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests;

/// <summary>
/// Metrics derived from spans, three ways: a real Prometheus that scrapes the exporter, the same one taking remote write, and Clew's own
/// Prometheus API over roll-ups. All tell the same of the same traffic.
/// </summary>
public sealed class PrometheusMetricsTests
{
    private const string Counts = "sum by (client, server) (traces_service_graph_request_total{ROAD})";
    private const string Calls = "sum by (service, span_name) (traces_spanmetrics_calls_total{ROAD})";
    private const string Buckets = "sum by (le) (traces_spanmetrics_latency_bucket{ROAD})";

    [Fact]
    public async Task Scrape_remote_write_and_our_own_answers_agree()
    {
        using var folder = new TempFolder();
        var (scrape, web) = (FreePorts.Take(), FreePorts.Take());
        var prometheus = new Uri($"http://127.0.0.1:{web}");
        var config = Path.Combine(folder.Path, "clew.yaml");
        await File.WriteAllTextAsync(config, $$$"""
            receivers: {otlp: {protocols: {grpc: , http: } } }
            exporters:
              store: {}
              prometheus: {endpoint: '127.0.0.1:{{{scrape}}}', const_labels: {road: scrape} }
              prometheusremotewrite: {endpoint: '{{{prometheus}}}api/v1/write', external_labels: {road: write} }
            connectors:
              servicegraph: {store: {ttl: 1s}, metrics_flush_interval: 1s}
              spanmetrics: {metrics_flush_interval: 1s}
            service:
              pipelines:
                traces: {receivers: [otlp], exporters: [store, servicegraph, spanmetrics]}
                metrics: {receivers: [servicegraph, spanmetrics], exporters: [prometheus, prometheusremotewrite]}
            """);
        await using var server = await PrometheusServer.StartAsync(
            prometheus, $"global: {{scrape_interval: 1s}}\nscrape_configs: [{{job_name: clew, honor_labels: true, static_configs: [{{targets: ['127.0.0.1:{scrape}']}}]}}]\n",
            "--web.enable-remote-write-receiver");
        await using var clew = await ClewProcess.StartAsync(Directory.CreateDirectory(Path.Combine(folder.Path, "data")).FullName, "--config", config);
        await ServiceGraphTraffic.SendAsync(clew.OtlpHttp, traces: 40);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        foreach (var query in (string[])[Counts, Calls, Buckets])
        {
            Dictionary<string, double> own = [], scraped = [], written = [];
            await Poll.UntilAsync(
                async () =>
                {
                    own = await AskAsync(client, new Uri(clew.Http, "/prometheus/"), query.Replace("ROAD", "", StringComparison.Ordinal));
                    scraped = await AskAsync(client, prometheus, query.Replace("ROAD", "road=\"scrape\"", StringComparison.Ordinal));
                    written = await AskAsync(client, prometheus, query.Replace("ROAD", "road=\"write\"", StringComparison.Ordinal));
                    return own.Count > 0 && Same(own, scraped) && Same(own, written);
                },
                () => $"{query}\nown: {Text(own)}\nscraped: {Text(scraped)}\nwritten: {Text(written)}\n{clew.Output}");
        }

        Assert.Equal(40, (await AskAsync(client, new Uri(clew.Http, "/prometheus/"), "traces_service_graph_request_total{client=\"web\",server=\"cart\"}")).Values.Single());
    }

    private static bool Same(Dictionary<string, double> left, Dictionary<string, double> right) =>
        left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var value) && Math.Abs(value - pair.Value) < 1e-6);

    private static string Text(Dictionary<string, double> values) => string.Join("; ", values.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}"));

    private static async Task<Dictionary<string, double>> AskAsync(HttpClient client, Uri server, string query)
    {
        var body = await client.GetStringAsync(new Uri(server, "api/v1/query?query=" + Uri.EscapeDataString(query)));
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().ToDictionary(
            static sample => string.Join(',', sample.GetProperty("metric").EnumerateObject().Where(static label => label.Name != "__name__").Select(static label => label.Value.GetString() is "+Inf" ? "Inf" : label.Value.GetString()).Order(StringComparer.Ordinal)),
            static sample => double.Parse(sample.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture));
    }
}
