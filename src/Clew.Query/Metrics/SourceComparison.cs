using System.Numerics;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// <c>compare()</c> over the rows of one block, column by column, for one worker. Attributes of resources are counted once a resource, and
/// the root of a trace is looked for once a trace. What is no block, or keeps something where it cannot be read row by row, is left to
/// whole traces.
/// </summary>
internal sealed class SourceComparison : IRowCounter, IChunkSink
{
    // Names of spans that are remembered from chunk to chunk.
    private const int MaxNames = 100_000;

    private readonly ISpanSource _source;
    private readonly ComparisonTable _table;
    private readonly RowVisitor _visitor;
    private readonly BoundCondition _selection;
    private readonly TimeRange _selectionTime;
    private readonly bool _canCount;
    private readonly List<Field> _fields = [];
    private readonly ResourceValues[] _resources = [];
    private readonly long[] _ofResource = [];
    private readonly IColumnReader? _residue;
    private readonly SpanDecoder _decoder = new();
    private readonly ulong[] _rows = new ulong[Chunk.MaxWords];
    private readonly ulong[] _open = new ulong[Chunk.MaxWords];
    private readonly ulong[] _withRoots = new ulong[Chunk.MaxWords];
    private readonly ulong[] _selected = new ulong[Chunk.MaxWords];
    private readonly ulong[] _part = new ulong[Chunk.MaxWords];
    private readonly int[] _slots = new int[Chunk.MaxRows];
    private readonly int[] _roots = new int[Chunk.MaxRows];
    private readonly int[] _numbers = new int[Chunk.MaxRows];
    private ValueTable _names = new();
    private LabelReader _nameReader;

    // By number of a name, its number in the table of what is counted.
    private int[] _countedNames = [];
    private Outlook _outlook;

    public SourceComparison(ISpanSource source, ulong[] split, Condition condition, MetricsCompare function, TimeGrid grid, ComparisonTable table, ScanBuffers buffers)
    {
        (_source, _table) = (source, table);
        Left = new RowLeftovers(split, grid);
        var binder = new ConditionBinder(source);
        _visitor = new RowVisitor(source, binder.Bind(condition), new TimeRange(grid.StartUnixNano, grid.EndUnixNano), WindowRule.Starts, new Chunk(source, split, buffers));
        _visitor.SinkColumns.AddRange([IntrinsicColumns.Start, IntrinsicColumns.Trace]);
        _selection = binder.Bind(Condition.Of(function.Selection.Condition));
        _selectionTime = new TimeRange(function.StartUnixNano ?? long.MinValue, function.EndUnixNano ?? long.MaxValue);
        _nameReader = NewNameReader();
        _canCount = CanCount(source);
        if (!_canCount)
        {
            return;
        }

        _residue = source.Spans.TryColumn(IntrinsicColumns.Residue, out var residue) ? residue : null;
        _resources = Resources();
        _ofResource = new long[_resources.Length * table.Slots];
        AddFields();
        _selection.AddColumns(_visitor.SinkColumns);
        _visitor.SinkColumns.AddRange([IntrinsicColumns.SpanId, IntrinsicColumns.NestedParent, IntrinsicColumns.Resource, IntrinsicColumns.OverflowCount, IntrinsicColumns.Overflow]);
        _fields.ForEach(field => field.Reader.AddColumns(_visitor.SinkColumns));
    }

    public RowLeftovers Left { get; }

    public ValueTask ScanAsync(int rowGroup, CancellationToken cancellationToken) => _visitor.VisitAsync(rowGroup, this, cancellationToken);

    public void Begin(int rowGroup)
    {
        _outlook = _canCount ? _selection.Prepare(rowGroup) : Outlook.None;
        if (_names.Count > MaxNames)
        {
            _names = new ValueTable();
            _nameReader = NewNameReader();
            _countedNames = [];
        }
    }

    public void Add(Chunk chunk, ReadOnlySpan<ulong> yes, ReadOnlySpan<ulong> maybe)
    {
        var rows = _rows.AsSpan(0, yes.Length);
        var open = _open.AsSpan(0, yes.Length);
        yes.CopyTo(rows);
        maybe.CopyTo(open);
        if (!_canCount)
        {
            LeaveAll(chunk, rows);
            LeaveAll(chunk, open);
            return;
        }

        FindRoots(chunk, rows, open);
        OpenResidue(chunk, rows, open);
        var selected = _selected.AsSpan(0, yes.Length);
        Select(chunk, rows, open, selected);
        Left.AddOpen(chunk, open);
        PlaceRows(chunk, rows, selected);
        if (Bits.Any(rows))
        {
            CountResources(chunk, rows);
            CountNames(chunk, rows);
            CountOverflow(chunk, rows);
            foreach (var field in _fields)
            {
                Count(chunk, field, rows);
            }
        }
    }

    /// <summary>Hands over what was counted a resource; nothing of a row is to come.</summary>
    public void Finish()
    {
        for (var at = 0; at < _ofResource.Length; at++)
        {
            if (_ofResource[at] > 0)
            {
                foreach (var (name, value) in _resources[at / _table.Slots].Attributes)
                {
                    _table[name].Add(value, at % _table.Slots, _ofResource[at]);
                }
            }
        }
    }

    /// <summary>A field that has columns of its own, by name; <paramref name="HasEmpty"/> when an empty text is a value.</summary>
    private sealed record Field(string Name, ComparedField Counts, LabelReader Reader, List<IColumnReader> Columns, bool HasEmpty = true)
    {
        /// <summary>The table that the reader gives numbers of: a field that was cut has another.</summary>
        public ValueTable Values { get; } = Counts.Values;
    }

    private sealed record ResourceValues(List<(string Name, QueryValue Value)> Attributes, QueryValue ServiceName);

    /// <summary>Blocks whose every attribute is in a column, encoded or typed, and whose spans have nested-set numbers.</summary>
    private static bool CanCount(ISpanSource source) =>
        !source.IsHead && source.Traces.Count > 0 && source.Traces.TryRows(0, out _, out _)
        && source.Spans.TryColumn(IntrinsicColumns.NestedParent, out _)
        && IsReadable(source.Spans) && IsReadable(source.Resources);

    private static bool IsReadable(IColumnSource table) =>
        !table.TryColumn(IntrinsicColumns.OverflowCount, out _) || table.TryColumn(IntrinsicColumns.Overflow, out _);

    private LabelReader NewNameReader() => new(_source, new IntrinsicRef(Intrinsic.Name), _names);

    private void AddFields()
    {
        foreach (var key in _source.Spans.Columns.Where(static id => id.Scope == AttributeScope.Span).Select(static id => id.Key).Distinct(StringComparer.Ordinal))
        {
            var columns = new List<IColumnReader>();
            for (var type = AttributeType.String; type <= AttributeType.Bool; type++)
            {
                if (_source.Spans.TryColumn(new ColumnId(AttributeScope.Span, key, type), out var reader))
                {
                    columns.Add(reader);
                }
            }

            var counts = _table[ComparisonBuilder.SpanPrefix + key];
            _fields.Add(new Field(key, counts, LabelReader.OfColumns(_source, key, counts.Values), columns));
        }

        AddIntrinsic(ComparisonBuilder.Kind, Intrinsic.Kind, IntrinsicColumns.Kind, hasEmpty: true);
        AddIntrinsic(ComparisonBuilder.Status, Intrinsic.Status, IntrinsicColumns.Status, hasEmpty: true);
        AddIntrinsic(ComparisonBuilder.StatusMessage, Intrinsic.StatusMessage, IntrinsicColumns.StatusMessage, hasEmpty: false);
    }

    private void AddIntrinsic(string name, Intrinsic intrinsic, ColumnId column, bool hasEmpty)
    {
        if (_source.Spans.TryColumn(column, out var reader))
        {
            var counts = _table[name];
            _fields.Add(new Field(name, counts, new LabelReader(_source, new IntrinsicRef(intrinsic), counts.Values), [reader], hasEmpty));
        }
    }

    /// <summary>The scalars of every resource, those without a column among them.</summary>
    private ResourceValues[] Resources()
    {
        var table = _source.Resources;
        var rows = 0;
        for (var group = 0; group < table.RowGroups; group++)
        {
            rows += table.Stats(group).RowCount;
        }

        var attributes = Enumerable.Range(0, Math.Max(1, rows)).Select(static _ => new List<AttributeData>()).ToArray();
        foreach (var id in table.Columns.Where(static id => id.Scope == AttributeScope.Resource && id.Type != AttributeType.Bytes))
        {
            if (table.TryColumn(id, out var reader))
            {
                ContextVerdicts.Each(table, reader, (row, value) => attributes[row].Add(new AttributeData(id.Key, value)));
            }
        }

        if (table.TryColumn(IntrinsicColumns.Overflow, out var overflow))
        {
            EachEncoded(table, overflow, (row, span) => attributes[row].AddRange(span.Attributes));
        }

        return Array.ConvertAll(attributes, static all => new ResourceValues(
            [.. all.Where(static one => ComparisonBuilder.IsCounted(one.Value)).Select(static one => (ComparisonBuilder.ResourcePrefix + one.Key, one.Value))],
            QueryValue.String(AttributeData.Find([.. all], ResourceData.ServiceNameKey).ToText())));
    }

    private void EachEncoded(IColumnSource table, IColumnReader reader, Action<int, SpanData> action)
    {
        var first = 0;
        for (var group = 0; group < table.RowGroups; group++)
        {
            var rows = table.Stats(group).RowCount;
            var bytes = new ByteColumn();
            var present = new ulong[Bits.Words(rows)];
            reader.ReadBytes(new PageRange(group, 0, rows), bytes, present);
            for (var row = 0; row < rows; row++)
            {
                if (Bits.Get(present, row))
                {
                    action(first + row, _decoder.Decode(bytes[row], SpanDecoder.NoResource, SpanDecoder.NoScope));
                }
            }

            first += rows;
        }
    }

    private void LeaveAll(Chunk chunk, ReadOnlySpan<ulong> rows)
    {
        var traces = chunk.Dense(IntrinsicColumns.Trace);
        var starts = chunk.Dense(IntrinsicColumns.Start);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                Left.AddWhole((int)traces[row], starts[row]);
            }
        }
    }

    /// <summary>
    /// Notes for each row where the root of its trace is, -1 where there is none. Traces that are not whole in this chunk, have several roots, or
    /// ids that several spans share, are left to those who read whole traces.
    /// </summary>
    private void FindRoots(Chunk chunk, Span<ulong> rows, Span<ulong> open)
    {
        var traces = chunk.Dense(IntrinsicColumns.Trace);
        var starts = chunk.Dense(IntrinsicColumns.Start);
        var ids = chunk.Dense(IntrinsicColumns.SpanId);
        var marks = chunk.Dense(IntrinsicColumns.NestedParent);
        var (latest, root, isLeft) = (-1L, -1, false);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word] | open[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (traces[row] != latest)
                {
                    latest = traces[row];
                    isLeft = Left.IsSplit((int)latest) || !TryRoot(row, traces, ids, marks, out root);
                }

                _roots[row] = root;
                if (isLeft)
                {
                    var bit = rest & (0 - rest);
                    rows[word] &= ~bit;
                    open[word] &= ~bit;
                    Left.AddWhole((int)latest, starts[row]);
                }
            }
        }
    }

    private bool TryRoot(int row, ReadOnlySpan<long> traces, ReadOnlySpan<long> ids, ReadOnlySpan<long> marks, out int root)
    {
        root = -1;
        var (first, end) = (row, row + 1);
        while (first > 0 && traces[first - 1] == traces[row])
        {
            first--;
        }

        while (end < traces.Length && traces[end] == traces[row])
        {
            end++;
        }

        if (!_source.Traces.TryRows((int)traces[row], out _, out var count) || count != end - first || HasRepeated(ids[first..end]))
        {
            return false;
        }

        var part = marks[first..end];
        var at = part.IndexOf(TraceTree.RootParent);
        root = at < 0 ? -1 : first + at;
        return at < 0 || !part[(at + 1)..].Contains(TraceTree.RootParent);
    }

    private static bool HasRepeated(ReadOnlySpan<long> ids)
    {
        // Most traces are small enough to compare every pair.
        const int Few = 24;
        if (ids.Length <= Few)
        {
            for (var i = 1; i < ids.Length; i++)
            {
                if (ids[..i].Contains(ids[i]))
                {
                    return true;
                }
            }

            return false;
        }

        var seen = new HashSet<long>(ids.Length);
        foreach (var id in ids)
        {
            if (!seen.Add(id))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Rows with something that no column can give back are looked at as they came.</summary>
    private void OpenResidue(Chunk chunk, Span<ulong> rows, Span<ulong> open)
    {
        if (_residue is null || _residue.Bounds(chunk.Pages).AllNull)
        {
            return;
        }

        ColumnPresence.Read(chunk, _residue, _part);
        for (var word = 0; word < rows.Length; word++)
        {
            open[word] |= rows[word] & _part[word];
            rows[word] &= ~_part[word];
        }
    }

    private void Select(Chunk chunk, Span<ulong> rows, Span<ulong> open, Span<ulong> selected)
    {
        var outlook = _outlook == Outlook.Mixed ? _selection.Look(chunk) : _outlook;
        selected.Clear();
        if (outlook == Outlook.All)
        {
            rows.CopyTo(selected);
        }
        else if (outlook == Outlook.Mixed && Bits.Any(rows))
        {
            var maybe = _part.AsSpan(0, rows.Length);
            _selection.Decide(chunk, rows, selected, maybe);
            Bits.Or(open, maybe);
            Bits.AndNot(rows, maybe);
        }
    }

    /// <summary>Gives every row its slot, and drops those that start outside of all intervals.</summary>
    private void PlaceRows(Chunk chunk, Span<ulong> rows, ReadOnlySpan<ulong> selected)
    {
        var starts = chunk.Dense(IntrinsicColumns.Start);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                var interval = Left.IntervalOf(starts[row]);
                if (interval < 0)
                {
                    rows[word] &= ~(rest & (0 - rest));
                    continue;
                }

                var inTime = starts[row] >= _selectionTime.StartUnixNano && starts[row] <= _selectionTime.EndUnixNano;
                _slots[row] = _table.Slot(interval, inTime && (selected[word] & rest & (0 - rest)) != 0);
            }
        }
    }

    private void CountResources(Chunk chunk, ReadOnlySpan<ulong> rows)
    {
        var resources = chunk.Dense(IntrinsicColumns.Resource);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                _ofResource[(resources[row] * _table.Slots) + _slots[row]]++;
            }
        }
    }

    /// <summary>Names of spans, and names and services of their roots: neighbours with one root are counted together.</summary>
    private void CountNames(Chunk chunk, ReadOnlySpan<ulong> rows)
    {
        var read = _withRoots.AsSpan(0, rows.Length);
        rows.CopyTo(read);
        Each(rows, row =>
        {
            if (_roots[row] >= 0)
            {
                Bits.Set(_withRoots, _roots[row]);
            }
        });
        _nameReader.Read(chunk, read, _numbers);
        var resources = chunk.Dense(IntrinsicColumns.Resource);
        var (names, rootNames, rootServices) = (_table[ComparisonBuilder.Name], _table[ComparisonBuilder.RootName], _table[ComparisonBuilder.RootService]);
        var (root, slot, run) = (-1, 0, 0);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                names.Totals[_slots[row]]++;
                if (!names.IsCut)
                {
                    names.AddValue(CountedName(names, _numbers[row]), _slots[row], 1);
                }

                if (_roots[row] != root || _slots[row] != slot)
                {
                    AddRoot(root, slot, run, resources);
                    (root, slot, run) = (_roots[row], _slots[row], 0);
                }

                run++;
            }
        }

        AddRoot(root, slot, run, resources);

        void AddRoot(int at, int place, int count, ReadOnlySpan<long> resourceOf)
        {
            if (at >= 0 && count > 0)
            {
                rootNames.Add(_names[_numbers[at]], place, count);
                rootServices.Add(_resources[resourceOf[at]].ServiceName, place, count);
            }
        }
    }

    private int CountedName(ComparedField names, int number)
    {
        if (number >= _countedNames.Length)
        {
            var known = _countedNames.Length;
            Array.Resize(ref _countedNames, Math.Max(_names.Count, known * 2));
            _countedNames.AsSpan(known).Fill(ValueTable.Nil);
        }

        ref var counted = ref _countedNames[number];
        return counted >= 0 ? counted : counted = names.Values.Number(_names[number]);
    }

    private void CountOverflow(Chunk chunk, ReadOnlySpan<ulong> rows)
    {
        var positive = chunk.Positive(IntrinsicColumns.OverflowCount);
        if (positive.Length == 0)
        {
            return;
        }

        var look = _part.AsSpan(0, rows.Length);
        positive.CopyTo(look);
        Bits.And(look, rows);
        if (Bits.Any(look))
        {
            EncodedRows.Overflow.TryEach(chunk, look, _decoder, (row, span) =>
            {
                foreach (var attribute in span.Attributes)
                {
                    if (ComparisonBuilder.IsCounted(attribute.Value))
                    {
                        _table[ComparisonBuilder.SpanPrefix + attribute.Key].Add(attribute.Value, _slots[row], 1);
                    }
                }
            });
        }
    }

    private void Count(Chunk chunk, Field field, ReadOnlySpan<ulong> rows)
    {
        if (field.Columns.TrueForAll(column => column.Bounds(chunk.Pages).AllNull))
        {
            return;
        }

        var (counts, totals) = (field.Counts, field.Counts.Totals);
        if (counts.IsCut)
        {
            CountPresent(chunk, field, rows);
            return;
        }

        var empty = field.HasEmpty ? ValueTable.Nil : field.Values.Number(QueryValue.String(""));
        field.Reader.Read(chunk, rows, _numbers);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                var number = _numbers[row];
                if (number >= 0 && number != empty)
                {
                    totals[_slots[row]]++;
                    if (!counts.IsCut)
                    {
                        counts.AddValue(number, _slots[row], 1);
                    }
                }
            }
        }
    }

    /// <summary>A field with too many values: only that the rows have one is counted.</summary>
    private void CountPresent(Chunk chunk, Field field, ReadOnlySpan<ulong> rows)
    {
        var present = _part.AsSpan(0, rows.Length);
        present.Clear();
        foreach (var column in field.Columns)
        {
            ColumnPresence.Read(chunk, column, _withRoots);
            Bits.Or(present, _withRoots.AsSpan(0, rows.Length));
        }

        Bits.And(present, rows);
        Each(present, row => field.Counts.Totals[_slots[row]]++);
    }

    private static void Each(ReadOnlySpan<ulong> rows, Action<int> action)
    {
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                action((word << 6) + BitOperations.TrailingZeroCount(rest));
            }
        }
    }
}
