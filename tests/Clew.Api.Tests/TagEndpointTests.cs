namespace Clew.Api.Tests;

/// <summary>Rows G1 to G5: names and values for completion.</summary>
public sealed class TagEndpointTests
{
    [Theory]
    [InlineData("/api/v2/search/tags?limit=5000", "tags-v2")]
    [InlineData("/api/v2/search/tags?scope=span&q={resource.service.name=\"db\"}", "tags-v2-filtered")]
    [InlineData("/api/search/tags", "tags-v1")]
    public async Task Names_as_json(string path, string golden)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, type, body) = await api.GetAsync(path);
        Assert.Equal((200, "application/json"), (status, type));
        Golden.Matches(golden, body);
    }

    [Theory]
    [InlineData("resource.service.name", "", "string:db string:web")]
    [InlineData(".service.name", "", "string:db string:web")]
    [InlineData("span.http.status_code", "", "int:200 int:500 string:200")]
    [InlineData("span.ratio", "", "float:0.5")]
    [InlineData("span.a%2Fb", "", "string:x")]
    [InlineData("span.a/b", "", "string:x")]
    [InlineData("span.%22weird key%22", "", "bool:true")]
    [InlineData("span.list", "", "string:p string:q")]
    [InlineData("span:name", "", "string:GET / string:POST /pay string:orphan string:query")]
    [InlineData("name", "", "string:GET / string:POST /pay string:orphan string:query")]
    [InlineData("rootName", "", "string:GET / string:POST /pay")]
    [InlineData("trace:rootService", "", "string:web")]
    [InlineData("statusMessage", "", "string:declined")]
    [InlineData("event.exception.message", "", "string:no money")]
    [InlineData("event:name", "", "string:exception")]
    [InlineData("link.why", "", "string:retry")]
    [InlineData("instrumentation:name", "", "string:driver")]
    [InlineData("status", "", "keyword:error keyword:ok keyword:unset")]
    [InlineData("span:kind", "", "keyword:client keyword:consumer keyword:internal keyword:producer keyword:server keyword:unspecified")]
    [InlineData("duration", "", "")]
    [InlineData("traceDuration", "", "")]
    [InlineData("name", "&q={resource.service.name=\"db\"}", "string:query")]
    [InlineData("name", "&q={resource.service.name= %26%26 span.db.system=\"postgresql\"}", "string:query")]
    [InlineData("name", "&q={resource.service.name=", "string:GET / string:POST /pay string:orphan string:query")]
    [InlineData("name", "&q=garbage ((", "string:GET / string:POST /pay string:orphan string:query")]
    [InlineData("name", "&q={status=error} | rate()&tag=name", "string:POST /pay")]
    [InlineData("resource.service.name", "&q={resource.service.name=\"web\"}", "string:web")]
    [InlineData("resource.service.name", "&q={event.exception.type=\"Declined\"}", "string:web")]
    [InlineData("resource.service.name", "&start=1700000004&end=1700000006", "string:web")]
    [InlineData("name", "&limit=2", "string:GET / string:POST /pay")]
    public async Task Values_are_typed(string tag, string parameters, string expected)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, _, body) = await api.GetAsync($"/api/v2/search/tag/{tag}/values?x=1{parameters}");
        Assert.True(status == 200, body);
        using var json = System.Text.Json.JsonDocument.Parse(body);
        Assert.Equal(expected, string.Join(' ', json.RootElement.GetProperty("tagValues").EnumerateArray().Select(static v => $"{v.GetProperty("type")}:{v.GetProperty("value")}")));
    }

    [Theory]
    [InlineData("service.name", "{\"tagValues\":[\"db\",\"web\"],\"metrics\":{}}")]
    [InlineData("a/b", "{\"tagValues\":[\"x\"],\"metrics\":{}}")]
    public async Task First_form_gives_plain_values(string tag, string body)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        Assert.Equal((200, "application/json", body), await api.GetAsync($"/api/search/tag/{tag}/values"));
    }

    [Theory]
    [InlineData("/api/v2/search/tag/%7B%7D/values", "please provide a valid tagName: ")]
    [InlineData("/api/v2/search/tags?scope=span.", "invalid scope: span.")]
    public async Task Bad_question_is_400(string path, string start)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, _, body) = await api.GetAsync(path);
        Assert.StartsWith(start, body);
        Assert.Equal(400, status);
    }
}
