using System.Text;
using Clew.Model;
using Clew.Otlp.Wire;
using Clew.Semantics.Nodes;
using Clew.Storage.Blocks;
using Clew.Storage.Blocks.Building;

namespace Clew.Storage.Rollups;

/// <summary>
/// Writes <c>rollups.parquet</c>. Tables come in the order of the file: first those with the series of spans, by minute, then those with the
/// series of calls. What is written is let go, a row group at a time.
/// </summary>
internal sealed class RollupsWriter(ScratchStream stream) : IDisposable
{
    private const int PageRows = 8192;

    /// <summary>A row with its key and histograms takes about 800 bytes until it is written.</summary>
    private const int RowGroupRows = 16 << 10;

    private readonly ColumnFile _file = new(RollupColumns.File, stream, RollupColumns.Schema());
    private readonly List<RollupRow> _waiting = [];
    private long _firstMinute = long.MaxValue;
    private long _lastMinute = long.MinValue;
    private int _spanSeries;
    private int _edgeSeries;

    /// <summary>Writes a whole table as a file; answers its catalogue, null when the table is empty.</summary>
    public static BlockRollups? Write(ScratchStream stream, RollupTable table)
    {
        using var writer = new RollupsWriter(stream);
        writer.Add(table);
        return writer.Finish();
    }

    /// <summary>Takes the series of a table, which nobody may change before <see cref="Finish"/>.</summary>
    public void Add(RollupTable table)
    {
        var rows = RollupRow.Of(table);
        foreach (ref readonly var row in rows.AsSpan())
        {
            _firstMinute = Math.Min(_firstMinute, row.Minute);
            _lastMinute = Math.Max(_lastMinute, row.Minute);
            _edgeSeries += row.IsEdge ? 1 : 0;
            _spanSeries += row.IsEdge ? 0 : 1;
        }

        _waiting.AddRange(rows);
        var written = 0;
        for (; _waiting.Count - written >= RowGroupRows; written += RowGroupRows)
        {
            WriteRowGroup(_file, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_waiting).Slice(written, RowGroupRows));
        }

        _waiting.RemoveRange(0, written);
    }

    /// <summary>Ends the file; answers its catalogue, null when nothing was counted.</summary>
    public BlockRollups? Finish()
    {
        if (_waiting.Count > 0)
        {
            WriteRowGroup(_file, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_waiting));
            _waiting.Clear();
        }

        _file.Finish();
        return _spanSeries + _edgeSeries == 0 ? null : new BlockRollups
        {
            Version = BlockRollups.CurrentVersion, FirstMinute = _firstMinute, LastMinute = _lastMinute, SpanSeries = _spanSeries, EdgeSeries = _edgeSeries,
        };
    }

    public void Dispose() => _file.Dispose();

    private static void WriteRowGroup(ColumnFile file, ReadOnlySpan<RollupRow> rows)
    {
        file.StartRowGroup(rows.Length, PageRows, []);
        var small = new int[rows.Length];
        foreach (var column in RollupColumns.SmallNumbers)
        {
            var number = RollupRow.SmallNumber(column);
            for (var i = 0; i < rows.Length; i++)
            {
                small[i] = number(rows[i]);
            }

            file.WriteSmallNumbers<int>(small);
        }

        for (var side = 0; side < RollupColumns.Sides.Length; side++)
        {
            WriteNodes(file, rows, isClient: side == 0, small);
        }

        foreach (var column in RollupColumns.Texts)
        {
            var dictionary = new ByteTable();
            var codes = new Dictionary<string, int>(StringComparer.Ordinal);
            var textOf = RollupRow.Text(column);
            for (var i = 0; i < rows.Length; i++)
            {
                var text = textOf(rows[i]);
                if (!codes.TryGetValue(text, out small[i]))
                {
                    codes.Add(text, small[i] = dictionary.Append(Encoding.UTF8.GetBytes(text)));
                }
            }

            file.WriteTexts(small, dictionary);
        }

        var numbers = new long[rows.Length];
        foreach (var column in RollupColumns.Numbers)
        {
            var number = RollupRow.Number(column);
            for (var i = 0; i < rows.Length; i++)
            {
                numbers[i] = number(rows[i]);
            }

            file.WriteOrderedNumbers(numbers);
        }

        WriteLatency(file, rows, isClient: true);
        WriteLatency(file, rows, isClient: false);
        var ids = new byte[rows.Length * TraceId.Size];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i].Exemplar.TraceId.WriteTo(ids.AsSpan(i * TraceId.Size));
        }

        file.WriteOrderedFixed(ids);
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i].Exemplar.SpanId.WriteTo(ids.AsSpan(i * SpanId.Size));
        }

        file.WriteOrderedFixed(ids.AsSpan(0, rows.Length * SpanId.Size));
    }

    /// <summary>Rows of a node share its texts, so each is encoded once a node.</summary>
    private static void WriteNodes(ColumnFile file, ReadOnlySpan<RollupRow> rows, bool isClient, int[] small)
    {
        var numbers = new Dictionary<ServiceNode, int>();
        var nodes = new List<ServiceNode>();
        var nodeOf = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var node = isClient ? rows[i].Client : rows[i].Server;
            if (!numbers.TryGetValue(node, out nodeOf[i]))
            {
                numbers.Add(node, nodeOf[i] = nodes.Count);
                nodes.Add(node);
            }

            small[i] = (int)node.Kind;
        }

        file.WriteSmallNumbers<int>(small);
        for (var text = 0; text < RollupColumns.NodeTexts.Length; text++)
        {
            var dictionary = new ByteTable();
            var codes = nodes.ConvertAll(node => dictionary.Intern(Encoding.UTF8.GetBytes(RollupRow.NodeText(node, text))));
            for (var i = 0; i < rows.Length; i++)
            {
                small[i] = codes[nodeOf[i]];
            }

            file.WriteTexts(small, dictionary);
        }
    }

    private static void WriteLatency(ColumnFile file, ReadOnlySpan<RollupRow> rows, bool isClient)
    {
        var column = new SparseColumn();
        using var buffer = new PooledBuffer();
        for (var i = 0; i < rows.Length; i++)
        {
            buffer.Clear();
            HistogramCodec.Write(isClient ? rows[i].ClientLatency : rows[i].ServerLatency, buffer);
            if (buffer.Length > 0)
            {
                column.AppendBytes(i, buffer.Written);
            }
        }

        file.WriteMessages(column);
    }
}
