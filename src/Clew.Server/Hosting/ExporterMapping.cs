using Clew.Otlp.Batches;
using Clew.Pipeline.Exporters;
using Clew.Pipeline.Exporters.Sending;
using Clew.Server.Configuration;
using Clew.Storage.Queues;

namespace Clew.Server.Hosting;

/// <summary>From the configuration's exporters to the pipeline's options.</summary>
internal static class ExporterMapping
{
    /// <summary>What the Collector gives up after when its file says nothing and its queue is in memory.</summary>
    private static readonly TimeSpan MemoryQueueMaxElapsed = TimeSpan.FromSeconds(300);

    public static SenderOptions Sender(NetworkExporterConfig exporter) => new()
    {
        Address = exporter.Address,
        Timeout = exporter.Timeout,
        Compression = exporter.Compression switch
        {
            ExportCompression.None => SendCompression.None,
            ExportCompression.Zstd => SendCompression.Zstd,
            ExportCompression.Deflate => SendCompression.Deflate,
            _ => SendCompression.Gzip,
        },
        Headers = exporter.Headers.ToDictionary(header => header.Key, header => header.Value.Reveal()),
        Tls = new SenderTls
        {
            SkipVerify = exporter.Tls.InsecureSkipVerify,
            ServerName = NullIfEmpty(exporter.Tls.ServerNameOverride),
            CaPem = Pem(exporter.Tls.CaPem, exporter.Tls.CaFile),
            CertificatePem = Pem(exporter.Tls.CertPem, exporter.Tls.CertFile),
            KeyPem = Pem(exporter.Tls.KeyPem.Reveal(), exporter.Tls.KeyFile),
        },
    };

    public static NetworkExporterOptions Options(NetworkExporterConfig exporter, string? queueFolder) => new()
    {
        Queue = queueFolder is null ? null : new DiskQueueOptions
        {
            Folder = queueFolder,
            Name = $"exporter {exporter.Id}",
            Capacity = exporter.Queue.QueueSize,
            Unit = exporter.Queue.Sizer switch
            {
                QueueSizer.Items => QueueUnit.Spans,
                QueueSizer.Bytes => QueueUnit.Bytes,
                _ => QueueUnit.Requests,
            },
        },
        Batch = exporter.Queue.Batch is not { } batch ? null : new BatchShape
        {
            SendBatchSize = (int)Math.Min(batch.MinSize, int.MaxValue),
            SendBatchMaxSize = (int)Math.Min(batch.MaxSize, int.MaxValue),
            Timeout = batch.FlushTimeout,
            MetadataKeys = [.. batch.MetadataKeys],
            CountsBytes = batch.Sizer == QueueSizer.Bytes,
        },
        BlockOnOverflow = exporter.Queue.BlockOnOverflow,
        DirectWait = exporter.Queue.WaitForResult && exporter.Timeout > TimeSpan.Zero ? exporter.Timeout : TimeSpan.FromSeconds(5),
        Consumers = Math.Max(1, exporter.Queue.NumConsumers),
        Retry = new RetryPolicy
        {
            Enabled = exporter.Retry.Enabled,
            InitialInterval = exporter.Retry.InitialInterval,
            RandomizationFactor = exporter.Retry.RandomizationFactor,
            Multiplier = exporter.Retry.Multiplier,
            MaxInterval = exporter.Retry.MaxInterval,
            MaxElapsedTime = exporter.Retry.MaxElapsedTime ?? (queueFolder is null ? MemoryQueueMaxElapsed : TimeSpan.Zero),
        },
    };

    private static string? Pem(string text, string file) => text.Length > 0 ? text : file.Length > 0 ? File.ReadAllText(file) : null;

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
