using Clew.Receivers.Listeners;
using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clew.Server.Hosting;

/// <summary>
/// The extension <c>health_check</c>: 200 with a small JSON while the process is ready, 503 while it is not, on an address of its own, as
/// the Collector's chart probes it.
/// </summary>
internal sealed class HealthCheck : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HealthCheck(WebApplication app) => _app = app;

    public static async Task<HealthCheck> StartAsync(
        HealthCheckConfig config, DateTimeOffset startedAt, Func<string?> notReady, ILoggerProvider logging, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Clew.Server" });
        builder.Logging.AddProvider(logging);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.AddRouting();
        builder.Services.AddSharedPorts();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(server => server.ListenShared(ReceiverMapping.Address(config.Endpoint)));
        var app = builder.Build();
        app.MapGet(config.Path, () =>
        {
            var waiting = notReady();
            var uptime = DateTimeOffset.UtcNow - startedAt;
            var body = waiting is null
                ? $$"""{"status":"Server available","upSince":"{{startedAt:O}}","uptime":"{{(long)uptime.TotalSeconds}}s"}"""
                : """{"status":"Server not available","upSince":"","uptime":""}""";
            return Results.Text(body, "application/json", statusCode: waiting is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"extension '{config.Id}' cannot listen on {config.Endpoint}: {fault.Message}", fault);
        }

        return new HealthCheck(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
