using Clew.Model;
using Clew.Otlp;
using Clew.Storage.Columns;

namespace Clew.Query.Tests.Support;

/// <summary>How a <see cref="MemorySource"/> is laid out.</summary>
public sealed record SourceLayout
{
    /// <summary>Rows in order of arrival, as in a head segment; else traces by start time, spans of a trace together.</summary>
    public bool IsHead { get; init; }

    public int RowGroupSize { get; init; } = 64;

    /// <summary>Decides by column and row group whether values are stored as codes.</summary>
    public Func<ColumnId, int, bool> HasDictionary { get; init; } = static (_, _) => true;

    /// <summary>Keys that have no column: their values are overflow.</summary>
    public Func<string, bool> IsRare { get; init; } = static _ => false;

    /// <summary>Whether events, links and overflow are columns of encoded messages, as in blocks.</summary>
    public bool HasEncodedColumns { get; init; }

    /// <summary>Whether the source lists the keys that have no column.</summary>
    public bool KnowsUncolumnedKeys { get; init; } = true;
}

/// <summary>A source over plain spans, honest about every rule of the column interfaces.</summary>
public sealed class MemorySource : ISpanSource
{
    private readonly List<TestSpan> _spans;
    private readonly List<int>[] _rowsOfTrace;
    private readonly SourceLayout _layout;
    private readonly TraceTable _traces;
    private readonly Dictionary<AttributeScope, HashSet<string>> _uncolumned = [];

    public MemorySource(string name, IEnumerable<TestSpan> spans, SourceLayout? layout = null)
    {
        Name = name;
        _layout = layout ?? new SourceLayout();
        _spans = _layout.IsHead ? [.. spans] : Sorted(spans);
        _traces = new TraceTable(_spans, _layout.IsHead);
        _rowsOfTrace = Enumerable.Range(0, _traces.Count).Select(static _ => new List<int>()).ToArray();
        for (var row = 0; row < _spans.Count; row++)
        {
            _rowsOfTrace[_traces.RowOf(_spans[row].TraceId)].Add(row);
        }

        var resources = new ContextTable<Attributes>(_spans, static s => Convert.ToHexString(s.EncodeResource()), static s => s.Resource);
        var scopes = new ContextTable<TestScope>(_spans, static s => Convert.ToHexString(s.EncodeScope()), static s => s.Scope);
        Resources = Table(AttributeScope.Resource, resources.Rows.ConvertAll(static r => (IEnumerable<(string, object?)>)r), []);
        Scopes = Table(AttributeScope.Instrumentation, scopes.Rows.ConvertAll(static s => (IEnumerable<(string, object?)>)s.Attributes), new()
        {
            [IntrinsicColumns.ScopeName] = [.. scopes.Rows.Select(static s => s.Name.Length == 0 ? null : (object)s.Name)],
            [IntrinsicColumns.ScopeVersion] = [.. scopes.Rows.Select(static s => s.Version.Length == 0 ? null : (object)s.Version)],
        });
        _uncolumned[AttributeScope.Event] = [.. _spans.SelectMany(static s => s.Events).SelectMany(static e => e.Attributes).Select(static a => a.Key)];
        _uncolumned[AttributeScope.Link] = [.. _spans.SelectMany(static s => s.Links).SelectMany(static l => l.Attributes).Select(static a => a.Key)];
        var columns = new Dictionary<ColumnId, object?[]>
        {
            [IntrinsicColumns.TraceId] = Column(static s => Id(s.TraceId)),
            [IntrinsicColumns.SpanId] = Column(static s => (long)s.Id.Value),
            [IntrinsicColumns.ParentSpanId] = Column(static s => (long)s.ParentId.Value),
            [IntrinsicColumns.Start] = Column(static s => s.Start),
            [IntrinsicColumns.Duration] = Column(static s => Math.Max(0, s.Duration)),
            [IntrinsicColumns.Name] = Column(static s => s.Name),
            [IntrinsicColumns.Kind] = Column(static s => (long)s.Kind),
            [IntrinsicColumns.Status] = Column(static s => (long)s.Status),
            [IntrinsicColumns.StatusMessage] = Column(static s => s.StatusMessage.Length == 0 ? null : s.StatusMessage),
            [IntrinsicColumns.Resource] = Column(s => (long)resources.RowOf(s)),
            [IntrinsicColumns.Scope] = Column(s => (long)scopes.RowOf(s)),
            [IntrinsicColumns.Trace] = Column(s => (long)_traces.RowOf(s.TraceId)),
            [IntrinsicColumns.EventCount] = Column(static s => s.Events.Count == 0 ? null : (long)s.Events.Count),
            [IntrinsicColumns.LinkCount] = Column(static s => s.Links.Count == 0 ? null : (long)s.Links.Count),
        };
        if (_layout.HasEncodedColumns)
        {
            columns[IntrinsicColumns.Events] = Column(static s => s.Events.Count == 0 ? null : s.EncodeEvents());
            columns[IntrinsicColumns.Links] = Column(static s => s.Links.Count == 0 ? null : s.EncodeLinks());
        }

        Spans = Table(AttributeScope.Span, _spans.ConvertAll(static s => (IEnumerable<(string, object?)>)s.Attributes), columns);
    }

    public string Name { get; }

    public bool IsHead => _layout.IsHead;

    public int SpanCount => _spans.Count;

    public long SizeBytes => _spans.Count * 100L;

    public TimeRange Range => _spans.Count == 0
        ? new TimeRange(long.MaxValue, long.MinValue)
        : new TimeRange(_spans.Min(static s => s.Start), _spans.Max(static s => s.Start + Math.Max(0, s.Duration)));

    public IColumnSource Spans { get; }

    public IColumnSource Resources { get; }

    public IColumnSource Scopes { get; }

    public ITraceTable Traces => _traces;

    /// <summary>Spans that were handed out.</summary>
    public int SpansRead { get; private set; }

    /// <summary>What the source was made of.</summary>
    public IReadOnlyList<TestSpan> AllSpans => _spans;

    public IReadOnlySet<string>? UncolumnedKeys(AttributeScope scope) =>
        _layout.KnowsUncolumnedKeys ? _uncolumned.GetValueOrDefault(scope) ?? [] : null;

    public ValueTask ReadTracesAsync(IReadOnlyList<int> traces, IStoredSpanSink sink, CancellationToken cancellationToken)
    {
        for (var i = 0; i < traces.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var row in _rowsOfTrace[traces[i]])
            {
                Read(row, i, sink);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ReadSpansAsync(int trace, IReadOnlyList<int> places, IStoredSpanSink sink, CancellationToken cancellationToken)
    {
        foreach (var place in places.Where(place => place < _rowsOfTrace[trace].Count))
        {
            Read(_rowsOfTrace[trace][place], 0, sink);
        }

        return ValueTask.CompletedTask;
    }

    private void Read(int row, int traceIndex, IStoredSpanSink sink)
    {
        var span = _spans[row];
        SpansRead++;
        sink.Add(new StoredSpan
        {
            TraceIndex = traceIndex,
            Span = span.Encode(),
            Resource = span.EncodeResource(),
            ResourceSchemaUrl = default,
            Scope = span.EncodeScope(),
            ScopeSchemaUrl = default,
        });
    }

    private static List<TestSpan> Sorted(IEnumerable<TestSpan> spans)
    {
        var groups = spans.GroupBy(static s => s.TraceId).Select(static g => g.OrderBy(static s => s.Start).ToList()).ToList();
        return [.. groups.OrderBy(static g => g[0].Start).ThenBy(static g => g[0].TraceId).SelectMany(static g => g)];
    }

    private static byte[] Id(TraceId id)
    {
        var bytes = new byte[TraceId.Size];
        id.WriteTo(bytes);
        return bytes;
    }

    private object?[] Column(Func<TestSpan, object?> value) => [.. _spans.Select(value)];

    /// <summary>Puts each row's attributes into typed columns; what has no column is counted as overflow.</summary>
    private MemoryTable Table(AttributeScope scope, List<IEnumerable<(string Key, object? Value)>> rows, Dictionary<ColumnId, object?[]> columns)
    {
        var overflow = new object?[rows.Count];
        var encoded = new object?[rows.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            var set = new HashSet<string>();
            var count = 0L;
            var rest = new Attributes();
            foreach (var (key, value) in rows[row])
            {
                // The first of equal keys is the one that counts, also when it has no column.
                var isFirst = set.Add(key);
                if (TypeOf(value) is not { } type || _layout.IsRare(key) || !isFirst)
                {
                    count++;
                    rest.Add(key, value);
                    (_uncolumned.TryGetValue(scope, out var keys) ? keys : _uncolumned[scope] = []).Add(key);
                    continue;
                }

                var id = new ColumnId(scope, key, type);
                if (!columns.TryGetValue(id, out var column))
                {
                    columns.Add(id, column = new object?[rows.Count]);
                }

                column[row] = value is int whole ? (long)whole : value;
            }

            overflow[row] = count == 0 ? null : count;
            encoded[row] = count == 0 || !_layout.HasEncodedColumns ? null : rest.Encode(OtlpFields.Span.Attributes);
        }

        columns[IntrinsicColumns.OverflowCount] = overflow;
        columns[IntrinsicColumns.Overflow] = encoded;
        var size = scope == AttributeScope.Span ? _layout.RowGroupSize : Math.Max(1, rows.Count);
        var readers = columns.Where(static c => c.Value.Any(static v => v is not null)).ToDictionary(
            static c => c.Key, c => new MemoryColumn(c.Key, c.Value, size, group => _layout.HasDictionary(c.Key, group)));
        return new MemoryTable(rows.Count, size, readers, group =>
        {
            var count = Math.Min(size, rows.Count - (group * size));
            if (scope != AttributeScope.Span)
            {
                return new RowGroupStats(count, 0, 0);
            }

            var inGroup = _spans.GetRange(group * size, count);
            return new RowGroupStats(count, inGroup.Min(static s => s.Start), inGroup.Max(static s => s.Start));
        });
    }

    private static AttributeType? TypeOf(object? value) => value switch
    {
        string => AttributeType.String,
        long or int => AttributeType.Int,
        double => AttributeType.Double,
        bool => AttributeType.Bool,
        _ => null,
    };

    private sealed class TraceTable : ITraceTable
    {
        private readonly bool _isHead;
        private readonly List<int> _firstRows = [];
        private readonly Dictionary<TraceId, int> _rows = [];
        private readonly List<TraceSummary> _summaries = [];

        private readonly HashSet<int> _repeated = [];

        public TraceTable(List<TestSpan> spans, bool isHead)
        {
            _isHead = isHead;
            var row = 0;
            // A head does not look at kinds; a block has no span twice, and this stands for one that would.
            var seen = new HashSet<(TraceId, SpanId, SpanKind)>();
            var repeated = spans.Where(span => !seen.Add((span.TraceId, span.Id, isHead ? default : span.Kind))).Select(static span => span.TraceId).ToHashSet();
            foreach (var span in spans)
            {
                if (repeated.Contains(span.TraceId))
                {
                    _repeated.Add(_rows.TryGetValue(span.TraceId, out var known) ? known : _summaries.Count);
                }

                var (start, end) = (span.Start, span.Start + Math.Max(0, span.Duration));
                var error = span.Status == SpanStatus.Error ? 1 : 0;
                if (_rows.TryAdd(span.TraceId, _summaries.Count))
                {
                    _firstRows.Add(row++);
                    _summaries.Add(new TraceSummary(span.TraceId, start, end, 1, error));
                    continue;
                }

                row++;
                var trace = _rows[span.TraceId];
                var present = _summaries[trace];
                _summaries[trace] = new TraceSummary(
                    span.TraceId, Math.Min(present.StartUnixNano, start), Math.Max(present.EndUnixNano, end), present.SpanCount + 1, present.ErrorCount + error);
            }
        }

        public int Count => _summaries.Count;

        public TraceSummary this[int row] => _summaries[row];

        public bool TryRows(int row, out int firstRow, out int rowCount)
        {
            (firstRow, rowCount) = _isHead ? (0, 0) : (_firstRows[row], _summaries[row].SpanCount);
            return !_isHead;
        }

        public void MarkRepeated(Span<ulong> traces)
        {
            foreach (var row in _repeated)
            {
                traces[row >> 6] |= 1UL << (row & 63);
            }
        }

        public bool TryFind(TraceId id, out int row) => _rows.TryGetValue(id, out row);

        public int RowOf(TraceId id) => _rows[id];
    }

    private sealed class ContextTable<T>
    {
        private readonly Dictionary<string, int> _rows = [];
        private readonly Func<TestSpan, string> _key;

        public ContextTable(List<TestSpan> spans, Func<TestSpan, string> key, Func<TestSpan, T> value)
        {
            _key = key;
            foreach (var span in spans)
            {
                if (_rows.TryAdd(key(span), Rows.Count))
                {
                    Rows.Add(value(span));
                }
            }
        }

        public List<T> Rows { get; } = [];

        public int RowOf(TestSpan span) => _rows[_key(span)];
    }
}
