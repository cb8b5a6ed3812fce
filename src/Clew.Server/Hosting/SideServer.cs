using Clew.Receivers.Listeners;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Endpoint = Clew.Server.Configuration.Endpoint;

namespace Clew.Server.Hosting;

/// <summary>A small HTTP server beside the API, on addresses of its own: the extensions that listen, and the reader of metrics.</summary>
internal sealed class SideServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SideServer(WebApplication app) => _app = app;

    /// <summary>
    /// Listens when it returns; <paramref name="map"/> says what it answers. Throws <see cref="IOException"/> that begins with
    /// <paramref name="whose"/> when an address cannot be bound.
    /// </summary>
    public static async Task<SideServer> StartAsync(
        string whose, IReadOnlyList<Endpoint> endpoints, ILoggerProvider logging, Action<WebApplication> map, CancellationToken cancellationToken,
        Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Clew.Server" });
        builder.Logging.AddProvider(logging);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.AddRouting();
        builder.Services.AddSharedPorts();
        services?.Invoke(builder.Services);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            foreach (var endpoint in endpoints)
            {
                server.ListenShared(ReceiverMapping.Address(endpoint));
            }
        });
        var app = builder.Build();
        map(app);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"{whose} cannot listen on {string.Join(", ", endpoints)}: {fault.Message}", fault);
        }

        return new SideServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
