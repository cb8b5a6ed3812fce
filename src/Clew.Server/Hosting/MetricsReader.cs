using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Clew.Server.Hosting;

/// <summary>
/// The Prometheus reader of <c>service.telemetry.metrics</c>: the process's own metrics under <c>/metrics</c> of an address of its own, where
/// the Collector has them (8888 in its chart), with its names.
/// </summary>
internal static class MetricsReader
{
    /// <summary>Null when the configuration asks for no reader. Throws <see cref="IOException"/> when the address cannot be bound.</summary>
    public static async Task<IAsyncDisposable?> StartAsync(ClewConfig config, ILoggerProvider logging, CancellationToken cancellationToken) =>
        config.Pipeline.Telemetry.Metrics is not { } reader ? null : await SideServer.StartAsync(
            "service.telemetry.metrics: the reader", [reader.Endpoint], logging, static app => app.MapPrometheusScrapingEndpoint("/metrics"), cancellationToken,
            services => services.AddMetrics().AddOpenTelemetry().WithMetrics(metrics => metrics.AddOwnMetrics()
                .AddPrometheusExporter(exporter => exporter.DisableTotalNameSuffixForCounters = reader.WithoutTypeSuffix))).ConfigureAwait(false);
}
