using Clew.Pipeline.Components;

namespace Clew.Server.Configuration;

/// <summary>The Collector's part of the model: components by id, and the trace pipelines that run.</summary>
internal sealed record PipelineConfig
{
    public static PipelineConfig Default { get; } = new()
    {
        Receivers = new ValueMap<ComponentId, ReceiverConfig>(
        [
            new(new ComponentId("otlp"), new OtlpReceiverConfig
            {
                Id = new ComponentId("otlp"),
                Grpc = new OtlpGrpcServerConfig(),
                Http = new OtlpHttpServerConfig(),
            }),
        ]),
        Exporters = new ValueMap<ComponentId, ExporterConfig>(
        [
            new(new ComponentId("store"), new StoreExporterConfig { Id = new ComponentId("store") }),
        ]),
        Pipelines = [new TracePipelineConfig { Id = new ComponentId("traces"), Receivers = [new ComponentId("otlp")], Exporters = [new ComponentId("store")] }],
    };

    public ValueMap<ComponentId, ReceiverConfig> Receivers { get; init; } = ValueMap<ComponentId, ReceiverConfig>.Empty;

    public ValueMap<ComponentId, ProcessorConfig> Processors { get; init; } = ValueMap<ComponentId, ProcessorConfig>.Empty;

    public ValueMap<ComponentId, ExporterConfig> Exporters { get; init; } = ValueMap<ComponentId, ExporterConfig>.Empty;

    public ValueMap<ComponentId, ConnectorConfig> Connectors { get; init; } = ValueMap<ComponentId, ConnectorConfig>.Empty;

    public ValueMap<ComponentId, ExtensionConfig> Extensions { get; init; } = ValueMap<ComponentId, ExtensionConfig>.Empty;

    /// <summary>
    /// The trace pipelines to build. What this version does not run has been taken out of them (and is listed as not in this version),
    /// so every id names a component above that runs.
    /// </summary>
    public ValueList<TracePipelineConfig> Pipelines { get; init; } = [];

    /// <summary>Metrics that connectors derive of spans, and where they go.</summary>
    public ValueList<MetricsPipelineConfig> MetricsPipelines { get; init; } = [];

    /// <summary>The extensions to start, in order.</summary>
    public ValueList<ComponentId> StartedExtensions { get; init; } = [];

    public TelemetryConfig Telemetry { get; init; } = new();

    /// <summary><c>service.strict</c>: true runs exactly what the pipelines name, without the receivers that a chart adds.</summary>
    public bool Strict { get; init; }

    /// <summary>True when some pipeline exports to a component of this kind.</summary>
    public bool Exports<T>()
        where T : ExporterConfig
    {
        foreach (var pipeline in Pipelines)
        {
            foreach (var id in pipeline.Exporters)
            {
                if (Exporters.TryGetValue(id, out var exporter) && exporter is T)
                {
                    return true;
                }
            }
        }

        return false;
    }
}

/// <summary>One pipeline of spans. A connector's id stands among the exporters of one pipeline and the receivers of another.</summary>
internal sealed record TracePipelineConfig
{
    /// <summary><c>traces</c> or <c>traces/name</c>.</summary>
    public required ComponentId Id { get; init; }

    public ValueList<ComponentId> Receivers { get; init; } = [];

    /// <summary>In the order of execution.</summary>
    public ValueList<ComponentId> Processors { get; init; } = [];

    public ValueList<ComponentId> Exporters { get; init; } = [];
}

/// <summary>A pipeline of metrics: connectors of trace pipelines, and the exporters that take what they derive.</summary>
internal sealed record MetricsPipelineConfig
{
    /// <summary><c>metrics</c> or <c>metrics/name</c>.</summary>
    public required ComponentId Id { get; init; }

    public ValueList<ComponentId> Connectors { get; init; } = [];

    public ValueList<ComponentId> Exporters { get; init; } = [];
}

/// <summary><c>service.telemetry</c>: what the process says about itself.</summary>
internal sealed record TelemetryConfig
{
    /// <summary><c>debug</c>, <c>info</c>, <c>warn</c> or <c>error</c>.</summary>
    public string LogLevel { get; init; } = "info";

    /// <summary><c>console</c> or <c>json</c>.</summary>
    public string LogEncoding { get; init; } = "console";

    /// <summary>Where the process's metrics are offered beside <c>/metrics</c> of the API; null: nowhere.</summary>
    public MetricsReaderConfig? Metrics { get; init; }
}

/// <summary>The first Prometheus reader of <c>service.telemetry.metrics</c>.</summary>
/// <param name="Endpoint">Where it listens.</param>
/// <param name="WithoutTypeSuffix">Counters are named without <c>_total</c>.</param>
internal sealed record MetricsReaderConfig(Endpoint Endpoint, bool WithoutTypeSuffix);

/// <summary>A configured receiver.</summary>
internal abstract record ReceiverConfig
{
    public required ComponentId Id { get; init; }

    /// <summary>True when no file names it and the defaults of the Collector's chart brought it in.</summary>
    public bool IsChartDefault { get; init; }
}

/// <summary>A configured processor. One instance runs in each pipeline that names it.</summary>
internal abstract record ProcessorConfig
{
    public required ComponentId Id { get; init; }
}

/// <summary>A configured exporter.</summary>
internal abstract record ExporterConfig
{
    public required ComponentId Id { get; init; }
}

/// <summary>A configured connector; <paramref name="Settings"/> is its text in one line, which may contain secrets.</summary>
internal sealed record ConnectorConfig(ComponentId Id, Secret Settings)
{
    /// <summary>Makes the running one; null for a connector that this version does not run.</summary>
    public Func<ConnectorContext, ITraceConnector>? Create { get; init; }

    /// <summary>True for one that derives metrics: it stands among the receivers of metrics pipelines.</summary>
    public bool MakesMetrics { get; init; }

    /// <summary>Trace pipelines that its settings name: each must have it among its receivers.</summary>
    public ValueList<ComponentId> Pipelines { get; init; } = [];

    public bool Equals(ConnectorConfig? other) => other is not null && Id == other.Id && Settings.Reveal() == other.Settings.Reveal();

    public override int GetHashCode() => HashCode.Combine(Id, Settings.Reveal());
}

/// <summary>A configured extension.</summary>
internal abstract record ExtensionConfig
{
    public required ComponentId Id { get; init; }
}

/// <summary>A receiver that is known by name and not run by this version; the settings are kept as text in one line.</summary>
internal sealed record OtherReceiverConfig : ReceiverConfig
{
    public Secret Settings { get; init; }
}

/// <summary>A processor that is known by name and not run by this version.</summary>
internal sealed record OtherProcessorConfig : ProcessorConfig
{
    public Secret Settings { get; init; }
}

/// <summary>An exporter that is known by name and not run by this version.</summary>
internal sealed record OtherExporterConfig : ExporterConfig
{
    public Secret Settings { get; init; }
}

/// <summary>An extension that is known by name and not run by this version.</summary>
internal sealed record OtherExtensionConfig : ExtensionConfig
{
    public Secret Settings { get; init; }
}
