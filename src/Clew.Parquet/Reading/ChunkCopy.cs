using System.Buffers;

namespace Clew.Parquet;

/// <summary>A column chunk on its way into another file, byte by byte. Owns the rented bytes.</summary>
internal sealed class ChunkCopy : IDisposable
{
    private readonly ChunkMeta _meta;
    private readonly PageIndex _index;
    private readonly byte[] _columnIndex;
    private readonly byte[] _bloom;
    private readonly ChunkBounds _bounds;
    private readonly string _file;
    private readonly int _length;
    private byte[] _bytes;

    public ChunkCopy(IByteSource source, ParquetColumn column, in ChunkMeta meta, int rows, ChunkBounds bounds)
    {
        _meta = meta;
        _bounds = bounds;
        _file = source.Name;
        _length = checked((int)meta.CompressedBytes);
        _columnIndex = ReadExactly(source, meta.ColumnIndexOffset, meta.ColumnIndexLength);
        _bloom = ReadExactly(source, meta.BloomOffset, meta.BloomLength);
        _index = PageIndex.Read(ReadExactly(source, meta.OffsetIndexOffset, meta.OffsetIndexLength), _columnIndex, column, meta, rows, source.Name);
        _bytes = ArrayPool<byte>.Shared.Rent(_length);
        try
        {
            Read(source, meta.Start, _bytes.AsSpan(0, _length));
            CheckPages(column);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Serialised ColumnIndex: it holds no offsets, so it is taken as it is. Empty when there is none.</summary>
    public ReadOnlySpan<byte> ColumnIndex => _columnIndex;

    /// <summary>Serialised filter, or empty.</summary>
    public byte[] Bloom => _bloom;

    public int Pages => _index.Count;

    public (int Size, int FirstRow) Page(int page) => (_index.Sizes[page], _index.FirstRows[page]);

    /// <summary>Where a page lies within the chunk.</summary>
    public long PageOffset(int page) => _index.Offsets[page] - _meta.Start;

    /// <summary>What the footer will say of the chunk at its new place.</summary>
    public WrittenChunk Begin(long position) => new()
    {
        Encoding = _meta.Encoding,
        Codec = _meta.Codec,
        DictionaryPageOffset = _meta.DictionaryOffset < 0 ? -1 : position + (_meta.DictionaryOffset - _meta.Start),
        DataPageOffset = position + (_meta.DataOffset - _meta.Start),
        UncompressedBytes = _meta.UncompressedBytes,
        CompressedBytes = _meta.CompressedBytes,
        DataPages = _index.Count,
        NullCount = _meta.NullCount,
        Bounds = _bounds,
    };

    public void AppendTo(ParquetWriter writer) => writer.Append(_bytes.AsSpan(0, _length));

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }

    private void CheckPages(ParquetColumn column)
    {
        if (_meta.DictionaryOffset >= 0)
        {
            CheckPage(column, _meta.DictionaryOffset, (int)(_meta.DataOffset - _meta.DictionaryOffset), PageType.Dictionary);
        }

        for (int page = 0; page < _index.Count; page++)
        {
            CheckPage(column, _index.Offsets[page], _index.Sizes[page], PageType.Data);
        }
    }

    private void CheckPage(ParquetColumn column, long offset, int size, PageType type)
    {
        long start = offset - _meta.Start;
        if (start < 0 || size <= 0 || start + size > _length)
        {
            throw new ParquetCorruptException(_file, offset, $"column '{column.Name}': a page of {size} bytes does not lie in its chunk");
        }

        ReadOnlySpan<byte> raw = _bytes.AsSpan((int)start, size);
        PageHeader header = PageHeader.Read(raw, _file, offset, type, out int headerLength);
        if (headerLength + header.CompressedSize != size)
        {
            throw new ParquetCorruptException(_file, offset, $"column '{column.Name}': a page of {header.CompressedSize} bytes in a space of {size - headerLength}");
        }

        uint found = Crc32.Hash(raw[headerLength..]);
        if (header.Checksum is uint stored && stored != found)
        {
            throw new ParquetCorruptException(_file, offset, $"column '{column.Name}': the page's checksum is {found:x8}, its header says {stored:x8}");
        }
    }

    private static byte[] ReadExactly(IByteSource source, long offset, int length)
    {
        byte[] bytes = length == 0 ? [] : new byte[length];
        Read(source, offset, bytes);
        return bytes;
    }

    private static void Read(IByteSource source, long offset, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        if (source.TryGetSpan(offset, destination.Length, out ReadOnlySpan<byte> span))
        {
            span.CopyTo(destination);
        }
        else if (!source.TryRead(offset, destination))
        {
            throw new InvalidOperationException($"bytes {offset}..{offset + destination.Length} of '{source.Name}' cannot be read without waiting");
        }
    }
}
