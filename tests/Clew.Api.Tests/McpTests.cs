using System.Text.Json;
using System.Text.RegularExpressions;
using Clew.Api.Mcp;
using Clew.Model;
using Clew.TraceQL;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Clew.Api.Tests;

/// <summary>The MCP endpoint, asked by the protocol's own client.</summary>
public sealed class McpTests
{
    [Fact]
    public async Task Tools_are_listed_with_descriptions_and_read_only()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        await using var client = await ConnectAsync(api);
        var tools = await client.ListToolsAsync();
        Assert.Equal(
            ["attribute_names", "attribute_values", "get_trace", "traceql_docs", "traceql_metrics_instant", "traceql_metrics_range", "traceql_search"],
            tools.Select(static tool => tool.Name).Order());
        Assert.All(tools, static tool => Assert.True(tool.Description.Length > 20 && tool.ProtocolTool.Annotations?.ReadOnlyHint == true));
    }

    [Fact]
    public async Task Search_finds_traces_and_get_trace_opens_them()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        await using var client = await ConnectAsync(api);
        var found = JsonDocument.Parse(await CallAsync(client, "traceql_search", new() { ["query"] = "{ status = error }", ["limit"] = 5 })).RootElement;
        Assert.Equal("1234567890abcdef0000000000000002", Assert.Single(found.GetProperty("traces").EnumerateArray()).GetProperty("traceID").GetString());
        Assert.Contains("\"no money\"", await CallAsync(client, "get_trace", new() { ["traceId"] = "1234567890abcdef0000000000000002" }));
    }

    [Fact]
    public async Task Metrics_names_and_values_are_answered()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        await using var client = await ConnectAsync(api);
        var instant = await CallAsync(client, "traceql_metrics_instant", new() { ["query"] = "{} | count_over_time() by(status)", ["start"] = "2023-11-14T22:13:20Z", ["end"] = "1700000060" });
        Assert.Contains("\"value\":3", instant);
        var range = await CallAsync(client, "traceql_metrics_range", new() { ["query"] = "{} | rate()", ["start"] = "1700000000", ["end"] = "1700000060", ["step"] = "10s" });
        Assert.Contains("\"samples\":[{", range);
        Assert.Contains("\"db.system\"", await CallAsync(client, "attribute_names", new() { ["scope"] = "span", ["filter"] = "{ resource.service.name = \"db\" }" }));
        Assert.StartsWith("[{\"value\":\"web\",\"type\":\"string\",\"spans\":2}", await CallAsync(client, "attribute_values", new() { ["attribute"] = "resource.service.name" }));
    }

    [Theory]
    [InlineData("traceql_search", "query", "{ name = }", "invalid TraceQL query: parse error at line 1, col 10")]
    [InlineData("get_trace", "traceId", "999", "trace 00000000000000000000000000000999 not found")]
    [InlineData("attribute_values", "attribute", "a b", "please provide a valid tagName")]
    public async Task What_goes_wrong_is_told_in_a_sentence(string tool, string argument, string value, string start)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        await using var client = await ConnectAsync(api);
        var answer = await client.CallToolAsync(tool, new Dictionary<string, object?> { [argument] = value });
        Assert.True(answer.IsError);
        Assert.Contains(start, Text(answer));
    }

    [Fact]
    public async Task Tenant_comes_from_the_header()
    {
        Assert.True(TenantId.TryParse("team-a", out var tenant, out _));
        await using var api = await ApiFixture.StartAsync(Shop.Spans, tenants: true, tenant: tenant);
        await using var own = await ConnectAsync(api, "team-a");
        await using var other = await ConnectAsync(api, "team-b");
        Assert.Contains("1234567890abcdef", await CallAsync(own, "traceql_search", new() { ["query"] = "{}" }));
        Assert.DoesNotContain("traceID", await CallAsync(other, "traceql_search", new() { ["query"] = "{}" }));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/mcp") { Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json") };
        using var refused = await api.Client.SendAsync(request);
        Assert.Equal((401, "no org id"), ((int)refused.StatusCode, await refused.Content.ReadAsStringAsync()));
    }

    [Fact]
    public void Every_query_of_the_documentation_parses()
    {
        var queries = Regex.Matches(TraceQlDocs.Of("all"), @"^ {4}(\{.*\S)\s*$", RegexOptions.Multiline).Select(static match => match.Groups[1].Value).ToList();
        Assert.True(queries.Count > 15);
        Assert.All(queries, static query => Assert.True(TraceQl.Parse(query).Success, query));
    }

    private static async Task<McpClient> ConnectAsync(ApiFixture api, string? tenant = null)
    {
        var options = new HttpClientTransportOptions { Endpoint = new Uri(api.Client.BaseAddress!, "/api/mcp"), TransportMode = HttpTransportMode.StreamableHttp };
        if (tenant is not null)
        {
            options.AdditionalHeaders = new Dictionary<string, string> { ["X-Scope-OrgID"] = tenant };
        }

        return await McpClient.CreateAsync(new HttpClientTransport(options));
    }

    private static async Task<string> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        var answer = await client.CallToolAsync(tool, arguments);
        Assert.True(answer.IsError is not true, Text(answer));
        return Text(answer);
    }

    private static string Text(CallToolResult answer) => ((TextContentBlock)answer.Content[0]).Text;
}
