using System.Text.Json;
using Clew.Model;
using Clew.Query;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests;

/// <summary>Names and values as editors ask for them: golden answers over three traces.</summary>
public sealed class TagTests
{
    private static readonly TestSpan[] Spans =
    [
        new()
        {
            TraceId = new TraceId(0, 1), Id = new SpanId(1), Name = "GET /cart", Kind = SpanKind.Server, Status = SpanStatus.Error, StatusMessage = "no stock",
            Resource = [("service.name", "cart"), ("k8s.pod.name", "cart-1")],
            Scope = new TestScope("net/http", "1.2") { Attributes = [("scope.build", "release")] },
            Attributes = [("http.method", "GET"), ("http.status_code", 500L), ("cache.hit", true), ("price", 2.5), ("a/b: \"c\"", "slash")],
            Events = [new TestEvent("exception", 5) { Attributes = [("exception.type", "OutOfStock")] }],
        },
        new()
        {
            TraceId = new TraceId(0, 2), Id = new SpanId(2), Name = "POST /pay", Kind = SpanKind.Client, Start = TestSpan.Epoch + 1_000_000_000,
            Resource = [("service.name", "pay")],
            Attributes = [("http.method", "POST"), ("http.status_code", 200L), ("mixed", "text"), ("service.name", "from the span")],
            Links = [new TestLink(new TraceId(0, 1), new SpanId(1)) { Attributes = [("link.reason", "retry")] }],
        },
        new()
        {
            TraceId = new TraceId(0, 3), Id = new SpanId(3), Name = "idle", Start = TestSpan.Epoch + 60_000_000_000,
            Resource = [("service.name", "pay")],
            Attributes = [("mixed", 7L), ("late", "yes")],
        },
    ];

    [Theory]
    [InlineData("", "event: exception.type | instrumentation: scope.build | link: link.reason | resource: k8s.pod.name service.name"
        + " | span: a/b: \"c\" cache.hit http.method http.status_code late mixed price service.name | intrinsic: *")]
    [InlineData("?scope=none&limit=5000", "event: exception.type | instrumentation: scope.build | link: link.reason | resource: k8s.pod.name service.name"
        + " | span: a/b: \"c\" cache.hit http.method http.status_code late mixed price service.name | intrinsic: *")]
    [InlineData("?scope=resource", "resource: k8s.pod.name service.name")]
    [InlineData("?scope=span&limit=2", "span: a/b: \"c\" cache.hit")]
    [InlineData("?scope=intrinsic", "intrinsic: *")]
    [InlineData("?scope=span&q={resource.service.name=\"pay\"}", "span: http.method http.status_code late mixed service.name")]
    [InlineData("?scope=resource&q={name=\"nothing\"}", "resource: service.name")]
    [InlineData("?scope=span&q={}", "span: a/b: \"c\" cache.hit http.method http.status_code late mixed price service.name")]
    public async Task Names_come_by_scope(string question, string expected)
    {
        await using var api = await ApiFixture.StartAsync(Spans);

        using var answer = await JsonAsync(api, "/api/v2/search/tags" + question);

        var scopes = answer.RootElement.GetProperty("scopes").EnumerateArray().Select(static scope =>
            scope.GetProperty("name").GetString() is "intrinsic" ? "intrinsic: *" : $"{scope.GetProperty("name")}: {string.Join(' ', Texts(scope, "tags"))}");
        Assert.Equal(expected, string.Join(" | ", scopes));
        Assert.Equal(JsonValueKind.Object, answer.RootElement.GetProperty("metrics").ValueKind);
    }

    [Theory]
    [InlineData("", "a/b: \"c\" cache.hit exception.type http.method http.status_code k8s.pod.name late link.reason mixed price scope.build service.name")]
    [InlineData("?scope=resource", "k8s.pod.name service.name")]
    [InlineData("?scope=event", "exception.type")]
    [InlineData("?scope=link", "link.reason")]
    public async Task Names_of_the_first_form_are_flat_and_distinct(string question, string expected)
    {
        await using var api = await ApiFixture.StartAsync(Spans);

        using var answer = await JsonAsync(api, "/api/search/tags" + question);

        Assert.Equal(expected, string.Join(' ', Texts(answer.RootElement, "tagNames")));
    }

    [Fact]
    public async Task Intrinsics_are_listed_only_when_asked_for_in_the_first_form()
    {
        await using var api = await ApiFixture.StartAsync(Spans);

        using var all = await JsonAsync(api, "/api/search/tags");
        using var intrinsic = await JsonAsync(api, "/api/search/tags?scope=intrinsic");

        Assert.DoesNotContain("traceDuration", Texts(all.RootElement, "tagNames"));
        Assert.Contains("traceDuration", Texts(intrinsic.RootElement, "tagNames"));
        Assert.DoesNotContain("late", Texts(intrinsic.RootElement, "tagNames"));
    }

    [Fact]
    public async Task Names_outside_the_window_are_left_out()
    {
        await using var api = await ApiFixture.StartAsync(Spans);
        var before = TestSpan.Epoch / 1_000_000_000 - 100;

        using var answer = await JsonAsync(api, $"/api/v2/search/tags?scope=span&start={before}&end={before + 10}");

        Assert.Empty(answer.RootElement.GetProperty("scopes").EnumerateArray());
    }

    [Theory]
    [InlineData("resource.service.name", "string cart, string pay")]
    [InlineData(".service.name", "string cart, string from the span, string pay")]
    [InlineData("span.http.status_code", "int 200, int 500")]
    [InlineData("span.cache.hit", "bool true")]
    [InlineData("span.price", "float 2.5")]
    [InlineData(".mixed", "int 7, string text")]
    [InlineData("span.nothing", "")]
    [InlineData("name", "string GET /cart, string POST /pay, string idle")]
    [InlineData("span:name", "string GET /cart, string POST /pay, string idle")]
    [InlineData("statusMessage", "string no stock")]
    [InlineData("status", "keyword error, keyword ok, keyword unset")]
    [InlineData("span:status", "keyword error, keyword ok, keyword unset")]
    [InlineData("kind", "keyword client, keyword consumer, keyword internal, keyword producer, keyword server, keyword unspecified")]
    [InlineData("duration", "")]
    [InlineData("rootName", "string GET /cart, string POST /pay, string idle")]
    [InlineData("trace:rootService", "string cart, string pay")]
    [InlineData("instrumentation:name", "string net/http")]
    [InlineData("instrumentation:version", "string 1.2")]
    [InlineData("instrumentation.scope.build", "string release")]
    [InlineData("event.exception.type", "string OutOfStock")]
    [InlineData("event:name", "string exception")]
    [InlineData("link.link.reason", "string retry")]
    [InlineData("span.\"a/b: \\\"c\\\"\"", "string slash")]
    public async Task Values_are_typed_distinct_and_in_order(string tag, string expected)
    {
        await using var api = await ApiFixture.StartAsync(Spans);

        Assert.Equal(expected, await TypedAsync(api, $"/api/v2/search/tag/{Uri.EscapeDataString(tag)}/values?limit=5000&tag=ignored"));
    }

    [Theory]
    [InlineData("resource.service.name", "{ span.http.method = \"GET\" }", "string cart")]
    [InlineData("resource.service.name", "{ span.http.method = \"GET\" && span.x = }", "string cart")]
    [InlineData("resource.service.name", "{ span.http.method = ", "string cart, string pay")]
    [InlineData("resource.service.name", "{ true }", "string cart, string pay")]
    [InlineData("resource.service.name", "}{ nonsense", "string cart, string pay")]
    [InlineData("name", "{ resource.service.name = \"pay\" }", "string POST /pay, string idle")]
    [InlineData("span.http.method", "{ status = error }", "string GET")]
    [InlineData("event.exception.type", "{ resource.service.name = \"pay\" }", "")]
    public async Task Filter_narrows_values_down_as_far_as_it_was_typed(string tag, string filter, string expected)
    {
        await using var api = await ApiFixture.StartAsync(Spans);

        Assert.Equal(expected, await TypedAsync(api, $"/api/v2/search/tag/{tag}/values?q={Uri.EscapeDataString(filter)}"));
    }

    [Fact]
    public async Task Values_of_the_first_form_are_texts_and_take_a_bare_name()
    {
        await using var api = await ApiFixture.StartAsync(Spans);

        foreach (var (tag, expected) in ((string, string)[])
            [("service.name", "cart|from the span|pay"), ("http.status_code", "200|500"), ("resource.service.name", "cart|pay"), ("status", "error|ok|unset")])
        {
            using var answer = await JsonAsync(api, $"/api/search/tag/{tag}/values");
            Assert.Equal(expected, string.Join('|', Texts(answer.RootElement, "tagValues")));
        }
    }

    [Fact]
    public async Task Limit_cuts_values()
    {
        await using var api = await ApiFixture.StartAsync(Spans);

        Assert.Equal(2, (await TypedAsync(api, "/api/v2/search/tag/name/values?limit=2")).Split(", ").Length);
    }

    [Fact]
    public async Task Bytes_of_values_have_a_limit()
    {
        await using var api = await ApiFixture.StartAsync(Spans, limits: new QueryLimits { MaxTagValueBytes = 10 });

        Assert.Equal(2, (await TypedAsync(api, "/api/v2/search/tag/name/values")).Split(", ").Length);
    }

    [Theory]
    [InlineData("/api/v2/search/tag/frob/values", 400, "please provide a valid tagName: 'frob'")]
    [InlineData("/api/v2/search/tags?scope=frob", 400, "invalid scope: frob")]
    [InlineData("/api/search/tags?scope=frob", 400, "invalid scope: frob")]
    [InlineData("/api/v2/search/tags?limit=-1", 400, "invalid limit: must be zero or more, received -1")]
    [InlineData("/api/v2/search/tags?start=5", 400, "error parsing date range: only one of start and end provided")]
    [InlineData("/api/v2/search/tag/name", 404, "404: nothing answers at /api/v2/search/tag/name")]
    public async Task Wrong_question_is_answered_with_a_sentence(string path, int status, string start)
    {
        await using var api = await ApiFixture.StartAsync(Spans);

        var answer = await api.GetAsync(path);

        Assert.StartsWith(start, answer.Body);
        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task Tenants_see_only_their_own_names_and_values()
    {
        Assert.True(TenantId.TryParse("mine", out var mine, out _));
        await using var api = await ApiFixture.StartAsync(Spans, tenants: true, tenant: mine);

        foreach (var path in (string[])["/api/search/tags", "/api/v2/search/tags", "/api/search/tag/name/values", "/api/v2/search/tag/name/values"])
        {
            Assert.Equal(401, (await api.GetAsync(path)).Status);
            Assert.DoesNotContain("cart", (await api.GetAsync(path, ("X-Scope-OrgID", "other"))).Body, StringComparison.Ordinal);
        }

        Assert.Contains("GET /cart", (await api.GetAsync("/api/search/tag/name/values", ("X-Scope-OrgID", "mine"))).Body, StringComparison.Ordinal);
    }

    private static async Task<string> TypedAsync(ApiFixture api, string path)
    {
        using var answer = await JsonAsync(api, path);
        var values = answer.RootElement.GetProperty("tagValues").EnumerateArray();
        return string.Join(", ", values.Select(static value => $"{value.GetProperty("type")} {value.GetProperty("value")}"));
    }

    private static async Task<JsonDocument> JsonAsync(ApiFixture api, string path)
    {
        var answer = await api.GetAsync(path);
        Assert.True(answer.Status == 200, $"{answer.Status}: {answer.Body}");
        Assert.Equal("application/json", answer.Type);
        return JsonDocument.Parse(answer.Body);
    }

    private static IEnumerable<string?> Texts(JsonElement parent, string name) => parent.GetProperty(name).EnumerateArray().Select(static item => item.GetString());
}
