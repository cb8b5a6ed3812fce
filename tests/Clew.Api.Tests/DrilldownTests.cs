using System.Text.Json;
using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests;

/// <summary>
/// Every shape of query that Grafana's Traces Drilldown sends, for its primary signals and filters, over forty requests through three services
/// of which every tenth fails. What is written here is the text as it is sent, doubled blanks and missing blanks included.
/// </summary>
public sealed class DrilldownTests
{
    private const int Traces = 40;
    private const string Range = "&start=1700000000&end=1700000100";

    private static readonly string[] Signals = ["nestedSetParent<0", "true", "kind=server", "kind=consumer", "span.db.system.name!=\"\""];

    private static readonly TestSpan[] Spans = [.. Enumerable.Range(0, Traces).SelectMany(Request)];

    public static TheoryData<string> AllSignals => [.. Signals];

    [Fact]
    public async Task Start_check_is_a_series()
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        Assert.NotEmpty((await GetAsync(api, "/api/metrics/query_range?q={} | rate()&start=1700000000&end=1700000060")).GetProperty("series").EnumerateArray());
    }

    [Theory]
    [MemberData(nameof(AllSignals))]
    public async Task Rate_errors_and_duration_add_up(string signal)
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        const string Step = "&step=56s";
        var all = Expected(signal).Count();
        var failed = Expected(signal).Count(static span => span.Status == SpanStatus.Error);
        Assert.Equal(all, await CountAsync($"{{{signal}}} | rate() with(sample=true)", seconds: 56), 1e-6);
        Assert.Equal(failed, await CountAsync($"{{{signal} && status=error}} | rate() with(sample=true)", seconds: 56), 1e-6);
        Assert.Equal(failed, await CountAsync($"{{{signal}  && status=error}} | rate()  with(sample=true)", seconds: 56), 1e-6);
        var heat = await GetAsync(api, Query($"{{{signal}}} | histogram_over_time(duration) with(sample=true)", "&step=5s"));
        foreach (var series in heat.GetProperty("series").EnumerateArray())
        {
            var label = Assert.Single(series.GetProperty("labels").EnumerateArray());
            Assert.Equal("__bucket", label.GetProperty("key").GetString());
            Assert.True(label.GetProperty("value").GetProperty("doubleValue").GetDouble() > 0);
        }

        Assert.Equal(all, Sum(heat));

        async Task<double> CountAsync(string query, int seconds) => Sum(await GetAsync(api, Query(query, Step))) * seconds;
    }

    [Theory]
    [InlineData("resource.service.name", "web,shop,db")]
    [InlineData("span.http.route", "/,/buy")]
    [InlineData("span.\"weird key\"", "yes")]
    [InlineData("kind", "server,client,consumer")]
    [InlineData("rootName", "GET /")]
    public async Task Breakdown_has_a_series_for_every_value(string attribute, string values)
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        foreach (var function in (string[])["rate()by(A)", "rate() by(A)", "quantile_over_time(duration, 0.9) by(A)", "quantile_over_time(duration, 0.9, 0.5) by(A)"])
        {
            var root = await GetAsync(api, Query($"{{true && A != nil}} | {function}".Replace("A", attribute, StringComparison.Ordinal), "&step=56s"));
            var found = root.GetProperty("series").EnumerateArray().Select(series => series.GetProperty("labels").EnumerateArray().First(label => label.GetProperty("key").GetString() == attribute).GetProperty("value").GetProperty("stringValue").GetString()).Distinct().Order();
            Assert.Equal(values.Split(',').Order(), found);
        }
    }

    [Theory]
    [InlineData("{nestedSetParent<0} | compare({status = error}, 10)")]
    [InlineData("{true} | compare({status = error})")]
    [InlineData("{true} | compare({duration >= 90ms && duration <= 200ms}, 10, 1700000000000000000, 1700000100000000000)")]
    public async Task Comparison_has_both_sides_and_their_totals(string query)
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        var root = await GetAsync(api, Query(query, "&step=100s"));
        var types = root.GetProperty("series").EnumerateArray().Select(static series => Label(series, "__meta_type")).Distinct().Order();
        Assert.Equal(["baseline", "baseline_total", "selection", "selection_total"], types);
    }

    [Fact]
    public async Task Structure_of_errors_has_one_spanset_a_trace_with_nested_set_numbers()
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        const string Query = "({nestedSetParent<0 && true} &>> {status = error}) || ({nestedSetParent<0 && true}) | select(status, resource.service.name, name, nestedSetParent, nestedSetLeft, nestedSetRight)";
        var root = await GetAsync(api, $"/api/search?q={Uri.EscapeDataString(Query)}&limit=200&spss=20{Range}");
        var traces = root.GetProperty("traces").EnumerateArray().ToList();
        Assert.Equal(Traces, traces.Count);
        foreach (var spans in traces.Select(static trace => Assert.Single(trace.GetProperty("spanSets").EnumerateArray()).GetProperty("spans")))
        {
            var top = spans[0].GetProperty("attributes").EnumerateArray().ToDictionary(static a => a.GetProperty("key").GetString()!, static a => a.GetProperty("value"));
            Assert.Equal(("-1", "1"), (top["nestedSetParent"].GetProperty("intValue").GetString(), top["nestedSetLeft"].GetProperty("intValue").GetString()));
        }

        Assert.Equal(Traces / 10, traces.Count(static trace => trace.GetProperty("spanSets")[0].GetProperty("matched").GetInt32() > 1));
    }

    [Theory]
    [InlineData("({nestedSetParent<0} &>> {kind = server}) || ({nestedSetParent<0}) | select(status, resource.service.name, name, nestedSetParent, nestedSetLeft, nestedSetRight)")]
    [InlineData("({kind=server} &>> {duration > 90ms}) || ({kind=server}) | select(status, resource.service.name, name, nestedSetParent, nestedSetLeft, nestedSetRight)")]
    public async Task Structure_of_rate_and_duration_finds_every_trace(string query)
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        Assert.Equal(Traces, (await GetAsync(api, $"/api/search?q={Uri.EscapeDataString(query)}&limit=200&spss=20{Range}")).GetProperty("traces").GetArrayLength());
    }

    [Fact]
    public async Task Exceptions_show_type_message_and_stack()
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        const string Query = "{true && status = error} | select(resource.service.name, event.exception.message, event.exception.stacktrace, event.exception.type) with(most_recent=true)";
        var root = await GetAsync(api, $"/api/search?q={Uri.EscapeDataString(Query)}&limit=400&spss=10{Range}");
        Assert.Equal(Traces / 10, root.GetProperty("traces").GetArrayLength());
        var attributes = root.GetProperty("traces")[0].GetProperty("spanSets")[0].GetProperty("spans").EnumerateArray()
            .SelectMany(static span => span.GetProperty("attributes").EnumerateArray()).Select(static a => (a.GetProperty("key").GetString(), a.GetProperty("value").GetProperty("stringValue").GetString())).ToList();
        Assert.Contains(("exception.type", "Declined"), attributes);
        Assert.Contains(("exception.message", "no \"money\""), attributes);
        Assert.Contains(("exception.stacktrace", "at Pay()\nat Main()"), attributes);
        const string Detail = "{true && event.exception.message=\"no \\\"money\\\"\" && event.exception.type=\"Declined\"} | select(resource.service.name)";
        Assert.Equal(Traces / 10, (await GetAsync(api, $"/api/search?q={Uri.EscapeDataString(Detail)}&limit=400&spss=10{Range}")).GetProperty("traces").GetArrayLength());
    }

    [Theory]
    [InlineData("{nestedSetParent<0} | select(status,resource.service.name,name)", Traces)]
    [InlineData("{nestedSetParent<0 && status=error} | select(status,resource.service.name,name)", Traces / 10)]
    [InlineData("{nestedSetParent<0 && duration > 90ms} | select(status,resource.service.name,name)", Traces)]
    [InlineData("{nestedSetParent<0 && resource.service.name=\"web\" && span.http.route=~\"/.*\"} | select(span.\"weird key\",duration)", Traces)]
    [InlineData("{nestedSetParent<0 && duration >= 1ms && duration <= 10ms} | select(status)", 0)]
    public async Task Trace_list_finds(string query, int expected)
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        Assert.Equal(expected, (await GetAsync(api, $"/api/search?q={Uri.EscapeDataString(query)}&limit=200&spss=10{Range}")).GetProperty("traces").GetArrayLength());
    }

    [Fact]
    public async Task Time_seeker_asks_a_day_in_steps_of_thirty_seconds()
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        var root = await GetAsync(api, $"/api/metrics/query_range?q={Uri.EscapeDataString("{nestedSetParent<0} | rate() with(sample=true)")}&start=1699956800&end=1700043200&step=30s");
        Assert.Equal(Traces, Sum(root) * 30, 1e-6);
    }

    [Theory]
    [InlineData("X-Prom-Label-Policy", "1:{}")]
    [InlineData("Authorization", "Bearer x")]
    [InlineData("Authorization", "Basic Zm9vOmJhcg==")]
    [InlineData("X-Scope-OrgID", "team-a")]
    [InlineData("User-Agent", "Grafana/12.3.0")]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public async Task A1_headers_of_a_data_source_are_accepted(string name, string value)
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        Assert.Equal(200, (await api.GetAsync("/api/search?q={}", (name, value))).Status);
    }

    private static IEnumerable<TestSpan> Expected(string signal) => signal switch
    {
        "nestedSetParent<0" => Spans.Where(static span => span.ParentId.IsZero),
        "kind=server" => Spans.Where(static span => span.Kind == SpanKind.Server),
        "kind=consumer" => Spans.Where(static span => span.Kind == SpanKind.Consumer),
        "true" => Spans,
        _ => Spans.Where(static span => span.Attributes.Any(static attribute => attribute.Key == "db.system.name")),
    };

    private static IEnumerable<TestSpan> Request(int i)
    {
        var trace = new TraceId(0, (ulong)i + 1);
        var start = TestSpan.Epoch + (i * 2L * Shop.Second) + 1;
        var failed = i % 10 == 0;
        yield return new TestSpan
        {
            TraceId = trace, Id = new SpanId(1), Name = "GET /", Kind = SpanKind.Server, Start = start, Duration = 100_000_000,
            Status = failed ? SpanStatus.Error : SpanStatus.Unset, Attributes = [("http.route", "/"), ("weird key", "yes")], Resource = [("service.name", "web")],
        };
        yield return new TestSpan
        {
            TraceId = trace, Id = new SpanId(2), ParentId = new SpanId(1), Name = "buy", Kind = SpanKind.Server, Start = start + 1_000_000, Duration = 50_000_000,
            Status = failed ? SpanStatus.Error : SpanStatus.Unset, Attributes = [("http.route", "/buy")], Resource = [("service.name", "shop")],
            Events = failed ? [new TestEvent("exception", 5) { Attributes = [("exception.type", "Declined"), ("exception.message", "no \"money\""), ("exception.stacktrace", "at Pay()\nat Main()")] }] : [],
        };
        yield return new TestSpan
        {
            TraceId = trace, Id = new SpanId(3), ParentId = new SpanId(2), Name = "SELECT", Kind = SpanKind.Client, Start = start + 2_000_000, Duration = 5_000_000,
            Attributes = [("db.system.name", "postgresql")], Resource = [("service.name", "db")],
        };
        yield return new TestSpan
        {
            TraceId = trace, Id = new SpanId(4), ParentId = new SpanId(2), Name = "mail", Kind = SpanKind.Consumer, Start = start + 3_000_000, Duration = 7_000_000, Resource = [("service.name", "shop")],
        };
    }

    private static string Query(string query, string more) => $"/api/metrics/query_range?q={Uri.EscapeDataString(query)}{Range}{more}";

    private static double Sum(JsonElement root) => root.GetProperty("series").EnumerateArray().SelectMany(static series => series.GetProperty("samples").EnumerateArray())
        .Sum(static sample => sample.TryGetProperty("value", out var value) ? value.GetDouble() : 0);

    private static string? Label(JsonElement series, string name) =>
        series.GetProperty("labels").EnumerateArray().First(label => label.GetProperty("key").GetString() == name).GetProperty("value").GetProperty("stringValue").GetString();

    private static async Task<JsonElement> GetAsync(ApiFixture api, string path)
    {
        var (status, _, body) = await api.GetAsync(path);
        Assert.True(status == 200, body);
        return JsonDocument.Parse(body).RootElement;
    }
}
