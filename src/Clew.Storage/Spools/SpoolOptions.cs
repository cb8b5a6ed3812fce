namespace Clew.Storage.Spools;

/// <summary>Settings of a spool.</summary>
public sealed record SpoolOptions
{
    /// <summary>The spool's own folder; null keeps it in memory, on a collector without a disk.</summary>
    public string? Folder { get; init; }

    /// <summary>For messages: whose spool it is.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of spans that may wait for a decision; above it senders are told to retry.</summary>
    public long MaxBytes { get; init; } = 2L << 30;

    /// <summary>Bytes of one file. A file goes when every span in it was dropped or handed on.</summary>
    public long SegmentBytes { get; init; } = 16L << 20;

    /// <summary>Decisions that are remembered for late spans, across restarts; 0: none.</summary>
    public int RememberedDecisions { get; init; } = 100_000;
}

/// <summary>What was decided about a trace. The numbers are on disk.</summary>
public enum SpoolDecision : byte
{
    /// <summary>Nothing yet.</summary>
    None = 0,

    /// <summary>It is to be handed on.</summary>
    Keep = 1,

    /// <summary>Its spans up to the mark were handed on.</summary>
    Released = 2,

    /// <summary>Its spans up to the mark were dropped.</summary>
    Dropped = 3,
}
