using System.Diagnostics;

namespace Clew.Parquet;

/// <summary>What the footer says of one written column chunk. Index positions are relative to the index section.</summary>
internal sealed class WrittenChunk
{
    public ParquetEncoding Encoding;
    public ParquetCodec Codec;
    public long DictionaryPageOffset = -1;
    public long DataPageOffset;
    public long UncompressedBytes;
    public long CompressedBytes;
    public int DataPages;
    public long NullCount;
    public ChunkBounds Bounds;
    public int BloomIndex = -1;
    public int ColumnIndexStart;
    public int ColumnIndexLength;
    public int OffsetIndexStart;
    public int OffsetIndexLength;
}

/// <summary>
/// Collects the pages of one column chunk, decides the codec, and lets the file writer append them. Used again for each chunk.
/// </summary>
internal sealed class ChunkWriter : IDisposable
{
    /// <summary>Staged bytes at which a chunk under <see cref="CompressionHint.IfSaves30Percent"/> is decided and flushed.</summary>
    private const int DecisionBytes = 1 << 20;

    private readonly ParquetWriter _file;
    private readonly PageCompressor _compressor;
    private readonly ByteBuffer _stage = new(64 << 10);
    private readonly ByteBuffer _header = new(256);
    private readonly ThriftWriter _headerThrift;
    private readonly List<StagedPage> _staged = [];
    private readonly List<PageLocation> _pages = [];
    private WrittenChunk _chunk = new();
    private CompressionHint _hint;
    private bool _decided;

    public ChunkWriter(ParquetWriter file, int zstdLevel)
    {
        _file = file;
        _compressor = new PageCompressor(zstdLevel);
        _headerThrift = new ThriftWriter(_header);
    }

    public PageBounds Bounds { get; } = new();

    public WrittenChunk Begin(ParquetColumn column, ParquetEncoding encoding, CompressionHint hint)
    {
        _chunk = new WrittenChunk { Encoding = encoding };
        _hint = hint;
        _decided = hint != CompressionHint.IfSaves30Percent;
        _chunk.Codec = hint == CompressionHint.Always ? ParquetCodec.Zstd : ParquetCodec.Uncompressed;
        _stage.Clear();
        _staged.Clear();
        _pages.Clear();
        Bounds.Reset(column);
        return _chunk;
    }

    /// <summary>Where the body of the next page is to be appended. <see cref="EndPage"/> ends it.</summary>
    public ByteBuffer Body => _stage;

    public void EndDictionaryPage(int values) => Stage(new StagedPage(PageType.Dictionary, _stage.Length, values, 0));

    /// <summary>Ends a data page of this many rows; its bounds have been given to <see cref="Bounds"/>.</summary>
    public void EndPage(int firstRow, int rows) => Stage(new StagedPage(PageType.Data, _stage.Length, rows, firstRow));

    /// <summary>Flushes what is staged and serialises the page indexes.</summary>
    public void End(ByteBuffer indexes, ThriftWriter indexThrift)
    {
        Decide();
        Flush();
        Debug.Assert(Bounds.PageCount == _pages.Count);
        _chunk.DataPages = _pages.Count;
        _chunk.DataPageOffset = _pages.Count > 0 ? _pages[0].Offset : _file.Position;
        _chunk.NullCount = Bounds.TotalNulls;
        _chunk.Bounds = Bounds.ChunkBounds();

        _chunk.ColumnIndexStart = indexes.Length;
        if (Bounds.HasColumnIndex)
        {
            Bounds.WriteColumnIndex(indexThrift);
        }

        _chunk.ColumnIndexLength = indexes.Length - _chunk.ColumnIndexStart;
        _chunk.OffsetIndexStart = indexes.Length;
        indexThrift.BeginStruct();
        indexThrift.BeginList(1, ThriftType.Struct, _pages.Count);
        foreach (PageLocation page in _pages)
        {
            indexThrift.BeginStruct();
            indexThrift.I64(1, page.Offset);
            indexThrift.I32(2, page.Size);
            indexThrift.I64(3, page.FirstRow);
            indexThrift.EndStruct();
        }

        indexThrift.EndStruct();
        _chunk.OffsetIndexLength = indexes.Length - _chunk.OffsetIndexStart;
    }

    public void Dispose()
    {
        _stage.Dispose();
        _header.Dispose();
        _compressor.Dispose();
        Bounds.Dispose();
    }

    private void Stage(StagedPage page)
    {
        int start = _staged.Count == 0 ? 0 : _staged[^1].End;
        int limit = page.Type == PageType.Data ? ParquetLimits.MaxPageBytes : ParquetLimits.MaxDictionaryBytes;
        if (page.End - start > limit)
        {
            throw new InvalidOperationException(
                $"a page of {page.Values} values takes {page.End - start} bytes, the limit is {limit}; start the row group with fewer rows per page");
        }

        _staged.Add(page);
        if (_stage.Length >= DecisionBytes)
        {
            Decide();
        }

        if (_decided)
        {
            Flush();
        }
    }

    private void Decide()
    {
        if (_decided)
        {
            return;
        }

        _decided = true;
        if (_hint == CompressionHint.IfSaves30Percent && SampleSaves30Percent())
        {
            _chunk.Codec = ParquetCodec.Zstd;
        }
    }

    /// <summary>
    /// Compresses the dictionary and three data pages: enough to tell, and cheap where the answer is no. A dictionary shrinks
    /// nearly always, but it is read once and the data pages row by row, so it only decides where it is the larger part.
    /// </summary>
    private bool SampleSaves30Percent()
    {
        int firstData = _staged.Count > 0 && _staged[0].Type == PageType.Dictionary ? 1 : 0;
        long dictionaryBytes = firstData == 0 ? 0 : _staged[0].End;
        long dataBytes = _stage.Length - dictionaryBytes;
        long before = 0;
        long after = 0;
        int sampled = -1;
        foreach (int index in (ReadOnlySpan<int>)[firstData, (firstData + _staged.Count) / 2, _staged.Count - 1])
        {
            if (index <= sampled || index >= _staged.Count)
            {
                continue;
            }

            sampled = index;
            ReadOnlySpan<byte> body = StagedBody(index);
            before += body.Length;
            after += _compressor.Compress(body).Length;
        }

        if (dictionaryBytes > dataBytes)
        {
            before += dictionaryBytes;
            after += _compressor.Compress(StagedBody(0)).Length;
        }

        return after * 10 <= before * 7;
    }

    private ReadOnlySpan<byte> StagedBody(int index)
    {
        int start = index == 0 ? 0 : _staged[index - 1].End;
        return _stage.Written[start.._staged[index].End];
    }

    private void Flush()
    {
        for (int i = 0; i < _staged.Count; i++)
        {
            StagedPage page = _staged[i];
            ReadOnlySpan<byte> body = StagedBody(i);
            ReadOnlySpan<byte> stored = _chunk.Codec == ParquetCodec.Zstd ? _compressor.Compress(body) : body;
            ParquetEncoding encoding = page.Type == PageType.Dictionary ? ParquetEncoding.Plain : _chunk.Encoding;
            _header.Clear();
            new PageHeader(page.Type, body.Length, stored.Length, page.Values, encoding, IsSorted: true, Crc32.Hash(stored)).Write(_headerThrift);

            long offset = _file.Position;
            int size = _header.Length + stored.Length;
            _file.Append(_header.Written);
            _file.Append(stored);
            _chunk.CompressedBytes += size;
            _chunk.UncompressedBytes += _header.Length + body.Length;
            if (page.Type == PageType.Dictionary)
            {
                _chunk.DictionaryPageOffset = offset;
            }
            else
            {
                _pages.Add(new PageLocation(offset, size, page.FirstRow));
            }
        }

        _staged.Clear();
        _stage.Clear();
    }

    private readonly record struct StagedPage(PageType Type, int End, int Values, int FirstRow);

    private readonly record struct PageLocation(long Offset, int Size, int FirstRow);
}
