using Clew.Pipeline;
using Clew.Pipeline.Components;
using Clew.Pipeline.Exporters;
using Clew.Pipeline.Exporters.Sending;
using Clew.Pipeline.Graph;
using Clew.Pipeline.Metrics;
using Clew.Pipeline.Processors;
using Clew.Receivers;
using Clew.Receivers.Intake;
using Clew.Receivers.Jaeger;
using Clew.Receivers.Otlp;
using Clew.Receivers.Zipkin;
using Clew.Server.Configuration;
using Clew.Storage;
using Clew.Storage.Queues;
using Microsoft.Extensions.Logging;

namespace Clew.Server.Hosting;

/// <summary>
/// Makes running components of the configuration's. One receiver and one exporter each, shared by the pipelines that name them;
/// processors are made anew for each pipeline. What a previous graph runs under equal settings is taken over from it.
/// </summary>
internal sealed class PipelineBuilder(ClewConfig config, ITraceStore? store, PipelineServices shared, PipelineGraph? previous = null)
{
    private readonly ComponentMetrics _metrics = shared.Metrics;
    private readonly ComponentServices _services = new(shared.Metrics, shared.Receivers.Meters, shared.Receivers.Loggers, shared.Receivers.Clock, config.Storage.Path);
    private readonly Dictionary<ComponentId, ExporterSlot> _exporters = [];

    // In the order of completion: a pipeline behind a connector stands before those that feed it, and starts before them.
    private readonly List<PipelineChain> _chains = [];

    public PipelineGraph Build()
    {
        // First, so that they stop last: a connector that stops has its last series sent.
        foreach (var id in config.Pipeline.MetricsPipelines.SelectMany(static pipeline => pipeline.Exporters))
        {
            Exporter(id);
        }

        foreach (var pipeline in config.Pipeline.Pipelines)
        {
            Chain(pipeline);
        }

        ConnectMetrics();
        var receivers = new List<ReceiverSlot>();
        foreach (var id in config.Pipeline.Pipelines.SelectMany(static pipeline => pipeline.Receivers).Distinct().Where(config.Pipeline.Receivers.ContainsKey))
        {
            var pipelines = FanOut.Of([.. _chains.Where(chain => chain.Config.Receivers.Contains(id)).Select(static chain => chain.Head)]);
            if (Slot(id, Flow(FlowKind.Receiver, true, id, null, pipelines)) is { } slot)
            {
                receivers.Add(slot);
            }
        }

        return new PipelineGraph(receivers, _chains, [.. _exporters.Values]);
    }

    private void ConnectMetrics()
    {
        foreach (var exporter in config.Pipeline.MetricsPipelines.SelectMany(static pipeline => pipeline.Exporters).Distinct())
        {
            var sources = config.Pipeline.MetricsPipelines.Where(pipeline => pipeline.Exporters.Contains(exporter)).SelectMany(static pipeline => pipeline.Connectors)
                .Distinct().Select(id => _exporters[id].Instance).OfType<IMetricSource>();
            ((IMetricExporter)_exporters[exporter].Instance).SetSources([.. sources]);
        }
    }

    /// <summary>Null for a receiver that this version leaves out.</summary>
    private ReceiverSlot? Slot(ComponentId id, ITraceConsumer target)
    {
        var settings = config.Pipeline.Receivers[id];
        var extensions = Extensions(settings switch
        {
            OtlpReceiverConfig otlp => [otlp.Grpc?.Authenticator, otlp.Http?.Authenticator],
            JaegerReceiverConfig jaeger => [jaeger.Grpc?.Authenticator, jaeger.ThriftHttp?.Authenticator],
            ZipkinReceiverConfig zipkin => [zipkin.Http.Authenticator],
            _ => [],
        });
        if (previous?.Receivers.FirstOrDefault(slot => slot.Config.Equals(settings) && slot.Extensions.Equals(extensions)) is { } running)
        {
            return running with { Target = target };
        }

        var entry = new PipelineEntry(shared.Receivers.Clock);
        return Receiver(settings, entry) is { } receiver ? new ReceiverSlot(settings, extensions, receiver, entry, target) : null;
    }

    private ITraceReceiver? Receiver(ReceiverConfig receiver, ITraceConsumer consumer) => receiver switch
    {
        OtlpReceiverConfig otlp => new OtlpReceiver(otlp.Id, ReceiverMapping.Otlp(otlp, config.Tenants.Enabled, ServerAuth), consumer, shared.Receivers),
        JaegerReceiverConfig jaeger => new JaegerReceiver(jaeger.Id, ReceiverMapping.Jaeger(jaeger, config.Tenants.Enabled, ServerAuth), consumer, shared.Receivers),
        ZipkinReceiverConfig zipkin => new ZipkinReceiver(zipkin.Id, ReceiverMapping.Zipkin(zipkin, config.Tenants.Enabled, ServerAuth), consumer, shared.Receivers),
        _ => null,
    };

    /// <summary>The processors of one pipeline in front of its exporters; taken over when nothing in it or behind it has changed.</summary>
    private PipelineChain Chain(TracePipelineConfig pipeline)
    {
        if (_chains.Find(chain => chain.Config.Id == pipeline.Id) is { } made)
        {
            return made;
        }

        var chain = MakeChain(pipeline);
        _chains.Add(chain);
        return chain;
    }

    private PipelineChain MakeChain(TracePipelineConfig pipeline)
    {
        var exporters = pipeline.Exporters.Select(Exporter).ToList();
        var settings = pipeline.Processors.Select(id => config.Pipeline.Processors[id]).ToList();
        if (previous?.Chains.FirstOrDefault(chain => chain.Config.Id == pipeline.Id) is { } running
            && running.Config.Processors.Equals(pipeline.Processors) && running.Config.Exporters.Equals(pipeline.Exporters)
            && running.Settings.SequenceEqual(settings) && running.Exporters.SequenceEqual(exporters.Select(static slot => slot.Instance)))
        {
            return running with { Config = pipeline };
        }

        var next = FanOut.Of([.. exporters.Select(slot => Probe(
            pipeline.Id, slot.Instance.Id, Flow(slot.Config is ConnectorExporterConfig ? FlowKind.Connector : FlowKind.Exporter, false, slot.Instance.Id, pipeline.Id, slot.Instance)))]);
        var processors = new List<ITraceProcessor>();
        foreach (var processor in Enumerable.Reverse(settings))
        {
            var made = Processor(processor, new ProcessorContext(_services, pipeline.Id, Flow(FlowKind.Processor, true, processor.Id, pipeline.Id, next)));
            processors.Insert(0, made);
            next = Probe(pipeline.Id, made.Id, Flow(FlowKind.Processor, false, made.Id, pipeline.Id, made));
        }

        return new PipelineChain(pipeline, settings, [.. exporters.Select(static slot => slot.Instance)], processors, next);
    }

    private FlowProbe Flow(FlowKind kind, bool produced, ComponentId component, ComponentId? pipeline, ITraceConsumer next) =>
        new(kind, produced, component, pipeline, next, _metrics, shared.Receivers.Clock);

    private StageProbe Probe(ComponentId pipeline, ComponentId component, ITraceConsumer consumer) =>
        new(shared.Telemetry.Stage(pipeline, component), consumer, shared.Receivers.Clock);

    private ITraceProcessor Processor(ProcessorConfig processor, ProcessorContext context) => processor switch
    {
        BuiltProcessorConfig built => built.Create(context),
        BatchProcessorConfig batch => new BatchProcessor(
            batch.Id,
            new Otlp.Batches.BatchShape
            {
                SendBatchSize = batch.SendBatchSize, Timeout = batch.Timeout, SendBatchMaxSize = batch.SendBatchMaxSize, MetadataKeys = [.. batch.MetadataKeys],
            },
            context.Next),
        MemoryLimiterConfig limiter => new MemoryLimiter(limiter.Id, Limits(limiter), context.Next, _metrics, shared.Receivers.Clock),
        ProbabilisticSamplerConfig sampler => new ProbabilisticSampler(
            sampler.Id,
            new SamplerOptions
            {
                Mode = (SamplingMode)sampler.Mode, SamplingPercentage = sampler.SamplingPercentage, HashSeed = sampler.HashSeed,
                FailClosed = sampler.FailClosed, SamplingPrecision = sampler.SamplingPrecision,
            },
            context.Next,
            _metrics),
        _ => throw new InvalidOperationException($"processor '{processor.Id}' passed the configuration but has no implementation"),
    };

    private static MemoryLimiterOptions Limits(MemoryLimiterConfig limiter)
    {
        var interval = limiter.CheckInterval > TimeSpan.Zero ? limiter.CheckInterval : TimeSpan.FromSeconds(1);
        if (limiter.Limit.Bytes == 0)
        {
            // As with the sizes, a spike limit that is not given is a fifth of the limit.
            var spikePercentage = limiter.SpikeLimitPercentage > 0 ? limiter.SpikeLimitPercentage : limiter.LimitPercentage / 5.0;
            return MemoryLimiterOptions.OfPercent(
                limiter.LimitPercentage, spikePercentage, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, interval);
        }

        var spike = limiter.SpikeLimit.Bytes > 0 ? limiter.SpikeLimit.Bytes : limiter.Limit.Bytes / 5;
        return new MemoryLimiterOptions { LimitBytes = limiter.Limit.Bytes, SpikeBytes = spike, CheckInterval = interval };
    }

    private ExporterSlot Exporter(ComponentId id)
    {
        if (!_exporters.TryGetValue(id, out var slot))
        {
            var settings = config.Pipeline.Connectors.TryGetValue(id, out var connector) ? new ConnectorExporterConfig(connector) { Id = id } : config.Pipeline.Exporters[id];
            // A connector that derives metrics leads to no pipeline of spans, and its totals go on counting.
            var extensions = settings is NetworkExporterConfig network ? Extensions([network.Authenticator, network.Queue.Storage]) : [];
            slot = connector is { MakesMetrics: false }
                ? new ExporterSlot(settings, extensions, Connector(connector))
                : previous?.Exporters.FirstOrDefault(running => running.Config.Equals(settings) && running.Extensions.Equals(extensions))
                    ?? new ExporterSlot(settings, extensions, connector is null ? Create(settings) : Connector(connector));
            _exporters.Add(id, slot);
        }

        return slot;
    }

    /// <summary>Made anew by each graph: it leads to the pipelines of this one. The configuration has no circles.</summary>
    private ITraceConnector Connector(ConnectorConfig connector)
    {
        var outputs = config.Pipeline.Pipelines.Where(pipeline => pipeline.Receivers.Contains(connector.Id)).Select(pipeline => KeyValuePair.Create(pipeline.Id, (ITraceConsumer)Flow(FlowKind.Connector, true, connector.Id, pipeline.Id, Chain(pipeline).Head)));
        return connector.Create!(new ConnectorContext(_services, [.. outputs]));
    }

    private ITraceExporter Create(ExporterConfig exporter) => exporter switch
    {
        BuiltExporterConfig built => built.Create(_services),
        BuiltMetricExporterConfig metric => metric.Create(_services),
        StoreExporterConfig => new StoreExporter(
            exporter.Id, store ?? throw new InvalidOperationException($"exporter '{exporter.Id}' needs a data folder (--data)")),
        DebugExporterConfig debug => new DebugExporter(
            debug.Id, (DebugDetail)debug.Verbosity, debug.SamplingInitial, debug.SamplingThereafter, shared.Receivers.Clock,
            shared.Receivers.Loggers.CreateLogger("Clew.Debug")),
        OtlpGrpcExporterConfig grpc => Network(grpc, new OtlpGrpcSender(ExporterMapping.Sender(grpc) with { Authenticator = ClientAuth(grpc) })),
        OtlpHttpExporterConfig http => Network(http, new OtlpHttpSender(ExporterMapping.Sender(http) with { Json = http.Json, Authenticator = ClientAuth(http) })),
        SenderExporterConfig sender => Network(sender, sender.CreateSender(sender, _services)),
        _ => throw new InvalidOperationException($"exporter '{exporter.Id}' passed the configuration but has no implementation"),
    };

    /// <summary>The extensions that a component uses: one that was changed makes a new component of it.</summary>
    private ValueList<ExtensionConfig> Extensions(ComponentId?[] ids) =>
        [.. ids.Select(id => id is { } known && config.Pipeline.Extensions.TryGetValue(known, out var extension) ? extension : null).OfType<ExtensionConfig>()];

    private IRequestAuthenticator? ServerAuth(ComponentId? id) =>
        id is not { } known ? null
        : config.Pipeline.Extensions.TryGetValue(known, out var extension) && extension is ClientAuthConfig { CreateServer: { } create } ? create()
        : throw new IOException($"extension '{known}' does not check who sends; it cannot stand under auth of a receiver");

    private IClientAuthenticator? ClientAuth(NetworkExporterConfig exporter) =>
        exporter.Authenticator is not { } id ? null
        : config.Pipeline.Extensions.TryGetValue(id, out var extension) && extension is ClientAuthConfig { Create: { } create } ? create(shared.Receivers.Clock)
        : throw new IOException($"extension '{id}' adds no credentials; it cannot stand under auth of exporter '{exporter.Id}'");

    private NetworkExporter Network(NetworkExporterConfig exporter, ITraceSender sender) => new(
        exporter.Id, ExporterMapping.Options(exporter, QueueFolder(exporter)) with { ContextKeys = ClientAuth(exporter)?.MetadataKeys ?? [] }, sender, _metrics, shared.Receivers.Clock,
        shared.Receivers.Loggers.CreateLogger<NetworkExporter>());

    /// <summary>
    /// Under the storage extension that the queue names, else under the data folder; null without a disk or a queue, and when senders
    /// wait for the next hop's answer.
    /// </summary>
    private string? QueueFolder(NetworkExporterConfig exporter)
    {
        if (!exporter.Queue.Enabled || exporter.Queue.WaitForResult)
        {
            return null;
        }

        var parent = exporter.Queue.Storage is { } id && config.Pipeline.Extensions.TryGetValue(id, out var extension) && extension is FileStorageConfig files
            ? files.Directory
            : config.Storage.Path is { } data ? Path.Combine(data, "queues") : null;
        return parent is null ? null : Path.Combine(parent, exporter.Id.ToString().Replace('/', '_'));
    }
}
