namespace Clew.Parquet;

/// <summary>
/// Where the pages of one column chunk lie (OffsetIndex) and what is in them (ColumnIndex, if the chunk has one). Immutable, may outlive
/// the reader that read it and be handed to later readers of the same chunk.
/// </summary>
public sealed class PageIndex
{
    private readonly byte[] _bounds;
    private readonly (int Start, int Length)[] _mins;
    private readonly (int Start, int Length)[] _maxs;
    private readonly bool[] _nullPages;
    private readonly long[] _nullCounts;

    private PageIndex(Builder builder)
    {
        Offsets = builder.Offsets;
        Sizes = builder.Sizes;
        FirstRows = builder.FirstRows;
        _bounds = builder.Bounds;
        _mins = builder.Mins;
        _maxs = builder.Maxs;
        _nullPages = builder.NullPages;
        _nullCounts = builder.NullCounts;
    }

    public int Count => Sizes.Length;

    /// <summary>Bytes held in memory, for a cache's books.</summary>
    public long MemoryBytes => _bounds.Length + (Count * (8L + 4 + 4 + 8 + 8 + 1 + 8)) + 256;

    internal long[] Offsets { get; }

    /// <summary>Bytes with the page header.</summary>
    internal int[] Sizes { get; }

    /// <summary>First row of each page, and the number of rows at the end.</summary>
    internal int[] FirstRows { get; }

    internal bool HasBounds => _nullPages.Length > 0;

    public int FirstRow(int page) => FirstRows[page];

    public int Rows(int page) => FirstRows[page + 1] - FirstRows[page];

    /// <summary>The page that contains this row of the row group.</summary>
    public int PageOf(int row)
    {
        int index = FirstRows.AsSpan(0, Count).BinarySearch(row);
        return index >= 0 ? index : ~index - 1;
    }

    /// <summary>Nulls in a page, -1 if unknown.</summary>
    public long NullCount(int page) => _nullCounts.Length > 0 ? _nullCounts[page] : -1;

    /// <summary>Bounds of a page's values.</summary>
    public ValueBounds Bounds(int page)
    {
        if (!HasBounds)
        {
            return default;
        }

        if (_nullPages[page])
        {
            return new ValueBounds(allNull: true);
        }

        (int minStart, int minLength) = _mins[page];
        (int maxStart, int maxLength) = _maxs[page];
        return new ValueBounds(_bounds.AsSpan(minStart, minLength), _bounds.AsSpan(maxStart, maxLength));
    }

    /// <param name="offsetIndex">Serialised OffsetIndex.</param>
    /// <param name="columnIndex">Serialised ColumnIndex or empty; kept by the result.</param>
    /// <param name="column">For the width of bounds.</param>
    /// <param name="chunk">For the limits of the pages.</param>
    /// <param name="rows">Rows of the row group.</param>
    /// <param name="file">Name for errors.</param>
    internal static PageIndex Read(
        ReadOnlySpan<byte> offsetIndex, byte[] columnIndex, ParquetColumn column, in ChunkMeta chunk, int rows, string file)
    {
        Builder builder = new() { Bounds = columnIndex };
        ThriftReader reader = new(offsetIndex, file, chunk.OffsetIndexOffset);
        ReadLocations(ref reader, ref builder, chunk, rows);
        if (columnIndex.Length > 0)
        {
            ThriftReader bounds = new(columnIndex, file, chunk.ColumnIndexOffset);
            ReadBounds(ref bounds, ref builder, column);
        }

        return new PageIndex(builder);
    }

    private static void ReadLocations(ref ThriftReader reader, ref Builder builder, in ChunkMeta chunk, int rows)
    {
        long end = chunk.Start + chunk.CompressedBytes;
        long previousEnd = chunk.DataOffset;
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            if (id != 1)
            {
                reader.Skip(type);
                continue;
            }

            int count = reader.BeginList(type, ThriftType.Struct, ParquetLimits.MaxPagesPerChunk);
            if (builder.Sizes.Length > 0)
            {
                reader.Fail("an offset index has two lists of pages");
            }

            builder.Offsets = new long[count];
            builder.Sizes = new int[count];
            builder.FirstRows = new int[count + 1];
            for (int i = 0; i < count; i++)
            {
                ReadLocation(ref reader, out long offset, out int size, out long firstRow);
                long earliest = i == 0 ? 0 : builder.FirstRows[i - 1] + 1L;
                if (firstRow < earliest || firstRow >= rows || (i == 0 && firstRow != 0)
                    || firstRow - earliest >= ParquetLimits.MaxPageRows)
                {
                    reader.Fail($"page {i} begins at row {firstRow} of {rows}, the page before at row {earliest - 1}");
                }

                if (size is <= 0 or > ParquetLimits.MaxPageBytes + ParquetLimits.MaxPageHeaderBytes || offset < previousEnd || size > end - offset)
                {
                    reader.Fail($"page {i}, {size} bytes at {offset}, does not lie in its chunk, which ends at {end}, or overlaps the page before");
                }

                builder.Offsets[i] = offset;
                builder.Sizes[i] = size;
                builder.FirstRows[i] = (int)firstRow;
                previousEnd = offset + size;
            }
        }

        int pages = builder.Sizes.Length;
        if (pages == 0 || rows - builder.FirstRows[pages - 1] > ParquetLimits.MaxPageRows)
        {
            reader.Fail($"{pages} pages do not cover {rows} rows with at most {ParquetLimits.MaxPageRows} rows each");
        }

        builder.FirstRows[pages] = rows;
    }

    private static void ReadLocation(ref ThriftReader reader, out long offset, out int size, out long firstRow)
    {
        offset = -1;
        size = -1;
        firstRow = -1;
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    offset = reader.I64(type);
                    break;
                case 2:
                    size = reader.I32(type);
                    break;
                case 3:
                    firstRow = reader.I64(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
    }

    private static void ReadBounds(ref ThriftReader reader, ref Builder builder, ParquetColumn column)
    {
        int pages = builder.Sizes.Length;
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    ExpectCount(ref reader, type, ThriftType.True, pages);
                    builder.NullPages = new bool[pages];
                    for (int i = 0; i < pages; i++)
                    {
                        builder.NullPages[i] = reader.BoolItem();
                    }

                    break;
                case 2:
                    builder.Mins = ReadRanges(ref reader, type, pages);
                    break;
                case 3:
                    builder.Maxs = ReadRanges(ref reader, type, pages);
                    break;
                case 5:
                    ExpectCount(ref reader, type, ThriftType.I64, pages);
                    builder.NullCounts = new long[pages];
                    for (int i = 0; i < pages; i++)
                    {
                        long nulls = reader.I64Item();
                        if (nulls < 0 || nulls > builder.FirstRows[i + 1] - builder.FirstRows[i])
                        {
                            reader.Fail($"page {i} has {nulls} nulls in {builder.FirstRows[i + 1] - builder.FirstRows[i]} rows");
                        }

                        builder.NullCounts[i] = nulls;
                    }

                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (builder.NullPages.Length != pages || builder.Mins.Length != pages || builder.Maxs.Length != pages)
        {
            reader.Fail("a column index lacks bounds");
        }

        int width = column.Type switch
        {
            ParquetType.Boolean => 1,
            ParquetType.Int32 => 4,
            ParquetType.Int64 or ParquetType.Double => 8,
            _ => -1,
        };
        for (int i = 0; i < pages && width > 0; i++)
        {
            if (!builder.NullPages[i] && (builder.Mins[i].Length != width || builder.Maxs[i].Length != width))
            {
                reader.Fail($"page {i} has bounds of {builder.Mins[i].Length} and {builder.Maxs[i].Length} bytes, {column.Type} takes {width}");
            }
        }
    }

    private static (int Start, int Length)[] ReadRanges(ref ThriftReader reader, ThriftType type, int pages)
    {
        ExpectCount(ref reader, type, ThriftType.Binary, pages);
        var ranges = new (int, int)[pages];
        for (int i = 0; i < pages; i++)
        {
            ranges[i] = reader.BinaryItem();
        }

        return ranges;
    }

    private static void ExpectCount(ref ThriftReader reader, ThriftType type, ThriftType element, int pages)
    {
        int count = reader.BeginList(type, element, ParquetLimits.MaxPagesPerChunk);
        if (count != pages)
        {
            reader.Fail($"a column index has {count} entries for {pages} pages");
        }
    }

    private struct Builder
    {
        public Builder()
        {
        }

        public long[] Offsets = [];
        public int[] Sizes = [];
        public int[] FirstRows = [0];
        public byte[] Bounds = [];
        public (int Start, int Length)[] Mins = [];
        public (int Start, int Length)[] Maxs = [];
        public bool[] NullPages = [];
        public long[] NullCounts = [];
    }
}
