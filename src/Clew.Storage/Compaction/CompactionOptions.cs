namespace Clew.Storage.Compaction;

/// <summary>Limits of background compaction (<c>storage.compaction</c>).</summary>
public sealed record CompactionOptions
{
    /// <summary>
    /// Share of one core that merging may take while spans arrive or queries run; without either it takes what it needs. Zero turns
    /// compaction off, deletions included.
    /// </summary>
    public double CpuShare { get; init; } = 0.25;

    /// <summary>Spans of a merged block at most. Traces that are in two blocks may make one of twice as many.</summary>
    public long MaxSpans { get; init; } = 4_000_000;

    /// <summary>Traces of a merged block at most: a merge holds about 150 bytes for each.</summary>
    public long MaxTraces { get; init; } = 1_000_000;

    /// <summary>Blocks under half of <see cref="MaxSpans"/> that are left alone; when there are more, neighbours in time are merged.</summary>
    public int KeepSmall { get; init; } = 2;

    /// <summary>
    /// The same while spans arrive: the more blocks a merge takes, the less often a span is written again, and a store that is busy is not
    /// tidied for its own sake.
    /// </summary>
    public int KeepSmallWhileBusy { get; init; } = 8;

    /// <summary>Blocks whose spans arrived further apart stay apart, because a block is kept until its newest span is old.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Without an append for this long the store counts as idle.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromSeconds(5);
}
