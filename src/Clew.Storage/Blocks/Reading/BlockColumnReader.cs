using System.Buffers;
using System.Buffers.Binary;
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

        return table.Parquet.HasDictionary(rowGroup, column) ? new View(Guard(() => table.Dictionary(rowGroup, column))) : null;
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
    public ColumnChunkReader Open(int rowGroup) => Guard(() => table.Parquet.OpenColumn(
        rowGroup, column, table.Parquet.HasDictionary(rowGroup, column) ? table.Dictionary(rowGroup, column) : null));

    public static void AppendBytes(ColumnChunkReader chunk, PageRange pages, ByteColumn values, Span<ulong> validity)
    {
        Span<ByteRange> ranges = stackalloc ByteRange[256];
        for (var done = 0; done < pages.RowCount;)
        {
            var rows = chunk.ReadBytes(pages.FirstRow + done, Math.Min(ranges.Length, pages.RowCount - done), ranges, out var buffer);
            foreach (var range in ranges[..rows])
            {
                values.Add(range.In(buffer));
                if (!range.IsNull)
                {
                    validity[done >> 6] |= 1UL << (done & 63);
                }

                done++;
            }
        }
    }

    public BlockCorruptException Corrupt(ParquetCorruptException fault) => new(fault.File, fault.Offset, fault.What, fault);

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ParquetCorruptException fault)
        {
            throw Corrupt(fault);
        }
    }

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
        var bytes = ArrayPool<byte>.Shared.Rent(pages.RowCount * SpanId.Size);
        try
        {
            chunk.ReadFixed(pages.FirstRow, pages.RowCount, bytes, validity);
            for (var i = 0; i < pages.RowCount; i++)
            {
                values[i] = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(i * SpanId.Size));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
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
