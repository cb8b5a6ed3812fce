using OpenTelemetry.Metrics;

namespace Clew.Server.Hosting;

/// <summary>The process's own metrics, for a reader.</summary>
internal static class OwnMetrics
{
    /// <summary>
    /// Series of one of the Collector's instruments: enough for the components of twenty pipelines by outcome. The library reserves about 100
    /// bytes for each when an instrument is made; with its default of 2000 that was 6 MB at the start and 12 MB under load.
    /// </summary>
    private const int MaxCollectorSeries = 500;

    public static MeterProviderBuilder AddOwnMetrics(this MeterProviderBuilder metrics) => metrics.AddMeter("Clew.*").AddView(
        static instrument => instrument.Name.StartsWith("otelcol", StringComparison.Ordinal) ? new MetricStreamConfiguration { CardinalityLimit = MaxCollectorSeries } : null);
}
