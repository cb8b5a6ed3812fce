namespace Clew.Parquet;

/// <summary>What the footer says of one column chunk. Offsets are in the file and have been checked to lie before the footer.</summary>
internal struct ChunkMeta
{
    public ParquetEncoding Encoding;
    public ParquetCodec Codec;

    /// <summary>First byte of the chunk: the dictionary page, or the first data page.</summary>
    public long Start;

    /// <summary>Bytes of all pages with their headers.</summary>
    public long CompressedBytes;

    public long UncompressedBytes;

    /// <summary>-1 if there is no dictionary.</summary>
    public long DictionaryOffset;

    public long DataOffset;
    public long OffsetIndexOffset;
    public int OffsetIndexLength;

    /// <summary>Length 0 if there is no column index.</summary>
    public long ColumnIndexOffset;

    public int ColumnIndexLength;

    /// <summary>Length 0 if there is no filter.</summary>
    public long BloomOffset;

    public int BloomLength;

    /// <summary>-1 if unknown.</summary>
    public long NullCount;

    /// <summary>Bounds as positions in the footer's bytes; -1 if unknown.</summary>
    public int MinStart;

    public int MinLength;
    public int MaxStart;
    public int MaxLength;
    public bool MinExact;
    public bool MaxExact;
}

/// <summary>What the footer says of one row group.</summary>
internal sealed record RowGroupMeta(int Rows, long FirstRow, ChunkMeta[] Chunks);

/// <summary>The parsed footer. Immutable, shared by all readers of the file.</summary>
internal sealed record FileFooter(
    byte[] Bytes,
    ParquetSchema Schema,
    long Rows,
    RowGroupMeta[] RowGroups,
    Dictionary<string, string> Metadata,
    string CreatedBy);
