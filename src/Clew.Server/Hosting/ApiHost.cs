using Clew.Api;
using Clew.Api.V1;
using Clew.Model;
using Clew.Query;
using Clew.Receivers.Listeners;
using Clew.Server.Configuration;
using Clew.Storage;
using Clew.Storage.Rollups;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Clew.Server.Hosting;

/// <summary>The API, the UI, health and metrics: HTTP/1.1 and cleartext HTTP/2 on the same ports.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<SharedPort> _ports = [];

    private ApiHost(WebApplication app) => _app = app;

    /// <summary>Addresses as bound, with real ports.</summary>
    public IReadOnlyList<string> Addresses => [.. _ports.SelectMany(port => port.BoundEndPoints).Select(endPoint => endPoint.ToString())];

    public static async Task<ApiHost> StartAsync(
        ClewConfig config, QueryEngine engine, MeshHosting mesh, TraceStore? store, IRollupSource? rollups, Func<TenantId, StatusReport> status, Func<string?> notReady, Action<ApiV1> more,
        ILoggerProvider logging, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Clew.Server" });
        builder.Logging.AddProvider(logging);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.AddRouting();
        builder.Services.AddSharedPorts();
        builder.Services.AddClewApi();
        builder.Services.AddMetrics();
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("clew", serviceVersion: BuildVersion.Text, autoGenerateServiceInstanceId: false))
            .WithMetrics(metrics => metrics.AddOwnMetrics().AddPrometheusExporter());
        var ports = new List<SharedPort>();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestLineSize = ClewApi.MaxRequestLineBytes;
            foreach (var endpoint in config.Server.Http)
            {
                ports.Add(server.ListenShared(ReceiverMapping.Address(endpoint)));
            }
        });
        var app = builder.Build();
        app.UseResponseCompression();
        var gate = new TokenGate(config.Auth.Tokens, TimeProvider.System);
        gate.Use(app);
        var api = app.MapClewApi(new ApiServices
        {
            Engine = engine,
            Mesh = mesh.Service,
            Rollups = rollups,
            Deletion = store,
            TenantsEnabled = config.Tenants.Enabled,
            NotReady = notReady,
            Objects = store?.Objects,
            Ui = new UiSettings { Links = [.. config.Ui.Links.Select(static link => new Api.UiLink(link.Title, link.Url))] },
            Build = new BuildInfo { Version = BuildVersion.Text, Revision = BuildVersion.Revision },
        });
        ServerEndpoints.Map(api, status);
        gate.Map(api);
        more(api);
        app.MapPrometheusScrapingEndpoint("/metrics");
        if (config.Ui.Enabled)
        {
            WebFiles.Map(app);
        }

        foreach (var path in ApiV1.Undescribed(((IEndpointRouteBuilder)app).DataSources.SelectMany(static source => source.Endpoints)))
        {
            ServerEndpoints.LogUndescribed(app.Logger, path);
        }

        var host = new ApiHost(app);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new IOException(
                $"the API cannot listen on {string.Join(", ", config.Server.Http)}: {fault.Message} Stop the program that uses the address, or choose another with --http HOST:PORT.", fault);
        }

        host._ports.AddRange(ports);
        return host;
    }

    /// <summary>Closes the listeners and lets running requests end, at most until the token is cancelled.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
