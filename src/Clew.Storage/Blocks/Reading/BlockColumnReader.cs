using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Reading;

/// <summary>
/// One column of a block's file. Each call opens the chunk it needs and closes it again, so that any number of threads may read;
/// dictionaries stay in the cache.
/// </summary>
internal sealed class BlockColumnReader(BlockTable table, ColumnId id, int column) : IColumnReader
{
    private readonly ParquetColumn _schema = table.Parquet.Schema[column];

    public ColumnId Id => id;

    /// <summary>Position in the Parquet schema.</summary>
    public int Column => column;

    /// <summary>True when no row of the row group has a value.</summary>
    public bool IsNull(int rowGroup) => table.Parquet.NullCount(rowGroup, column) == table.Parquet.RowGroupRows(rowGroup);

    public DictionaryView? Dictionary(int rowGroup)
    {
        if (id.Type is not (AttributeType.String or AttributeType.Bytes))
        {
            return null;
        }

        if (IsNull(rowGroup))
        {
            return NoValues.Instance;
        }

        if (!table.Parquet.HasDictionary(rowGroup, column))
        {
            return null;
        }

        try
        {
            return new View(table.Dictionary(rowGroup, column));
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    public bool MayContain(int rowGroup, ReadOnlySpan<byte> value)
    {
        if (IsNull(rowGroup))
        {
            return false;
        }

        try
        {
            return table.Parquet.HasDictionary(rowGroup, column) ? table.Dictionary(rowGroup, column).IndexOf(value) >= 0
                : !table.Parquet.HasBloomFilter(rowGroup, column) || table.BloomFilter(rowGroup, column).MightContain(value);
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    public ReadOnlySpan<long> Distinct(int rowGroup)
    {
        if (_schema.Type != ParquetType.Int64 || !table.Parquet.HasDictionary(rowGroup, column))
        {
            return default;
        }

        try
        {
            return table.Dictionary(rowGroup, column).Int64;
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    public ColumnBounds Bounds(PageRange pages)
    {
        if (id == IntrinsicColumns.ParentSpanId || pages.RowCount == 0)
        {
            return default;
        }

        if (IsNull(pages.RowGroup))
        {
            return new ColumnBounds(IsKnown: false, 0, 0, AllNull: true, NoNulls: false);
        }

        try
        {
            return Bounds(table.PageIndex(pages.RowGroup, column), pages);
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    private ColumnBounds Bounds(PageIndex index, PageRange pages)
    {
        var isNumber = _schema.Type == ParquetType.Int64;
        var (min, max, isKnown, allNull, noNulls) = (long.MaxValue, long.MinValue, isNumber, true, true);
        for (int page = index.PageOf(pages.FirstRow), last = index.PageOf(pages.FirstRow + pages.RowCount - 1); page <= last; page++)
        {
            var bounds = index.Bounds(page);
            noNulls &= !_schema.IsOptional || index.NullCount(page) == 0;
            if (bounds.AllNull || index.NullCount(page) == index.Rows(page))
            {
                continue;
            }

            allNull = false;
            isKnown &= bounds.IsKnown;
            if (isKnown)
            {
                min = Math.Min(min, bounds.MinInt64);
                max = Math.Max(max, bounds.MaxInt64);
            }
        }

        return new ColumnBounds(isKnown && !allNull, min, max, allNull, noNulls);
    }

    public void ReadCodes(PageRange pages, Span<int> codes)
    {
        if (IsNull(pages.RowGroup))
        {
            codes[..pages.RowCount].Fill(-1);
            return;
        }

        using var chunk = Open(pages.RowGroup);
        try
        {
            chunk.ReadCodes(pages.FirstRow, pages.RowCount, codes);
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    public void ReadInt64(PageRange pages, Span<long> values, Span<ulong> validity)
    {
        if (IsNull(pages.RowGroup) && id != IntrinsicColumns.ParentSpanId)
        {
            validity[..Words(pages.RowCount)].Clear();
            return;
        }

        using var chunk = Open(pages.RowGroup);
        try
        {
            switch (_schema.Type)
            {
                case ParquetType.Boolean:
                    ReadBooleans(chunk, pages, values, validity);
                    break;
                case ParquetType.FixedLenByteArray:
                    ReadIds(chunk, pages, values, validity);
                    break;
                default:
                    chunk.ReadInt64(pages.FirstRow, pages.RowCount, values, validity);
                    break;
            }
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    public void ReadDouble(PageRange pages, Span<double> values, Span<ulong> validity)
    {
        if (IsNull(pages.RowGroup))
        {
            validity[..Words(pages.RowCount)].Clear();
            return;
        }

        using var chunk = Open(pages.RowGroup);
        try
        {
            chunk.ReadDouble(pages.FirstRow, pages.RowCount, values, validity);
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    public void ReadBytes(PageRange pages, ByteColumn values, Span<ulong> validity)
    {
        validity[..Words(pages.RowCount)].Clear();
        if (IsNull(pages.RowGroup))
        {
            for (var row = 0; row < pages.RowCount; row++)
            {
                values.Add([]);
            }

            return;
        }

        using var chunk = Open(pages.RowGroup);
        try
        {
            AppendBytes(chunk, pages, values, validity);
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    public async ValueTask PrefetchAsync(PageRange pages, CancellationToken cancellationToken)
    {
        if (IsNull(pages.RowGroup))
        {
            return;
        }

        using var chunk = table.Parquet.OpenColumn(pages.RowGroup, column);
        try
        {
            await chunk.LoadRowsAsync(pages.FirstRow, pages.RowCount, cancellationToken).ConfigureAwait(false);
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    /// <summary>Where the page index of a row group lies.</summary>
    public void AddIndexRanges(int rowGroup, List<(long Offset, int Length)> ranges)
    {
        using var chunk = table.Parquet.OpenColumn(rowGroup, column);
        chunk.AddIndexRanges(ranges);
    }

    /// <summary>Where dictionary and pages of some rows lie; reads the page index.</summary>
    public void AddRanges(PageRange rows, List<(long Offset, int Length)> ranges)
    {
        using var chunk = table.Parquet.OpenColumn(rows.RowGroup, column);
        try
        {
            chunk.AddRanges(rows.FirstRow, rows.RowCount, ranges);
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    /// <summary>A reader of the chunk for one thread, which disposes it.</summary>
    public ColumnChunkReader Open(int rowGroup)
    {
        try
        {
            return table.Open(rowGroup, column);
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

    public static void AppendBytes(ColumnChunkReader chunk, PageRange pages, ByteColumn values, Span<ulong> validity)
    {
        Span<ByteRange> ranges = stackalloc ByteRange[256];
        for (var done = 0; done < pages.RowCount;)
        {
            var rows = chunk.ReadBytes(pages.FirstRow + done, Math.Min(ranges.Length, pages.RowCount - done), ranges, out var buffer);
            values.Add(buffer, ranges[..rows]);
            foreach (var range in ranges[..rows])
            {
                validity[done >> 6] |= (range.IsNull ? 0UL : 1UL) << (done & 63);
                done++;
            }
        }
    }

    public BlockCorruptException Corrupt(ParquetCorruptException fault) => new(fault.File, fault.Offset, fault.What, fault);

    private static int Words(int rows) => (rows + 63) / 64;

    private static void ReadBooleans(ColumnChunkReader chunk, PageRange pages, Span<long> values, Span<ulong> validity)
    {
        var flags = ArrayPool<bool>.Shared.Rent(pages.RowCount);
        try
        {
            chunk.ReadBool(pages.FirstRow, pages.RowCount, flags, validity);
            for (var i = 0; i < pages.RowCount; i++)
            {
                values[i] = flags[i] ? 1 : 0;
            }
        }
        finally
        {
            ArrayPool<bool>.Shared.Return(flags);
        }
    }

    private void ReadIds(ColumnChunkReader chunk, PageRange pages, Span<long> values, Span<ulong> validity)
    {
        var bytes = MemoryMarshal.AsBytes(values[..pages.RowCount]);
        chunk.ReadFixed(pages.FirstRow, pages.RowCount, bytes, validity);
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(values[..pages.RowCount], values);
        }

        // A root's parent is the number zero to those who ask, as in the head; the file says null, which is what SQL expects.
        if (id == IntrinsicColumns.ParentSpanId)
        {
            validity[..Words(pages.RowCount)].Fill(ulong.MaxValue);
        }
    }

    private sealed class View(ParquetDictionary dictionary) : DictionaryView
    {
        public override int Count => dictionary.Count;

        public override ReadOnlySpan<byte> this[int code] => dictionary[code];

        public override int Find(ReadOnlySpan<byte> value) => dictionary.IndexOf(value);
    }

    private sealed class NoValues : DictionaryView
    {
        public static readonly NoValues Instance = new();

        public override int Count => 0;

        public override ReadOnlySpan<byte> this[int code] => throw new ArgumentOutOfRangeException(nameof(code));
    }
}
