namespace Clew.Storage.Backends.Cache;

/// <summary>Limits of the cache in front of a bucket.</summary>
public sealed record CacheOptions
{
    /// <summary>
    /// Objects are cached in pages of this size. A page is one file on disk and the least that is fetched: 256 KiB take a bucket hardly longer
    /// than 4, and 10 GiB of them are 40 000 files, whose names take about 8 MB of memory.
    /// </summary>
    public const int PageBytes = 256 << 10;

    /// <summary>Folder of the pages; null keeps them in memory only.</summary>
    public string? Folder { get; init; }

    /// <summary>Bytes on disk; what was used longest ago makes room.</summary>
    public long MaxBytes { get; init; } = 10L << 30;

    /// <summary>Bytes of pages in memory, in front of the disk.</summary>
    public long MaxMemoryBytes { get; init; } = 32L << 20;

    /// <summary>Bytes of one request at most.</summary>
    public int MaxRequestBytes { get; init; } = 8 << 20;

    /// <summary>Two missing pages with so many unwanted ones between them are fetched as one range: cheaper than another request.</summary>
    public int MaxGapPages { get; init; } = 3;

    /// <summary>Requests of one prefetch at once.</summary>
    public int MaxParallel { get; init; } = 8;
}
