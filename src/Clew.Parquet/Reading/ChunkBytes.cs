using System.Buffers;

namespace Clew.Parquet;

/// <summary>
/// Bytes of one column chunk: straight from the source where that needs no waiting, else from ranges that were loaded before.
/// Owns the rented buffers of those ranges. Used for one chunk after another.
/// </summary>
internal sealed class ChunkBytes : IDisposable
{
    private static readonly MemoryByteSource Nothing = new(Array.Empty<byte>(), "a closed column chunk");

    /// <summary>Largest single read; larger ones are cut so that a cancelled query stops soon.</summary>
    private const int MaxReadBytes = 8 << 20;

    /// <summary>Scratch that is kept from chunk to chunk: a page of 8192 longs.</summary>
    private const int MaxKeptBytes = 128 << 10;

    private readonly List<Range> _loaded = [];
    private IByteSource _source = Nothing;
    private ParquetReaderOptions _options = ParquetReaderOptions.Default;
    private byte[] _scratch = [];

    public void Open(IByteSource from, ParquetReaderOptions with) => (_source, _options) = (from, with);

    /// <summary>Lets go of the source and of what was loaded.</summary>
    public void Close()
    {
        Release();
        _source = Nothing;
        if (_scratch.Length > MaxKeptBytes)
        {
            Return(ref _scratch);
        }
    }

    /// <summary>True if a span into the source itself can be had at any time, so that nothing needs to be copied.</summary>
    public bool TryInPlace(long offset, int length, out ReadOnlySpan<byte> span) => _source.TryGetSpan(offset, length, out span);

    /// <summary>The bytes; valid until the next call on this object.</summary>
    public ReadOnlySpan<byte> Get(long offset, int length)
    {
        if (_source.TryGetSpan(offset, length, out ReadOnlySpan<byte> span))
        {
            return span;
        }

        foreach (Range range in _loaded)
        {
            if (offset >= range.Offset && offset + length <= range.Offset + range.Length)
            {
                return range.Buffer.AsSpan((int)(offset - range.Offset), length);
            }
        }

        if (_scratch.Length < length)
        {
            Return(ref _scratch);
            _scratch = ArrayPool<byte>.Shared.Rent(length);
        }

        Span<byte> destination = _scratch.AsSpan(0, length);
        if (!_source.TryRead(offset, destination))
        {
            throw new InvalidOperationException(
                $"bytes {offset}..{offset + length} of '{_source.Name}' are not loaded, and the source cannot be read without waiting; call a Load…Async method first");
        }

        return destination;
    }

    /// <summary>
    /// Fetches these ranges (ascending, not overlapping), near ones together, in place of what was loaded before.
    /// </summary>
    public async ValueTask LoadAsync(IReadOnlyList<(long Offset, int Length)> ranges, CancellationToken cancellationToken)
    {
        Release();
        long total = 0;
        int i = 0;
        while (i < ranges.Count)
        {
            long offset = ranges[i].Offset;
            long end = offset + ranges[i].Length;
            int next = i + 1;
            while (next < ranges.Count && ranges[next].Offset - end <= _options.CoalesceGapBytes
                && ranges[next].Offset + ranges[next].Length - offset <= MaxReadBytes)
            {
                end = ranges[next].Offset + ranges[next].Length;
                next++;
            }

            int length = (int)(end - offset);
            total += length;
            if (total > _options.MaxLoadedBytes)
            {
                Release();
                throw new InvalidOperationException(
                    $"loading more than {_options.MaxLoadedBytes} bytes of one column of '{_source.Name}' at once; ask for fewer rows, or raise MaxLoadedBytes");
            }

            byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
            _loaded.Add(new Range(offset, length, buffer));
            await ParquetReader.ReadExactlyAsync(_source, offset, buffer.AsMemory(0, length), cancellationToken);
            i = next;
        }
    }

    /// <summary>Returns the buffers of loaded ranges.</summary>
    public void Release()
    {
        foreach (Range range in _loaded)
        {
            ArrayPool<byte>.Shared.Return(range.Buffer);
        }

        _loaded.Clear();
    }

    public void Dispose()
    {
        Release();
        Return(ref _scratch);
    }

    private static void Return(ref byte[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = [];
        }
    }

    private readonly record struct Range(long Offset, int Length, byte[] Buffer);
}
