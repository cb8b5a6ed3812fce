using System.Collections.Frozen;
using Clew.Model;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;

namespace Clew.Storage.Deletion;

/// <summary>The traces that a tenant has deleted and still remembers. Immutable; each change is a new one.</summary>
internal sealed class DeletedTraces(IEnumerable<TraceId> ids)
{
    /// <summary>Remembered at most by one tenant: 50 bytes each.</summary>
    public const int MaxTraces = 1_000_000;

    private readonly FrozenSet<TraceId> _ids = ids.ToFrozenSet();

    public int Count => _ids.Count;

    public bool Contains(TraceId id) => _ids.Contains(id);

    /// <summary>The rows of a source's traces table that are deleted.</summary>
    public List<int> In(ITraceTable traces)
    {
        var rows = new List<int>();
        if (traces.Count < _ids.Count)
        {
            for (var row = 0; row < traces.Count; row++)
            {
                if (_ids.Contains(traces[row].Id))
                {
                    rows.Add(row);
                }
            }
        }
        else
        {
            foreach (var id in _ids)
            {
                if (traces.TryFind(id, out var row))
                {
                    rows.Add(row);
                }
            }
        }

        return rows;
    }

    /// <summary>The source without them; the source itself when it has none of them.</summary>
    public ISpanSource Mask(ISpanSource source)
    {
        var traces = In(source.Traces);
        return traces.Count == 0 ? source : new MaskedSource(source, traces, source is BlockReader block ? BlockRows(block, traces) : ScannedRows(source, traces));
    }

    private static IEnumerable<(int Group, int Row)> BlockRows(BlockReader block, List<int> traces)
    {
        var parquet = block.SpanTable.Parquet;
        foreach (var trace in traces)
        {
            var range = block.TraceRows.Rows(trace);
            var group = 0;
            for (var row = range.FirstRow; row < range.FirstRow + range.RowCount; row++)
            {
                while (row >= parquet.RowGroupFirstRow(group) + parquet.RowGroupRows(group))
                {
                    group++;
                }

                yield return (group, row - (int)parquet.RowGroupFirstRow(group));
            }
        }
    }

    private static List<(int Group, int Row)> ScannedRows(ISpanSource source, List<int> traces)
    {
        var dead = new List<(int, int)>();
        var isDead = traces.ToHashSet();
        if (source.Spans.TryColumn(IntrinsicColumns.Trace, out var column))
        {
            for (var group = 0; group < source.Spans.RowGroups; group++)
            {
                var rows = source.Spans.Stats(group).RowCount;
                var numbers = new long[rows];
                column.ReadInt64(new PageRange(group, 0, rows), numbers, new ulong[(rows + 63) / 64]);
                for (var row = 0; row < rows; row++)
                {
                    if (isDead.Contains((int)numbers[row]))
                    {
                        dead.Add((group, row));
                    }
                }
            }
        }

        return dead;
    }
}
