using Clew.Pipeline.Components;
using Clew.Pipeline.Metrics;

namespace Clew.Server.Configuration;

/// <summary>
/// A processor whose options the pipeline itself defines: what was read of it makes the running one. Two are equal when they were
/// written alike, which is what a reload asks.
/// </summary>
internal sealed record BuiltProcessorConfig : ProcessorConfig
{
    public required Func<ProcessorContext, ITraceProcessor> Create { get; init; }

    /// <summary>The component's text in one line, which may contain secrets.</summary>
    public Secret Settings { get; init; }

    public bool Equals(BuiltProcessorConfig? other) => other is not null && Id == other.Id && Settings.Reveal() == other.Settings.Reveal();

    public override int GetHashCode() => HashCode.Combine(Id, Settings.Reveal());
}

/// <summary>An exporter that the pipeline defines and that has no queue.</summary>
internal sealed record BuiltExporterConfig : ExporterConfig
{
    public required Func<ComponentServices, ITraceExporter> Create { get; init; }

    /// <summary>The component's text in one line, which may contain secrets.</summary>
    public Secret Settings { get; init; }

    public bool Equals(BuiltExporterConfig? other) => other is not null && Id == other.Id && Settings.Reveal() == other.Settings.Reveal();

    public override int GetHashCode() => HashCode.Combine(Id, Settings.Reveal());
}

/// <summary>A connector at the end of a pipeline.</summary>
internal sealed record ConnectorExporterConfig(ConnectorConfig Connector) : ExporterConfig;

/// <summary>An exporter of metrics pipelines.</summary>
internal sealed record BuiltMetricExporterConfig : ExporterConfig
{
    public required Func<ComponentServices, IMetricExporter> Create { get; init; }

    /// <summary>The component's text in one line, which may contain secrets.</summary>
    public Secret Settings { get; init; }

    public bool Equals(BuiltMetricExporterConfig? other) => other is not null && Id == other.Id && Settings.Reveal() == other.Settings.Reveal();

    public override int GetHashCode() => HashCode.Combine(Id, Settings.Reveal());
}
