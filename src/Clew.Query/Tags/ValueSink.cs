using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Tags;

/// <summary>Collects the values of one field among some rows of a source.</summary>
internal sealed class ValueSink : IChunkSink
{
    private readonly ISpanSource _source;
    private readonly ValueCounter _values;
    private readonly SpanDecoder _decoder = new();
    private readonly List<IColumnReader> _columns = [];
    private readonly List<(ColumnId Pointer, QueryValue[] Values)> _contexts = [];
    private readonly List<(EncodedRows Rows, Func<SpanData, QueryValue> Value)> _encoded = [];
    private readonly ulong[] _rows = new ulong[Chunk.MaxWords];
    private readonly ulong[] _roots = new ulong[Chunk.MaxWords];
    private readonly ulong[] _present = new ulong[Chunk.MaxWords];
    private readonly Dictionary<long, long> _counts = [];
    private readonly ByteColumn _texts = new();

    // Rows by code of the row group at hand, for each column with a dictionary there; and by row of each small table.
    private readonly Dictionary<IColumnReader, (DictionaryView Dictionary, long[] Counts)> _codeCounts = [];
    private readonly Dictionary<QueryValue[], long[]> _contextCounts = [];
    private bool _rootsOnly;

    public ValueSink(ISpanSource source, FieldReference field, ValueCounter values)
    {
        _source = source;
        _values = values;
        switch (field)
        {
            case AttributeRef attribute:
                AddAttribute(attribute);
                break;
            case IntrinsicRef intrinsic:
                AddIntrinsic(intrinsic.Intrinsic);
                break;
        }
    }

    /// <summary>Rows whose field is in events, links or overflow that the source does not store as a column: whole traces have to be read.</summary>
    public bool NeedsTraces { get; private set; }

    public void Begin(int rowGroup) => FlushCodes();

    /// <summary>Hands over what is still counted by code; nothing of a row is to come.</summary>
    public void Finish()
    {
        FlushCodes();
        foreach (var (values, counts) in _contextCounts)
        {
            for (var row = 0; row < counts.Length; row++)
            {
                if (counts[row] > 0)
                {
                    _values.Add(values[row], counts[row]);
                }
            }
        }

        _contextCounts.Clear();
    }

    private void FlushCodes()
    {
        foreach (var (dictionary, counts) in _codeCounts.Values)
        {
            for (var code = 0; code < dictionary.Count; code++)
            {
                if (counts[code] > 0)
                {
                    _values.Add(QueryValue.String(Encoding.UTF8.GetString(dictionary[code])), counts[code]);
                }
            }
        }

        _codeCounts.Clear();
    }

    public void Add(Chunk chunk, ReadOnlySpan<ulong> yes, ReadOnlySpan<ulong> maybe)
    {
        var rows = _rows.AsSpan(0, yes.Length);
        yes.CopyTo(rows);
        Bits.Or(rows, maybe);
        if (_rootsOnly)
        {
            ColumnKernels.Between(chunk.Dense(IntrinsicColumns.ParentSpanId), 0, 0, _roots);
            Bits.And(rows, _roots.AsSpan(0, rows.Length));
        }

        foreach (var reader in _columns)
        {
            AddColumn(chunk, reader, rows);
        }

        foreach (var (pointer, values) in _contexts)
        {
            AddContext(chunk.Dense(pointer), values, rows);
        }

        foreach (var (encoded, value) in _encoded)
        {
            var positive = chunk.Positive(encoded.Count);
            if (positive.Length > 0)
            {
                var look = new ulong[rows.Length];
                positive.CopyTo(look);
                Bits.And(look, rows);
                encoded.TryEach(chunk, look, _decoder, (_, span) => _values.Add(value(span), 1));
            }
        }
    }

    /// <summary>
    /// Adds everything that the source has, without looking at rows; false when rows have to be visited. For unfiltered questions over
    /// sources inside the window.
    /// </summary>
    public bool TryAddAll()
    {
        if (_rootsOnly || _encoded.Count > 0)
        {
            return false;
        }

        for (var group = 0; group < _source.Spans.RowGroups; group++)
        {
            if (!_columns.TrueForAll(reader => IsListed(reader, group)))
            {
                return false;
            }
        }

        for (var group = 0; group < _source.Spans.RowGroups; group++)
        {
            _columns.ForEach(reader => AddListed(reader, group));
        }

        foreach (var (_, values) in _contexts)
        {
            foreach (var value in values)
            {
                _values.Add(value, 0);
            }
        }

        return true;
    }

    /// <summary>As <see cref="TryAddAll"/>, for a row group of which every span is inside the window.</summary>
    public bool TryAddGroup(int group)
    {
        if (_rootsOnly || _encoded.Count > 0 || !_columns.TrueForAll(reader => IsListed(reader, group))
            || !_contexts.TrueForAll(context => _source.Spans.TryColumn(context.Pointer, out var pointer) && !pointer.Distinct(group).IsEmpty))
        {
            return false;
        }

        _columns.ForEach(reader => AddListed(reader, group));
        foreach (var (id, values) in _contexts)
        {
            _ = _source.Spans.TryColumn(id, out var pointer);
            foreach (var row in pointer!.Distinct(group))
            {
                _values.Add(values[(int)row], 0);
            }
        }

        return true;
    }

    /// <summary>Whether the distinct values of a row group are known without reading rows.</summary>
    private static bool IsListed(IColumnReader reader, int group) => reader.Id.Type switch
    {
        AttributeType.String => reader.Dictionary(group) is not null,
        AttributeType.Int => !reader.Distinct(group).IsEmpty,
        _ => false,
    };

    private void AddListed(IColumnReader reader, int group)
    {
        if (reader.Id.Type == AttributeType.Int)
        {
            foreach (var number in reader.Distinct(group))
            {
                _values.Add(QueryValue.Int(number), 0);
            }

            return;
        }

        var dictionary = reader.Dictionary(group)!;
        for (var code = 0; code < dictionary.Count && !_values.IsFull; code++)
        {
            _values.Add(QueryValue.String(Encoding.UTF8.GetString(dictionary[code])), 0);
        }
    }

    private void AddAttribute(AttributeRef attribute)
    {
        var key = attribute.Name;
        var any = attribute.Scope == FieldScope.Any;
        if (any || attribute.Scope == FieldScope.Span)
        {
            AddColumns(AttributeScope.Span, key);
            AddEncoded(EncodedRows.Overflow, AttributeScope.Span, key, span => AttributeData.Find(span.Attributes, key));
        }

        if (any || attribute.Scope == FieldScope.Resource)
        {
            AddTable(IntrinsicColumns.Resource, _source.Resources, AttributeScope.Resource, key);
        }

        if (any || attribute.Scope == FieldScope.Event)
        {
            AddEncoded(EncodedRows.Events, AttributeScope.Event, key, span => SpanFields.Lookup(span, FieldScope.Event, key));
        }

        if (any || attribute.Scope == FieldScope.Link)
        {
            AddEncoded(EncodedRows.Links, AttributeScope.Link, key, span => SpanFields.Lookup(span, FieldScope.Link, key));
        }

        if (any || attribute.Scope == FieldScope.Instrumentation)
        {
            AddTable(IntrinsicColumns.Scope, _source.Scopes, AttributeScope.Instrumentation, key);
        }
    }

    private void AddIntrinsic(Intrinsic intrinsic)
    {
        switch (intrinsic)
        {
            case Intrinsic.Name or Intrinsic.TraceRootName:
                AddColumn(IntrinsicColumns.Name);
                _rootsOnly = intrinsic == Intrinsic.TraceRootName;
                break;
            case Intrinsic.StatusMessage:
                AddColumn(IntrinsicColumns.StatusMessage);
                break;
            case Intrinsic.TraceRootService:
                AddTable(IntrinsicColumns.Resource, _source.Resources, AttributeScope.Resource, ResourceData.ServiceNameKey);
                _rootsOnly = true;
                break;
            case Intrinsic.InstrumentationName:
                AddContext(IntrinsicColumns.Scope, _source.Scopes, IntrinsicColumns.ScopeName);
                break;
            case Intrinsic.InstrumentationVersion:
                AddContext(IntrinsicColumns.Scope, _source.Scopes, IntrinsicColumns.ScopeVersion);
                break;
            case Intrinsic.EventName:
                AddEncoded(EncodedRows.Events, static span => SpanFields.OfEventsOrLinks(span, Intrinsic.EventName, 0));
                break;
        }
    }

    private void AddColumns(AttributeScope scope, string key)
    {
        for (var type = AttributeType.String; type <= AttributeType.Bool; type++)
        {
            AddColumn(new ColumnId(scope, key, type));
        }
    }

    private void AddColumn(ColumnId id)
    {
        if (_source.Spans.TryColumn(id, out var reader))
        {
            _columns.Add(reader);
        }
    }

    private void AddTable(ColumnId pointer, IColumnSource table, AttributeScope scope, string key)
    {
        for (var type = AttributeType.String; type <= AttributeType.Bool; type++)
        {
            AddContext(pointer, table, new ColumnId(scope, key, type));
        }
    }

    private void AddContext(ColumnId pointer, IColumnSource table, ColumnId id)
    {
        if (!table.TryColumn(id, out var reader))
        {
            return;
        }

        var rows = 0;
        for (var group = 0; group < table.RowGroups; group++)
        {
            rows += table.Stats(group).RowCount;
        }

        var values = new QueryValue[rows];
        ContextVerdicts.Each(table, reader, (row, value) => values[row] = value);
        _contexts.Add((pointer, values));
    }

    private void AddEncoded(EncodedRows rows, AttributeScope scope, string key, Func<SpanData, QueryValue> value)
    {
        if (_source.UncolumnedKeys(scope)?.Contains(key) ?? true)
        {
            AddEncoded(rows, value);
        }
    }

    private void AddEncoded(EncodedRows rows, Func<SpanData, QueryValue> value)
    {
        if (_source.Spans.TryColumn(rows.Content, out _))
        {
            _encoded.Add((rows, value));
        }
        else if (_source.Spans.TryColumn(rows.Count, out _))
        {
            NeedsTraces = true;
        }
    }

    private void AddColumn(Chunk chunk, IColumnReader reader, ReadOnlySpan<ulong> rows)
    {
        if (reader.Bounds(chunk.Pages).AllNull)
        {
            return;
        }

        if (reader.Id.Type == AttributeType.String)
        {
            if (reader.Dictionary(chunk.Pages.RowGroup) is { } dictionary)
            {
                AddCodes(chunk, reader, dictionary, rows);
            }
            else
            {
                AddTexts(chunk, reader, rows);
            }

            return;
        }

        if (reader.Id.Type is AttributeType.Int or AttributeType.Bool)
        {
            AddNumbers(chunk, reader, rows);
            return;
        }

        var wanted = rows.ToArray();
        ColumnValues.Each(reader, chunk.Pages, (row, value) =>
        {
            if (Bits.Get(wanted, row))
            {
                _values.Add(value, 1);
            }
        });
    }

    private void AddTexts(Chunk chunk, IColumnReader reader, ReadOnlySpan<ulong> rows)
    {
        _texts.Clear();
        reader.ReadBytes(chunk.Pages, _texts, _present);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word] & _present[word]; rest != 0; rest &= rest - 1)
            {
                _values.AddText(_texts[(word << 6) + BitOperations.TrailingZeroCount(rest)], 1);
            }
        }
    }

    /// <summary>Counts whole numbers by chunk; neighbours that are equal cost one comparison each.</summary>
    private void AddNumbers(Chunk chunk, IColumnReader reader, ReadOnlySpan<ulong> rows)
    {
        var numbers = chunk.Numbers;
        reader.ReadInt64(chunk.Pages, numbers, _present);
        _counts.Clear();
        var (latest, run) = (0L, 0L);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word] & _present[word]; rest != 0; rest &= rest - 1)
            {
                var number = numbers[(word << 6) + BitOperations.TrailingZeroCount(rest)];
                if (number != latest && run > 0)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(_counts, latest, out _) += run;
                    run = 0;
                }

                (latest, run) = (number, run + 1);
            }
        }

        if (run > 0)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, latest, out _) += run;
        }

        foreach (var (number, count) in _counts)
        {
            _values.Add(reader.Id.Type == AttributeType.Bool ? QueryValue.Bool(number != 0) : QueryValue.Int(number), count);
        }
    }

    private void AddCodes(Chunk chunk, IColumnReader reader, DictionaryView dictionary, ReadOnlySpan<ulong> rows)
    {
        if (!_codeCounts.TryGetValue(reader, out var known))
        {
            _codeCounts.Add(reader, known = (dictionary, new long[dictionary.Count]));
        }

        var codes = chunk.Codes.AsSpan(0, chunk.Rows);
        reader.ReadCodes(chunk.Pages, codes);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var code = codes[(word << 6) + BitOperations.TrailingZeroCount(rest)];
                if (code >= 0)
                {
                    known.Counts[code]++;
                }
            }
        }
    }

    private void AddContext(ReadOnlySpan<long> pointers, QueryValue[] values, ReadOnlySpan<ulong> rows)
    {
        if (!_contextCounts.TryGetValue(values, out var counts))
        {
            _contextCounts.Add(values, counts = new long[values.Length]);
        }

        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                counts[pointers[(word << 6) + BitOperations.TrailingZeroCount(rest)]]++;
            }
        }
    }
}
