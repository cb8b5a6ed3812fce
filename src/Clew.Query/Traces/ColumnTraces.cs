using System.Runtime.InteropServices;
using System.Text;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Values;
using Clew.Storage.Columns;

namespace Clew.Query.Traces;

/// <summary>
/// Reads whole traces of one block from those columns alone that a query looks at: some ten columns instead of some sixty, and no
/// message is put together and taken apart again. For traces that no other source has a part of. One query, one thread.
/// </summary>
internal sealed class ColumnTraces
{
    private readonly ISpanSource _source;
    private readonly TraceNeeds _needs;
    private readonly QueryBudget _budget;
    private readonly Chunk _chunk;
    private readonly int[] _firstRows;
    private readonly ResourceData[] _resources;
    private readonly ScopeData[] _scopes;
    private readonly List<AttributeColumn> _attributes = [];
    private readonly AttributeColumn? _name;
    private readonly AttributeColumn? _statusMessage;
    private readonly IColumnReader? _residue;
    private readonly List<EncodedRows> _encoded = [];
    private readonly List<AttributeData> _ofRow = [];
    private readonly List<ColumnId> _prefetch = [];
    private readonly SpanDecoder _decoder = new();
    private readonly ulong[] _bits = new ulong[Chunk.MaxWords];
    private readonly Dictionary<int, SpanData> _decoded = [];

    private ColumnTraces(ISpanSource source, TraceNeeds needs, QueryBudget budget, ulong[] split, ScanBuffers buffers)
    {
        (_source, _needs, _budget) = (source, needs, budget);
        _chunk = new Chunk(source, split, buffers);
        _firstRows = new int[source.Spans.RowGroups + 1];
        for (var group = 0; group < source.Spans.RowGroups; group++)
        {
            _firstRows[group + 1] = _firstRows[group] + source.Spans.Stats(group).RowCount;
        }

        _resources = [.. Contexts(source.Resources, AttributeScope.Resource, needs.ResourceKeys).Select(static attributes => new ResourceData
        {
            Attributes = attributes, ServiceName = AttributeData.Find(attributes, ResourceData.ServiceNameKey).ToText(),
        })];
        _scopes = Scopes();
        foreach (var key in needs.SpanKeys)
        {
            for (var type = AttributeType.String; type <= AttributeType.Bool; type++)
            {
                if (source.Spans.TryColumn(new ColumnId(AttributeScope.Span, key, type), out var reader))
                {
                    _attributes.Add(new AttributeColumn(reader));
                }
            }
        }

        _name = source.Spans.TryColumn(IntrinsicColumns.Name, out var name) ? new AttributeColumn(name) : null;
        _statusMessage = needs.StatusMessage && source.Spans.TryColumn(IntrinsicColumns.StatusMessage, out var message) ? new AttributeColumn(message) : null;
        _residue = source.Spans.TryColumn(IntrinsicColumns.Residue, out var residue) ? residue : null;
        AddEncoded(EncodedRows.Overflow, AttributeScope.Span, needs.SpanKeys, always: false);
        AddEncoded(EncodedRows.Events, AttributeScope.Event, needs.EventKeys, needs.Events);
        AddEncoded(EncodedRows.Links, AttributeScope.Link, needs.LinkKeys, needs.Links);
        _prefetch.AddRange(
        [
            IntrinsicColumns.SpanId, IntrinsicColumns.Start, IntrinsicColumns.Duration, IntrinsicColumns.Kind, IntrinsicColumns.Status,
            IntrinsicColumns.Resource, IntrinsicColumns.Scope, IntrinsicColumns.Name, IntrinsicColumns.ParentSpanId, IntrinsicColumns.NestedParent,
        ]);
        _prefetch.AddRange(_attributes.Select(static column => column.Id));
    }

    /// <summary>A reader for the source; null when what the query looks at is not all in columns there.</summary>
    public static ColumnTraces? TryCreate(ISpanSource source, TraceNeeds needs, QueryBudget budget, ulong[] split, ScanBuffers buffers) =>
        !source.IsHead && source.Traces.Count > 0 && source.Traces.TryRows(0, out _, out _)
            && !HasOverflow(source, source.Resources, AttributeScope.Resource, needs.ResourceKeys)
            && !HasOverflow(source, source.Scopes, AttributeScope.Instrumentation, needs.ScopeKeys)
            && IsReadable(source, EncodedRows.Overflow) && IsReadable(source, EncodedRows.Events) && IsReadable(source, EncodedRows.Links)
            ? new ColumnTraces(source, needs, budget, split, buffers)
            : null;

    /// <summary>
    /// Reads traces, given in ascending order of their rows. A trace that needs more than columns to be told (text that has no
    /// column, ids that several spans share and parents that are not at hand) is left null.
    /// </summary>
    public async ValueTask LoadAsync(IReadOnlyList<int> traces, TraceData?[] results, IReadOnlyList<int> indexes, CancellationToken cancellationToken)
    {
        await LoadAsync(traces, results, indexes, _needs.Tree, cancellationToken).ConfigureAwait(false);
        if (_needs.Tree)
        {
            return;
        }

        // Without parents, a root is known by its mark; where there is none, or ids repeat, the parents have to tell.
        var (again, at) = (new List<int>(), new List<int>());
        for (var i = 0; i < traces.Count; i++)
        {
            if (results[indexes[i]] is { } trace && (trace.Root is null || HasRepeatedIds(trace.Spans)))
            {
                results[indexes[i]] = null;
                again.Add(traces[i]);
                at.Add(indexes[i]);
            }
        }

        if (again.Count > 0)
        {
            await LoadAsync(again, results, at, withTree: true, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask LoadAsync(IReadOnlyList<int> traces, TraceData?[] results, IReadOnlyList<int> indexes, bool withTree, CancellationToken cancellationToken)
    {
        var open = new Part?[traces.Count];
        var window = new List<(int Trace, int FirstRow, int Rows)>();
        var group = 0;
        for (var i = 0; i < traces.Count; i++)
        {
            _source.Traces.TryRows(traces[i], out var row, out var left);
            _budget.CheckSpans(left);
            _budget.RowsScanned(left, (long)((Int128)_source.SizeBytes * left / Math.Max(1, _source.SpanCount)));
            open[i] = new Part(new SpanData[left]);
            while (left > 0)
            {
                group = RowGroupOf(row, group);
                var inGroup = row - _firstRows[group];
                var take = Math.Min(left, Math.Min(_firstRows[group + 1] - row, Chunk.MaxRows - (inGroup % Chunk.MaxRows)));
                if (window.Count > 0 && (window[0].FirstRow / Chunk.MaxRows != inGroup / Chunk.MaxRows || _windowGroup != group))
                {
                    await ReadAsync(window, open, withTree, cancellationToken).ConfigureAwait(false);
                }

                _windowGroup = group;
                window.Add((i, inGroup, take));
                row += take;
                left -= take;
            }
        }

        if (window.Count > 0)
        {
            await ReadAsync(window, open, withTree, cancellationToken).ConfigureAwait(false);
        }

        for (var i = 0; i < traces.Count; i++)
        {
            results[indexes[i]] = open[i] is { IsLost: false } part ? new TraceData(_source.Traces[traces[i]].Id, part.Spans, withTree) : null;
        }
    }

    private int _windowGroup;

    private int RowGroupOf(int row, int guess)
    {
        var group = row >= _firstRows[guess] ? guess : 0;
        while (row >= _firstRows[group + 1])
        {
            group++;
        }

        return group;
    }

    private async ValueTask ReadAsync(List<(int Trace, int FirstRow, int Rows)> window, Part?[] traces, bool withTree, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var first = window[0].FirstRow;
        var rows = window[^1].FirstRow + window[^1].Rows - first;
        await _source.Spans.PrefetchAsync(_prefetch, new PageRange(_windowGroup, first, rows), cancellationToken).ConfigureAwait(false);
        _chunk.Move(_windowGroup, first, rows);
        Read(window, traces, withTree);
        window.Clear();
    }

    private void Read(List<(int Trace, int FirstRow, int Rows)> window, Part?[] traces, bool withTree)
    {
        var ids = _chunk.Dense(IntrinsicColumns.SpanId);
        var starts = _chunk.Dense(IntrinsicColumns.Start);
        var durations = _chunk.Dense(IntrinsicColumns.Duration);
        var kinds = _chunk.Dense(IntrinsicColumns.Kind);
        var statuses = _chunk.Dense(IntrinsicColumns.Status);
        var resources = _chunk.Dense(IntrinsicColumns.Resource);
        var scopes = _scopes.Length > 1 ? _chunk.Dense(IntrinsicColumns.Scope) : default;
        var parents = withTree ? _chunk.Dense(IntrinsicColumns.ParentSpanId) : default;
        var marks = withTree ? default : _chunk.Dense(IntrinsicColumns.NestedParent);
        _name?.Read(_chunk);
        _statusMessage?.Read(_chunk);
        _attributes.ForEach(column => column.Read(_chunk));
        ReadEncoded(window);
        if (_residue is not null)
        {
            ColumnPresence.Read(_chunk, _residue, _bits);
        }

        foreach (var (trace, firstRow, rows) in window)
        {
            var part = traces[trace]!;
            var start = firstRow - window[0].FirstRow;
            for (var row = start; row < start + rows; row++)
            {
                part.IsLost |= _residue is not null && Bits.Get(_bits, row);
                var other = _decoded.Count > 0 ? _decoded.GetValueOrDefault(row) : null;
                part.Spans[part.Count++] = new SpanData
                {
                    Id = new SpanId((ulong)ids[row]),
                    ParentId = withTree ? new SpanId((ulong)parents[row]) : default,
                    Name = _name is not null && _name.TryGet(row, out var name) ? name.AsString : "",
                    Kind = (SpanKind)kinds[row],
                    Status = (SpanStatus)statuses[row],
                    StatusMessage = _statusMessage is not null && _statusMessage.TryGet(row, out var message) ? message.AsString : "",
                    StartUnixNano = starts[row],
                    EndUnixNano = starts[row] + durations[row],
                    Resource = _resources[(int)resources[row]],
                    Scope = _scopes.Length > 1 ? _scopes[(int)scopes[row]] : _scopes[0],
                    Attributes = Attributes(row, other),
                    Events = other?.Events ?? [],
                    Links = other?.Links ?? [],
                    NestedSetParent = withTree ? 0 : (int)marks[row],
                };
            }
        }
    }

    private AttributeData[] Attributes(int row, SpanData? other)
    {
        _ofRow.Clear();
        foreach (var column in _attributes)
        {
            if (column.TryGet(row, out var value))
            {
                _ofRow.Add(new AttributeData(column.Id.Key, value));
            }
        }

        if (other is not null)
        {
            _ofRow.AddRange(other.Attributes);
        }

        return _ofRow.Count == 0 ? [] : [.. _ofRow];
    }

    /// <summary>Decodes what the rows have outside of typed columns, each kind a Span message with one field.</summary>
    private void ReadEncoded(List<(int Trace, int FirstRow, int Rows)> window)
    {
        _decoded.Clear();
        foreach (var rows in _encoded)
        {
            var positive = _chunk.Positive(rows.Count);
            if (positive.Length == 0)
            {
                continue;
            }

            var look = _bits.AsSpan(0, _chunk.Words);
            look.Clear();
            foreach (var (_, firstRow, count) in window)
            {
                for (var row = firstRow - window[0].FirstRow; row < firstRow - window[0].FirstRow + count; row++)
                {
                    look[row >> 6] |= positive[row >> 6] & (1UL << (row & 63));
                }
            }

            if (Bits.Any(look))
            {
                rows.TryEach(_chunk, look, _decoder, (row, span) =>
                {
                    ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_decoded, row, out var exists);
                    known = exists ? Join(known!, span) : span;
                });
            }
        }
    }

    private static SpanData Join(SpanData first, SpanData second) => new()
    {
        Id = default, ParentId = default, Name = "", Kind = default, Status = default, StatusMessage = "", StartUnixNano = 0, EndUnixNano = 0,
        Resource = SpanDecoder.NoResource, Scope = SpanDecoder.NoScope,
        Attributes = [.. first.Attributes, .. second.Attributes], Events = [.. first.Events, .. second.Events], Links = [.. first.Links, .. second.Links],
    };

    private void AddEncoded(EncodedRows rows, AttributeScope scope, HashSet<string> keys, bool always)
    {
        var listed = _source.UncolumnedKeys(scope);
        if (_source.Spans.TryColumn(rows.Count, out _) && (always || keys.Any(key => listed?.Contains(key) ?? true)))
        {
            _encoded.Add(rows);
            _prefetch.Add(rows.Count);
            _prefetch.Add(rows.Content);
        }
    }

    private ScopeData[] Scopes()
    {
        if (!_needs.ScopeNames && _needs.ScopeKeys.Count == 0)
        {
            return [SpanDecoder.NoScope];
        }

        var attributes = Contexts(_source.Scopes, AttributeScope.Instrumentation, _needs.ScopeKeys);
        var names = Texts(_source.Scopes, IntrinsicColumns.ScopeName, attributes.Length);
        var versions = Texts(_source.Scopes, IntrinsicColumns.ScopeVersion, attributes.Length);
        var scopes = attributes.Select((ofScope, i) => new ScopeData { Name = names[i], Version = versions[i], Attributes = ofScope }).ToArray();

        // One scope in the table is every span's; two entries keep the general case simple.
        return scopes.Length == 1 ? [scopes[0]] : scopes;
    }

    private static string[] Texts(IColumnSource table, ColumnId id, int rows)
    {
        var texts = new string[rows];
        texts.AsSpan().Fill("");
        if (table.TryColumn(id, out var reader))
        {
            ContextVerdicts.Each(table, reader, (row, value) => texts[row] = value.AsString);
        }

        return texts;
    }

    /// <summary>The wanted attributes of every row of a small table.</summary>
    private static AttributeData[][] Contexts(IColumnSource table, AttributeScope scope, HashSet<string> keys)
    {
        var rows = 0;
        for (var group = 0; group < table.RowGroups; group++)
        {
            rows += table.Stats(group).RowCount;
        }

        var attributes = new AttributeData[Math.Max(1, rows)][];
        attributes.AsSpan().Fill([]);
        foreach (var key in keys)
        {
            for (var type = AttributeType.String; type <= AttributeType.Bool; type++)
            {
                if (table.TryColumn(new ColumnId(scope, key, type), out var reader))
                {
                    ContextVerdicts.Each(table, reader, (row, value) => attributes[row] = [.. attributes[row], new AttributeData(key, value)]);
                }
            }
        }

        return attributes;
    }

    private static bool HasOverflow(ISpanSource source, IColumnSource table, AttributeScope scope, HashSet<string> keys)
    {
        if (keys.Count == 0 || !table.TryColumn(IntrinsicColumns.OverflowCount, out _))
        {
            return false;
        }

        var listed = source.UncolumnedKeys(scope);
        return listed is null || keys.Any(listed.Contains);
    }

    private static bool IsReadable(ISpanSource source, EncodedRows rows) =>
        !source.Spans.TryColumn(rows.Count, out _) || source.Spans.TryColumn(rows.Content, out _);

    private static bool HasRepeatedIds(SpanData[] spans)
    {
        if (spans.Length > 32)
        {
            var ids = new HashSet<SpanId>(spans.Length);
            return !Array.TrueForAll(spans, span => ids.Add(span.Id));
        }

        for (var i = 1; i < spans.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (spans[i].Id == spans[j].Id)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>A trace while its rows are read.</summary>
    private sealed class Part(SpanData[] spans)
    {
        public SpanData[] Spans => spans;

        public int Count { get; set; }

        public bool IsLost { get; set; }
    }

    /// <summary>The values of one column in the chunk at hand, as values of the language; equal texts are one string.</summary>
    private sealed class AttributeColumn(IColumnReader reader)
    {
        private readonly int[] _codes = reader.Id.Type == AttributeType.String ? new int[Chunk.MaxRows] : [];
        private readonly long[] _numbers = reader.Id.Type is AttributeType.Int or AttributeType.Bool ? new long[Chunk.MaxRows] : [];
        private readonly double[] _doubles = reader.Id.Type == AttributeType.Double ? new double[Chunk.MaxRows] : [];
        private readonly ulong[] _present = new ulong[Chunk.MaxWords];
        private readonly ByteColumn _texts = new();
        private DictionaryView? _dictionary;
        private QueryValue[] _values = [];
        private int _rowGroup = -1;

        public ColumnId Id => reader.Id;

        public void Read(Chunk chunk)
        {
            switch (reader.Id.Type)
            {
                case AttributeType.Double:
                    reader.ReadDouble(chunk.Pages, _doubles, _present);
                    break;
                case AttributeType.String:
                    ReadTexts(chunk);
                    break;
                default:
                    reader.ReadInt64(chunk.Pages, _numbers, _present);
                    break;
            }
        }

        public bool TryGet(int row, out QueryValue value)
        {
            if (_dictionary is not null)
            {
                var code = _codes[row];
                if (code < 0)
                {
                    value = QueryValue.Nil;
                    return false;
                }

                if (_values[code].IsNil)
                {
                    _values[code] = QueryValue.String(Encoding.UTF8.GetString(_dictionary[code]));
                }

                value = _values[code];
                return true;
            }

            value = QueryValue.Nil;
            if (!Bits.Get(_present, row))
            {
                return false;
            }

            value = reader.Id.Type switch
            {
                AttributeType.String => QueryValue.String(Encoding.UTF8.GetString(_texts[row])),
                AttributeType.Double => QueryValue.Float(_doubles[row]),
                AttributeType.Bool => QueryValue.Bool(_numbers[row] != 0),
                _ => QueryValue.Int(_numbers[row]),
            };
            return true;
        }

        private void ReadTexts(Chunk chunk)
        {
            if (_rowGroup != chunk.Pages.RowGroup)
            {
                _rowGroup = chunk.Pages.RowGroup;
                _dictionary = reader.Dictionary(_rowGroup);
                _values = _dictionary is null ? [] : new QueryValue[_dictionary.Count];
            }

            if (_dictionary is not null)
            {
                reader.ReadCodes(chunk.Pages, _codes);
                return;
            }

            _texts.Clear();
            reader.ReadBytes(chunk.Pages, _texts, _present);
        }
    }
}
