using Clew.Pipeline;
using Clew.Pipeline.Components;
using Clew.Pipeline.Graph;
using Clew.Receivers;
using Clew.Receivers.Telemetry;
using Clew.Server.Configuration;

namespace Clew.Server.Hosting;

/// <summary>What outlives a reload: every graph of the process is made with the same.</summary>
internal sealed record PipelineServices(ReceiverServices Receivers, ComponentMetrics Metrics, PipelineTelemetry Telemetry);

/// <summary>A receiver, the extensions that it was built with, and the entry; <paramref name="Target"/> is what the entry leads to in this graph.</summary>
internal sealed record ReceiverSlot(ReceiverConfig Config, ValueList<ExtensionConfig> Extensions, ITraceReceiver Instance, PipelineEntry Entry, ITraceConsumer Target);

/// <summary>One pipeline's processors with the settings they were built from, in order, and the exporters behind them.</summary>
internal sealed record PipelineChain(
    TracePipelineConfig Config, IReadOnlyList<ProcessorConfig> Settings, IReadOnlyList<ITraceExporter> Exporters, IReadOnlyList<ITraceProcessor> Processors, ITraceConsumer Head);

/// <summary>An exporter with the settings and the extensions that it was built from.</summary>
internal sealed record ExporterSlot(ExporterConfig Config, ValueList<ExtensionConfig> Extensions, ITraceExporter Instance);

/// <summary>The components of one configuration. Two graphs share the components that a reload left alone.</summary>
internal sealed record PipelineGraph(IReadOnlyList<ReceiverSlot> Receivers, IReadOnlyList<PipelineChain> Chains, IReadOnlyList<ExporterSlot> Exporters)
{
    public static PipelineGraph Empty { get; } = new([], [], []);

    public IReadOnlyList<ReceiverStatus> ReceiverStatus => [.. Receivers.Select(slot => slot.Instance).OfType<IReceiverStatusSource>().SelectMany(receiver => receiver.Status)];

    /// <summary>In the order of starting: exporters, processors, receivers.</summary>
    public IEnumerable<IPipelineComponent> Components =>
        [.. Exporters.Select(slot => slot.Instance), .. Chains.SelectMany(chain => chain.Processors.Reverse()), .. Receivers.Select(slot => slot.Instance)];
}
