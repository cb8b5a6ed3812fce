namespace Clew.Parquet;

/// <summary>Bloom filters of the columns that ask for one.</summary>
public sealed partial class RowGroupWriter
{
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
