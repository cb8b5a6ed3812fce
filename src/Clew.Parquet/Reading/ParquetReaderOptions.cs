namespace Clew.Parquet;

/// <summary>Bounds on what a reader holds and fetches.</summary>
public sealed class ParquetReaderOptions
{
    public static ParquetReaderOptions Default { get; } = new();

    /// <summary>
    /// Bytes that opening fetches from the end in one read; a footer that fits needs no second one. Our footers take about 150
    /// bytes per column and row group.
    /// </summary>
    public int TailBytes { get; init; } = 64 << 10;

    /// <summary>Decompressed and decoded pages that one column chunk reader keeps; the page in use is kept in any case.</summary>
    public int PageCacheBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of pages that one <c>Load…Async</c> call may hold in memory. More rows than that must be read in parts.</summary>
    public int MaxLoadedBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Compare the checksum of every page that is read; a page without one is corrupt then. Off for queries: it costs about as
    /// much as decoding codes. On for verification and compaction.
    /// </summary>
    public bool VerifyChecksums { get; init; }

    /// <summary>Two wanted ranges with a smaller gap than this are fetched as one: cheaper than another request to a bucket.</summary>
    public int CoalesceGapBytes { get; init; } = 64 << 10;
}
