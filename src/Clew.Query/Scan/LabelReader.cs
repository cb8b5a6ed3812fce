using System.Globalization;
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
internal sealed partial class LabelReader
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

    private LabelReader(ISpanSource source, ValueTable values) => (_source, _values) = (source, values);

    /// <summary>Reads an attribute of the span from its typed columns alone; what it has outside of them is not looked at.</summary>
    public static LabelReader OfColumns(ISpanSource source, string key, ValueTable values)
    {
        var reader = new LabelReader(source, values);
        reader.AddColumnsOf(key);
        return reader;
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

    private void AddColumnsOf(string key)
    {
        for (var type = AttributeType.String; type <= AttributeType.Bool; type++)
        {
            if (_source.Spans.TryColumn(new ColumnId(AttributeScope.Span, key, type), out var reader))
            {
                _steps.Add(type == AttributeType.String ? new TextStep(reader, _values, null) : new NumberStep(reader, _values));
            }
        }
    }

    private void AddSpan(string key, bool skipColumns)
    {
        if (!skipColumns)
        {
            AddColumnsOf(key);
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
            _steps.Add(new PointerStep(pointer, _source.Spans.TryColumn(pointer, out var reader) ? reader : null, numbers, isFirst: _steps.Count == 0));
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
        return new PointerStep(IntrinsicColumns.Scope, _source.Spans.TryColumn(IntrinsicColumns.Scope, out var pointer) ? pointer : null, numbers, isFirst: _steps.Count == 0);
    }

    private static string Hex(long id) => ((ulong)id).ToString("x16", CultureInfo.InvariantCulture);
}
