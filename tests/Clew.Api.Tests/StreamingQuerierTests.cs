using System.Text.Json;
using Clew.Model;
using Clew.Query;
using Clew.Query.Tests.Support;
using Clew.Tests.Tempo;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Clew.Api.Tests;

/// <summary>Rows H2 and L1 to L4: the streaming service, asked by a real client with a schema of its own.</summary>
public sealed class StreamingQuerierTests : IAsyncDisposable
{
    private const uint Start = 1_700_000_000;
    private const ulong StartNanos = Start * 1_000_000_000UL;

    private ApiFixture? _api;
    private GrpcChannel? _channel;

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }
    }

    [Fact]
    public async Task H2_test_query_has_one_message()
    {
        var client = await StartAsync(Shop.Spans);
        var answers = await ReadAsync(client.Search(new SearchRequest { Query = "{}", Limit = 1, Start = Start - 900, End = Start }));
        Assert.Equal("abc", Assert.Single(answers.SelectMany(static answer => answer.Traces)).TraceID);
    }

    [Fact]
    public async Task L1_search_gives_what_http_gives()
    {
        var client = await StartAsync(Shop.Spans);
        var answers = await ReadAsync(client.Search(new SearchRequest { Query = "{} | select(span.http.status_code, span.ratio, span.http.method)", Limit = 20, Start = Start, End = Start + 60, SpansPerSpanSet = 10 }));

        var last = answers[^1].Metrics;
        Assert.Equal((1u, 1u), (last.CompletedJobs, last.TotalJobs));
        var traces = answers.SelectMany(static answer => answer.Traces).OrderByDescending(static trace => trace.StartTimeUnixNano).ToList();
        Assert.Equal(["def", "1234567890abcdef0000000000000002", "abc"], traces.Select(static trace => trace.TraceID));
        Assert.Equal(("<root span not yet received>", "", 1u), (traces[0].RootServiceName, traces[0].RootTraceName, traces[0].ServiceStats[""].SpanCount));
        var first = traces[2];
        Assert.Equal(("web", "GET /", StartNanos, 250u), (first.RootServiceName, first.RootTraceName, first.StartTimeUnixNano, first.DurationMs));
        Assert.Null(first.SpanSet);
        var spans = Assert.Single(first.SpanSets);
        Assert.Equal(2u, spans.Matched);
        Assert.Equal(("0000000000000001", "GET /", StartNanos, 250_000_000UL), (spans.Spans[0].SpanID, spans.Spans[0].Name, spans.Spans[0].StartTimeUnixNano, spans.Spans[0].DurationNanos));
        // One column, one type: 200 is text because another span says "200".
        Assert.Contains(new KeyValue { Key = "http.status_code", Value = new AnyValue { StringValue = "200" } }, spans.Spans[0].Attributes);
        Assert.Contains(new KeyValue { Key = "ratio", Value = new AnyValue { DoubleValue = 0.5 } }, spans.Spans[1].Attributes);
        Assert.Equal(1u, traces[1].ServiceStats["web"].ErrorCount);
    }

    [Theory]
    [InlineData("{ name = \"never\" }")]
    [InlineData("{}")]
    public async Task L1_empty_answer_has_a_message_with_metrics(string query)
    {
        var client = await StartAsync([]);
        Assert.All(await ReadAsync(client.Search(new SearchRequest { Query = query })), static answer => Assert.NotNull(answer.Metrics));
        Assert.All(await ReadAsync(client.MetricsQueryRange(new QueryRangeRequest { Query = query + " | rate() by(.a)", Start = StartNanos, End = StartNanos + 60_000_000_000 })), static answer => Assert.NotNull(answer.Metrics));
        Assert.All(await ReadAsync(client.SearchTags(new SearchTagsRequest())), static answer => Assert.NotNull(answer.Metrics));
    }

    [Fact]
    public async Task L1_search_by_tags_and_durations()
    {
        var client = await StartAsync(Shop.Spans);
        var answers = await ReadAsync(client.Search(new SearchRequest { Tags = { ["service.name"] = "web" }, MinDurationMs = 100 }));
        Assert.Equal("abc", Assert.Single(answers.SelectMany(static answer => answer.Traces)).TraceID);
    }

    [Fact]
    public async Task L1_traces_come_before_the_search_has_ended_each_once_and_all_of_them()
    {
        var client = await StartAsync(Many(count: 500, filler: ""));
        var answers = await ReadAsync(client.Search(new SearchRequest { Query = "{}", Limit = 400 }));

        var withTraces = answers.Where(static answer => answer.Traces.Count > 0).ToList();
        Assert.True(withTraces.Count > 1, $"{withTraces.Count} messages had traces");
        Assert.True(withTraces[0].Traces.Count < 400);
        var ids = answers.SelectMany(static answer => answer.Traces).Select(static trace => trace.TraceID).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        var (_, _, body) = await _api!.GetAsync("/api/search?q={}&limit=400");
        var whole = JsonDocument.Parse(body).RootElement.GetProperty("traces").EnumerateArray().Select(static trace => trace.GetProperty("traceID").GetString()!);
        Assert.Equal(whole, ids);
    }

    [Fact]
    public async Task L1_message_stays_near_a_mebibyte()
    {
        var client = await StartAsync(Many(count: 3000, filler: new string('x', 1000)));
        var answers = await ReadAsync(client.Search(new SearchRequest { Query = "{} | select(span.filler)", Limit = 5000 }));
        Assert.Equal(3000, answers.Sum(static answer => answer.Traces.Count));
        Assert.All(answers, static answer => Assert.InRange(answer.CalculateSize(), 0, 1 << 20));
    }

    [Fact]
    public async Task L1_cancelled_search_gives_its_place_back()
    {
        var client = await StartAsync(Many(count: 20_000, filler: new string('x', 1000)), limits: new QueryLimits { MaxConcurrent = 1, Timeout = TimeSpan.FromMinutes(5) });
        using (var call = client.Search(new SearchRequest { Query = "{} | select(span.filler)", Limit = 20_000 }))
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        // Would wait for minutes if the first search still had the only place.
        Assert.Single((await ReadAsync(client.Search(new SearchRequest { Query = "{}", Limit = 1 }))).SelectMany(static answer => answer.Traces));
    }

    [Fact]
    public async Task L2_metrics_range()
    {
        var client = await StartAsync(Shop.Spans);
        var answers = await ReadAsync(client.MetricsQueryRange(new QueryRangeRequest
        {
            Query = "{} | count_over_time() by(resource.service.name)", Start = StartNanos - 1, End = StartNanos + 20_000_000_000, Step = 10_000_000_000, Exemplars = 5,
        }));
        var answer = answers[^1];
        Assert.Equal((1u, 1u, PartialStatus.Complete), (answer.Metrics.CompletedJobs, answer.Metrics.TotalJobs, answer.Status));
        var web = answer.Series.Single(static series => series.Labels is [{ Key: "resource.service.name", Value.StringValue: "web" }]);
        Assert.Equal(2, web.Samples.Sum(static sample => sample.Value));
        Assert.All(web.Samples, static sample => Assert.Equal(0, sample.TimestampMs % 10_000));
        Assert.Contains(web.Exemplars, static exemplar => exemplar.Labels.Any(static label => label.Key == "trace:id"));
    }

    [Fact]
    public async Task L2_step_of_zero_is_the_servers_choice()
    {
        var client = await StartAsync(Shop.Spans);
        var answers = await ReadAsync(client.MetricsQueryRange(new QueryRangeRequest { Query = "{} | rate()", Start = StartNanos, End = StartNanos + 3_600_000_000_000 }));
        var samples = answers[^1].Series[0].Samples;
        Assert.Equal(15_000, samples[1].TimestampMs - samples[0].TimestampMs);
    }

    [Fact]
    public async Task L3_metrics_instant()
    {
        var client = await StartAsync(Shop.Spans);
        var answers = await ReadAsync(client.MetricsQueryInstant(new QueryInstantRequest { Query = "{} | count_over_time() by(status)", Start = StartNanos, End = StartNanos + 60_000_000_000 }));
        Assert.Equal([("error", 1.0), ("unset", 3.0)], answers[^1].Series.Select(static series => (series.Labels[0].Value.StringValue, series.Value)).Order());
    }

    [Fact]
    public async Task L4_tags_and_values()
    {
        var client = await StartAsync(Shop.Spans);
        Assert.Contains("http.method", (await ReadAsync(client.SearchTags(new SearchTagsRequest { Scope = "span" })))[0].TagNames);
        var scopes = (await ReadAsync(client.SearchTagsV2(new SearchTagsRequest { Query = "{ resource.service.name = \"db\" }" })))[0].Scopes;
        Assert.Equal(["db.system", "ratio", "rows"], scopes.Single(static scope => scope.Name == "span").Tags);
        Assert.Contains("status", scopes.Single(static scope => scope.Name == "intrinsic").Tags);
        Assert.Equal(["GET", "POST"], (await ReadAsync(client.SearchTagValues(new SearchTagValuesRequest { TagName = "http.method" })))[0].TagValues);
        Assert.Equal(
            [new TagValue { Type = "int", Value = "200" }, new TagValue { Type = "int", Value = "500" }, new TagValue { Type = "string", Value = "200" }],
            (await ReadAsync(client.SearchTagValuesV2(new SearchTagValuesRequest { TagName = "span.http.status_code" })))[0].TagValues);
        Assert.Equal(
            [new TagValue { Type = "int", Value = "500" }],
            (await ReadAsync(client.SearchTagValuesV2(new SearchTagValuesRequest { TagName = "span.http.status_code", Query = "{ status = error && span.x = }" })))[0].TagValues);
    }

    [Theory]
    [InlineData("{ name = }", "invalid TraceQL query: parse error at line 1, col 10")]
    [InlineData("{} | rate()", "the query asks for metrics")]
    public async Task Bad_query_is_invalid_argument_with_the_parsers_message(string query, string start)
    {
        var client = await StartAsync(Shop.Spans);
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(client.Search(new SearchRequest { Query = query })));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.StartsWith(start, error.Status.Detail);
    }

    [Fact]
    public async Task Other_bad_requests_are_invalid_arguments()
    {
        var client = await StartAsync(Shop.Spans);
        await RefusedAsync(StatusCode.InvalidArgument, "limit 300000 exceeds max limit 262144", client.Search(new SearchRequest { Query = "{}", Limit = 300_000 }));
        await RefusedAsync(StatusCode.InvalidArgument, "error parsing date range: only one of start and end", client.Search(new SearchRequest { Query = "{}", Start = 5 }));
        await RefusedAsync(StatusCode.InvalidArgument, "invalid scope: x", client.SearchTagsV2(new SearchTagsRequest { Scope = "x" }));
        await RefusedAsync(StatusCode.InvalidArgument, "please provide a valid tagName", client.SearchTagValuesV2(new SearchTagValuesRequest { TagName = "a b" }));
        await RefusedAsync(StatusCode.InvalidArgument, "end must be greater than start", client.MetricsQueryRange(new QueryRangeRequest { Query = "{} | rate()", Start = 9, End = 9 }));
        await RefusedAsync(StatusCode.InvalidArgument, "the query has no metrics function", client.MetricsQueryInstant(new QueryInstantRequest { Query = "{}", Start = 1, End = 9 }));
    }

    [Fact]
    public async Task Tenant_comes_from_metadata()
    {
        Assert.True(TenantId.TryParse("team-a", out var tenant, out _));
        var client = await StartAsync(Shop.Spans, tenants: true, tenant: tenant);
        await RefusedAsync(StatusCode.Unauthenticated, "no org id", client.Search(new SearchRequest { Query = "{}" }));
        await RefusedAsync(StatusCode.InvalidArgument, "tenant id 'a/b' has the unsupported character", client.SearchTags(new SearchTagsRequest(), Tenant("a/b")));
        Assert.Equal(3, (await ReadAsync(client.Search(new SearchRequest { Query = "{}" }, Tenant("team-a")))).Sum(static answer => answer.Traces.Count));
        Assert.Equal(0, (await ReadAsync(client.Search(new SearchRequest { Query = "{}" }, Tenant("team-b")))).Sum(static answer => answer.Traces.Count));

        static Metadata Tenant(string id) => new() { { "x-scope-orgid", id }, { "authorization", "Basic Zm9vOmJhcg==" } };
    }

    [Fact]
    public async Task Unknown_method_is_unimplemented()
    {
        await StartAsync([]);
        var method = new Method<byte[], byte[]>(MethodType.Unary, "tempopb.StreamingQuerier", "Nothing", Marshallers.Create(static b => b, static b => b), Marshallers.Create(static b => b, static b => b));
        var error = await Assert.ThrowsAsync<RpcException>(async () => await _channel!.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(), []));
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task Request_that_is_no_message_is_refused()
    {
        await StartAsync([]);
        var method = new Method<byte[], byte[]>(MethodType.ServerStreaming, "tempopb.StreamingQuerier", "Search", Marshallers.Create(static b => b, static b => b), Marshallers.Create(static b => b, static b => b));
        var call = _channel!.CreateCallInvoker().AsyncServerStreamingCall(method, null, new CallOptions(), [0x42, 0x7f, 0x01]);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal((StatusCode.InvalidArgument, true), (error.StatusCode, error.Status.Detail.StartsWith("the request is no tempopb.SearchRequest", StringComparison.Ordinal)));
    }

    private async Task<StreamingQuerier.StreamingQuerierClient> StartAsync(
        IEnumerable<TestSpan> spans, bool tenants = false, TenantId? tenant = null, QueryLimits? limits = null)
    {
        _api = await ApiFixture.StartAsync(spans, tenants, limits, tenant: tenant);
        _channel = GrpcChannel.ForAddress(_api.Grpc);
        return new StreamingQuerier.StreamingQuerierClient(_channel);
    }

    private static IEnumerable<TestSpan> Many(int count, string filler) => Enumerable.Range(1, count).Select(i => new TestSpan
    {
        TraceId = new TraceId(0, (ulong)i), Id = new SpanId((ulong)i), Start = TestSpan.Epoch + (i * Shop.Second), Attributes = [("filler", filler)],
    });

    private static async Task<List<T>> ReadAsync<T>(AsyncServerStreamingCall<T> call)
    {
        using (call)
        {
            var answers = new List<T>();
            await foreach (var answer in call.ResponseStream.ReadAllAsync())
            {
                answers.Add(answer);
            }

            Assert.NotEmpty(answers);
            return answers;
        }
    }

    private static async Task RefusedAsync<T>(StatusCode code, string start, AsyncServerStreamingCall<T> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(call));
        Assert.Equal(code, error.StatusCode);
        Assert.StartsWith(start, error.Status.Detail);
    }
}
