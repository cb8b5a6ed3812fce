using System.Text.Json;
using Clew.Api.V1;
using Clew.Query;
using Clew.Query.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Clew.Api.Tests;

/// <summary>The frame of <c>/api/v1</c>: nothing is answered there that the OpenAPI document does not have.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task Document_has_every_endpoint_and_resolves_every_reference()
    {
        await using var api = await ApiFixture.StartAsync([]);
        var (status, type, body) = await api.GetAsync("/api/v1/openapi.json");
        Assert.Equal((200, "application/json"), (status, type));
        var root = JsonDocument.Parse(body).RootElement;
        Assert.Equal("3.1.0", root.GetProperty("openapi").GetString());
        var paths = root.GetProperty("paths").EnumerateObject().Select(static path => path.Name).ToHashSet();
        Assert.Contains("/api/v1/traces/{id}", paths);
        Assert.Contains("/api/v1/openapi.json", paths);
        var schemas = root.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(static schema => "#/components/schemas/" + schema.Name).ToHashSet();
        Assert.DoesNotContain(References(root), reference => !schemas.Contains(reference));
    }

    [Fact]
    public async Task Endpoint_that_was_added_is_in_the_document_and_answers()
    {
        await using var app = App(out var api);
        api.Add(new ApiOperation("GET", "/api/v1/things/{name}", "thing", "A thing") { Parameters = [new ApiParameter("name", "Which.")], Answers = [new ApiContent("text/plain")] },
            (context, tenant) => context.Response.WriteAsync($"{tenant}:{context.Request.RouteValues["name"]}"));
        Assert.Empty(ApiV1.Undescribed(Endpoints(app)));
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.Equal("single-tenant:x", await client.GetStringAsync("/api/v1/things/x"));
        Assert.Contains("/api/v1/things/{name}", await client.GetStringAsync("/api/v1/openapi.json"));
    }

    [Fact]
    public async Task Endpoint_that_was_mapped_beside_the_frame_is_found()
    {
        await using var app = App(out _);
        app.MapGet("/api/v1/secret", static () => "x");
        Assert.Equal(["/api/v1/secret"], ApiV1.Undescribed(Endpoints(app)));
    }

    [Fact]
    public async Task Operation_has_to_be_whole_and_new()
    {
        await using var app = App(out var api);
        Assert.Throws<ArgumentException>(() => api.Add(new ApiOperation("GET", "/api/v1/a/{b}", "a", ""), static _ => Task.CompletedTask));
        Assert.Throws<ArgumentException>(() => api.Add(new ApiOperation("GET", "/api/v2/a", "a", ""), static _ => Task.CompletedTask));
        Assert.Throws<ArgumentException>(() => api.Add(new ApiOperation("GET", "/api/v1/other", "openApi", ""), static _ => Task.CompletedTask));
    }

    private static WebApplication App(out ApiV1 api)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Services.AddClewApi();
        var app = builder.Build();
        api = app.MapClewApi(new ApiServices { Engine = new QueryEngine(new MemoryStore(), new QueryLimits(), TimeProvider.System) });
        return app;
    }

    private static IEnumerable<Endpoint> Endpoints(WebApplication app) => ((IEndpointRouteBuilder)app).DataSources.SelectMany(static source => source.Endpoints);

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(static property =>
            property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
