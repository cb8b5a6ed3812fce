using Clew.Otlp.Batches;
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

    /// <summary>How requests are grouped when they leave the queue, in place of what the processor <c>batch</c> says; null: as that says.</summary>
    public BatchShape? Batch { get; init; }

    /// <summary>Whoever brings spans waits for room in a full queue in place of being refused.</summary>
    public bool BlockOnOverflow { get; init; }

    /// <summary>Request headers by which spans are kept apart, because what is sent depends on their values.</summary>
    public IReadOnlyList<string> ContextKeys { get; init; } = [];

    /// <summary>How long a sender waits for the next hop when there is no queue.</summary>
    public TimeSpan DirectWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stop waits for the queue to empty; what is left is sent after the next start.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(5);
}
