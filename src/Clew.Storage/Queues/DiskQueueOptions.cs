namespace Clew.Storage.Queues;

/// <summary>What the size of a queue is counted in.</summary>
public enum QueueUnit
{
    Requests,
    Spans,
    Bytes,
}

/// <summary>Settings of a queue on disk.</summary>
public sealed record DiskQueueOptions
{
    /// <summary>The queue's own folder.</summary>
    public required string Folder { get; init; }

    /// <summary>For messages: whose queue it is.</summary>
    public required string Name { get; init; }

    /// <summary>How much may wait; above it senders are told to retry.</summary>
    public long Capacity { get; init; } = 1000;

    public QueueUnit Unit { get; init; } = QueueUnit.Requests;

    /// <summary>
    /// Bytes of requests that stay in memory beside the disk until they were sent, so that a next hop that keeps up costs no reading. What comes
    /// while there are as many is read from the disk.
    /// </summary>
    public long HeldBytes { get; init; } = 4L << 20;

    /// <summary>Bytes of one file. A file goes when everything in it was sent.</summary>
    public long SegmentBytes { get; init; } = 16L << 20;
}
