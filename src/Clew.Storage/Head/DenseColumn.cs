using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Storage.Head;

/// <summary>A column with a value in every row: the intrinsic numbers of a span.</summary>
internal sealed class DenseColumn<T>(ColumnId id, ChunkedList<T> values, Func<T, long> toInt64) : IColumnReader
    where T : unmanaged
{
    public ColumnId Id => id;

    public DictionaryView? Dictionary(int rowGroup) => null;

    public void ReadCodes(PageRange pages, Span<int> codes) => throw new NotSupportedException($"column {id} has no dictionary");

    public void ReadInt64(PageRange pages, Span<long> destination, Span<ulong> validity)
    {
        validity[..((pages.RowCount + 63) / 64)].Fill(ulong.MaxValue);
        var first = HeadRows.First(pages);
        if (values is ChunkedList<long> longs)
        {
            longs.CopyTo(first, destination[..pages.RowCount]);
            return;
        }

        for (var i = 0; i < pages.RowCount; i++)
        {
            destination[i] = toInt64(values[first + i]);
        }
    }

    public void ReadDouble(PageRange pages, Span<double> destination, Span<ulong> validity) =>
        throw new NotSupportedException($"column {id} holds whole numbers");

    public void ReadBytes(PageRange pages, ByteColumn destination, Span<ulong> validity) =>
        throw new NotSupportedException($"column {id} holds whole numbers");
}

/// <summary>A dictionary column with a code in every row: the span's name.</summary>
internal sealed class DenseCodeColumn(ColumnId id, ChunkedList<int> codes, ByteInterner values) : IColumnReader
{
    public ColumnId Id => id;

    public DictionaryView? Dictionary(int rowGroup) => values.View();

    public void ReadCodes(PageRange pages, Span<int> destination) =>
        codes.CopyTo(HeadRows.First(pages), destination[..pages.RowCount]);

    public void ReadInt64(PageRange pages, Span<long> destination, Span<ulong> validity) =>
        throw new NotSupportedException($"column {id} holds text");

    public void ReadDouble(PageRange pages, Span<double> destination, Span<ulong> validity) =>
        throw new NotSupportedException($"column {id} holds text");

    public void ReadBytes(PageRange pages, ByteColumn destination, Span<ulong> validity)
    {
        validity[..((pages.RowCount + 63) / 64)].Fill(ulong.MaxValue);
        var first = HeadRows.First(pages);
        for (var i = 0; i < pages.RowCount; i++)
        {
            destination.Add(values[codes[first + i]]);
        }
    }
}

/// <summary>The trace id of every row, looked up in the segment's trace table.</summary>
internal sealed class TraceIdColumn(ColumnId id, ChunkedList<int> traces, ChunkedList<HeadTrace> table) : IColumnReader
{
    public ColumnId Id => id;

    public DictionaryView? Dictionary(int rowGroup) => null;

    public void ReadCodes(PageRange pages, Span<int> codes) => throw new NotSupportedException($"column {id} has no dictionary");

    public void ReadInt64(PageRange pages, Span<long> values, Span<ulong> validity) => throw new NotSupportedException($"column {id} holds bytes");

    public void ReadDouble(PageRange pages, Span<double> values, Span<ulong> validity) => throw new NotSupportedException($"column {id} holds bytes");

    public void ReadBytes(PageRange pages, ByteColumn values, Span<ulong> validity)
    {
        validity[..((pages.RowCount + 63) / 64)].Fill(ulong.MaxValue);
        var first = HeadRows.First(pages);
        Span<byte> bytes = stackalloc byte[TraceId.Size];
        for (var i = 0; i < pages.RowCount; i++)
        {
            table[traces[first + i]].Id.WriteTo(bytes);
            values.Add(bytes);
        }
    }
}
