using Clew.Pipeline;
using Clew.Pipeline.Components;
using Clew.Pipeline.Exporters;
using Clew.Pipeline.Exporters.Sending;
using Clew.Pipeline.Graph;
using Clew.Pipeline.Processors;
using Clew.Receivers;
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
/// processors are made anew for each pipeline.
/// </summary>
internal sealed class PipelineBuilder(ClewConfig config, ITraceStore? store, ReceiverServices services)
{
    private readonly ComponentMetrics _metrics = new(services.Meters);
    private readonly Dictionary<ComponentId, ITraceExporter> _exporters = [];
    private readonly List<ITraceProcessor> _processors = [];

    public RunningPipeline Build()
    {
        var heads = new Dictionary<ComponentId, List<ITraceConsumer>>();
        foreach (var pipeline in config.Pipeline.Pipelines)
        {
            var head = Chain(pipeline);
            foreach (var receiver in pipeline.Receivers)
            {
                if (!heads.TryGetValue(receiver, out var consumers))
                {
                    heads.Add(receiver, consumers = []);
                }

                consumers.Add(head);
            }
        }

        var receivers = new List<ITraceReceiver>();
        foreach (var (id, consumers) in heads)
        {
            if (Receiver(config.Pipeline.Receivers[id], FanOut.Of(consumers)) is { } receiver)
            {
                receivers.Add(receiver);
            }
        }

        return new RunningPipeline(receivers, _processors, [.. _exporters.Values]);
    }

    /// <summary>Null for a receiver that this version leaves out.</summary>
    private ITraceReceiver? Receiver(ReceiverConfig receiver, ITraceConsumer consumer) => receiver switch
    {
        OtlpReceiverConfig otlp => new OtlpReceiver(otlp.Id, ReceiverMapping.Otlp(otlp, config.Tenants.Enabled), consumer, services),
        JaegerReceiverConfig jaeger => new JaegerReceiver(jaeger.Id, ReceiverMapping.Jaeger(jaeger, config.Tenants.Enabled), consumer, services),
        ZipkinReceiverConfig zipkin => new ZipkinReceiver(zipkin.Id, ReceiverMapping.Zipkin(zipkin, config.Tenants.Enabled), consumer, services),
        _ => null,
    };

    private ITraceConsumer Chain(TracePipelineConfig pipeline)
    {
        var next = FanOut.Of([.. pipeline.Exporters.Select(Exporter)]);
        foreach (var id in pipeline.Processors.Reverse())
        {
            var processor = Processor(config.Pipeline.Processors[id], next);
            _processors.Add(processor);
            next = processor;
        }

        return next;
    }

    private ITraceProcessor Processor(ProcessorConfig processor, ITraceConsumer next) => processor switch
    {
        BatchProcessorConfig batch => new BatchProcessor(
            batch.Id,
            new Otlp.Batches.BatchShape
            {
                SendBatchSize = batch.SendBatchSize, Timeout = batch.Timeout, SendBatchMaxSize = batch.SendBatchMaxSize, MetadataKeys = [.. batch.MetadataKeys],
            },
            next),
        MemoryLimiterConfig limiter => new MemoryLimiter(limiter.Id, Limits(limiter), next, _metrics, services.Clock),
        ProbabilisticSamplerConfig sampler => new ProbabilisticSampler(
            sampler.Id,
            new SamplerOptions
            {
                Mode = (SamplingMode)sampler.Mode, SamplingPercentage = sampler.SamplingPercentage, HashSeed = sampler.HashSeed,
                FailClosed = sampler.FailClosed, SamplingPrecision = sampler.SamplingPrecision,
            },
            next,
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

    private ITraceExporter Exporter(ComponentId id)
    {
        if (!_exporters.TryGetValue(id, out var exporter))
        {
            _exporters.Add(id, exporter = Create(config.Pipeline.Exporters[id]));
        }

        return exporter;
    }

    private ITraceExporter Create(ExporterConfig exporter) => exporter switch
    {
        StoreExporterConfig => new StoreExporter(
            exporter.Id, store ?? throw new InvalidOperationException($"exporter '{exporter.Id}' needs a data folder (--data)")),
        DebugExporterConfig debug => new DebugExporter(
            debug.Id, (DebugDetail)debug.Verbosity, debug.SamplingInitial, debug.SamplingThereafter, services.Clock,
            services.Loggers.CreateLogger("Clew.Debug")),
        OtlpGrpcExporterConfig grpc => Network(grpc, new OtlpGrpcSender(ExporterMapping.Sender(grpc))),
        OtlpHttpExporterConfig http => Network(http, new OtlpHttpSender(ExporterMapping.Sender(http) with { Json = http.Json })),
        _ => throw new InvalidOperationException($"exporter '{exporter.Id}' passed the configuration but has no implementation"),
    };

    private NetworkExporter Network(NetworkExporterConfig exporter, ITraceSender sender) => new(
        exporter.Id, ExporterMapping.Options(exporter, QueueFolder(exporter)), sender, _metrics, services.Clock,
        services.Loggers.CreateLogger<NetworkExporter>());

    /// <summary>Under the storage extension that the queue names, else under the data folder; null without a disk or a queue.</summary>
    private string? QueueFolder(NetworkExporterConfig exporter)
    {
        if (!exporter.Queue.Enabled)
        {
            return null;
        }

        var parent = exporter.Queue.Storage is { } id && config.Pipeline.Extensions.TryGetValue(id, out var extension) && extension is FileStorageConfig files
            ? files.Directory
            : config.Storage.Path is { } data ? Path.Combine(data, "queues") : null;
        return parent is null ? null : Path.Combine(parent, exporter.Id.ToString().Replace('/', '_'));
    }

}
