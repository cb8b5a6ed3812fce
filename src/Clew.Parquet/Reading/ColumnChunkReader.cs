using System.Collections.Concurrent;

namespace Clew.Parquet;

/// <summary>
/// Reads one column of one row group by ranges of rows. Only the pages that contain the rows are read and decoded; pages stay
/// decoded within <see cref="ParquetReaderOptions.PageCacheBytes"/>. One thread at a time. Dispose it: it holds pooled memory.
/// </summary>
/// <remarks>
/// From sources that answer without waiting (memory, mapped and local files) everything may be read directly. From others, await
/// <see cref="LoadRowsAsync"/> or <see cref="LoadPagesAsync"/> first; reading what is not loaded throws
/// <see cref="InvalidOperationException"/>.
/// Readers that were disposed are used again for other chunks, with their buffers and their decompressor: a scan opens one for every few
/// thousand rows. So nothing of a reader may be touched once it is disposed.
/// </remarks>
public sealed partial class ColumnChunkReader : IDisposable
{
    // Enough for every column that two dozen threads have open at once; each keeps MaxKeptBytes at most.
    private const int MaxIdle = 64;

    private static readonly ConcurrentQueue<ColumnChunkReader> Idle = new();

    private readonly ChunkBytes _bytes = new();
    private readonly PageDecompressor _decompressor = new();
    private ChunkMeta _chunk;
    private string _file = "";
    private ParquetReaderOptions _options = ParquetReaderOptions.Default;
    private bool _inMemory;
    private bool _isOpen;
    private PageIndex? _index;
    private ParquetDictionary? _dictionary;
    private SplitBlockBloomFilter? _bloom;

    private ColumnChunkReader(ParquetColumn column) => Column = column;

    internal static ColumnChunkReader Open(
        ParquetReader reader, ParquetColumn column, int rows, in ChunkMeta chunk, ParquetDictionary? dictionary, PageIndex? index)
    {
        if (!Idle.TryDequeue(out ColumnChunkReader? opened))
        {
            opened = new ColumnChunkReader(column);
        }

        opened.Column = column;
        opened.Rows = rows;
        opened._chunk = chunk;
        opened._file = reader.Source.Name;
        opened._options = reader.Options;
        opened._bytes.Open(reader.Source, reader.Options);
        opened._inMemory = reader.Source.TryGetSpan(chunk.Start, 0, out _);
        opened._dictionary = dictionary;
        opened._index = index;
        opened._isOpen = true;
        return opened;
    }

    public ParquetColumn Column { get; private set; }

    /// <summary>Rows of the row group.</summary>
    public int Rows { get; private set; }

    /// <summary>True if rows are codes into <see cref="Dictionary"/>; only then <see cref="ReadCodes"/> works.</summary>
    public bool HasDictionary => _chunk.Encoding == ParquetEncoding.RleDictionary;

    /// <summary>The distinct values. Throws <see cref="InvalidOperationException"/> if the chunk has no dictionary.</summary>
    public ParquetDictionary Dictionary => _dictionary ??= ReadDictionary();

    /// <summary>The bloom filter, null if the chunk has none.</summary>
    public SplitBlockBloomFilter? BloomFilter => _chunk.BloomLength == 0 ? null : _bloom ??= ReadBloom();

    public int PageCount => Index.Count;

    /// <summary>Places and bounds of the pages, for a caller's cache.</summary>
    public PageIndex Index => _index ??= ReadIndex();

    /// <summary>First row of a page. All columns of a row group written by Clew have their pages at the same rows.</summary>
    public int PageFirstRow(int page) => Index.FirstRows[CheckPage(page)];

    public int PageRows(int page) => Index.Rows(CheckPage(page));

    /// <summary>The page that contains this row.</summary>
    public int PageOf(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows);
        return Index.PageOf(row);
    }

    /// <summary>Bounds of a page's values, without reading the page.</summary>
    public ValueBounds PageBounds(int page) => Index.Bounds(CheckPage(page));

    /// <summary>Nulls in a page, -1 if the file does not say.</summary>
    public long PageNullCount(int page) => Index.NullCount(CheckPage(page));

    /// <summary>Bytes of a page in the file, for a plan's budget.</summary>
    public int PageBytes(int page) => Index.Sizes[CheckPage(page)];

    /// <summary>Fetches the page index.</summary>
    public async ValueTask LoadIndexAsync(CancellationToken cancellationToken = default)
    {
        if (_index is null)
        {
            List<(long Offset, int Length)> ranges = [(_chunk.OffsetIndexOffset, _chunk.OffsetIndexLength)];
            if (_chunk.ColumnIndexLength > 0)
            {
                ranges.Add((_chunk.ColumnIndexOffset, _chunk.ColumnIndexLength));
                ranges.Sort();
            }

            await LoadAsync(ranges, cancellationToken);
            _index = ReadIndex();
        }
    }

    /// <summary>Fetches the dictionary, if there is one.</summary>
    public async ValueTask LoadDictionaryAsync(CancellationToken cancellationToken = default)
    {
        if (HasDictionary && _dictionary is null)
        {
            await LoadAsync([(_chunk.DictionaryOffset, DictionaryLength())], cancellationToken);
            _dictionary = ReadDictionary();
        }
    }

    /// <summary>Fetches the bloom filter, if there is one.</summary>
    public async ValueTask LoadBloomFilterAsync(CancellationToken cancellationToken = default)
    {
        if (_chunk.BloomLength > 0 && _bloom is null)
        {
            await LoadAsync([(_chunk.BloomOffset, _chunk.BloomLength)], cancellationToken);
            _bloom = ReadBloom();
        }
    }

    /// <summary>
    /// Fetches what reading these rows needs: page index and dictionary if they are not there yet, and the pages, in place of
    /// those loaded before.
    /// </summary>
    public async ValueTask LoadRowsAsync(int firstRow, int count, CancellationToken cancellationToken = default)
    {
        CheckRows(firstRow, count);
        await LoadIndexAsync(cancellationToken);
        if (count == 0)
        {
            return;
        }

        int first = Index.PageOf(firstRow);
        int last = Index.PageOf(firstRow + count - 1);
        int[] pages = new int[last - first + 1];
        for (int i = 0; i < pages.Length; i++)
        {
            pages[i] = first + i;
        }

        await LoadPagesAsync(pages, cancellationToken);
    }

    /// <summary>As <see cref="LoadRowsAsync"/>, for pages chosen one by one, in ascending order. Near ones come in one read.</summary>
    public async ValueTask LoadPagesAsync(ReadOnlyMemory<int> pages, CancellationToken cancellationToken = default)
    {
        await LoadIndexAsync(cancellationToken);
        bool wantDictionary = HasDictionary && _dictionary is null;
        List<(long Offset, int Length)> ranges = new(pages.Length + 1);
        if (wantDictionary)
        {
            ranges.Add((_chunk.DictionaryOffset, DictionaryLength()));
        }

        int previous = -1;
        foreach (int page in pages.Span)
        {
            if (CheckPage(page) <= previous)
            {
                throw new ArgumentException($"page {page} after page {previous}: pages are asked for in ascending order", nameof(pages));
            }

            ranges.Add((Index.Offsets[page], Index.Sizes[page]));
            previous = page;
        }

        await LoadAsync(ranges, cancellationToken);
        if (wantDictionary)
        {
            _dictionary = ReadDictionary();
        }
    }

    /// <summary>
    /// Adds where the bytes lie that opening this chunk's page index takes: to bring near before <see cref="AddRanges"/> is asked.
    /// </summary>
    public void AddIndexRanges(ICollection<(long Offset, int Length)> ranges)
    {
        ranges.Add((_chunk.OffsetIndexOffset, _chunk.OffsetIndexLength));
        if (_chunk.ColumnIndexLength > 0)
        {
            ranges.Add((_chunk.ColumnIndexOffset, _chunk.ColumnIndexLength));
        }
    }

    /// <summary>Adds where the dictionary and the pages of some rows lie. Reads the page index.</summary>
    public void AddRanges(int firstRow, int count, ICollection<(long Offset, int Length)> ranges)
    {
        CheckRows(firstRow, count);
        if (HasDictionary && _dictionary is null)
        {
            ranges.Add((_chunk.DictionaryOffset, DictionaryLength()));
        }

        if (count > 0)
        {
            for (int page = Index.PageOf(firstRow), last = Index.PageOf(firstRow + count - 1); page <= last; page++)
            {
                ranges.Add((Index.Offsets[page], Index.Sizes[page]));
            }
        }
    }

    public void Dispose()
    {
        if (!_isOpen)
        {
            return;
        }

        _isOpen = false;
        _index = null;
        _dictionary = null;
        _bloom = null;
        _bytes.Close();
        if (Idle.Count < MaxIdle)
        {
            ForgetPages();
            Idle.Enqueue(this);
            return;
        }

        DisposePages();
        _bytes.Dispose();
        _decompressor.Dispose();
    }

    private ValueTask LoadAsync(List<(long Offset, int Length)> ranges, CancellationToken cancellationToken) =>
        _inMemory ? ValueTask.CompletedTask : _bytes.LoadAsync(ranges, cancellationToken);

    private PageIndex ReadIndex()
    {
        byte[] bounds = _chunk.ColumnIndexLength > 0 ? _bytes.Get(_chunk.ColumnIndexOffset, _chunk.ColumnIndexLength).ToArray() : [];
        ReadOnlySpan<byte> locations = _bytes.Get(_chunk.OffsetIndexOffset, _chunk.OffsetIndexLength);
        return PageIndex.Read(locations, bounds, Column, _chunk, Rows, _file);
    }

    private SplitBlockBloomFilter ReadBloom() =>
        BloomHeader.Read(_bytes.Get(_chunk.BloomOffset, _chunk.BloomLength), _file, _chunk.BloomOffset);

    /// <summary>The dictionary page fills the space before the first data page.</summary>
    private int DictionaryLength()
    {
        long length = _chunk.DataOffset - _chunk.DictionaryOffset;
        if (length is <= 0 or > ParquetLimits.MaxDictionaryBytes + ParquetLimits.MaxPageHeaderBytes)
        {
            throw new ParquetCorruptException(_file, _chunk.DictionaryOffset, $"column '{Column.Name}': a dictionary page of {length} bytes");
        }

        return (int)length;
    }

    private ParquetDictionary ReadDictionary()
    {
        if (!HasDictionary)
        {
            throw new InvalidOperationException($"column '{Column.Name}' has no dictionary in this row group");
        }

        ReadOnlySpan<byte> raw = _bytes.Get(_chunk.DictionaryOffset, DictionaryLength());
        PageHeader header = PageHeader.Read(raw, _file, _chunk.DictionaryOffset, PageType.Dictionary, out int headerLength);
        if (headerLength + header.CompressedSize != raw.Length || header.Encoding != ParquetEncoding.Plain)
        {
            throw Corrupt(_chunk.DictionaryOffset, $"a dictionary page of {header.CompressedSize} bytes in encoding {(int)header.Encoding} in a space of {raw.Length}");
        }

        CheckBody(raw[headerLength..], header, _chunk.DictionaryOffset);
        byte[] content = new byte[header.UncompressedSize];
        Unpack(raw[headerLength..], content, _chunk.DictionaryOffset);
        return ParquetDictionary.TryParse(Column, content, header.ValueCount, header.IsSorted)
            ?? throw Corrupt(_chunk.DictionaryOffset, $"{content.Length} bytes do not hold the {header.ValueCount} values of the dictionary");
    }

    /// <summary>
    /// Compares the checksum, if that is wanted, and the claimed size with what the codec says, before anything of
    /// that size is allocated. zstd frames of our subset carry their content size.
    /// </summary>
    private void CheckBody(ReadOnlySpan<byte> stored, in PageHeader header, long offset)
    {
        if (_options.VerifyChecksums)
        {
            uint found = Crc32.Hash(stored);
            if (found != header.Checksum)
            {
                throw Corrupt(offset, $"the page's checksum is {found:x8}, its header says {header.Checksum?.ToString("x8") ?? "nothing"}");
            }
        }

        ulong size = _chunk.Codec == ParquetCodec.Zstd ? PageDecompressor.ContentSize(stored) : (ulong)stored.Length;
        if (size != (ulong)header.UncompressedSize)
        {
            throw Corrupt(offset, $"a page claims {header.UncompressedSize} bytes uncompressed, its content says {size}");
        }
    }

    private void Unpack(ReadOnlySpan<byte> stored, Span<byte> destination, long offset)
    {
        if (_chunk.Codec == ParquetCodec.Uncompressed)
        {
            stored.CopyTo(destination);
        }
        else if (!_decompressor.TryDecompress(stored, destination))
        {
            throw Corrupt(offset, $"zstd does not decompress the page to {destination.Length} bytes");
        }
    }

    private ParquetCorruptException Corrupt(long offset, string what) => new(_file, offset, $"column '{Column.Name}': {what}");

    private int CheckPage(int page)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)page, (uint)Index.Count);
        return page;
    }

    private void CheckRows(int firstRow, int count)
    {
        if (firstRow < 0 || count < 0 || firstRow > Rows - count)
        {
            throw new ArgumentOutOfRangeException(nameof(firstRow), $"rows {firstRow}..{firstRow + (long)count} are not within 0..{Rows}");
        }
    }
}
