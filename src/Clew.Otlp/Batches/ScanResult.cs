namespace Clew.Otlp.Batches;

/// <summary>
/// What the scan of a request found. Either <see cref="Fault"/> is set and the whole request is refused, or <see cref="Batch"/> holds
/// its good spans (perhaps none) and the rest is counted.
/// </summary>
public sealed class ScanResult
{
    /// <summary>Owned by the caller.</summary>
    public TraceBatch? Batch { get; init; }

    /// <summary>Why the request cannot be read, with the byte offset; null when it could.</summary>
    public string? Fault { get; init; }

    /// <summary>Spans refused alone.</summary>
    public int RejectedSpans { get; init; }

    /// <summary>Why the first of them was refused, in words for the sender; null when none was.</summary>
    public string? RejectReason { get; init; }

    /// <summary>Strings with invalid UTF-8 whose bad bytes became U+FFFD.</summary>
    public int RepairedStrings { get; init; }
}
