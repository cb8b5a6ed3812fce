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

    /// <summary>In resources and scopes: the schema URL that stood beside the message.</summary>
    public const string SchemaUrlColumn = "schema_url";

    /// <summary>In resources and scopes: the message as it came.</summary>
    public const string EncodedColumn = "encoded";

    /// <summary>Columns of the traces table.</summary>
    public const string FirstRowColumn = "first_row";
    public const string SpanCountColumn = "span_count";
    public const string ErrorCountColumn = "error_count";
    public const string RootServiceColumn = "root_service";
    public const string RootNameColumn = "root_name";

    /// <summary>A meta.json larger than this is refused: the column catalogue of 4096 keys with long names takes under 2 MiB.</summary>
    public const int MaxMetaBytes = 16 << 20;

    /// <summary>Longer attribute keys get no column and stay in the overflow.</summary>
    public const int MaxColumnKeyBytes = 512;

    /// <summary>
    /// Longer texts stay in the overflow or the residue. A page has at least 64 rows, and repeated long values are stored without a
    /// dictionary: 64 × 16 KiB keeps such a page at a megabyte.
    /// </summary>
    public const int MaxColumnTextBytes = 16 << 10;
}
