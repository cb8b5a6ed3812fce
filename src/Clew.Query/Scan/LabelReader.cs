using System.Globalization;
using System.Numerics;
using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Scan;

/// <summary>
/// Reads a field of a chunk's rows as numbers of values. The places of the field are tried in order, as the evaluator does it; where
/// columns cannot tell, the row gets <see cref="ValueTable.Open"/>. One source, one thread.
/// </summary>
internal sealed class LabelReader
{
    private readonly ISpanSource _source;
    private readonly ValueTable _values;
    private readonly List<LabelStep> _steps = [];
    private readonly ulong[] _open = new ulong[Chunk.MaxWords];

    /// <param name="source">Whose rows.</param>
    /// <param name="field">Which field.</param>
    /// <param name="values">Where values get their numbers.</param>
    /// <param name="skipColumns">Leaves out the span's typed columns, because the caller has looked there.</param>
    public LabelReader(ISpanSource source, FieldReference field, ValueTable values, bool skipColumns = false)
    {
        _source = source;
        _values = values;
        if (field is AttributeRef attribute)
        {
            AddAttribute(attribute, skipColumns);
        }
        else if (field is IntrinsicRef { Intrinsic: var intrinsic })
        {
            _steps.Add(Intrinsic(intrinsic));
        }
    }

    /// <summary>Whether a row can have a value at all.</summary>
    public bool IsEmpty => _steps.Count == 0;

    public void AddColumns(ICollection<ColumnId> columns)
    {
        foreach (var step in _steps)
        {
            step.AddColumns(columns);
        }
    }

    /// <summary>Sets the numbers of the rows asked for; what stands at other rows is unspecified.</summary>
    public void Read(Chunk chunk, ReadOnlySpan<ulong> rows, Span<int> numbers)
    {
        var open = _open.AsSpan(0, rows.Length);
        rows.CopyTo(open);
        numbers.Fill(ValueTable.Nil);
        foreach (var step in _steps)
        {
            if (!Bits.Any(open))
            {
                return;
            }

            step.Read(chunk, open, numbers);
        }
    }

    private void AddAttribute(AttributeRef attribute, bool skipColumns)
    {
        if (attribute.OfParent)
        {
            _steps.Add(new OpenStep());
            return;
        }

        var key = attribute.Name;
        var any = attribute.Scope == FieldScope.Any;
        if (any || attribute.Scope == FieldScope.Span)
        {
            AddSpan(key, skipColumns);
        }

        if (any || attribute.Scope == FieldScope.Resource)
        {
            AddContext(IntrinsicColumns.Resource, _source.Resources, AttributeScope.Resource, key);
        }

        if ((any || attribute.Scope == FieldScope.Event) && MayHave(AttributeScope.Event, key))
        {
            AddEncoded(EncodedRows.Events, (span, _) => SpanFields.Lookup(span, FieldScope.Event, key));
        }

        if ((any || attribute.Scope == FieldScope.Link) && MayHave(AttributeScope.Link, key))
        {
            AddEncoded(EncodedRows.Links, (span, _) => SpanFields.Lookup(span, FieldScope.Link, key));
        }

        if (any || attribute.Scope == FieldScope.Instrumentation)
        {
            AddContext(IntrinsicColumns.Scope, _source.Scopes, AttributeScope.Instrumentation, key);
        }

        if (attribute.FallbackIntrinsic is { } fallback)
        {
            _steps.Add(Intrinsic(fallback));
        }
    }

    private bool MayHave(AttributeScope scope, string key) => _source.UncolumnedKeys(scope)?.Contains(key) ?? true;

    private void AddSpan(string key, bool skipColumns)
    {
        for (var type = AttributeType.String; type <= AttributeType.Bool && !skipColumns; type++)
        {
            if (_source.Spans.TryColumn(new ColumnId(AttributeScope.Span, key, type), out var reader))
            {
                _steps.Add(type == AttributeType.String ? new TextStep(reader, _values, null) : new NumberStep(reader, _values));
            }
        }

        if (MayHave(AttributeScope.Span, key))
        {
            AddEncoded(EncodedRows.Overflow, (span, _) => AttributeData.Find(span.Attributes, key));
        }
    }

    private void AddEncoded(EncodedRows rows, Func<SpanData, long, QueryValue> value)
    {
        if (_source.Spans.TryColumn(rows.Count, out _))
        {
            _steps.Add(new EncodedStep(_source, rows, _values, value));
        }
    }

    private void AddContext(ColumnId pointer, IColumnSource table, AttributeScope scope, string key)
    {
        int[]? numbers = null;
        for (var type = AttributeType.String; type <= AttributeType.Bool; type++)
        {
            if (table.TryColumn(new ColumnId(scope, key, type), out var reader))
            {
                var known = numbers ??= NewNumbers(table);
                ContextVerdicts.Each(table, reader, (row, value) => known[row] = _values.Number(value));
            }
        }

        if (MayHave(scope, key) && table.TryColumn(IntrinsicColumns.OverflowCount, out var overflow))
        {
            var known = numbers ??= NewNumbers(table);
            ContextVerdicts.Each(table, overflow, (row, value) => known[row] = known[row] == ValueTable.Nil && value.AsInt > 0 ? ValueTable.Open : known[row]);
        }

        if (numbers is not null)
        {
            _steps.Add(new PointerStep(pointer, numbers));
        }
    }

    private static int[] NewNumbers(IColumnSource table)
    {
        var rows = 0;
        for (var group = 0; group < table.RowGroups; group++)
        {
            rows += table.Stats(group).RowCount;
        }

        var numbers = new int[Math.Max(1, rows)];
        numbers.AsSpan().Fill(ValueTable.Nil);
        return numbers;
    }

    private LabelStep Intrinsic(Intrinsic intrinsic)
    {
        switch (intrinsic)
        {
            case TraceQL.Syntax.Intrinsic.Name:
                return Text(IntrinsicColumns.Name);
            case TraceQL.Syntax.Intrinsic.StatusMessage:
                return Text(IntrinsicColumns.StatusMessage);
            case TraceQL.Syntax.Intrinsic.Status:
                return new SmallStep(IntrinsicColumns.Status, (long)SpanStatus.Error, _values, static v => QueryValue.Status((SpanStatus)v));
            case TraceQL.Syntax.Intrinsic.Kind:
                return new SmallStep(IntrinsicColumns.Kind, (long)SpanKind.Consumer, _values, static v => QueryValue.SpanKind((SpanKind)v));
            case TraceQL.Syntax.Intrinsic.Duration:
                return new DenseStep(IntrinsicColumns.Duration, _values, static v => QueryValue.Duration(v));
            case TraceQL.Syntax.Intrinsic.SpanId:
                return new DenseStep(IntrinsicColumns.SpanId, _values, static v => QueryValue.String(Hex(v)));
            case TraceQL.Syntax.Intrinsic.SpanParentId:
                return new DenseStep(IntrinsicColumns.ParentSpanId, _values, static v => QueryValue.String(v == 0 ? "" : Hex(v)));
            case TraceQL.Syntax.Intrinsic.TraceId:
                return new DenseStep(IntrinsicColumns.Trace, _values, row => QueryValue.String(_source.Traces[(int)row].Id.ToString()));
            case TraceQL.Syntax.Intrinsic.InstrumentationName:
                return ScopeText(IntrinsicColumns.ScopeName);
            case TraceQL.Syntax.Intrinsic.InstrumentationVersion:
                return ScopeText(IntrinsicColumns.ScopeVersion);
            case >= TraceQL.Syntax.Intrinsic.EventName and <= TraceQL.Syntax.Intrinsic.LinkSpanId:
                var rows = intrinsic is TraceQL.Syntax.Intrinsic.EventName or TraceQL.Syntax.Intrinsic.EventTimeSinceStart ? EncodedRows.Events : EncodedRows.Links;
                return new EncodedStep(_source, rows, _values, (span, start) => SpanFields.OfEventsOrLinks(span, intrinsic, start));
            default:
                return new OpenStep();
        }
    }

    private TextStep Text(ColumnId id) =>
        new(_source.Spans.TryColumn(id, out var reader) ? reader : null, _values, QueryValue.String(""));

    private PointerStep ScopeText(ColumnId id)
    {
        var numbers = NewNumbers(_source.Scopes);
        if (_source.Scopes.TryColumn(id, out var reader))
        {
            ContextVerdicts.Each(_source.Scopes, reader, (row, value) => numbers[row] = _values.Number(value));
        }

        numbers.AsSpan().Replace(ValueTable.Nil, _values.Number(QueryValue.String("")));
        return new PointerStep(IntrinsicColumns.Scope, numbers);
    }

    private static string Hex(long id) => ((ulong)id).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>One place of a field: gives numbers to open rows that have a value here, and closes them.</summary>
    private abstract class LabelStep
    {
        public abstract void Read(Chunk chunk, Span<ulong> open, Span<int> numbers);

        public abstract void AddColumns(ICollection<ColumnId> columns);
    }

    /// <summary>A text column; <paramref name="missing"/> is what rows without a value have, null to leave them open.</summary>
    private sealed class TextStep(IColumnReader? reader, ValueTable values, QueryValue? missing) : LabelStep
    {
        private readonly int[] _codes = new int[Chunk.MaxRows];
        private readonly int _missing = missing is { } value ? values.Number(value) : ValueTable.Nil;
        private readonly ByteColumn _texts = new();
        private readonly ulong[] _present = new ulong[Chunk.MaxWords];
        private DictionaryView? _dictionary;
        private int[] _map = [];
        private int _rowGroup = -1;

        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            if (reader is not null)
            {
                Begin(chunk.Pages.RowGroup);
                if (_dictionary is null)
                {
                    ReadValues(chunk, open, numbers);
                }
                else
                {
                    ReadCodes(chunk, open, numbers);
                }
            }

            if (missing is not null)
            {
                for (var word = 0; word < open.Length; word++)
                {
                    for (var rest = open[word]; rest != 0; rest &= rest - 1)
                    {
                        numbers[(word << 6) + BitOperations.TrailingZeroCount(rest)] = _missing;
                    }
                }

                open.Clear();
            }
        }

        public override void AddColumns(ICollection<ColumnId> columns)
        {
            if (reader is not null)
            {
                columns.Add(reader.Id);
            }
        }

        private void Begin(int rowGroup)
        {
            if (_rowGroup == rowGroup)
            {
                return;
            }

            _rowGroup = rowGroup;
            _dictionary = reader!.Dictionary(rowGroup);
            if (_dictionary is not null && _map.Length < _dictionary.Count)
            {
                _map = new int[_dictionary.Count];
            }

            // Entries are looked up when a row has them: a group may use few of a large dictionary.
            _map.AsSpan(0, _dictionary?.Count ?? 0).Fill(ValueTable.Open);
        }

        private void ReadCodes(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            var codes = _codes.AsSpan(0, chunk.Rows);
            reader!.ReadCodes(chunk.Pages, codes);
            for (var word = 0; word < open.Length; word++)
            {
                ulong closed = 0;
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    var code = codes[row];
                    if (code < 0)
                    {
                        continue;
                    }

                    var number = _map[code];
                    if (number == ValueTable.Open)
                    {
                        number = _map[code] = values.Text(_dictionary![code]);
                    }

                    numbers[row] = number;
                    closed |= rest & (0 - rest);
                }

                open[word] &= ~closed;
            }
        }

        private void ReadValues(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            _texts.Clear();
            reader!.ReadBytes(chunk.Pages, _texts, _present);
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word] & _present[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = values.Text(_texts[row]);
                }

                open[word] &= ~_present[word];
            }
        }
    }

    /// <summary>A column of ints, doubles or flags.</summary>
    private sealed class NumberStep(IColumnReader reader, ValueTable values) : LabelStep
    {
        private readonly long[] _longs = new long[Chunk.MaxRows];
        private readonly double[] _doubles = reader.Id.Type == AttributeType.Double ? new double[Chunk.MaxRows] : [];
        private readonly ulong[] _present = new ulong[Chunk.MaxWords];
        private readonly Dictionary<long, int> _known = [];
        private long _latest;
        private int _latestNumber = ValueTable.Nil;

        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            if (reader.Id.Type == AttributeType.Double)
            {
                reader.ReadDouble(chunk.Pages, _doubles, _present);
                for (var i = 0; i < chunk.Rows; i++)
                {
                    _longs[i] = BitConverter.DoubleToInt64Bits(_doubles[i]);
                }
            }
            else
            {
                reader.ReadInt64(chunk.Pages, _longs, _present);
            }

            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word] & _present[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = Number(_longs[row]);
                }

                open[word] &= ~_present[word];
            }
        }

        public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(reader.Id);

        private int Number(long bits)
        {
            if (bits == _latest && _latestNumber >= 0)
            {
                return _latestNumber;
            }

            if (!_known.TryGetValue(bits, out var number))
            {
                number = values.Number(reader.Id.Type switch
                {
                    AttributeType.Double => QueryValue.Float(BitConverter.Int64BitsToDouble(bits)),
                    AttributeType.Bool => QueryValue.Bool(bits != 0),
                    _ => QueryValue.Int(bits),
                });
                _known.Add(bits, number);
            }

            (_latest, _latestNumber) = (bits, number);
            return number;
        }
    }

    /// <summary>A row of a small table that spans point at.</summary>
    private sealed class PointerStep(ColumnId pointer, int[] known) : LabelStep
    {
        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            var pointers = chunk.Dense(pointer);
            for (var word = 0; word < open.Length; word++)
            {
                ulong closed = 0;
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    var number = known[(int)pointers[row]];
                    numbers[row] = number;
                    closed |= number == ValueTable.Nil ? 0 : rest & (0 - rest);
                }

                open[word] &= ~closed;
            }
        }

        public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(pointer);
    }

    /// <summary>An intrinsic with few values, in every row.</summary>
    private sealed class SmallStep(ColumnId id, long last, ValueTable values, Func<long, QueryValue> value) : LabelStep
    {
        private readonly int[] _known = [.. Enumerable.Range(0, (int)last + 1).Select(i => values.Number(value(i)))];

        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            var column = chunk.Dense(id);
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = _known[(int)column[row]];
                }
            }

            open.Clear();
        }

        public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(id);
    }

    /// <summary>An intrinsic number in every row.</summary>
    private sealed class DenseStep(ColumnId id, ValueTable values, Func<long, QueryValue> value) : LabelStep
    {
        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            var column = chunk.Dense(id);
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = values.Number(value(column[row]));
                }
            }

            open.Clear();
        }

        public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(id);
    }

    /// <summary>What events, links or the overflow say, where the source stores them as a column; else the row stays undecided.</summary>
    private sealed class EncodedStep(ISpanSource source, EncodedRows rows, ValueTable values, Func<SpanData, long, QueryValue> value) : LabelStep
    {
        private readonly SpanDecoder _decoder = new();
        private readonly ulong[] _look = new ulong[Chunk.MaxWords];
        private readonly int[] _found = new int[Chunk.MaxRows];

        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            var positive = chunk.Positive(rows.Count);
            if (positive.Length == 0)
            {
                return;
            }

            var look = _look.AsSpan(0, open.Length);
            for (var i = 0; i < look.Length; i++)
            {
                look[i] = open[i] & positive[i];
            }

            if (!Bits.Any(look))
            {
                return;
            }

            var isColumn = source.Spans.TryColumn(rows.Content, out _);
            if (isColumn)
            {
                rows.TryEach(chunk, look, _decoder, (row, span) => _found[row] = values.Number(value(span, chunk.Dense(IntrinsicColumns.Start)[row])));
            }

            for (var word = 0; word < look.Length; word++)
            {
                for (var rest = look[word]; rest != 0; rest &= rest - 1)
                {
                    var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    numbers[row] = isColumn ? _found[row] : ValueTable.Open;
                    open[word] &= numbers[row] == ValueTable.Nil ? ulong.MaxValue : ~(rest & (0 - rest));
                }
            }
        }

        public override void AddColumns(ICollection<ColumnId> columns)
        {
            columns.Add(rows.Count);
            columns.Add(rows.Content);
        }
    }

    /// <summary>Only the whole trace can tell.</summary>
    private sealed class OpenStep : LabelStep
    {
        public override void Read(Chunk chunk, Span<ulong> open, Span<int> numbers)
        {
            for (var word = 0; word < open.Length; word++)
            {
                for (var rest = open[word]; rest != 0; rest &= rest - 1)
                {
                    numbers[(word << 6) + BitOperations.TrailingZeroCount(rest)] = ValueTable.Open;
                }
            }

            open.Clear();
        }

        public override void AddColumns(ICollection<ColumnId> columns)
        {
        }
    }
}
