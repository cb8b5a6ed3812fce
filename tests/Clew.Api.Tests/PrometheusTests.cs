using System.Globalization;
using System.Text.Json;
using Clew.Api.Prometheus;
using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests;

/// <summary>The Prometheus API over roll-ups, with the queries that Grafana's service graph sends.</summary>
public sealed class PrometheusTests
{
    // Traffic begins at a full minute, so that a range that begins there holds all of it.
    private const long Start = TestSpan.Epoch - (20 * Shop.Second);
    private const long At = Start + (600 * Shop.Second);

    private static readonly TestSpan[] Traffic = [.. Enumerable.Range(0, 60).SelectMany(Trace)];

    [Fact]
    public async Task Rates_of_edges_are_those_of_the_traffic()
    {
        await using var api = await ApiFixture.StartAsync(Traffic);
        var rates = await VectorAsync(api, "sum by (client, server) (rate(traces_service_graph_request_total{}[600s]))");
        Assert.Equal(
            ["cart orders 0.1", "user web 0.1", "web cart 0.1"],
            rates.Select(sample => $"{sample.Labels["client"]} {sample.Labels["server"]} {sample.Value.ToString(CultureInfo.InvariantCulture)}").Order());
        var failed = Assert.Single(await VectorAsync(api, "sum by (client, server) (rate(traces_service_graph_request_failed_total[600s]))"));
        Assert.Equal(("web", "cart", 0.01), (failed.Labels["client"], failed.Labels["server"], Math.Round(failed.Value, 9)));
    }

    [Fact]
    public async Task Group_tells_the_kind_of_each_connection()
    {
        await using var api = await ApiFixture.StartAsync(Traffic);
        var groups = await VectorAsync(api, "group by (client, connection_type, server) (traces_service_graph_request_total{})");
        Assert.Equal(
            ["cart orders database 1", "user web virtual_node 1", "web cart  1"],
            groups.Select(sample => $"{sample.Labels["client"]} {sample.Labels["server"]} {sample.Labels.GetValueOrDefault("connection_type", "")} {sample.Value}").Order());
    }

    [Fact]
    public async Task Latency_of_the_server_side_averages_to_what_spans_took()
    {
        await using var api = await ApiFixture.StartAsync(Traffic);
        var average = await VectorAsync(
            api,
            "sum by (client, server) (rate(traces_service_graph_request_server_seconds_sum{server=\"cart\"}[600s])) / sum by (client, server) (rate(traces_service_graph_request_server_seconds_count{server=\"cart\"}[600s]))");
        Assert.Equal(0.15, Assert.Single(average).Value, 6);
        var buckets = await VectorAsync(api, "sum by (le) (increase(traces_service_graph_request_server_seconds_bucket{server=\"cart\"}[600s]))");
        Assert.Equal(
            ["0.1 0", "0.2 60", "0.4 60", "0.8 60", "1.6 60", "12.8 60", "3.2 60", "6.4 60", "+Inf 60"],
            buckets.Select(sample => $"{sample.Labels["le"]} {Math.Round(sample.Value, 6)}").Order(StringComparer.OrdinalIgnoreCase).OrderBy(static text => text[0] == '+'));
    }

    [Fact]
    public async Task Table_of_operations_has_rate_errors_and_quantile()
    {
        await using var api = await ApiFixture.StartAsync(Traffic);
        var top = await VectorAsync(api, "topk(1, sum(rate(traces_spanmetrics_calls_total{span_kind=\"SPAN_KIND_SERVER\"}[600s])) by (span_name))");
        Assert.Single(top);
        var errors = await VectorAsync(
            api, "topk(5, sum(rate(traces_spanmetrics_calls_total{span_kind=\"SPAN_KIND_SERVER\",status_code=\"STATUS_CODE_ERROR\",span_name=~\"GET /cart|GET /\"}[600s])) by (span_name))");
        Assert.Equal(("GET /cart", 0.01), (Assert.Single(errors).Labels["span_name"], Math.Round(errors[0].Value, 9)));
        var quantile = Assert.Single(await VectorAsync(api, "histogram_quantile(.9, sum(rate(traces_spanmetrics_latency_bucket{span_name=~\"GET /cart\",span_kind=\"SPAN_KIND_SERVER\"}[600s])) by (le))"));
        Assert.InRange(quantile.Value, 0.128, 0.256);
    }

    [Fact]
    public async Task Set_and_arithmetic_operators_work_between_vectors()
    {
        await using var api = await ApiFixture.StartAsync(Traffic);
        Assert.Equal(2, (await VectorAsync(api, "rate(traces_service_graph_request_total{client=\"web\"}[600s]) or rate(traces_service_graph_request_total{client=\"user\"}[600s])")).Count);
        Assert.Equal(10.0, Math.Round(Assert.Single(await VectorAsync(
            api, "100 * sum(increase(traces_service_graph_request_failed_total[600s])) / sum(increase(traces_service_graph_request_total{client=\"web\"}[600s]))")).Value, 6));
        Assert.Empty(await VectorAsync(api, "sum(rate(traces_service_graph_request_total[600s])) > 1"));
        Assert.Equal(0, Assert.Single(await VectorAsync(api, "sum(rate(traces_service_graph_request_total[600s])) > bool 1")).Value);
    }

    [Fact]
    public async Task Range_query_gives_a_point_a_step()
    {
        await using var api = await ApiFixture.StartAsync(Traffic);
        var (status, _, body) = await api.GetAsync(
            $"/prometheus/api/v1/query_range?query={Uri.EscapeDataString("sum(increase(traces_service_graph_request_total{server=\"web\"}[60s]))")}&start={Start / Shop.Second}&end={At / Shop.Second}&step=60");
        Assert.Equal(200, status);
        using var json = JsonDocument.Parse(body);
        var values = json.RootElement.GetProperty("data").GetProperty("result")[0].GetProperty("values").EnumerateArray().Select(static point => double.Parse(point[1].GetString()!, CultureInfo.InvariantCulture)).ToList();
        // The first point lies before everything; the counter stands still after the traffic.
        Assert.Equal((10, 60.0, 40.0, 0.0), (values.Count, Math.Round(values.Sum(), 6), Math.Round(values[0], 6), values[^1]));
    }

    [Fact]
    public async Task Existence_probes_and_labels_are_answered()
    {
        await using var api = await ApiFixture.StartAsync(Traffic);
        var range = $"start={Start / Shop.Second}&end={At / Shop.Second}";
        var (_, _, native) = await api.GetAsync($"/prometheus/api/v1/series?match[]=traces_service_graph_request_server_seconds&limit=1&{range}");
        Assert.Equal("""{"status":"success","data":[]}""", native);
        var (_, _, one) = await api.GetAsync($"/prometheus/api/v1/series?match[]=traces_service_graph_request_server_seconds_sum&limit=1&{range}");
        Assert.Contains("\"client\"", one, StringComparison.Ordinal);
        var (_, _, names) = await api.GetAsync($"/prometheus/api/v1/label/__name__/values?{range}");
        Assert.Contains("traces_spanmetrics_calls_total", names, StringComparison.Ordinal);
        var (_, _, servers) = await api.GetAsync($"/prometheus/api/v1/label/server/values?match[]=traces_service_graph_request_total&{range}");
        Assert.Equal("""{"status":"success","data":["cart","orders","web"]}""", servers);
        var (_, _, labels) = await api.GetAsync($"/prometheus/api/v1/labels?match[]=traces_service_graph_request_total&{range}");
        Assert.Equal("""{"status":"success","data":["__name__","client","connection_type","server"]}""", labels);
        Assert.Equal(200, (await api.GetAsync("/prometheus/api/v1/status/buildinfo")).Status);
        Assert.Contains("traces_spanmetrics_latency", (await api.GetAsync("/prometheus/api/v1/metadata")).Body, StringComparison.Ordinal);
        var (_, _, exemplars) = await api.GetAsync($"/prometheus/api/v1/query_exemplars?query={Uri.EscapeDataString("histogram_quantile(0.9, sum by (le) (rate(traces_spanmetrics_latency_bucket{service=\"cart\"}[1m])))")}&{range}");
        Assert.Contains("traceID", exemplars, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_in_the_body_is_taken_as_parameters()
    {
        await using var api = await ApiFixture.StartAsync(Traffic);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["query"] = "sum(increase(traces_service_graph_request_total{server=\"web\"}[600s]))", ["time"] = (At / Shop.Second).ToString(CultureInfo.InvariantCulture),
        });
        using var answer = await api.Client.PostAsync(new Uri("/prometheus/api/v1/query", UriKind.Relative), form);
        Assert.Contains("\"60\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rate(traces_spanmetrics_calls_total[5m:1m])", "subqueries")]
    [InlineData("quantile_over_time(0.9, traces_spanmetrics_calls_total[5m])", "quantile_over_time")]
    [InlineData("traces_spanmetrics_calls_total @ 5", "@")]
    [InlineData("a * on (x) group_left b", "group_left")]
    [InlineData("rate(traces_spanmetrics_calls_total)", "range")]
    [InlineData("traces_spanmetrics_calls_total[5m]", "range")]
    [InlineData("sum(", "ends early")]
    [InlineData("sum by (le traces", "expected")]
    [InlineData("{}", "selector")]
    [InlineData("up{a=~\"(\"}", "regular expression")]
    public async Task What_is_not_supported_is_refused_by_name(string query, string word)
    {
        await using var api = await ApiFixture.StartAsync([]);
        var (status, _, body) = await api.GetAsync("/prometheus/api/v1/query?query=" + Uri.EscapeDataString(query));
        using var json = JsonDocument.Parse(body);
        Assert.Equal((400, "error", "bad_data"), (status, json.RootElement.GetProperty("status").GetString(), json.RootElement.GetProperty("errorType").GetString()));
        Assert.Contains(word, json.RootElement.GetProperty("error").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("1 + 2 * 3 ^ 2 ^ 0", "7")]
    [InlineData("-2 ^ 2", "-4")]
    [InlineData("(1 + 2) * 3 % 4", "1")]
    [InlineData("1h30m / 60", "90")]
    [InlineData("0x10 - 1e1", "6")]
    [InlineData("-Inf", "-Inf")]
    public async Task Numbers_follow_prometheus_precedence(string query, string expected)
    {
        await using var api = await ApiFixture.StartAsync([]);
        var (_, _, body) = await api.GetAsync("/prometheus/api/v1/query?time=1&query=" + Uri.EscapeDataString(query));
        Assert.Contains($"\"resultType\":\"scalar\",\"result\":[1,\"{expected}\"]", body, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_parsed_or_refused_and_never_more()
    {
        const string pieces = "sum by (le) (rate(traces_spanmetrics_latency_bucket{a=\"b\",c=~\"d\"}[5m] offset 1h)) / topk(5, x) or -1.5e3 > bool 2";
        var random = new Random(17);
        for (var i = 0; i < 20_000; i++)
        {
            var text = pieces.ToCharArray();
            for (var j = random.Next(1, 6); j > 0; j--)
            {
                text[random.Next(text.Length)] = pieces[random.Next(pieces.Length)];
            }

            try
            {
                PromParser.Parse(new string(text, 0, random.Next(text.Length)));
            }
            catch (PromException fault)
            {
                Assert.NotEmpty(fault.Message);
            }
        }
    }

    private static async Task<List<(Dictionary<string, string> Labels, double Value)>> VectorAsync(ApiFixture api, string query)
    {
        var (status, _, body) = await api.GetAsync($"/prometheus/api/v1/query?time={At / Shop.Second}&query={Uri.EscapeDataString(query)}");
        Assert.True(status == 200, body);
        using var json = JsonDocument.Parse(body);
        return [.. json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(static sample => (
            sample.GetProperty("metric").EnumerateObject().ToDictionary(static label => label.Name, static label => label.Value.GetString()!),
            double.Parse(sample.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)))];
    }

    /// <summary>A request to web, which calls cart, which asks its database; every tenth fails in cart.</summary>
    private static IEnumerable<TestSpan> Trace(int i)
    {
        var id = new TraceId(7, (ulong)i + 1);
        var start = TestSpan.Epoch + (i * Shop.Second);
        yield return new TestSpan { TraceId = id, Id = new SpanId(1), Name = "GET /", Kind = SpanKind.Server, Start = start, Duration = 250_000_000, Resource = [("service.name", "web")] };
        yield return new TestSpan { TraceId = id, Id = new SpanId(2), ParentId = new SpanId(1), Name = "GET", Kind = SpanKind.Client, Start = start, Duration = 200_000_000, Resource = [("service.name", "web")] };
        yield return new TestSpan
        {
            TraceId = id, Id = new SpanId(3), ParentId = new SpanId(2), Name = "GET /cart", Kind = SpanKind.Server, Start = start, Duration = 150_000_000,
            Status = i % 10 == 0 ? SpanStatus.Error : SpanStatus.Unset, Resource = [("service.name", "cart")],
        };
        yield return new TestSpan
        {
            TraceId = id, Id = new SpanId(4), ParentId = new SpanId(3), Name = "SELECT", Kind = SpanKind.Client, Start = start, Duration = 20_000_000,
            Attributes = [("db.system", "postgresql"), ("db.name", "orders")], Resource = [("service.name", "cart")],
        };
    }
}
