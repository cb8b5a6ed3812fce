using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Wal;

namespace Clew.Storage.Head;

/// <summary>A head segment as it was published at one moment.</summary>
internal sealed class HeadView : ISpanSource
{
    private readonly HeadSegment _segment;
    private readonly int _rows;
    private readonly Lazy<IColumnSource> _spans;
    private readonly Lazy<IColumnSource> _resources;
    private readonly Lazy<IColumnSource> _scopes;

    public HeadView(HeadSegment segment, int rows)
    {
        _segment = segment;
        _rows = rows;
        _spans = new(() => new HeadTable(segment.SpanColumns(), rows, group => segment.GroupStats(group, rows)));
        _resources = new(segment.Resources.View);
        _scopes = new(segment.Scopes.View);
        Traces = new TraceTable(segment, rows);
    }

    public string Name => _segment.Name;

    public HeadSegment Segment => _segment;

    public object Identity => _segment;

    public bool IsHead => true;

    public int SpanCount => _rows;

    public long SizeBytes => _segment.LogBytes;

    public TimeRange Range => new(_segment.MinStartUnixNano, _segment.MaxEndUnixNano);

    public IColumnSource Spans => _spans.Value;

    public IColumnSource Resources => _resources.Value;

    public IColumnSource Scopes => _scopes.Value;

    public ITraceTable Traces { get; }

    public IReadOnlySet<string>? UncolumnedKeys(AttributeScope scope) => _segment.UncolumnedKeys(scope);

    public ValueTask ReadTracesAsync(IReadOnlyList<int> traces, IStoredSpanSink sink, CancellationToken cancellationToken)
    {
        var window = new LogWindow();
        for (var i = 0; i < traces.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadTrace(traces[i], i, window, sink);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ReadSpansAsync(int trace, IReadOnlyList<int> places, IStoredSpanSink sink, CancellationToken cancellationToken)
    {
        var window = new LogWindow();
        _segment.RowsOfTrace(trace, _rows, window.Rows);
        foreach (var place in places)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (place < window.Rows.Count)
            {
                ReadRow(window.Rows[place], traceIndex: 0, window, sink);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Hands a trace's spans to the sink, oldest first.</summary>
    public void ReadTrace(int trace, int traceIndex, LogWindow window, IStoredSpanSink sink)
    {
        window.Rows.Clear();
        _segment.RowsOfTrace(trace, _rows, window.Rows);
        foreach (var row in window.Rows)
        {
            ReadRow(row, traceIndex, window, sink);
        }
    }

    private void ReadRow(int row, int traceIndex, LogWindow window, IStoredSpanSink sink)
    {
        var (file, offset, length) = _segment.LogPosition(row);
        _segment.Resources.Read(_segment.ResourceOf(row), out var resource, out var resourceUrl);
        _segment.Scopes.Read(_segment.ScopeOf(row), out var scope, out var scopeUrl);
        sink.Add(new StoredSpan
        {
            TraceIndex = traceIndex,
            Span = window.Read(file, offset, length),
            Resource = resource,
            ResourceSchemaUrl = resourceUrl,
            Scope = scope,
            ScopeSchemaUrl = scopeUrl,
        });
    }

    private sealed class TraceTable(HeadSegment segment, int rows) : ITraceTable
    {
        public int Count { get; } = segment.Traces.Count;

        public TraceSummary this[int row]
        {
            get
            {
                var trace = segment.Traces[row];
                return new TraceSummary(trace.Id, trace.StartUnixNano, trace.EndUnixNano, trace.SpanCount, trace.ErrorCount);
            }
        }

        public void MarkRepeated(Span<ulong> traces) => segment.MarkRepeated(traces);

        public bool TryFind(TraceId id, out int row) => segment.TryFindTrace(id, out row) && row < Count && rows > 0;
    }
}
