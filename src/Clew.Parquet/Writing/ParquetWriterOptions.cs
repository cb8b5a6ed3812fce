namespace Clew.Parquet;

/// <summary>Choices for a whole file.</summary>
public sealed class ParquetWriterOptions
{
    /// <summary>
    /// Rows per page, the same in every column of a row group, so that a range of rows is the same page numbers everywhere. A
    /// multiple of 64. 8 192 is the measured optimum between late materialisation (small) and overhead per page (large).
    /// </summary>
    public int PageRows { get; init; } = 8_192;

    /// <summary>
    /// Dictionaries whose page would be larger are not written; the column becomes plain. A trace lookup reads the whole
    /// dictionary page of every column, so large ones dominate it.
    /// </summary>
    public int MaxDictionaryBytes { get; init; } = 512 << 10;

    /// <summary>zstd level. 1 costs half of 3 and is 7 % larger on spans.</summary>
    public int ZstdLevel { get; init; } = 1;

    /// <summary>Wanted share of absent values that a bloom filter lets through.</summary>
    public double BloomFalsePositives { get; init; } = 0.01;

    /// <summary>A filter larger than this is left out: it would cost more than the pages that it saves.</summary>
    public int MaxBloomFilterBytes { get; init; } = 1 << 20;

    /// <summary>Written into the footer. Other readers look at it to work around bugs of known writers.</summary>
    public string CreatedBy { get; init; } = "clew version 0.1.0";

    internal void Validate()
    {
        if (PageRows < 64 || PageRows > ParquetLimits.MaxPageRows || PageRows % 64 != 0)
        {
            throw new ArgumentException($"PageRows {PageRows} must be a multiple of 64 from 64 to {ParquetLimits.MaxPageRows}");
        }

        if (MaxDictionaryBytes < 0 || MaxDictionaryBytes > ParquetLimits.MaxDictionaryBytes)
        {
            throw new ArgumentException($"MaxDictionaryBytes {MaxDictionaryBytes} must be from 0 to {ParquetLimits.MaxDictionaryBytes}");
        }

        if (MaxBloomFilterBytes < 0 || MaxBloomFilterBytes > ParquetLimits.MaxBloomFilterBytes)
        {
            throw new ArgumentException($"MaxBloomFilterBytes {MaxBloomFilterBytes} must be from 0 to {ParquetLimits.MaxBloomFilterBytes}");
        }

        if (ZstdLevel is < -7 or > 19)
        {
            throw new ArgumentException($"ZstdLevel {ZstdLevel} must be from -7 to 19");
        }

        if (!(BloomFalsePositives > 0.00001 && BloomFalsePositives < 0.5))
        {
            throw new ArgumentException($"BloomFalsePositives {BloomFalsePositives} must be between 0.00001 and 0.5");
        }
    }
}
