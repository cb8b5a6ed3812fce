namespace Clew.Parquet;

/// <summary>When to run zstd over the pages of a column chunk. Parquet knows one codec per chunk.</summary>
public enum CompressionHint
{
    /// <summary>Uncompressed: for what is scanned (codes, delta-packed numbers), where a codec costs more than it saves.</summary>
    Never,

    /// <summary>zstd if a sample of the chunk's pages shrinks by 30 % or more, else uncompressed.</summary>
    IfSaves30Percent,

    /// <summary>zstd in any case: ids, URLs, payloads that are read for few rows.</summary>
    Always,
}

/// <summary>Encoding of the data pages of a column that was handed over as values.</summary>
public enum EncodingHint
{
    /// <summary>DELTA_BINARY_PACKED for INT32 and INT64, PLAIN for everything else.</summary>
    Auto,

    Plain,

    /// <summary>DELTA_BINARY_PACKED; INT32 and INT64 only.</summary>
    Delta,

    /// <summary>RLE; BOOLEAN only.</summary>
    Rle,
}

/// <summary>How to write one column chunk.</summary>
/// <param name="Compression">Codec of the chunk.</param>
/// <param name="BloomFilter">Write a split-block bloom filter of the distinct values; INT32, INT64 and text only.</param>
/// <param name="Encoding">Encoding of values; ignored for codes that stay a dictionary.</param>
public readonly record struct ChunkOptions(
    CompressionHint Compression = CompressionHint.Never,
    bool BloomFilter = false,
    EncodingHint Encoding = EncodingHint.Auto);
