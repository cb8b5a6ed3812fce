using Clew.Receivers.Listeners;
using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Clew.Server.Hosting;

/// <summary>
/// The Prometheus reader of <c>service.telemetry.metrics</c>: the process's own metrics under <c>/metrics</c> of an address of its own, where
/// the Collector has them (8888 in its chart), with its names.
/// </summary>
internal sealed class MetricsReader : IAsyncDisposable
{
    private readonly WebApplication? _app;

    private MetricsReader(WebApplication? app) => _app = app;

    /// <summary>Opens nothing when the configuration asks for no reader. Throws <see cref="IOException"/> when the address cannot be bound.</summary>
    public static async Task<MetricsReader> StartAsync(ClewConfig config, ILoggerProvider logging, CancellationToken cancellationToken)
    {
        if (config.Pipeline.Telemetry.Metrics is not { } reader)
        {
            return new MetricsReader(null);
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Clew.Server" });
        builder.Logging.AddProvider(logging);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.AddRouting();
        builder.Services.AddSharedPorts();
        builder.Services.AddMetrics();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("Clew.*")
            .AddPrometheusExporter(exporter => exporter.DisableTotalNameSuffixForCounters = reader.WithoutTypeSuffix));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(server => server.ListenShared(ReceiverMapping.Address(reader.Endpoint)));
        var app = builder.Build();
        app.MapPrometheusScrapingEndpoint("/metrics");
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"service.telemetry.metrics: the reader cannot listen on {reader.Endpoint}: {fault.Message}", fault);
        }

        return new MetricsReader(app);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync().ConfigureAwait(false);
            await _app.DisposeAsync().ConfigureAwait(false);
        }
    }
}
