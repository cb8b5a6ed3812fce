using System.Buffers;

namespace Clew.Parquet;

/// <summary>Collects the hashes of a plain column's values; the filter is sized when all are known.</summary>
internal sealed class BloomBuilder : IDisposable
{
    private ulong[] _hashes = ArrayPool<ulong>.Shared.Rent(1024);
    private int _count;

    public void Add(ReadOnlySpan<byte> value)
    {
        if (_count == _hashes.Length)
        {
            ulong[] larger = ArrayPool<ulong>.Shared.Rent(_hashes.Length * 2);
            _hashes.CopyTo(larger, 0);
            ArrayPool<ulong>.Shared.Return(_hashes);
            _hashes = larger;
        }

        _hashes[_count++] = XxHash64.Hash(value);
    }

    /// <summary>Adds values of one width, end to end.</summary>
    public void Add(ReadOnlySpan<byte> values, int stride)
    {
        for (; values.Length >= stride; values = values[stride..])
        {
            Add(values[..stride]);
        }
    }

    /// <summary>The serialised filter, or null if it would be larger than <paramref name="maxBytes"/>.</summary>
    public byte[]? Build(double falsePositives, int maxBytes)
    {
        long bytes = SplitBlockBloomFilter.BytesFor(_count, falsePositives);
        // Repeated values make the first size too large; folding brings it down, from at most eight times the limit.
        if (bytes > (long)maxBytes * 8 || bytes > ParquetLimits.MaxBloomFilterBytes)
        {
            return null;
        }

        // A multiple of sixteen blocks can be folded four times.
        const int Foldable = SplitBlockBloomFilter.BlockBytes * 16;
        SplitBlockBloomFilter filter = new(bytes > Foldable ? (int)((bytes + Foldable - 1) / Foldable * Foldable) : (int)bytes);
        foreach (ulong hash in _hashes.AsSpan(0, _count))
        {
            filter.AddHash(hash);
        }

        filter.Fold(falsePositives);
        return filter.Bytes > maxBytes ? null : BloomHeader.Serialise(filter);
    }

    public void Dispose()
    {
        ArrayPool<ulong>.Shared.Return(_hashes);
        _hashes = [];
        _count = 0;
    }
}
