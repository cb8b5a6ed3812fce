namespace Clew.Parquet;

/// <summary>The page cache.</summary>
public sealed partial class ColumnChunkReader
{
    /// <summary>Pages kept at most, whatever their size: the cache is searched in order.</summary>
    private const int MaxCachedPages = 16;

    /// <summary>Bytes of page buffers, and as many of scratch, that a reader keeps while nobody uses it: pages of 8192 longs fit.</summary>
    private const int MaxKeptBytes = 256 << 10;

    private readonly List<CachedPage> _pages = [];
    private CachedPage? _latest;
    private long _tick;

    /// <summary>The page, from the cache or freshly read; it stays valid until the next call.</summary>
    private CachedPage Page(int page)
    {
        if (_latest is { } latest && latest.Page == page)
        {
            return latest;
        }

        CachedPage? found = null;
        foreach (CachedPage cached in _pages)
        {
            if (cached.Page == page)
            {
                found = cached;
                break;
            }
        }

        if (found is null)
        {
            found = FreeSlot();
            Fill(found, page);
        }

        found.Used = ++_tick;
        _latest = found;
        return found;
    }

    /// <summary>An empty slot, made by giving up the pages used least recently until the rest is within the bound.</summary>
    private CachedPage FreeSlot()
    {
        _latest = null;
        while (true)
        {
            long held = 0;
            CachedPage? oldest = null;
            foreach (CachedPage cached in _pages)
            {
                if (cached.Page < 0)
                {
                    return cached;
                }

                held += cached.MemoryBytes;
                oldest = oldest is null || cached.Used < oldest.Used ? cached : oldest;
            }

            if (held < _options.PageCacheBytes && _pages.Count < MaxCachedPages)
            {
                CachedPage added = new();
                _pages.Add(added);
                return added;
            }

            // Its arrays are used again by the next page where they are within the bound, as in every scan.
            if (oldest!.MemoryBytes <= _options.PageCacheBytes / 2)
            {
                oldest.Page = -1;
                return oldest;
            }

            oldest.Dispose();
        }
    }

    private void Fill(CachedPage slot, int page)
    {
        long offset = Index.Offsets[page];
        int rows = Index.Rows(page);
        ReadOnlySpan<byte> raw = _bytes.Get(offset, Index.Sizes[page]);
        PageHeader header = PageHeader.Read(raw, _file, offset, PageType.Data, out int headerLength);
        if (headerLength + header.CompressedSize != raw.Length || header.ValueCount != rows || header.Encoding != _chunk.Encoding)
        {
            throw Corrupt(
                offset,
                $"page {page} has {header.CompressedSize} bytes, {header.ValueCount} rows, encoding {(int)header.Encoding}; expected {raw.Length - headerLength}, {rows}, {(int)_chunk.Encoding}");
        }

        ReadOnlySpan<byte> stored = raw[headerLength..];
        CheckBody(stored, header, offset);
        slot.Rows = rows;
        slot.Kind = DecodedKind.None;
        slot.Parts = 0;
        if (_chunk.Codec == ParquetCodec.Uncompressed && _inMemory)
        {
            slot.BodyOffset = offset + headerLength;
            slot.BodyLength = stored.Length;
        }
        else
        {
            Unpack(stored, slot.RentBody(header.UncompressedSize), offset);
        }

        ReadLevels(slot, offset);
        slot.Page = page;
    }

    private void ReadLevels(CachedPage slot, long offset)
    {
        slot.ValuesStart = 0;
        slot.Values = slot.Rows;
        if (!Column.IsOptional)
        {
            return;
        }

        Span<ulong> validity = slot.RentValidity();
        if (!LevelCodec.TryDecode(Body(slot), validity, slot.Rows, out int consumed))
        {
            throw Corrupt(offset, $"the definition levels do not describe {slot.Rows} rows");
        }

        slot.ValuesStart = consumed;
        slot.Values = Bitmaps.CountSet(validity, slot.Rows);
    }

    /// <summary>The page's bytes after decompression.</summary>
    private ReadOnlySpan<byte> Body(CachedPage page)
    {
        if (page.BodyOffset < 0)
        {
            return page.OwnBody;
        }

        return _bytes.TryInPlace(page.BodyOffset, page.BodyLength, out ReadOnlySpan<byte> span)
            ? span
            : throw new InvalidOperationException($"'{_file}' no longer gives access to its memory");
    }

    /// <summary>Empties the slots. Buffers of usual size stay for the next chunk.</summary>
    private void ForgetPages()
    {
        _latest = null;
        _tick = 0;
        for (int i = _pages.Count - 1; i >= 0; i--)
        {
            CachedPage page = _pages[i];
            page.Page = -1;
            page.Kind = DecodedKind.None;
            if (i > 0 || page.MemoryBytes > MaxKeptBytes)
            {
                page.Dispose();
                _pages.RemoveAt(i);
            }
        }

        if ((4L * _ints.Length) + (8L * _longs.Length) > MaxKeptBytes)
        {
            ReturnScratch();
        }
    }

    private void DisposePages()
    {
        _latest = null;
        foreach (CachedPage page in _pages)
        {
            page.Dispose();
        }

        _pages.Clear();
        ReturnScratch();
    }
}
