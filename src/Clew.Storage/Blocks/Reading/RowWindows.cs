using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Reading;

/// <summary>
/// Turns a list of traces into windows of rows: neighbours share a window, a window lies in one row group. The order of the traces is
/// kept, so traces given in the order of their rows cost the fewest reads.
/// </summary>
internal sealed class RowWindows(ParquetReader parquet, TraceTable table, IReadOnlyList<int> traces)
{
    private readonly List<(int End, int TraceIndex, TraceId Id)> _parts = [];
    private int _trace = -1;
    private TraceId _id;
    private int _nextRow;
    private int _rowsLeft;
    private int _part;

    /// <summary>Rows of the window within its row group.</summary>
    public PageRange Rows { get; private set; }

    public bool Next()
    {
        _parts.Clear();
        _part = 0;
        if (!Advance())
        {
            return false;
        }

        var first = _nextRow;
        var window = WindowFrom(parquet, first, int.MaxValue);
        var end = first + window.RowCount;
        while (_nextRow < end && (_parts.Count == 0 || _nextRow == first + _parts[^1].End))
        {
            var take = Math.Min(_rowsLeft, end - _nextRow);
            _nextRow += take;
            _rowsLeft -= take;
            _parts.Add((_nextRow - first, _trace, _id));
            if (!Advance())
            {
                break;
            }
        }

        Rows = window with { RowCount = _parts[^1].End };
        return true;
    }

    /// <summary>The longest window that begins at a row of the block, ends before another, and lies in one row group.</summary>
    public static PageRange WindowFrom(ParquetReader parquet, int first, int end)
    {
        var rowGroup = RowGroupOf(parquet, first);
        var groupStart = (int)parquet.RowGroupFirstRow(rowGroup);
        var rows = Math.Min(SpanAssembler.WindowRows, Math.Min(end, groupStart + parquet.RowGroupRows(rowGroup)) - first);
        return new PageRange(rowGroup, first - groupStart, rows);
    }

    /// <summary>The trace of a row of the window; rows are asked for in order.</summary>
    public void TraceOf(int row, out int traceIndex, out TraceId id)
    {
        while (row >= _parts[_part].End)
        {
            _part++;
        }

        (_, traceIndex, id) = _parts[_part];
    }

    /// <summary>Steps to the next trace when the current one has no rows left; false when there is none.</summary>
    private bool Advance()
    {
        while (_rowsLeft == 0)
        {
            if (_trace + 1 >= traces.Count)
            {
                return false;
            }

            _trace++;
            (_nextRow, _rowsLeft) = table.Rows(traces[_trace]);
            _id = table[traces[_trace]].Id;
        }

        return true;
    }

    private static int RowGroupOf(ParquetReader parquet, int row)
    {
        var rowGroup = 0;
        while (row >= parquet.RowGroupFirstRow(rowGroup) + parquet.RowGroupRows(rowGroup))
        {
            rowGroup++;
        }

        return rowGroup;
    }
}
