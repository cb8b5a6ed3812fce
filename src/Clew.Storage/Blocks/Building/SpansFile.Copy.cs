using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Columns;
using Clew.Storage.Compaction;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Takes row groups over from another block. Column chunks are copied byte by byte; only the three columns that name rows of the block's
/// own tables (resource, scope, trace) are written anew. About a tenth of the work of unpacking and packing.
/// </summary>
internal sealed partial class SpansFile
{
    private long[] _numbers = [];
    private int[] _mapped = [];
    private ulong[] _validity = [];

    /// <summary>Makes room in the catalogue for a block's columns; false, and nothing certain, when there are too many.</summary>
    public bool TryAdmit(MergeInput input, AttributeKeys keys)
    {
        foreach (var column in input.Block.Meta.Spans.Columns)
        {
            if (keys.Find(System.Text.Encoding.UTF8.GetBytes(column.Key)) is not { } key || !Catalogue.TryAdmit(key, column.Type))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Appends the row groups of a unit with all their traces.</summary>
    public void Copy(MergeInput input, in MergeUnit unit)
    {
        AddColumns();
        var firstTraceRow = _traces.Count;
        var shift = Rows - (int)input.Spans.RowGroupFirstRow(unit.FirstGroup);
        for (var trace = unit.FirstTrace; trace < unit.EndTrace; trace++)
        {
            _traces.Add(input.Traces[trace] with { FirstRow = input.Traces[trace].FirstRow + shift });
        }

        var next = unit.FirstTrace;
        for (var group = unit.FirstGroup; group < unit.FirstGroup + unit.Groups; group++)
        {
            CopyGroup(input, group, unit.FirstTrace, firstTraceRow, ref next);
        }
    }

    private void CopyGroup(MergeInput input, int group, int firstTrace, int firstTraceRow, ref int next)
    {
        var source = input.Spans;
        var rows = source.RowGroupRows(group);
        if (_numbers.Length < rows)
        {
            _numbers = new long[rows];
            _mapped = new int[rows];
            _validity = new ulong[(rows + 63) / 64];
        }

        File.StartRowGroup(rows, source.PageRows(group), []);
        foreach (var column in FixedColumns)
        {
            var from = source.Schema.IndexOf(column.Name);
            if (column.Name == IntrinsicColumns.Trace.Key)
            {
                WriteTraceRows(input, (int)source.RowGroupFirstRow(group), rows, firstTrace, firstTraceRow, ref next);
            }
            else if (column.Name == IntrinsicColumns.Resource.Key)
            {
                WriteMapped(source, group, from, rows, input.Resources);
            }
            else if (column.Name == IntrinsicColumns.Scope.Key)
            {
                WriteMapped(source, group, from, rows, input.Scopes);
            }
            else if (from < 0 && column.IsOptional)
            {
                File.WriteNulls();
            }
            else
            {
                File.Copy(source, group, from);
            }
        }

        foreach (var column in Catalogue.Columns)
        {
            var from = input.ColumnOf(column.Key.Name, column.Type);
            if (from < 0 || source.NullCount(group, from) == rows)
            {
                File.WriteNulls();
            }
            else
            {
                File.Copy(source, group, from);
                column.ValueCount += rows - Math.Max(0, source.NullCount(group, from));
            }
        }

        Rows += rows;
    }

    /// <summary>The row in the new traces table of each row's trace: traces follow each other as their rows do.</summary>
    private void WriteTraceRows(MergeInput input, int firstRow, int rows, int firstTrace, int firstTraceRow, ref int next)
    {
        for (var row = firstRow; row < firstRow + rows;)
        {
            ref readonly var trace = ref input.Traces[next];
            var end = Math.Min(trace.FirstRow + trace.SpanCount, firstRow + rows);
            if (row < trace.FirstRow || row >= end)
            {
                throw new BlockCorruptException(input.Spans.Source.Name, 0, $"row {row} belongs to no trace of the traces table");
            }

            _numbers.AsSpan(row - firstRow, end - row).Fill(firstTraceRow + next - firstTrace);
            row = end;
            if (row == trace.FirstRow + trace.SpanCount)
            {
                next++;
            }
        }

        File.WriteOrderedNumbers(_numbers.AsSpan(0, rows));
    }

    private void WriteMapped(ParquetReader source, int group, int column, int rows, int[] map)
    {
        using (var chunk = source.OpenColumn(group, column))
        {
            chunk.ReadInt64(0, rows, _numbers, _validity);
        }

        for (var i = 0; i < rows; i++)
        {
            var row = _numbers[i];
            _mapped[i] = (ulong)row < (ulong)map.Length
                ? map[row]
                : throw new BlockCorruptException(source.Source.Name, 0, $"a span names row {row} of {map.Length}");
        }

        File.WriteSmallNumbers<int>(_mapped.AsSpan(0, rows));
    }
}
