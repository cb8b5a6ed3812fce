using System.Text.Json;

namespace Clew.Api.Tests.V1;

/// <summary>What the query editor is told about a text, and about what the data has.</summary>
public sealed class EditorTests
{
    [Fact]
    public async Task Query_is_coloured_and_taken_apart()
    {
        await using var api = await ApiFixture.StartAsync([]);
        const string Query = "{ resource.service.name = \"a b\" && duration > 10ms && (.x = 1 || .y = 2) } | select(name)";
        var root = await AnalyzeAsync(api, Query);
        Assert.Equal("search", root.GetProperty("kind").GetString());
        Assert.Empty(root.GetProperty("diagnostics").EnumerateArray());
        var tokens = root.GetProperty("tokens").EnumerateArray().Select(token => (token.GetProperty("class").GetString(), Query[token.GetProperty("start").GetInt32()..token.GetProperty("end").GetInt32()])).ToList();
        Assert.Contains(("string", "\"a b\""), tokens);
        Assert.Contains(("duration", "10ms"), tokens);
        Assert.Contains(("function", "select"), tokens);
        var conditions = root.GetProperty("filter").GetProperty("conditions").EnumerateArray().ToList();
        Assert.Equal(3, conditions.Count);
        Assert.Equal(("resource.service.name", "=", "a b", "string"), (Text(conditions[0], "field"), Text(conditions[0], "operator"), Text(conditions[0], "value"), Text(conditions[0], "valueType")));
        Assert.Equal(("duration", ">", "duration"), (Text(conditions[1], "field"), Text(conditions[1], "operator"), Text(conditions[1], "valueType")));
        Assert.False(conditions[2].TryGetProperty("field", out _));
        Assert.All(conditions, condition => Assert.Equal(Text(condition, "text"), Query[condition.GetProperty("start").GetInt32()..condition.GetProperty("end").GetInt32()]));
    }

    [Theory]
    [InlineData("{} | rate() by(name)", "metrics", 0)]
    [InlineData("{}", "search", 0)]
    [InlineData("{ .a = 1 && .b = 2 } | rate()", "metrics", 2)]
    public async Task Kind_and_conditions_of_the_first_filter(string query, string kind, int conditions)
    {
        await using var api = await ApiFixture.StartAsync([]);
        var root = await AnalyzeAsync(api, query);
        Assert.Equal((kind, conditions), (root.GetProperty("kind").GetString(), root.GetProperty("filter").GetProperty("conditions").GetArrayLength()));
    }

    [Fact]
    public async Task Fault_has_its_place_and_what_was_expected()
    {
        await using var api = await ApiFixture.StartAsync([]);
        var root = await AnalyzeAsync(api, "{ name = }");
        Assert.False(root.TryGetProperty("kind", out _));
        var fault = Assert.Single(root.GetProperty("diagnostics").EnumerateArray());
        Assert.Equal(("error", "parse", 9, 10, 1, 10), (Text(fault, "severity"), Text(fault, "phase"), fault.GetProperty("start").GetInt32(), fault.GetProperty("end").GetInt32(), fault.GetProperty("line").GetInt32(), fault.GetProperty("column").GetInt32()));
        Assert.StartsWith("invalid TraceQL query: parse error at line 1, col 10", Text(fault, "text"));
    }

    [Theory]
    [InlineData("{ resource.serv", 15, "attributeName", "resource", null)]
    [InlineData("{ resource.service.name = ", 26, "value", null, "resource.service.name")]
    [InlineData("{} | ra", 7, "pipelineFunction", null, null)]
    [InlineData("{ status ", 9, "operator", null, "status")]
    public async Task Completion_says_what_fits_at_the_cursor(string query, int cursor, string situation, string? scope, string? field)
    {
        await using var api = await ApiFixture.StartAsync([]);
        var completion = (await AnalyzeAsync(api, query, cursor)).GetProperty("completion");
        Assert.Equal((situation, scope, field), (Text(completion, "situation"), Text(completion, "scope"), Text(completion, "field")));
        Assert.InRange(completion.GetProperty("start").GetInt32(), 0, cursor);
    }

    [Fact]
    public async Task Completion_narrows_by_the_rest_of_the_query()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        const string Query = "{ resource.service.name = \"web\" && span.http.method =  && kind = server }";
        var completion = (await AnalyzeAsync(api, Query, Query.IndexOf("=  ", StringComparison.Ordinal) + 2)).GetProperty("completion");
        Assert.Equal("span.http.method", Text(completion, "field"));
        var narrow = Text(completion, "narrow")!;
        Assert.Contains("service.name", narrow);
        var values = await GetAsync(api, $"/api/v1/attributes/values?name=span.http.method&q={Uri.EscapeDataString(narrow)}");
        Assert.Equal([("GET", 1), ("POST", 1)], values.GetProperty("values").EnumerateArray().Select(static value => (value.GetProperty("value").GetString()!, value.GetProperty("spans").GetInt32())).Order());
    }

    [Fact]
    public async Task Values_come_with_counts_the_most_frequent_first()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var values = (await GetAsync(api, "/api/v1/attributes/values?name=resource.service.name")).GetProperty("values").EnumerateArray().ToList();
        Assert.Equal(("web", 2), (Text(values[0], "value"), values[0].GetProperty("spans").GetInt32()));
        Assert.Equal("db", Text(Assert.Single((await GetAsync(api, "/api/v1/attributes/values?name=resource.service.name&prefix=D")).GetProperty("values").EnumerateArray()), "value"));
        Assert.Equal(400, (await api.GetAsync("/api/v1/attributes/values")).Status);
        var names = await GetAsync(api, "/api/v1/attributes?scope=span&q={ resource.service.name = \"db\" %26%26 .x = }");
        Assert.Equal(["db.system", "ratio", "rows"], names.GetProperty("scopes")[0].GetProperty("names").EnumerateArray().Select(static name => name.GetString()!));
    }

    [Fact]
    public async Task Needs_no_tenant()
    {
        await using var api = await ApiFixture.StartAsync([], tenants: true);
        Assert.Equal(200, (await api.GetAsync("/api/v1/traceql/analyze?q={}")).Status);
        Assert.Equal(401, (await api.GetAsync("/api/v1/attributes")).Status);
    }

    private static async Task<JsonElement> AnalyzeAsync(ApiFixture api, string query, int? cursor = null) =>
        await GetAsync(api, $"/api/v1/traceql/analyze?q={Uri.EscapeDataString(query)}{(cursor is { } at ? $"&cursor={at}" : "")}");

    private static async Task<JsonElement> GetAsync(ApiFixture api, string path)
    {
        var (status, _, body) = await api.GetAsync(path);
        Assert.True(status == 200, body);
        return JsonDocument.Parse(body).RootElement;
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
