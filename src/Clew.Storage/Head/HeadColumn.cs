using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Storage.Head;

/// <summary>
/// An attribute column in memory: the rows that have a value, in order, and beside each its code or its 64 bits. Sparse, because a
/// span sets ten of some dozens of keys: 8 bytes a set value (12 for numbers) instead of 4 for every row of every key.
/// </summary>
internal sealed class HeadColumn(ColumnId id) : IColumnReader
{
    private readonly ChunkedList<int> _rows = new();
    private readonly ChunkedList<int>? _codes = IsText(id.Type) ? new() : null;
    private readonly ByteInterner? _values = IsText(id.Type) ? new() : null;
    private readonly ChunkedList<long>? _numbers = IsText(id.Type) ? null : new();

    private int _lastRow = -1;
    private int _lastCode = -1;

    public ColumnId Id => id;

    public void Release()
    {
        _rows.Release();
        _codes?.Release();
        _values?.Release();
        _numbers?.Release();
    }

    /// <summary>For making a block: the rows with a value, ascending, and their codes or numbers beside them.</summary>
    public ChunkedList<int> Rows => _rows;

    public ChunkedList<int>? Codes => _codes;

    public ByteInterner? Values => _values;

    public ChunkedList<long>? Numbers => _numbers;

    public long AllocatedBytes =>
        _rows.AllocatedBytes + (_codes?.AllocatedBytes ?? 0) + (_values?.AllocatedBytes ?? 0) + (_numbers?.AllocatedBytes ?? 0);

    /// <summary>
    /// Sets the value of a row; rows come in order, and a second value of one row is refused. The row goes last: a reader that sees it
    /// sees the value beside it.
    /// </summary>
    public bool Add(int row, ReadOnlySpan<byte> value)
    {
        if (row <= _lastRow)
        {
            return false;
        }

        // Spans that come together often agree: hosts, users, statements.
        _lastRow = row;
        if (_lastCode < 0 || !_values![_lastCode].SequenceEqual(value))
        {
            _lastCode = _values!.Intern(value);
        }

        _codes!.Add(_lastCode);
        _rows.Add(row);
        return true;
    }

    public bool Add(int row, long value)
    {
        if (row <= _lastRow)
        {
            return false;
        }

        _lastRow = row;
        _numbers!.Add(value);
        _rows.Add(row);
        return true;
    }

    /// <summary>The code that <see cref="Add(int, ReadOnlySpan{byte})"/> gave last.</summary>
    public int NewestCode => _lastCode;

    public DictionaryView? Dictionary(int rowGroup) => _values?.View();

    public void ReadCodes(PageRange pages, Span<int> codes)
    {
        codes[..pages.RowCount].Fill(-1);
        var first = HeadRows.First(pages);
        for (var i = LowerBound(first); i < _rows.Count; i++)
        {
            var row = _rows[i] - first;
            if (row >= pages.RowCount)
            {
                break;
            }

            codes[row] = _codes![i];
        }
    }

    public void ReadInt64(PageRange pages, Span<long> values, Span<ulong> validity)
    {
        validity[..((pages.RowCount + 63) / 64)].Clear();
        var first = HeadRows.First(pages);
        for (var i = LowerBound(first); i < _rows.Count; i++)
        {
            var row = _rows[i] - first;
            if (row >= pages.RowCount)
            {
                break;
            }

            values[row] = _numbers![i];
            validity[row >> 6] |= 1UL << (row & 63);
        }
    }

    public void ReadDouble(PageRange pages, Span<double> values, Span<ulong> validity)
    {
        validity[..((pages.RowCount + 63) / 64)].Clear();
        var first = HeadRows.First(pages);
        for (var i = LowerBound(first); i < _rows.Count; i++)
        {
            var row = _rows[i] - first;
            if (row >= pages.RowCount)
            {
                break;
            }

            values[row] = BitConverter.Int64BitsToDouble(_numbers![i]);
            validity[row >> 6] |= 1UL << (row & 63);
        }
    }

    public void ReadBytes(PageRange pages, ByteColumn values, Span<ulong> validity)
    {
        validity[..((pages.RowCount + 63) / 64)].Clear();
        var first = HeadRows.First(pages);
        var next = 0;
        for (var i = LowerBound(first); i < _rows.Count; i++)
        {
            var row = _rows[i] - first;
            if (row >= pages.RowCount)
            {
                break;
            }

            for (; next < row; next++)
            {
                values.Add([]);
            }

            values.Add(_values![_codes![i]]);
            validity[row >> 6] |= 1UL << (row & 63);
            next = row + 1;
        }

        for (; next < pages.RowCount; next++)
        {
            values.Add([]);
        }
    }

    private static bool IsText(AttributeType type) => type is AttributeType.String or AttributeType.Bytes;

    /// <summary>The first index in <see cref="Rows"/> at or after a row.</summary>
    public int LowerBound(int row)
    {
        var (low, high) = (0, _rows.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_rows[middle] < row)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

/// <summary>Row groups of the head: fixed runs of rows.</summary>
internal static class HeadRows
{
    public const int GroupBits = 16;

    public const int GroupSize = 1 << GroupBits;

    public static int First(PageRange pages) => (pages.RowGroup << GroupBits) + pages.FirstRow;

    public static int Groups(int rows) => (rows + GroupSize - 1) >> GroupBits;
}
