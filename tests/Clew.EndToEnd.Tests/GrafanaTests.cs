using System.Net;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>What Grafana and its relatives rely on, against the whole program: streaming on the port of the HTTP API, tenants everywhere.</summary>
public sealed class GrafanaTests(RunningClew clew) : IClassFixture<RunningClew>
{
    [Fact]
    [Trait("area", "clients")]
    public async Task Node_grpc_client_streams_on_the_port_of_the_http_api()
    {
        var maker = new SpanMaker(seed: 400, "streamed");
        var trace = maker.Trace(4);
        await clew.Sender.SendGrpcAsync(maker.Request(trace));

        using var answer = JsonDocument.Parse(await ClientProgram.OutputAsync(
            ["node", Repository.NodeClient("stream.mjs"), clew.Process.Http.Authority, Repository.Proto("tempo.proto"), "{ resource.service.name = \"streamed\" }"]));
        var root = answer.RootElement;
        var found = Messages(root, "search").SelectMany(static message => message.GetProperty("traces").EnumerateArray()).ToList();
        Assert.Equal(trace[0].TraceHex.TrimStart('0'), Assert.Single(found).GetProperty("traceID").GetString());
        Assert.Equal(4, found[0].GetProperty("spanSets")[0].GetProperty("matched").GetInt32());
        Assert.All(Messages(root, "search"), static message => Assert.Equal(JsonValueKind.Object, message.GetProperty("metrics").ValueKind));
        Assert.Contains(Messages(root, "tags").SelectMany(static message => message.GetProperty("scopes")[0].GetProperty("tags").EnumerateArray()), static tag => tag.GetString() == "service.name");
        Assert.Contains(Messages(root, "values").SelectMany(static message => message.GetProperty("tagValues").EnumerateArray()), static value => value.GetProperty("value").GetString() == "streamed");
        Assert.NotEmpty(Messages(root, "range")[^1].GetProperty("series").EnumerateArray());
        Assert.Equal(4, Messages(root, "instant")[^1].GetProperty("series")[0].GetProperty("value").GetDouble());
        Assert.Equal(3, root.GetProperty("bad").GetProperty("code").GetInt32());
        Assert.StartsWith("invalid TraceQL query: parse error", root.GetProperty("bad").GetProperty("details").GetString());

        // The same port, the same moment, HTTP/1.1.
        using var http = await clew.Api.GetAsync("/api/echo");
        Assert.Equal((HttpStatusCode.OK, new Version(1, 1)), (http.StatusCode, http.Version));
    }

    [Fact]
    public async Task Skeleton_breakdown_and_links_are_answered_by_the_program()
    {
        var maker = new SpanMaker(seed: 410, "looked at");
        var trace = maker.Trace(5);
        await clew.Sender.SendGrpcAsync(maker.Request(trace));

        using var skeleton = await clew.Api.GetAsync($"/api/v1/traces/{trace[0].TraceHex}/skeleton");
        Assert.Equal("CLEWSKL1"u8.ToArray(), (await skeleton.Content.ReadAsByteArrayAsync())[..8]);
        using var breakdown = await clew.Api.GetAsync("/api/v1/breakdown?by=resource.service.name");
        Assert.Contains("looked at", await breakdown.Content.ReadAsStringAsync());
        using var services = await clew.Api.GetAsync("/api/v1/services");
        Assert.Contains("looked at", await services.Content.ReadAsStringAsync());
        using var ui = await clew.Api.GetAsync("/api/v1/ui");
        Assert.Equal("{\"links\":[],\"tenantsEnabled\":false}", await ui.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Saved_search_is_there_after_the_process_was_killed()
    {
        using var data = new TempFolder();
        string id;
        await using (var first = await ClewProcess.StartAsync(data.Path))
        {
            using var client = new HttpClient { BaseAddress = first.Http };
            using var saved = await client.PostAsync("/api/v1/saved-searches", new StringContent("""{"name":"slow","query":"{ duration > 1s }"}""", System.Text.Encoding.UTF8, "application/json"));
            id = JsonDocument.Parse(await saved.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!;
            await first.KillAsync();
        }

        await using var second = await ClewProcess.StartAsync(data.Path);
        using var again = new HttpClient { BaseAddress = second.Http };
        Assert.Contains("{ duration \\u003E 1s }".Replace("\\u003E", ">", StringComparison.Ordinal), (await again.GetStringAsync($"/api/v1/saved-searches/{id}")).Replace("\\u003E", ">", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/api/v1/status")]
    [InlineData("/api/v1/services")]
    [InlineData("/api/search?q={}")]
    [InlineData("/api/v1/saved-searches")]
    public async Task Tenant_is_asked_for_everywhere_when_tenants_are_on(string path)
    {
        using var data = new TempFolder();
        await using var server = await ClewProcess.StartAsync(data.Path, "--set", "tenants.enabled=true");
        using var client = new HttpClient { BaseAddress = server.Http };
        Assert.Equal((HttpStatusCode.Unauthorized, "no org id"), await AskAsync(null));
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync("a/b")).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("team-a")).Status);

        async Task<(HttpStatusCode Status, string Body)> AskAsync(string? tenant)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (tenant is not null)
            {
                request.Headers.Add("X-Scope-OrgID", tenant);
            }

            using var answer = await client.SendAsync(request);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Client_types_of_the_ui_are_made_of_what_the_server_answers()
    {
        using var answer = await clew.Api.GetAsync("/api/v1/openapi.json");
        var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        var version = document.GetProperty("info").GetProperty("version").GetString()!;
        var text = (await answer.Content.ReadAsStringAsync()).Replace($"\"version\": \"{version}\"", "\"version\": \"0\"", StringComparison.Ordinal) + "\n";
        var file = Path.Combine(Repository.Root, "web", "src", "api", "openapi.json");
        if (Environment.GetEnvironmentVariable("CLEW_UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(file, text);
        }

        Assert.True(await File.ReadAllTextAsync(file) == text, "web/src/api/openapi.json is not what the server answers: run this test with CLEW_UPDATE_GOLDEN=1, then npm run api-types in web/");
    }

    private static List<JsonElement> Messages(JsonElement root, string name) => [.. root.GetProperty(name).GetProperty("messages").EnumerateArray()];
}
