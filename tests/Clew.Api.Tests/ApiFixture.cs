using System.Net;
using Clew.Model;
using Clew.Query;
using Clew.Query.Tests.Support;
using Clew.Storage.Backends;
using Clew.Storage.Rollups;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Clew.Api.Tests;

/// <summary>The API on a free port of loopback, over sources in memory.</summary>
public sealed class ApiFixture : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly QueryEngine _engine;

    private ApiFixture(WebApplication app, QueryEngine engine, HttpClient client, Uri grpc)
    {
        _app = app;
        _engine = engine;
        Client = client;
        Grpc = grpc;
    }

    /// <summary>The same API for clients that speak HTTP/2 from the first byte; in the program it is one port.</summary>
    public Uri Grpc { get; }

    public HttpClient Client { get; }

    public static async Task<ApiFixture> StartAsync(
        IEnumerable<TestSpan> spans, bool tenants = false, QueryLimits? limits = null, TimeProvider? clock = null, TenantId? tenant = null, Func<string?>? notReady = null, IObjectStore? objects = null,
        TimeProvider? queryClock = null, Action? onRead = null)
    {
        var store = new MemoryStore(new MemorySource("block", spans)) { Tenant = tenant ?? TenantId.Single, OnSnapshot = onRead };
        var engine = new QueryEngine(store, limits ?? new QueryLimits(), queryClock ?? TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static server =>
        {
            server.Limits.MaxRequestLineSize = ClewApi.MaxRequestLineBytes;
            server.Listen(IPAddress.Loopback, 0);
            server.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddClewApi();
        var app = builder.Build();
        app.UseResponseCompression();
        app.MapClewApi(new ApiServices
        {
            Engine = engine,
            Rollups = new StoreRollups(store),
            TenantsEnabled = tenants,
            Objects = objects,
            NotReady = notReady ?? (static () => null),
            Clock = clock ?? TimeProvider.System,
        });
        await app.StartAsync();
        return new ApiFixture(app, engine, new HttpClient { BaseAddress = new Uri(app.Urls.First()) }, new Uri(app.Urls.Last()));
    }

    public async Task<(int Status, string Type, string Body)> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request);
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _engine.Dispose();
    }
}
