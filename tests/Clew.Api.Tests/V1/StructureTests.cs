using System.Text.Json;
using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests.V1;

/// <summary>Merged trees, exceptions, differences of traces, reasons for nothing, services: against small data that can be counted by eye.</summary>
public sealed class StructureTests
{
    // Four requests: web calls shop, which calls the database once a request, twice in the last one; that one fails.
    private static readonly TestSpan[] Requests = [.. Enumerable.Range(1, 4).SelectMany(static i => Request(i, i == 4))];

    [Fact]
    public async Task Structure_merges_what_is_called_alike()
    {
        await using var api = await ApiFixture.StartAsync(Requests);
        var root = await GetAsync(api, "/api/v1/structure");
        Assert.Equal(4, root.GetProperty("traces").GetInt32());
        var nodes = root.GetProperty("nodes").EnumerateArray().Select(static node => (
            node.GetProperty("parent").GetInt32(), node.GetProperty("service").GetString(), node.GetProperty("name").GetString(), node.GetProperty("traces").GetInt32(),
            node.GetProperty("spans").GetInt32(), node.GetProperty("errors").GetInt32()));
        Assert.Equal([(-1, "web", "GET /", 4, 4, 1), (0, "shop", "buy", 4, 4, 1), (1, "shop", "SELECT", 4, 5, 0)], nodes);
        var select = root.GetProperty("nodes")[2];
        Assert.Equal((5_000_000, 5_000_000, 25_000_000), (select.GetProperty("p50Nanos").GetInt64(), select.GetProperty("maxNanos").GetInt64(), select.GetProperty("totalNanos").GetInt64()));
        Assert.Equal("client", select.GetProperty("kind").GetString());
        Assert.Equal(100_000_000 - 50_000_000, root.GetProperty("nodes")[0].GetProperty("selfNanos").GetInt64() / 4);
    }

    [Fact]
    public async Task Structure_counts_matches_and_says_when_it_is_cut()
    {
        await using var api = await ApiFixture.StartAsync(Requests);
        var root = await GetAsync(api, "/api/v1/structure?q={ status = error }");
        Assert.Equal([1, 1, 0], root.GetProperty("nodes").EnumerateArray().Select(static node => node.GetProperty("matched").GetInt32()));
        Assert.False(root.TryGetProperty("cut", out _));
        Assert.Equal("only the newest 2 traces are merged", (await GetAsync(api, "/api/v1/structure?limit=2")).GetProperty("cut").GetString());
    }

    [Fact]
    public async Task Exceptions_are_grouped_by_type_message_and_place()
    {
        TestSpan[] spans =
        [
            Failed(1, "Timeout", "order 0af7651916cd43dd took too long", "at A.b()\nat C.d()"),
            Failed(2, "Timeout", "order 1bf7651916cd43dd took too long", "at A.b()\nat C.d()"),
            Failed(3, "Timeout", "order 2cf7651916cd43dd took too long", "at X.y()\nat C.d()"),
            Failed(4, "HttpError", "status 500", ""),
            Failed(5, "HttpError", "status 404", ""),
            new() { TraceId = new TraceId(0, 6), Id = new SpanId(6), Status = SpanStatus.Error, StatusMessage = "broken", Start = TestSpan.Epoch + 6 },
            new() { TraceId = new TraceId(0, 7), Id = new SpanId(7), Start = TestSpan.Epoch + 7 },
        ];
        await using var api = await ApiFixture.StartAsync(spans);
        var root = await GetAsync(api, "/api/v1/exceptions");
        var groups = root.GetProperty("groups").EnumerateArray().ToList();
        Assert.Equal((6, 5), (root.GetProperty("exceptions").GetInt32(), groups.Count));
        Assert.Equal(("Timeout", "order 1bf7651916cd43dd took too long", 2, 2, "at A.b()\nat C.d()"), (
            groups[0].GetProperty("type").GetString(), groups[0].GetProperty("message").GetString(), groups[0].GetProperty("count").GetInt32(),
            groups[0].GetProperty("traces").GetInt32(), groups[0].GetProperty("stackPrefix").GetString()));
        Assert.Equal(["00000000000000000000000000000002", "00000000000000000000000000000001"], groups[0].GetProperty("examples").EnumerateArray().Select(static example => example.GetProperty("traceId").GetString()!));
        Assert.Equal(("svc", "op", 2), (groups[0].GetProperty("places")[0].GetProperty("service").GetString(), groups[0].GetProperty("places")[0].GetProperty("operation").GetString(), groups[0].GetProperty("places")[0].GetProperty("count").GetInt32()));
        Assert.Contains(groups, static group => group.GetProperty("type").GetString() == "" && group.GetProperty("message").GetString() == "broken");
        Assert.Equal(4, (await GetAsync(api, "/api/v1/exceptions?limit=1")).GetProperty("moreGroups").GetInt32());
    }

    [Fact]
    public async Task Diff_pairs_calls_and_names_what_differs()
    {
        await using var api = await ApiFixture.StartAsync(Requests);
        var root = await GetAsync(api, "/api/v1/diff?base=1&compare=4");
        Assert.Equal((0, 3, 1, 0), (root.GetProperty("same").GetInt32(), root.GetProperty("changed").GetInt32(), root.GetProperty("added").GetInt32(), root.GetProperty("removed").GetInt32()));
        var rows = root.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(["changed", "changed", "changed", "added"], rows.Select(static row => row.GetProperty("change").GetString()!));
        Assert.Equal([-1, 0, 1, 1], rows.Select(static row => row.GetProperty("parent").GetInt32()));
        Assert.Contains(rows[0].GetProperty("attributes").EnumerateArray(), static change =>
            change.GetProperty("key").GetString() == "span.request" && change.GetProperty("base").GetString() == "1" && change.GetProperty("compare").GetString() == "4");
        Assert.False(rows[3].TryGetProperty("base", out _));
        Assert.Equal("error", rows[1].GetProperty("compare").GetProperty("status").GetString());
        Assert.Equal(404, (await api.GetAsync("/api/v1/diff?base=1&compare=99")).Status);
        var itself = await GetAsync(api, "/api/v1/diff?base=1&compare=1");
        Assert.Equal((3, 0), (itself.GetProperty("same").GetInt32(), itself.GetProperty("changed").GetInt32()));
    }

    [Fact]
    public async Task Diff_for_programs_says_what_to_change_and_sums_it_up()
    {
        await using var api = await ApiFixture.StartAsync(Requests);
        var patch = await DiffAsync(api, """{"base":{"traceId":"1"},"compare":{"traceID":"4"}}""");
        Assert.Equal("trace-patch-v0", patch.GetProperty("version").GetString());
        var modified = patch.GetProperty("modified").EnumerateArray().ToList();
        Assert.Equal(["0", "0.0", "0.0.0"], modified.Select(static one => Path(one.GetProperty("span").GetProperty("path"))));
        var changes = modified[1].GetProperty("changes").EnumerateArray().ToList();
        Assert.Equal(("status", "unset", "error"), (changes[0].GetProperty("target").GetProperty("name").GetString(), changes[0].GetProperty("before").GetString(), changes[0].GetProperty("after").GetString()));
        Assert.Equal(
            ("modify", "span", "request", 1, 4),
            (changes[1].GetProperty("op").GetString(), changes[1].GetProperty("target").GetProperty("scope").GetString(), changes[1].GetProperty("target").GetProperty("key").GetString(),
                changes[1].GetProperty("before").GetInt32(), changes[1].GetProperty("after").GetInt32()));
        var added = Assert.Single(patch.GetProperty("added").EnumerateArray());
        Assert.Equal(("0.0", 1, "SELECT"), (Path(added.GetProperty("target").GetProperty("parentPath")), added.GetProperty("target").GetProperty("index").GetInt32(), added.GetProperty("span").GetProperty("name").GetString()));
        Assert.Empty(patch.GetProperty("removed").EnumerateArray());

        var summary = await DiffAsync(api, """{"base":{"traceId":"1"},"compare":{"traceId":"4"},"format":"trace-summary-v0-native"}""");
        Assert.Equal(
            "{\"traceLatency\":\"unchanged\",\"sumSpanDuration\":\"unchanged\",\"errors\":\"increased\",\"spanCount\":\"increased\",\"structure\":\"changed\"}", summary.GetProperty("signals").GetRawText());
        Assert.Equal(6.0 / 7, summary.GetProperty("trust").GetProperty("matchedSpanRatio").GetDouble(), 9);
        Assert.Equal(["shop", "web"], summary.GetProperty("changedServices").EnumerateArray().Select(static name => name.GetString()));
        Assert.Equal((5, 1, 1), (summary.GetProperty("services")[0].GetProperty("sumSpanDurationDeltaMs").GetInt32(), summary.GetProperty("services")[0].GetProperty("added").GetInt32(), summary.GetProperty("services")[0].GetProperty("newErrors").GetInt32()));

        var both = await DiffAsync(api, """{"base":{"traceId":"1"},"compare":{"traceId":"1"},"format":"trace-summary-v0-composed"}""");
        Assert.Equal("unchanged", both.GetProperty("summary").GetProperty("signals").GetProperty("structure").GetString());
        Assert.Equal(3, both.GetProperty("patch").GetProperty("stats").GetProperty("matchedSpans").GetInt32());

        static string Path(JsonElement path) => string.Join('.', path.EnumerateArray().Select(static index => index.GetInt32()));
    }

    [Theory]
    [InlineData("{}", 400, "base.traceId is missing")]
    [InlineData("""{"base":{"traceId":"1"}""", 400, "the request's body is not what it should be")]
    [InlineData("""{"base":{"traceId":"x"},"compare":{"traceId":"1"}}""", 400, "x")]
    [InlineData("""{"base":{"traceId":"1"},"compare":{"traceId":"4"},"format":"html"}""", 400, "invalid format: 'html'")]
    [InlineData("""{"base":{"traceId":"1"},"compare":{"traceId":"99"}}""", 404, "not found")]
    public async Task Diff_for_programs_says_what_is_wrong_with_the_question(string body, int status, string said)
    {
        await using var api = await ApiFixture.StartAsync(Requests);
        using var answer = await api.Client.PostAsync("/api/v2/traces/diff", new StringContent(body), TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(said, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(405, (await api.GetAsync("/api/v2/traces/diff")).Status);
    }

    private static async Task<JsonElement> DiffAsync(ApiFixture api, string body)
    {
        using var answer = await api.Client.PostAsync("/api/v2/traces/diff", new StringContent(body), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    [Fact]
    public async Task Empty_search_is_explained_by_its_conditions()
    {
        await using var api = await ApiFixture.StartAsync(Requests);
        var root = await GetAsync(api, "/api/v1/explain-empty?q={ resource.service.name = \"web\" %26%26 span.request = 99 }");
        Assert.False(root.GetProperty("findsTraces").GetBoolean());
        Assert.Equal([(true, false), (false, true)], root.GetProperty("conditions").EnumerateArray().Select(static c => (c.GetProperty("foundAlone").GetBoolean(), c.GetProperty("foundWithout").GetBoolean())));
        Assert.Equal("No span in this time meets span.request = 99.", root.GetProperty("sentence").GetString());
        var together = await GetAsync(api, "/api/v1/explain-empty?q={ resource.service.name = \"web\" %26%26 name = \"SELECT\" }");
        Assert.All(together.GetProperty("conditions").EnumerateArray(), static c => Assert.True(c.GetProperty("foundAlone").GetBoolean() && c.GetProperty("foundWithout").GetBoolean()));
        var stage = await GetAsync(api, "/api/v1/explain-empty?q={ status = error } | count() > 5 | select(name)");
        Assert.Equal("count() > 5", stage.GetProperty("emptyAfter").GetString()!.Trim('(', ')'));
    }

    [Fact]
    public async Task Empty_window_points_to_the_nearest_data()
    {
        await using var api = await ApiFixture.StartAsync(Requests);
        var before = await GetAsync(api, "/api/v1/explain-empty?q={ name = \"buy\" }&start=1600000000&end=1600000100");
        Assert.False(before.GetProperty("windowHasData").GetBoolean());
        Assert.Equal("00000000000000000000000000000001", before.GetProperty("after").GetProperty("traceId").GetString());
        var after = await GetAsync(api, "/api/v1/explain-empty?q={ name = \"buy\" }&start=1800000000&end=1800000100");
        Assert.Equal("00000000000000000000000000000004", after.GetProperty("before").GetProperty("traceId").GetString());
        Assert.Equal("1700000001000000000", after.GetProperty("dataStartUnixNano").GetString());
    }

    [Fact]
    public async Task Services_have_rate_errors_durations_and_sparklines()
    {
        await using var api = await ApiFixture.StartAsync(Requests);
        var root = await GetAsync(api, "/api/v1/services?intervals=4");
        var rows = root.GetProperty("services").EnumerateArray().ToDictionary(static row => row.GetProperty("name").GetString()!);
        Assert.Equal(["shop", "web"], rows.Keys.Order());
        var shop = rows["shop"];
        Assert.Equal((9, 4, 1, true), (shop.GetProperty("spans").GetInt32(), shop.GetProperty("requests").GetInt32(), shop.GetProperty("errors").GetInt32(), shop.GetProperty("countsRequests").GetBoolean()));
        Assert.Equal(4, shop.GetProperty("requestsOverTime").EnumerateArray().Sum(static value => value.GetDouble()));
        Assert.Equal(1, shop.GetProperty("errorsOverTime").EnumerateArray().Sum(static value => value.GetDouble()));
        Assert.Equal(root.GetProperty("timesUnixMs").GetArrayLength(), shop.GetProperty("p95NanosOverTime").GetArrayLength());
        Assert.InRange(shop.GetProperty("p50Nanos").GetDouble(), 45e6, 57e6);
        var operations = await GetAsync(api, "/api/v1/services/shop/operations");
        Assert.Equal(("buy", 4, 1, true), Assert.Single(operations.GetProperty("operations").EnumerateArray().Select(static row => (
            row.GetProperty("name").GetString(), row.GetProperty("requests").GetInt32(), row.GetProperty("errors").GetInt32(), row.GetProperty("countsRequests").GetBoolean()))));
        Assert.True(operations.GetProperty("countsRequests").GetBoolean());
    }

    [Fact]
    public async Task Service_without_requests_shows_all_of_its_spans()
    {
        await using var api = await ApiFixture.StartAsync([new TestSpan { Resource = [("service.name", "job")] }]);
        var job = (await GetAsync(api, "/api/v1/services")).GetProperty("services")[0];
        Assert.Equal((1, false), (job.GetProperty("requests").GetInt32(), job.GetProperty("countsRequests").GetBoolean()));
        var operations = await GetAsync(api, "/api/v1/services/job/operations");
        Assert.Equal((false, 1), (operations.GetProperty("countsRequests").GetBoolean(), operations.GetProperty("operations")[0].GetProperty("requests").GetInt32()));
    }

    [Fact]
    public async Task Dependencies_name_callers_callees_and_what_has_no_spans()
    {
        await using var api = await ApiFixture.StartAsync(Requests);
        var shop = await GetAsync(api, "/api/v1/services/shop/dependencies");
        Assert.Equal([("web", 4, 1)], Edges(shop, "callers"));
        Assert.Empty(Edges(shop, "callees"));
        Assert.Equal([("postgresql", 5, 0)], Edges(shop, "externals"));
        Assert.Equal("database", shop.GetProperty("externals")[0].GetProperty("kind").GetString());
        var web = await GetAsync(api, "/api/v1/services/web/dependencies");
        Assert.Equal([("shop", 4, 1)], Edges(web, "callees"));
        var query = web.GetProperty("callees")[0].GetProperty("query").GetString()!;
        Assert.Equal(4, JsonDocument.Parse((await api.GetAsync("/api/search?q=" + Uri.EscapeDataString(query))).Body).RootElement.GetProperty("traces").GetArrayLength());
    }

    [Theory]
    [InlineData("/api/v1/structure")]
    [InlineData("/api/v1/exceptions")]
    [InlineData("/api/v1/explain-empty?q={ name = \"x\" }")]
    [InlineData("/api/v1/services")]
    [InlineData("/api/v1/services/x/operations")]
    [InlineData("/api/v1/services/x/dependencies")]
    public async Task Empty_store_is_an_answer(string path)
    {
        await using var api = await ApiFixture.StartAsync([]);
        Assert.Equal(200, (await api.GetAsync(path)).Status);
    }

    private static List<(string?, int, int)> Edges(JsonElement root, string name) =>
        [.. root.GetProperty(name).EnumerateArray().Select(static edge => (edge.GetProperty("name").GetString(), edge.GetProperty("calls").GetInt32(), edge.GetProperty("errors").GetInt32()))];

    private static IEnumerable<TestSpan> Request(int i, bool fails)
    {
        var status = fails ? SpanStatus.Error : SpanStatus.Unset;
        var (trace, start) = (new TraceId(0, (ulong)i), TestSpan.Epoch + (i * Shop.Second));
        yield return new TestSpan
        {
            TraceId = trace, Id = new SpanId(1), Name = "GET /", Kind = SpanKind.Server, Start = start, Duration = 100_000_000, Status = status,
            Attributes = [("request", (long)i)], Resource = [("service.name", "web")],
        };
        yield return new TestSpan
        {
            TraceId = trace, Id = new SpanId(2), ParentId = new SpanId(1), Name = "buy", Kind = SpanKind.Server, Start = start + 10_000_000, Duration = 50_000_000, Status = status,
            Attributes = [("request", (long)i)], Resource = [("service.name", "shop")],
        };
        for (var call = 0; call < (fails ? 2 : 1); call++)
        {
            yield return new TestSpan
            {
                TraceId = trace, Id = new SpanId(3 + (ulong)call), ParentId = new SpanId(2), Name = "SELECT", Kind = SpanKind.Client, Start = start + 20_000_000 + (call * 10_000_000), Duration = 5_000_000,
                Attributes = [("db.system", "postgresql"), ("request", (long)i)], Resource = [("service.name", "shop")],
            };
        }
    }

    private static TestSpan Failed(int i, string type, string message, string stack) => new()
    {
        TraceId = new TraceId(0, (ulong)i), Id = new SpanId((ulong)i), Status = SpanStatus.Error, Start = TestSpan.Epoch + i,
        Events = [new TestEvent("exception", 10) { Attributes = [("exception.type", type), ("exception.message", message), ("exception.stacktrace", stack)] }],
    };

    private static async Task<JsonElement> GetAsync(ApiFixture api, string path)
    {
        var (status, _, body) = await api.GetAsync(path);
        Assert.True(status == 200, body);
        return JsonDocument.Parse(body).RootElement;
    }
}
