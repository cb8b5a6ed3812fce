namespace Clew.Storage.Blocks;

/// <summary>Names and numbers of the block format (<c>docs/formats/block.md</c>).</summary>
internal static class BlockFormat
{
    /// <summary>The version that is written. Readers refuse any other, with words that say so.</summary>
    public const int Version = 1;

    public const string MetaFile = "meta.json";
    public const string SpansFile = "spans.parquet";
    public const string ResourcesFile = "resources.parquet";
    public const string ScopesFile = "scopes.parquet";
    public const string TracesFile = "traces.parquet";
    public const string TraceIndexFile = "traces.idx";

    /// <summary>A meta.json larger than this is refused: the column catalogue of 4096 keys with long names takes under 2 MiB.</summary>
    public const int MaxMetaBytes = 16 << 20;

    /// <summary>Longer attribute keys get no column and stay in the overflow.</summary>
    public const int MaxColumnKeyBytes = 512;
}
