namespace Clew.Parquet;

/// <summary>
/// Upper bounds that hold for every file, written or read. The writer refuses to pass them (<see cref="ArgumentException"/> or
/// <see cref="InvalidOperationException"/>), the reader treats a file beyond them as corrupt. Bytes unless the name says otherwise.
/// </summary>
public static class ParquetLimits
{
    /// <summary>A shredded trace block has a few hundred columns; 16 384 leaves room and keeps a hostile footer small in memory.</summary>
    public const int MaxColumns = 16_384;

    public const int MaxRowGroups = 32_767;

    /// <summary>Rows of one row group. Row numbers inside a row group are <see cref="int"/>.</summary>
    public const int MaxRowGroupRows = 1 << 26;

    /// <summary>Rows of one page. Decoded, a page of int64 is then at most 512 KiB, whatever the file claims.</summary>
    public const int MaxPageRows = 1 << 16;

    /// <summary>Pages of one column chunk, the dictionary page not counted.</summary>
    public const int MaxPagesPerChunk = 1 << 18;

    /// <summary>Footer without the trailing length and magic.</summary>
    public const int MaxFooterBytes = 16 << 20;

    /// <summary>One page, before and after compression. Rows with large values need fewer rows per page.</summary>
    public const int MaxPageBytes = 64 << 20;

    /// <summary>One dictionary page, before and after compression.</summary>
    public const int MaxDictionaryBytes = 16 << 20;

    /// <summary>Entries of one dictionary; codes then fit the fastest unpacking path (24 bits).</summary>
    public const int MaxDictionaryEntries = 1 << 22;

    /// <summary>Offset index or column index of one column chunk.</summary>
    public const int MaxPageIndexBytes = 32 << 20;

    public const int MaxBloomFilterBytes = 32 << 20;

    /// <summary>Column name in UTF-8.</summary>
    public const int MaxNameBytes = 4_096;

    /// <summary>Entries of key/value metadata in the footer.</summary>
    public const int MaxMetadataEntries = 4_096;

    public const int MaxFixedLength = 4_096;

    /// <summary>A page header is about 30 bytes; foreign writers put statistics with long strings into it.</summary>
    public const int MaxPageHeaderBytes = 64 << 10;
}
