using Clew.Pipeline.Exporters.Sending;
using Clew.Storage.Queues;

namespace Clew.Pipeline.Exporters;

/// <summary>Settings of an exporter that sends to another process, beside those of its sender.</summary>
public sealed record NetworkExporterOptions
{
    /// <summary>The queue on disk; null: there is none, and the sender waits for the next hop's answer.</summary>
    public DiskQueueOptions? Queue { get; init; }

    /// <summary>Requests sent at the same time.</summary>
    public int Consumers { get; init; } = 10;

    public RetryPolicy Retry { get; init; } = new();

    /// <summary>How long a sender waits for the next hop when there is no queue.</summary>
    public TimeSpan DirectWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stop waits for the queue to empty; what is left is sent after the next start.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(5);
}
