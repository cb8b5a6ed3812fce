using System.Net;
using System.Text.Json;
using Clew.Tests.Tempo;
using Grpc.Core;
using Grpc.Net.Client;

namespace Clew.EndToEnd.Tests.Grafana;

/// <summary>
/// What Grafana's Tempo data source asks, request by request, against the whole program on its one port. Each test is a row of the table of
/// requests and has its number; HTTP and gRPC are spoken by clients of their own.
/// </summary>
public sealed class GrafanaTableTests(GrafanaShop shop) : IClassFixture<GrafanaShop>, IDisposable
{
    private static readonly string[] SearchMetricsFields = ["inspectedTraces", "inspectedBytes", "totalBlocks", "completedJobs", "totalJobs", "totalBlockBytes"];

    private readonly HttpClient _http = new() { BaseAddress = shop.Clew.Process.Http };
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(shop.Clew.Process.Http);

    private StreamingQuerier.StreamingQuerierClient Grpc => new(_channel);

    private string Range => $"start={shop.Start}&end={shop.End}";

    public void Dispose()
    {
        _http.Dispose();
        _channel.Dispose();
    }

    [Fact]
    public async Task H1_echo() => Assert.Equal((200, "text/plain", "echo"), await GetAsync("/api/echo"));

    [Fact]
    public async Task H2_test_of_streaming()
    {
        var now = (uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var answers = await ReadAsync(Grpc.Search(new SearchRequest { Query = "{}", Limit = 1, Start = now - 900, End = now }));
        Assert.Single(answers.SelectMany(static answer => answer.Traces));
        Assert.All(answers, static answer => Assert.NotNull(answer.Metrics));
    }

    [Fact]
    public async Task H3_build_info_turns_streaming_on()
    {
        var version = Version.Parse((await JsonAsync("/api/status/buildinfo")).GetProperty("version").GetString()!);
        Assert.True(version >= new Version(2, 7, 0), version.ToString());
    }

    [Fact]
    public async Task H4_trace_of_id_zero_is_not_found_in_the_words_of_old_versions() =>
        Assert.Equal((404, "text/plain", "trace not found"), await GetAsync("/api/traces/0"));

    [Fact]
    public async Task H5_ready() => Assert.Equal((200, "text/plain", "ready"), await GetAsync("/ready"));

    [Theory]
    [InlineData(GrafanaShop.ShortId)]
    [InlineData("5f3a000000000001")]
    [InlineData("5F3A000000000001")]
    public async Task T1_trace_as_protobuf_has_everything_that_is_dereferenced(string id)
    {
        var answer = await ProtobufAsync($"/api/v2/traces/{id}");
        Assert.Single(ProtoFields.Of(answer, 2));
        CheckTrace(Assert.Single(ProtoFields.Of(answer, 1)), GrafanaShop.SpansPerTrace);
    }

    [Fact]
    public async Task T2_time_shift_opens_only_its_window()
    {
        var wide = await ProtobufAsync($"/api/v2/traces/{GrafanaShop.ShortId}?start={shop.Start - 1800}&end={shop.End + 1800}");
        CheckTrace(Assert.Single(ProtoFields.Of(wide, 1)), GrafanaShop.SpansPerTrace);
        var elsewhere = await ProtobufAsync($"/api/v2/traces/{GrafanaShop.ShortId}?start=1000000000&end=1000003600");
        Assert.Empty(Assert.Single(ProtoFields.Of(elsewhere, 1)));
    }

    [Fact]
    public async Task T3_first_form_is_the_bare_trace() =>
        CheckTrace(await ProtobufAsync($"/api/traces/{GrafanaShop.ShortId}"), GrafanaShop.SpansPerTrace);

    [Fact]
    public async Task T4_missing_trace_is_an_empty_message_that_is_there()
    {
        var answer = await ProtobufAsync("/api/v2/traces/0123456789abcdef0123456789abcdef");
        Assert.Empty(Assert.Single(ProtoFields.Of(answer, 1)));
        Assert.Single(ProtoFields.Of(answer, 2));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData(null)]
    [InlineData("*/*")]
    public async Task T5_trace_as_json_has_ids_in_base64(string? accept)
    {
        var first = Json(await GetAsync($"/api/traces/{GrafanaShop.ShortId}", accept)).GetProperty("batches")[0];
        var second = Json(await GetAsync($"/api/v2/traces/{GrafanaShop.ShortId}", accept)).GetProperty("trace").GetProperty("resourceSpans")[0];
        foreach (var resource in (JsonElement[])[first, second])
        {
            var span = resource.GetProperty("scopeSpans")[0].GetProperty("spans")[0];
            Assert.Equal(GrafanaShop.ShortId, Convert.ToHexStringLower(span.GetProperty("traceId").GetBytesFromBase64()));
            Assert.Equal(8, span.GetProperty("spanId").GetBytesFromBase64().Length);
            Assert.StartsWith("SPAN_KIND_", span.GetProperty("kind").GetString());
        }
    }

    [Fact]
    public async Task S1_search_has_no_field_that_a_strict_reader_refuses()
    {
        var root = await JsonAsync($"/api/search?q={{}} | select(span.http.status_code, span.to)&limit=100&spss=10&{Range}");
        AssertOnly(root, "traces", "metrics");
        AssertOnly(root.GetProperty("metrics"), SearchMetricsFields);
        var types = new HashSet<string>();
        foreach (var trace in root.GetProperty("traces").EnumerateArray())
        {
            AssertOnly(trace, "traceID", "rootServiceName", "rootTraceName", "startTimeUnixNano", "durationMs", "spanSets", "serviceStats");
            foreach (var service in trace.GetProperty("serviceStats").EnumerateObject())
            {
                AssertOnly(service.Value, "spanCount", "errorCount");
            }

            foreach (var set in trace.GetProperty("spanSets").EnumerateArray())
            {
                AssertOnly(set, "spans", "matched", "attributes");
                foreach (var span in set.GetProperty("spans").EnumerateArray())
                {
                    AssertOnly(span, "spanID", "name", "startTimeUnixNano", "durationNanos", "attributes");
                    types.UnionWith(Attributes(span).Where(static attribute => attribute.Key == "http.status_code").Select(static attribute => attribute.Type));
                    Assert.All(Attributes(span), static attribute => Assert.True(attribute.Type is "stringValue" or "intValue" or "doubleValue" or "boolValue", $"{attribute} is no scalar"));
                }
            }
        }

        // Numbers in one span and text in another: a column has one type.
        Assert.Equal("stringValue", Assert.Single(types));
        var orphan = root.GetProperty("traces").EnumerateArray().Single(static trace => trace.GetProperty("traceID").GetString() == GrafanaShop.OrphanId);
        Assert.Equal("<root span not yet received>", orphan.GetProperty("rootServiceName").GetString());
        Assert.Contains(root.GetProperty("traces").EnumerateArray(), static trace => trace.GetProperty("traceID").GetString() == GrafanaShop.ShortId.TrimStart('0'));
    }

    [Fact]
    public async Task S2_twenty_traces_and_three_spans_are_the_defaults()
    {
        var traces = (await JsonAsync($"/api/search?q={{ resource.service.name != `lost` }}&{Range}")).GetProperty("traces").EnumerateArray().ToList();
        Assert.Equal(20, traces.Count);
        Assert.All(traces, static trace => Assert.Equal((3, GrafanaShop.SpansPerTrace), (trace.GetProperty("spanSets")[0].GetProperty("spans").GetArrayLength(), trace.GetProperty("spanSets")[0].GetProperty("matched").GetInt32())));
        var starts = traces.ConvertAll(static trace => long.Parse(trace.GetProperty("startTimeUnixNano").GetString()!, null));
        Assert.Equal(starts.OrderDescending(), starts);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{ }")]
    [InlineData("{true}")]
    [InlineData("{true && true}")]
    [InlineData("{}   ")]
    public async Task S3_empty_builder_finds_the_newest(string query) =>
        Assert.Equal(20, (await JsonAsync($"/api/search?q={Uri.EscapeDataString(query)}&limit=20&spss=3&{Range}")).GetProperty("traces").GetArrayLength());

    [Fact]
    public async Task S4_bad_query_is_told_in_plain_text_with_its_place()
    {
        var (status, type, body) = await GetAsync($"/api/search?q={{ name = }}&{Range}");
        Assert.Equal((400, "text/plain"), (status, type));
        Assert.StartsWith("invalid TraceQL query: parse error at line 1, col 10: ", body);
    }

    [Theory]
    [InlineData("&step=30s")]
    [InlineData("&step=1m")]
    [InlineData("&step=56s")]
    [InlineData("&step=10")]
    [InlineData("")]
    public async Task M1_range_query_takes_any_step(string step)
    {
        var range = await JsonAsync($"/api/metrics/query_range?q={{ resource.service.name = `web` }} | count_over_time()&exemplars=100&{Range}{step}");
        var series = Assert.Single(range.GetProperty("series").EnumerateArray());
        Assert.Equal(GrafanaShop.Traces, Sum(series));
        Assert.All(series.GetProperty("samples").EnumerateArray(), static sample => Assert.Equal(JsonValueKind.String, sample.GetProperty("timestampMs").ValueKind));
        Assert.Contains(series.GetProperty("exemplars").EnumerateArray(), static exemplar => exemplar.GetProperty("labels").EnumerateArray().Any(static label => label.GetProperty("key").GetString() == "trace:id"));
        var nanos = await JsonAsync($"/api/metrics/query_range?q={{ resource.service.name = `web` }} | count_over_time()&start={shop.Start}000000000&end={shop.End}000000000{step}");
        Assert.Equal(GrafanaShop.Traces, Sum(nanos.GetProperty("series")[0]));
    }

    [Fact]
    public async Task M2_instant_query_is_one_value_a_series()
    {
        var root = await JsonAsync($"/api/metrics/query?q={{ }} | count_over_time() by(resource.service.name)&{Range}");
        AssertOnly(root, "series", "metrics");
        AssertOnly(root.GetProperty("metrics"), SearchMetricsFields);
        var values = root.GetProperty("series").EnumerateArray().ToDictionary(static series => Label(series, "resource.service.name")!, static series => series.GetProperty("value").GetDouble());
        Assert.Equal(new Dictionary<string, double> { ["web"] = GrafanaShop.Traces, ["shop"] = 2 * GrafanaShop.Traces, ["db"] = 2 * GrafanaShop.Traces, ["lost"] = 1 }, values);
    }

    [Fact]
    public async Task M3_compare_has_both_sides()
    {
        var root = await JsonAsync($"/api/metrics/query_range?q={{ resource.service.name = `web` }} | compare({{ status = error }}, 10)&step=300s&{Range}");
        var sides = root.GetProperty("series").EnumerateArray().ToLookup(static series => Label(series, "__meta_type"));
        Assert.Equal(["baseline", "baseline_total", "selection", "selection_total"], sides.Select(static side => side.Key).Order());
        Assert.Equal(1, Sum(sides["selection"].Single(static series => Label(series, "span.http.status_code") == "500")));
        Assert.Equal(GrafanaShop.Traces - 1, Sum(sides["baseline"].Single(static series => Label(series, "span.http.status_code") == "200")));
    }

    [Fact]
    public async Task M4_histogram_has_the_bucket_as_its_only_label()
    {
        var series = (await JsonAsync($"/api/metrics/query_range?q={{ }} | histogram_over_time(duration)&step=60s&{Range}")).GetProperty("series").EnumerateArray().ToList();
        Assert.Equal((GrafanaShop.Traces * GrafanaShop.SpansPerTrace) + 1, series.Sum(Sum));
        Assert.All(series, static one =>
        {
            var label = Assert.Single(one.GetProperty("labels").EnumerateArray());
            Assert.Equal("__bucket", label.GetProperty("key").GetString());
            Assert.InRange(label.GetProperty("value").GetProperty("doubleValue").GetDouble(), 1e-9, 1);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task G1_names_by_scope(bool isRanged)
    {
        var root = await JsonAsync($"/api/v2/search/tags?limit=5000{(isRanged ? "&" + Range : "")}");
        AssertOnly(root, "scopes", "metrics");
        var scopes = root.GetProperty("scopes").EnumerateArray().ToDictionary(static scope => scope.GetProperty("name").GetString()!, static scope => scope.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()).ToList());
        Assert.Contains("service.name", scopes["resource"]);
        Assert.Contains("http.status_code", scopes["span"]);
        Assert.Contains("exception.type", scopes["event"]);
        Assert.Contains("status", scopes["intrinsic"]);
    }

    [Theory]
    [InlineData("resource.service.name", "string:db string:lost string:shop string:web")]
    [InlineData("span.a/b", "string:x")]
    [InlineData("span.a%2Fb", "string:x")]
    [InlineData("span.%22weird%20key%22", "string:y")]
    [InlineData("span:name", "string:COMMIT string:GET / string:SELECT string:buy string:mail string:orphan")]
    [InlineData("event.exception.type", "string:Declined")]
    [InlineData("event:name", "string:exception")]
    [InlineData(".db.system.name", "string:postgresql")]
    public async Task G2_values_of_a_name(string tag, string expected) =>
        Assert.Equal(expected, await ValuesAsync($"/api/v2/search/tag/{tag}/values?limit=5000&q=&tag={tag}&{Range}"));

    [Theory]
    [InlineData("{resource.service.name= && span.db.system.name=\"postgresql\"}", "string:COMMIT string:SELECT")]
    [InlineData("{resource.service.name=\"db\" && ", "string:COMMIT string:SELECT")]
    [InlineData("{", "string:COMMIT string:GET / string:SELECT string:buy string:mail string:orphan")]
    public async Task G3_half_typed_filter_is_never_refused(string filter, string expected) =>
        Assert.Equal(expected, await ValuesAsync($"/api/v2/search/tag/name/values?limit=5000&q={Uri.EscapeDataString(filter)}&tag=name&{Range}"));

    [Theory]
    [InlineData("status", "keyword:error keyword:ok keyword:unset")]
    [InlineData("span:status", "keyword:error keyword:ok keyword:unset")]
    [InlineData("kind", "keyword:client keyword:consumer keyword:internal keyword:producer keyword:server keyword:unspecified")]
    [InlineData("span:kind", "keyword:client keyword:consumer keyword:internal keyword:producer keyword:server keyword:unspecified")]
    public async Task G4_keywords_are_not_to_be_quoted(string tag, string expected) =>
        Assert.Equal(expected, await ValuesAsync($"/api/v2/search/tag/{tag}/values?limit=5000&{Range}"));

    [Fact]
    public async Task G5_old_form_is_flat()
    {
        var names = (await JsonAsync("/api/search/tags")).GetProperty("tagNames").EnumerateArray().Select(static name => name.GetString()).ToList();
        Assert.Contains("service.name", names);
        Assert.Contains("http.status_code", names);
        Assert.Equal(["db", "lost", "shop", "web"], (await JsonAsync("/api/search/tag/service.name/values")).GetProperty("tagValues").EnumerateArray().Select(static value => value.GetString()));
    }

    [Theory]
    [InlineData("{ resource.service.name = `web` }", GrafanaShop.Traces)]
    [InlineData("{ name = `never` }", 0)]
    public async Task L1_search_streams_and_always_says_how_far_it_is(string query, int expected)
    {
        var answers = await ReadAsync(Grpc.Search(new SearchRequest { Query = query, Limit = 100, Start = (uint)shop.Start, End = (uint)shop.End, SpansPerSpanSet = 3 }));
        Assert.NotEmpty(answers);
        Assert.All(answers, static answer => Assert.NotNull(answer.Metrics));
        Assert.Equal(answers[^1].Metrics.TotalJobs, answers[^1].Metrics.CompletedJobs);
        Assert.Equal(expected, answers.SelectMany(static answer => answer.Traces).Select(static trace => trace.TraceID).Distinct().Count());
        Assert.Equal(expected, answers.Sum(static answer => answer.Traces.Count));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(30_000_000_000UL)]
    public async Task L2_metrics_stream_ends_with_the_whole_answer(ulong step)
    {
        var answers = await ReadAsync(Grpc.MetricsQueryRange(new QueryRangeRequest
        {
            Query = "{ } | count_over_time() by(resource.service.name)", Start = (ulong)shop.Start * 1_000_000_000, End = (ulong)shop.End * 1_000_000_000, Step = step, Exemplars = 10,
        }));
        Assert.All(answers, static answer => Assert.NotNull(answer.Metrics));
        Assert.Equal(GrafanaShop.Traces, answers[^1].Series.Single(static series => series.Labels[0].Value.StringValue == "web").Samples.Sum(static sample => sample.Value));
    }

    [Fact]
    public async Task L3_instant_stream_ends_with_the_value()
    {
        var answers = await ReadAsync(Grpc.MetricsQueryInstant(new QueryInstantRequest { Query = "{ status = error } | count_over_time()", Start = (ulong)shop.Start * 1_000_000_000, End = (ulong)shop.End * 1_000_000_000 }));
        Assert.Equal(2, Assert.Single(answers[^1].Series).Value);
    }

    [Fact]
    public async Task L4_names_and_values_are_streamed_to_other_clients()
    {
        Assert.Contains("service.name", (await ReadAsync(Grpc.SearchTags(new SearchTagsRequest()))).SelectMany(static answer => answer.TagNames));
        Assert.Contains((await ReadAsync(Grpc.SearchTagsV2(new SearchTagsRequest { Scope = "resource" }))).SelectMany(static answer => answer.Scopes), static scope => scope.Name == "resource");
        Assert.Contains("web", (await ReadAsync(Grpc.SearchTagValues(new SearchTagValuesRequest { TagName = "service.name" }))).SelectMany(static answer => answer.TagValues));
        Assert.Contains(new TagValue { Type = "keyword", Value = "error" }, (await ReadAsync(Grpc.SearchTagValuesV2(new SearchTagValuesRequest { TagName = "status" }))).SelectMany(static answer => answer.TagValues));
    }

    [Fact]
    public async Task V1_ad_hoc_filters_narrow_what_a_variable_offers() =>
        Assert.Equal("string:GET /", await ValuesAsync($"/api/v2/search/tag/name/values?limit=5000&q={Uri.EscapeDataString("{resource.service.name=\"web\" && status!=error}")}&{Range}"));

    [Theory]
    [InlineData("Authorization", "Basic Zm9vOmJhcg==")]
    [InlineData("Authorization", "Bearer x")]
    [InlineData("X-Scope-OrgID", "team-a")]
    [InlineData("X-Prom-Label-Policy", "1:{}")]
    [InlineData("User-Agent", "Grafana/12.3.0")]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public async Task A1_headers_are_accepted_over_both_protocols(string name, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/search?q={}");
        request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var metadata = new Metadata();
        if (name != "User-Agent")
        {
            metadata.Add(name.ToLowerInvariant(), value);
        }

        Assert.NotEmpty(await ReadAsync(Grpc.Search(new SearchRequest { Query = "{}" }, metadata)));
    }

    [Theory]
    [InlineData("sum by (client, server) (rate(traces_service_graph_request_total[5m]))")]
    [InlineData("group by (client, connection_type, server) (traces_service_graph_request_total)")]
    [InlineData("sum by (client, server) (rate(traces_service_graph_request_failed_total[5m]))")]
    [InlineData("sum by (client, server) (rate(traces_service_graph_request_server_seconds_sum[5m]))")]
    [InlineData("topk(5, sum(rate(traces_spanmetrics_calls_total{span_kind=\"SPAN_KIND_SERVER\"}[5m])) by (span_name))")]
    [InlineData("topk(5, sum(rate(traces_spanmetrics_calls_total{status_code=\"STATUS_CODE_ERROR\",span_name=~\"GET /|buy\"}[5m])) by (span_name))")]
    [InlineData("histogram_quantile(.9, sum(rate(traces_spanmetrics_latency_bucket{span_name=~\"buy\"}[5m])) by (le))")]
    public async Task P1_service_graph_tab_is_answered_by_the_program_itself(string query) =>
        Assert.Equal("success", (await JsonAsync($"/prometheus/api/v1/query?query={Uri.EscapeDataString(query)}&time={shop.End}")).GetProperty("status").GetString());

    [Fact]
    public async Task D1_check_of_drilldown_is_a_list_of_series()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.Equal(JsonValueKind.Array, (await JsonAsync($"/api/metrics/query_range?q={{}} | rate()&start={now - 60}&end={now}")).GetProperty("series").ValueKind);
    }

    private static void CheckTrace(byte[] trace, int spans)
    {
        var count = 0;
        foreach (var resourceSpans in ProtoFields.Of(trace, 1))
        {
            Assert.NotEmpty(ProtoFields.Of(Assert.Single(ProtoFields.Of(resourceSpans, 1)), 1));
            foreach (var scopeSpans in ProtoFields.Of(resourceSpans, 2))
            {
                Assert.Single(ProtoFields.Of(scopeSpans, 1));
                foreach (var span in ProtoFields.Of(scopeSpans, 2))
                {
                    count++;
                    Assert.Equal(16, Assert.Single(ProtoFields.Of(span, 1)).Length);
                    Assert.Equal(8, Assert.Single(ProtoFields.Of(span, 2)).Length);
                    Assert.Single(ProtoFields.Of(span, 15));
                }
            }
        }

        Assert.Equal(spans, count);
    }

    private async Task<(int Status, string Type, string Body)> GetAsync(string path, string? accept = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        using var answer = await _http.SendAsync(request);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "", await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> JsonAsync(string path) => Json(await GetAsync(path));

    private static JsonElement Json((int Status, string Type, string Body) answer)
    {
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("application/json", answer.Type);
        return JsonDocument.Parse(answer.Body).RootElement;
    }

    private async Task<byte[]> ProtobufAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", "application/protobuf");
        using var answer = await _http.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, "application/protobuf"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private async Task<string> ValuesAsync(string path)
    {
        var root = await JsonAsync(path);
        AssertOnly(root, "tagValues", "metrics");
        return string.Join(' ', root.GetProperty("tagValues").EnumerateArray().Select(static value => $"{value.GetProperty("type")}:{value.GetProperty("value")}"));
    }

    private static async Task<List<T>> ReadAsync<T>(AsyncServerStreamingCall<T> call)
    {
        using (call)
        {
            var messages = new List<T>();
            await foreach (var message in call.ResponseStream.ReadAllAsync())
            {
                messages.Add(message);
            }

            return messages;
        }
    }

    private static void AssertOnly(JsonElement element, params string[] allowed) =>
        Assert.Empty(element.EnumerateObject().Select(static property => property.Name).Except(allowed));

    private static IEnumerable<(string Key, string Type)> Attributes(JsonElement owner) => owner.TryGetProperty("attributes", out var list)
        ? list.EnumerateArray().Select(static item => (item.GetProperty("key").GetString()!, item.GetProperty("value").EnumerateObject().Single().Name))
        : [];

    private static string? Label(JsonElement series, string name)
    {
        var value = series.GetProperty("labels").EnumerateArray().FirstOrDefault(label => label.GetProperty("key").GetString() == name);
        return value.ValueKind == JsonValueKind.Undefined ? null : value.GetProperty("value").EnumerateObject().Single().Value.ToString();
    }

    private static double Sum(JsonElement series) =>
        series.GetProperty("samples").EnumerateArray().Sum(static sample => sample.TryGetProperty("value", out var value) ? value.GetDouble() : 0);
}
