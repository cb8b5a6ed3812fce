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

    public bool IsHead => true;

    public int SpanCount => _rows;

    public long SizeBytes => _segment.LogBytes;

    public TimeRange Range => new(_segment.MinStartUnixNano, _segment.MaxEndUnixNano);

    public IColumnSource Spans => _spans.Value;

    public IColumnSource Resources => _resources.Value;

    public IColumnSource Scopes => _scopes.Value;

    public ITraceTable Traces { get; }

    public ValueTask ReadTracesAsync(IReadOnlyList<int> traces, IStoredSpanSink sink, CancellationToken cancellationToken)
    {
        var window = new LogWindow();
        var rows = new List<int>();
        for (var i = 0; i < traces.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            rows.Clear();
            _segment.RowsOfTrace(traces[i], _rows, rows);
            foreach (var row in rows)
            {
                var (file, offset, length) = _segment.LogPosition(row);
                _segment.Resources.Read(_segment.ResourceOf(row), out var resource, out var resourceUrl);
                _segment.Scopes.Read(_segment.ScopeOf(row), out var scope, out var scopeUrl);
                sink.Add(new StoredSpan
                {
                    TraceIndex = i,
                    Span = window.Read(file, offset, length),
                    Resource = resource,
                    ResourceSchemaUrl = resourceUrl,
                    Scope = scope,
                    ScopeSchemaUrl = scopeUrl,
                });
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Reads spans from the log through a window of 64 KiB: the spans of a trace, and of traces of the same time, mostly came in the
    /// same requests, so one read serves many spans.
    /// </summary>
    private sealed class LogWindow
    {
        private byte[] _bytes = new byte[64 << 10];
        private WalSegment? _file;
        private long _start;
        private int _length;

        public ReadOnlySpan<byte> Read(WalSegment file, long offset, int length)
        {
            if (!ReferenceEquals(file, _file) || offset < _start || offset + length > _start + _length)
            {
                if (_bytes.Length < length)
                {
                    _bytes = new byte[length * 2];
                }

                _file = file;
                _start = offset;
                _length = file.File.Read(offset, _bytes);
                if (_length < length)
                {
                    throw new IOException($"log file '{file.Path}' ends at byte {offset + _length}, {length - _length} bytes short");
                }
            }

            return _bytes.AsSpan((int)(offset - _start), length);
        }
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

        public bool TryFind(TraceId id, out int row) => segment.TryFindTrace(id, out row) && row < Count && rows > 0;
    }
}
