namespace Clew.Parquet;

/// <summary>Bloom filters of the columns that ask for one.</summary>
public sealed partial class RowGroupWriter
{
    /// <summary>
    /// Text and integers alone. DuckDB 1.5.6 hashes the printed form of other byte strings and so excludes chunks that have the
    /// value (its pull request 23829 is about that); doubles have two zeros and many NaNs that readers compare as equal though
    /// their hashes differ.
    /// </summary>
    private static void CheckBloom(ParquetColumn column, ChunkOptions options)
    {
        if (options.BloomFilter && !column.IsString && column.Type is not (ParquetType.Int32 or ParquetType.Int64))
        {
            throw new ArgumentException($"column '{column}' cannot have a bloom filter; only INT32, INT64 and text columns can");
        }
    }

    private static BloomBuilder? StartBloom(ChunkOptions options) => options.BloomFilter ? new BloomBuilder() : null;

    private void EndBloom(BloomBuilder? bloom)
    {
        if (bloom is null)
        {
            return;
        }

        using (bloom)
        {
            ParquetWriterOptions limits = _file.Options;
            if (bloom.Build(limits.BloomFalsePositives, limits.MaxBloomFilterBytes) is byte[] filter)
            {
                _chunks[NextColumn].BloomIndex = _file.AddBloom(filter);
            }
        }
    }

    private void AddBloomOfDictionary(ColumnValues dictionary, ChunkOptions options)
    {
        BloomBuilder? bloom = StartBloom(options);
        if (bloom is not null)
        {
            foreach (int code in _dictionary.Order)
            {
                bloom.Add(dictionary[code]);
            }

            EndBloom(bloom);
        }
    }
}
