using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Blocks;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Blocks.Reading;
using Clew.Storage.Columns;

namespace Clew.Storage.Compaction;

/// <summary>
/// A run of row groups that are taken together: mostly one; several when a trace is so large that it spans them. Traces
/// <c>[FirstTrace, EndTrace)</c> of the input are in it, whole.
/// </summary>
internal readonly record struct MergeUnit(int Input, int FirstGroup, int Groups, int FirstTrace, int EndTrace, long MinStart, bool IsLong);

/// <summary>A block that is merged into another: its traces, and where its resources and scopes stand in the new block.</summary>
internal sealed class MergeInput
{
    /// <summary>Encoded resources held while they are gone through in order: the rows that a page of them unpacks to, and some.</summary>
    private const long MaxContextCacheBytes = 4 << 20;

    private readonly Dictionary<ColumnId, int> _columns = [];

    private MergeInput(int index, BlockReader block)
    {
        Index = index;
        Block = block;
        foreach (var attribute in block.Meta.Spans.Columns)
        {
            _columns[new ColumnId(AttributeScope.Span, attribute.Key, attribute.Type)] = Spans.Schema.IndexOf(attribute.Column);
        }
    }

    public int Index { get; }

    public BlockReader Block { get; }

    public ParquetReader Spans => Block.SpanTable.Parquet;

    /// <summary>By row of the block's traces table, which is the order of their rows. Texts are codes of the new block.</summary>
    public TraceRecord[] Traces { get; private set; } = [];

    /// <summary>By row of the block's tables: the row in the new block.</summary>
    public int[] Resources { get; private set; } = [];

    public int[] Scopes { get; private set; } = [];

    /// <exception cref="BlockCorruptException">The block is damaged.</exception>
    public static MergeInput Open(int index, BlockReader block, BlockParts target)
    {
        var input = new MergeInput(index, block);
        try
        {
            input.Resources = ReadContexts(block.ResourceTable.Parquet, target.Resources);
            input.Scopes = ReadContexts(block.ScopeTable.Parquet, target.Scopes);
            input.Traces = input.ReadTraces(target.Traces.Texts);
        }
        catch (ParquetCorruptException fault)
        {
            throw new BlockCorruptException(fault.File, fault.Offset, fault.What, fault);
        }

        foreach (var key in block.Meta.Spans.OverflowKeys)
        {
            if (target.SpanKeys.Find(System.Text.Encoding.UTF8.GetBytes(key)) is { } found)
            {
                found.InOverflow = true;
            }
        }

        if (!block.Meta.Spans.OverflowKeysComplete)
        {
            target.SpanKeys.MarkIncomplete();
        }

        Note(block.Meta.EventKeys, target.EventKeys);
        Note(block.Meta.LinkKeys, target.LinkKeys);
        return input;
    }

    /// <summary>Hands the keys on; of a block that does not list them nothing is known, and so of the new one.</summary>
    private static void Note(IReadOnlyList<string>? names, AttributeKeys keys)
    {
        if (names is null)
        {
            keys.MarkIncomplete();
            return;
        }

        foreach (var name in names)
        {
            keys.Find(System.Text.Encoding.UTF8.GetBytes(name));
        }
    }

    /// <summary>The column of an attribute in the block's spans.parquet, or -1.</summary>
    public int ColumnOf(string key, AttributeType type) => _columns.GetValueOrDefault(new ColumnId(AttributeScope.Span, key, type), -1);

    public int GroupOf(int row)
    {
        var (low, high) = (0, Spans.RowGroupCount - 1);
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (Spans.RowGroupFirstRow(middle) <= row)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    /// <summary>The block's row groups with their traces, in the order of rows.</summary>
    public List<MergeUnit> Units(long longTraceNano)
    {
        var units = new List<MergeUnit>();
        for (var trace = 0; trace < Traces.Length;)
        {
            var first = trace;
            var group = GroupOf(Traces[trace].FirstRow);
            var lastGroup = group;
            var (minStart, isLong) = (long.MaxValue, true);
            do
            {
                ref readonly var record = ref Traces[trace];
                lastGroup = Math.Max(lastGroup, GroupOf(record.FirstRow + record.SpanCount - 1));
                minStart = Math.Min(minStart, record.Start);
                isLong &= record.End - record.Start > longTraceNano;
                trace++;
            }
            while (trace < Traces.Length && GroupOf(Traces[trace].FirstRow) <= lastGroup);
            units.Add(new MergeUnit(Index, group, lastGroup - group + 1, first, trace, minStart, isLong));
        }

        return units;
    }

    private TraceRecord[] ReadTraces(ByteTable texts)
    {
        var file = Block.TracesFile;
        var traces = new TraceRecord[Block.Meta.TraceCount];
        var (services, names) = (new ByteColumn(), new ByteColumn());
        for (var group = 0; group < file.RowGroupCount; group++)
        {
            var (first, rows) = ((int)file.RowGroupFirstRow(group), file.RowGroupRows(group));
            ReadTexts(file, group, BlockFormat.RootServiceColumn, services);
            ReadTexts(file, group, BlockFormat.RootNameColumn, names);
            for (var i = 0; i < rows; i++)
            {
                var summary = Block.Traces[first + i];
                var range = Block.TraceRows.Rows(first + i);
                traces[first + i] = new TraceRecord
                {
                    Id = summary.Id, Start = summary.StartUnixNano, End = summary.EndUnixNano, SpanCount = summary.SpanCount, ErrorCount = summary.ErrorCount,
                    FirstRow = range.FirstRow, RootService = texts.Intern(services[i]), RootName = texts.Intern(names[i]),
                };
                if (first + i > 0 && range.FirstRow < traces[first + i - 1].FirstRow + traces[first + i - 1].SpanCount)
                {
                    throw new BlockCorruptException(file.Source.Name, 0, $"trace {first + i} begins at row {range.FirstRow}, within the trace before it");
                }
            }
        }

        return traces;
    }

    private static void ReadTexts(ParquetReader file, int group, string name, ByteColumn values)
    {
        values.Clear();
        var column = file.Schema.IndexOf(name);
        if (column < 0 || file.Schema[column].Type != ParquetType.ByteArray)
        {
            throw new BlockCorruptException(file.Source.Name, 0, $"column '{name}' is missing or holds no texts");
        }

        var rows = file.RowGroupRows(group);
        using var chunk = file.OpenColumn(group, column);
        BlockColumnReader.AppendBytes(chunk, new PageRange(group, 0, rows), values, new ulong[(rows + 63) / 64]);
    }

    private static int[] ReadContexts(ParquetReader file, ContextTable target)
    {
        var rows = new int[file.Rows];
        // A cache of its own: what a merge reads once is not worth a place among what queries ask for.
        var reader = new ContextReader(file, new BlockCache(MaxContextCacheBytes));
        for (var row = 0; row < rows.Length; row++)
        {
            reader.Read(row, out var message, out var schemaUrl);
            rows[row] = target.Intern(message, schemaUrl, out _);
        }

        return rows;
    }
}
