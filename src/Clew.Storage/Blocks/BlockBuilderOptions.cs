namespace Clew.Storage.Blocks;

/// <summary>
/// Limits of building a block. Memory while building is at most about
/// <see cref="MaxRowGroupBytes"/> × 4 (the row group being gathered, its dictionaries' tables, and the same for long traces) +
/// <see cref="MaxStagedTraceBytes"/> (one trace) + 60 bytes a span for what is encoded already, when <see cref="ScratchFolder"/> is null.
/// </summary>
public sealed record BlockBuilderOptions
{
    /// <summary>Spans of a full block; <see cref="BlockBuilder.IsFull"/> answers true from here on.</summary>
    public int MaxSpans { get; init; } = 2_000_000;

    /// <summary>Traces of a full block: their table takes about 60 bytes a trace while building.</summary>
    public int MaxTraces { get; init; } = 1_000_000;

    /// <summary>Bytes of distinct resources and scopes of a full block.</summary>
    public long MaxContextBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Rows of a row group: large enough that dictionaries are shared by many rows, small enough that the time ranges of row groups
    /// prune and that gathering one takes some 25 MB.
    /// </summary>
    public int RowGroupRows { get; init; } = 128 << 10;

    /// <summary>A row group ends early when its values (texts, events, links, overflow) take this much.</summary>
    public int MaxRowGroupBytes { get; init; } = 32 << 20;

    /// <summary>
    /// Spans of one trace gathered to be sorted and to get nested-set numbers. A larger trace is stored whole, in sorted parts, and takes
    /// part in no structural relation.
    /// </summary>
    public int MaxStagedTraceBytes { get; init; } = 128 << 20;

    /// <summary>Traces longer than this go to row groups of their own, so that they do not widen the time range of the others.</summary>
    public TimeSpan LongTrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Attribute columns of one scope; what is rarer goes to the overflow.</summary>
    public int MaxAttributeColumns { get; init; } = 1024;

    /// <summary>Distinct attribute keys that are followed; values of further keys go to the overflow at once.</summary>
    public int MaxTrackedKeys { get; init; } = 16_384;

    /// <summary>Overflow keys listed in meta.json; with more the list says that it is not complete.</summary>
    public int MaxOverflowKeys { get; init; } = 4_096;

    /// <summary>Where encoded row groups wait until the block is complete; null keeps them in memory.</summary>
    public string? ScratchFolder { get; init; }
}
