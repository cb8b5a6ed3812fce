using Clew.Storage.Blocks.Reading;

namespace Clew.Storage.Blocks;

/// <summary>Limits of reading blocks.</summary>
public sealed record BlockReaderOptions
{
    public static BlockReaderOptions Default { get; } = new();

    /// <summary>Shared by all readers that are to share a limit.</summary>
    public BlockCache Cache { get; init; } = BlockCache.Shared;

    /// <summary>
    /// Maps local files into memory instead of reading them by position. Saves a copy a page; a disk that fails under a mapped file ends
    /// the process instead of failing one query, so it is off.
    /// </summary>
    public bool MapLocalFiles { get; init; }

    /// <summary>Bytes of a bucket's spans.parquet that a block may hold because they were prefetched.</summary>
    public long MaxPrefetchedBytes { get; init; } = 64L << 20;

    /// <summary>The small files of a block in a bucket (traces, index, resources, scopes) are read whole; a larger one is read in ranges.</summary>
    public long MaxWholeFileBytes { get; init; } = 16L << 20;
}
