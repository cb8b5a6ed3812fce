using System.Net;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Pipeline.Metrics;
using Clew.Pipeline.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Pipeline.Tests.Metrics;

public sealed class MetricConnectorTests
{
    private const string Trace = "0000000000000000000000000000000a";

    [Fact]
    public async Task Halves_that_come_apart_are_one_request_of_the_service_graph()
    {
        var graph = new ServiceGraphConnector(new ComponentId("servicegraph"), new ServiceGraphOptions { Dimensions = [new Dimension("env", "none")] }, Context());
        await SendAsync(graph, "web", Span(2, 1, kind: 3, millis: 200));
        await SendAsync(graph, "cart", Span(3, 2, kind: 2, millis: 150, more: ""","status":{"code":2},"attributes":[{"key":"env","value":{"stringValue":"prod"}}]"""));
        await SendAsync(graph, "web", Span(1, 0, kind: 2, millis: 300));
        await graph.StopAsync(CancellationToken.None);
        var families = graph.Collect();
        Assert.Equal(
            ["user>web|virtual_node 1", "web>cart| 1"],
            Points(families, "traces_service_graph_request").Select(static point => $"{Label(point, "client")}>{Label(point, "server")}|{Label(point, "connection_type")} {point.Value}").Order());
        var failed = Assert.Single(Points(families, "traces_service_graph_request_failed"));
        Assert.Equal(("web", "none", "prod"), (Label(failed, "client"), Label(failed, "client_env"), Label(failed, "server_env")));
        var server = Points(families, "traces_service_graph_request_server_seconds").Single(static point => Label(point, "server") == "cart");
        Assert.Equal((1.0, 0.15, 0.0, 1.0), (server.Value, Math.Round(server.Sum, 9), server.Buckets![0], server.Buckets[1]));
        Assert.Equal("0000000000000000000000000000000a", Assert.Single(server.Exemplars).TraceId.ToString());
    }

    [Fact]
    public async Task More_traces_than_may_wait_are_counted_early_and_not_lost()
    {
        var graph = new ServiceGraphConnector(new ComponentId("servicegraph"), new ServiceGraphOptions { MaxItems = 2 }, Context());
        for (var i = 1; i <= 10; i++)
        {
            await SendAsync(graph, "web", Span(1, 0, kind: 2, millis: 1, trace: $"{i:x32}"));
        }

        await graph.StopAsync(CancellationToken.None);
        Assert.Equal(10, Assert.Single(Points(graph.Collect(), "traces_service_graph_request")).Value);
    }

    [Fact]
    public async Task Spans_are_counted_under_the_names_of_both_worlds_with_their_weight()
    {
        var metrics = new SpanMetricsConnector(new ComponentId("spanmetrics"), new SpanMetricsOptions { Dimensions = [new Dimension("http.method")], ExcludedDimensions = ["status.code"] }, Context());
        await SendAsync(metrics, "web", Span(1, 0, kind: 2, millis: 30, more: ""","traceState":"ot=th:8","attributes":[{"key":"http.method","value":{"stringValue":"GET"}}]"""));
        var families = metrics.Collect();
        var calls = Assert.Single(Points(families, "traces_span_metrics_calls"));
        Assert.Equal((2, "web", "op", "SPAN_KIND_SERVER", "GET", ""), (calls.Value, Label(calls, "service_name"), Label(calls, "span_name"), Label(calls, "span_kind"), Label(calls, "http_method"), Label(calls, "status_code")));
        var latency = Assert.Single(Points(families, "traces_spanmetrics_latency"));
        Assert.Equal(("web", "STATUS_CODE_UNSET", 2.0, 0.06), (Label(latency, "service"), Label(latency, "status_code"), latency.Value, Math.Round(latency.Sum, 9)));
        Assert.Equal([0, 0, 0, 0, 2], latency.Buckets!.Take(5));
        Assert.Equal(60, Math.Round(Assert.Single(Points(families, "traces_span_metrics_duration_milliseconds")).Sum, 6));
    }

    [Fact]
    public async Task Series_past_the_limit_are_counted_together()
    {
        var metrics = new SpanMetricsConnector(
            new ComponentId("spanmetrics"),
            new SpanMetricsOptions { TempoNames = false, Dimensions = [new Dimension("user")], Series = new MetricTableOptions { MaxSeries = 3, OverflowLabels = [new("otel_metric_overflow", "true")] } },
            Context());
        for (var i = 0; i < 10; i++)
        {
            await SendAsync(metrics, "web", Span(i + 1, 0, kind: 2, millis: 1, more: $$$""","attributes":[{"key":"user","value":{"intValue":"{{{i}}}"}}]"""));
        }

        var points = Points(metrics.Collect(), "traces_span_metrics_calls");
        Assert.Equal((4, 10.0), (points.Count, points.Sum(static point => point.Value)));
        Assert.Equal(7, points.Single(static point => Label(point, "otel_metric_overflow") == "true").Value);
    }

    [Fact]
    public async Task Scrape_reads_open_metrics_with_exemplars_and_the_older_text_without()
    {
        var metrics = new SpanMetricsConnector(new ComponentId("spanmetrics"), new SpanMetricsOptions { CollectorNames = false }, Context());
        await SendAsync(metrics, "we\\\"b", Span(1, 0, kind: 2, millis: 30));
        var open = PrometheusText.Write(metrics.Collect(), [new("cluster", "east")], openMetrics: true);
        Assert.Contains("traces_spanmetrics_calls_total{service=\"we\\\\\\\"b\",span_name=\"op\",span_kind=\"SPAN_KIND_SERVER\",status_code=\"STATUS_CODE_UNSET\",cluster=\"east\"} 1 # {trace_id=\"" + Trace, open, StringComparison.Ordinal);
        Assert.EndsWith("# EOF\n", open, StringComparison.Ordinal);
        var plain = PrometheusText.Write(metrics.Collect(), [], openMetrics: false);
        Assert.Contains("# TYPE traces_spanmetrics_calls_total counter\n", plain, StringComparison.Ordinal);
        Assert.Contains("le=\"+Inf\"} 1\n", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("trace_id", plain, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remote_write_is_retried_until_it_is_taken_and_carries_every_series()
    {
        var metrics = new SpanMetricsConnector(new ComponentId("spanmetrics"), new SpanMetricsOptions { CollectorNames = false }, Context());
        await SendAsync(metrics, "web", Span(1, 0, kind: 2, millis: 30));
        using var server = new HttpListener();
        var port = FreePort();
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        using var exporter = new RemoteWriteExporter(
            new ComponentId("prometheusremotewrite"),
            new RemoteWriteOptions { Endpoint = new Uri($"http://127.0.0.1:{port}/api/v1/write"), ExternalLabels = [new("cluster", "east")], InitialRetryDelay = TimeSpan.FromMilliseconds(1), SendMetadata = true },
            Services(TimeProvider.System));
        exporter.SetSources([new Often(metrics)]);
        await exporter.StartAsync(CancellationToken.None);
        byte[] body = [];
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var context = await server.GetContextAsync();
            Assert.Equal(("snappy", "application/x-protobuf", "0.1.0"), (context.Request.Headers["Content-Encoding"], context.Request.ContentType, context.Request.Headers["X-Prometheus-Remote-Write-Version"]));
            using var memory = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(memory);
            body = memory.ToArray();
            context.Response.StatusCode = attempt < 2 ? 503 : 204;
            context.Response.Close();
        }

        server.Close();
        var series = Series(Unsnap(body));
        Assert.Contains(series, static labels => labels["__name__"] == "traces_spanmetrics_calls_total" && labels["service"] == "web" && labels["cluster"] == "east");
        Assert.Equal(15, series.Count(static labels => labels["__name__"] == "traces_spanmetrics_latency_bucket"));
        Assert.All(series, static labels => Assert.Equal(labels.Keys.Order(StringComparer.Ordinal), labels.Keys));
    }

    [Fact]
    public async Task Remote_write_with_a_log_sends_after_a_restart_what_waited_and_keeps_no_file()
    {
        var folder = Directory.CreateTempSubdirectory("clew-wal-");
        try
        {
            var metrics = new SpanMetricsConnector(new ComponentId("spanmetrics"), new SpanMetricsOptions { CollectorNames = false }, Context());
            await SendAsync(metrics, "web", Span(1, 0, kind: 2, millis: 30));
            var port = FreePort();
            var options = new RemoteWriteOptions
            {
                Endpoint = new Uri($"http://127.0.0.1:{port}/api/v1/write"), InitialRetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(1), WalFolder = folder.FullName,
            };

            // Nobody listens: what the stop writes down stays.
            using (var before = new RemoteWriteExporter(new ComponentId("prometheusremotewrite"), options, Services(TimeProvider.System)))
            {
                before.SetSources([metrics]);
                await before.StartAsync(CancellationToken.None);
                await before.StopAsync(CancellationToken.None);
            }

            var waiting = Assert.Single(folder.GetFiles());
            var written = await File.ReadAllBytesAsync(waiting.FullName);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "half.new"), "x");
            using var server = new HttpListener();
            server.Prefixes.Add($"http://127.0.0.1:{port}/");
            server.Start();
            using var after = new RemoteWriteExporter(new ComponentId("prometheusremotewrite"), options, Services(TimeProvider.System));
            after.SetSources([new Empty()]);
            await after.StartAsync(CancellationToken.None);
            var context = await server.GetContextAsync();
            using var memory = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(memory);
            context.Response.StatusCode = 204;
            context.Response.Close();
            await after.StopAsync(CancellationToken.None);
            Assert.Equal(written, memory.ToArray());
            Assert.Empty(folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Snappy_literals_of_any_length_read_back()
    {
        var random = new Random(1);
        foreach (var length in (int[])[0, 1, 60, 61, 65_535, 65_536, 65_537, 200_000])
        {
            var data = new byte[length];
            random.NextBytes(data);
            Assert.Equal(data, Unsnap(RemoteWriteRequest.Snappy(data)));
        }
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static List<Dictionary<string, string>> Series(byte[] request)
    {
        var all = new List<Dictionary<string, string>>();
        var reader = new ProtoReader(request);
        while (reader.Next())
        {
            Assert.True(reader.TryBytes(out var message));
            if (reader.Field != 1)
            {
                continue;
            }

            var labels = new Dictionary<string, string>();
            var series = new ProtoReader(message);
            while (series.Next())
            {
                Assert.True(series.TryBytes(out var part));
                if (series.Field == 1)
                {
                    var label = new ProtoReader(part);
                    label.Next();
                    label.TryBytes(out var name);
                    label.Next();
                    label.TryBytes(out var value);
                    Assert.False(label.Failed);
                    labels.Add(System.Text.Encoding.UTF8.GetString(name), System.Text.Encoding.UTF8.GetString(value));
                }
            }

            all.Add(labels);
        }

        return all;
    }

    /// <summary>Snappy's block format as its description has it, for literals.</summary>
    private static byte[] Unsnap(byte[] data)
    {
        var reader = new ProtoReader(data);
        Assert.True(reader.TryVarint(out var length));
        var result = new List<byte>((int)length);
        var at = reader.Position;
        while (at < data.Length)
        {
            var tag = data[at++];
            Assert.Equal(0, tag & 3);
            var count = tag >> 2;
            if (count >= 60)
            {
                var bytes = count - 59;
                count = 0;
                for (var i = 0; i < bytes; i++)
                {
                    count |= data[at++] << (8 * i);
                }
            }

            result.AddRange(data.AsSpan(at, count + 1));
            at += count + 1;
        }

        Assert.Equal((int)length, result.Count);
        return [.. result];
    }

    private static List<MetricPoint> Points(IReadOnlyList<MetricFamily> families, string name) => [.. families.Single(family => family.Name == name).Points];

    private static string Label(MetricPoint point, string name) => point.Labels.Pairs.FirstOrDefault(pair => pair.Key == name).Value ?? "";

    private static string Span(int id, int parent, int kind, int millis, string more = "", string trace = Trace) =>
        $$"""{"traceId":"{{trace}}","spanId":"{{id:x16}}","parentSpanId":"{{(parent == 0 ? "" : parent.ToString("x16", null))}}","name":"op","kind":{{kind}},"startTimeUnixNano":"1000000000","endTimeUnixNano":"{{1_000_000_000L + (millis * 1_000_000L)}}"{{more}}}""";

    private static async Task SendAsync(ITraceConsumer consumer, string service, string span)
    {
        var text = System.Text.Json.JsonSerializer.Serialize(service);
        using var batch = JsonBatch.Of($$$"""{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":{{{text}}}}}]},"scopeSpans":[{"spans":[{{{span}}}]}]}]}""");
        Assert.True((await consumer.ConsumeAsync(batch, CancellationToken.None)).IsAccepted);
    }

    private static ConnectorContext Context() => new(Services(TimeProvider.System), []);

    private static ComponentServices Services(TimeProvider clock) => new(Meters.Components(), new Meters(), NullLoggerFactory.Instance, clock, null);

    /// <summary>A source without series, which is never asked by itself.</summary>
    private sealed class Empty : IMetricSource
    {
        public TimeSpan FlushInterval => TimeSpan.FromDays(1);

        public IReadOnlyList<MetricFamily> Collect() => [];
    }

    /// <summary>A source that is flushed at once.</summary>
    private sealed class Often(IMetricSource source) : IMetricSource
    {
        public TimeSpan FlushInterval => TimeSpan.FromMilliseconds(10);

        public IReadOnlyList<MetricFamily> Collect() => source.Collect();
    }
}
