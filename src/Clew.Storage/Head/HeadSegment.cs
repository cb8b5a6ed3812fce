using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Storage.Columns;
using Clew.Storage.Deletion;
using Clew.Storage.Rollups;
using Clew.Storage.Wal;

namespace Clew.Storage.Head;

/// <summary>
/// The spans of a run of log generations as columns in memory. One thread adds; readers take a <see cref="HeadView"/>, whose rows are
/// the published ones. Columns and codes only: what is rarely asked for (events, links, arrays) is read back from the log.
/// </summary>
internal sealed partial class HeadSegment
{
    private readonly HeadAttributes _attributes;
    private readonly ByteInterner _names = new();
    private readonly TraceIdMap _traceRows;
    private readonly List<uint> _flags = [];
    private readonly ChunkedList<byte> _rests = new();
    private readonly HeadColumn _statusMessages = new(IntrinsicColumns.StatusMessage);
    private readonly HeadColumn _overflow = new(IntrinsicColumns.OverflowCount);
    private readonly HeadColumn _events = new(IntrinsicColumns.EventCount);
    private readonly HeadColumn _links = new(IntrinsicColumns.LinkCount);
    private readonly ChunkedList<int> _name = new();
    private readonly ChunkedList<long> _spanIds = new();
    private readonly ChunkedList<long> _parentIds = new();
    private readonly ChunkedList<long> _starts = new();
    private readonly ChunkedList<long> _durations = new();
    private readonly ChunkedList<byte> _kinds = new();
    private readonly ChunkedList<byte> _statuses = new();
    private readonly ChunkedList<int> _resourceRows = new();
    private readonly ChunkedList<int> _scopeRows = new();
    private readonly ChunkedList<int> _traces = new();
    private readonly ChunkedList<int> _previousRows = new();
    private readonly ChunkedList<long> _positions = new();
    private readonly ChunkedList<int> _lengths = new();
    private readonly ChunkedList<long> _groupMinStart = new();
    private readonly ChunkedList<long> _groupMaxStart = new();
    private readonly ChunkedList<int> _repeated = new();
    private readonly HeadKeys _eventKeys;
    private readonly HeadKeys _linkKeys;
    private int[] _batchResources = [];
    private int[] _batchScopes = [];
    private WalSegment[] _segments = [];
    private int _publishedRows;
    private HeadRollups? _rollups;
    private int _references = 1;

    public HeadSegment(string name, int maxKeys)
    {
        Name = name;
        _attributes = new HeadAttributes(AttributeScope.Span, maxKeys, Semantics.Meaning);
        _eventKeys = new HeadKeys(maxKeys);
        _linkKeys = new HeadKeys(maxKeys);
        Resources = HeadContexts.ForResources(maxKeys);
        Scopes = HeadContexts.ForScopes(maxKeys);
        _traceRows = new TraceIdMap(Traces);
    }

    public string Name { get; }

    public HeadContexts Resources { get; }

    public HeadContexts Scopes { get; }

    public ChunkedList<HeadTrace> Traces { get; } = new();

    /// <summary>What the spans mean.</summary>
    public HeadSemantics Semantics { get; } = new();

    /// <summary>The roll-ups of this segment, made when they are first asked for.</summary>
    public HeadRollups Rollups => Volatile.Read(ref _rollups) ?? Interlocked.CompareExchange(ref _rollups, new HeadRollups(this), null) ?? _rollups;

    public int PublishedRows => Volatile.Read(ref _publishedRows);

    public long MinStartUnixNano { get; private set; } = long.MaxValue;

    public long MaxEndUnixNano { get; private set; } = long.MinValue;

    /// <summary>Bytes of the spans in the log.</summary>
    public long LogBytes { get; private set; }

    /// <summary>Memory held by columns, dictionaries and tables; what <c>head.memory_bytes</c> limits.</summary>
    public long AllocatedBytes
    {
        get
        {
            var fixedColumns = _name.AllocatedBytes + _spanIds.AllocatedBytes + _parentIds.AllocatedBytes + _starts.AllocatedBytes
                + _durations.AllocatedBytes + _kinds.AllocatedBytes + _statuses.AllocatedBytes + _resourceRows.AllocatedBytes
                + _scopeRows.AllocatedBytes + _traces.AllocatedBytes + _previousRows.AllocatedBytes + _positions.AllocatedBytes + _lengths.AllocatedBytes + _rests.AllocatedBytes;
            var sparse = _attributes.AllocatedBytes + _statusMessages.AllocatedBytes + _overflow.AllocatedBytes + _events.AllocatedBytes + _links.AllocatedBytes;
            return fixedColumns + sparse + Semantics.AllocatedBytes + _names.AllocatedBytes + Resources.AllocatedBytes + Scopes.AllocatedBytes + Traces.AllocatedBytes + _traceRows.AllocatedBytes;
        }
    }

    /// <summary>Adds a batch whose bytes stand in the log at <paramref name="position"/>. Not visible before <see cref="Publish"/>.</summary>
    public void Add(TraceBatch batch, WalPosition position, long arrivalUnixNano, DeletedTraces? deleted = null)
    {
        var segment = SegmentIndex(position.Segment);
        InternContexts(batch);
        foreach (ref readonly var span in batch.Spans)
        {
            if (deleted is not null && deleted.Contains(span.TraceId))
            {
                continue;
            }

            AddSpan(batch, span, segment, position.PayloadOffset + span.Offset, arrivalUnixNano);
        }
    }

    /// <summary>Lets readers see every row added so far.</summary>
    public void Publish() => Volatile.Write(ref _publishedRows, _starts.Count);

    /// <summary>The keys of events, links, and of span attributes without a column; null when there are too many to know.</summary>
    public IReadOnlySet<string>? UncolumnedKeys(AttributeScope scope) => scope switch
    {
        AttributeScope.Span => _attributes.OverflowKeys,
        AttributeScope.Resource => Resources.OverflowKeys,
        AttributeScope.Instrumentation => Scopes.OverflowKeys,
        AttributeScope.Event => _eventKeys.Names,
        AttributeScope.Link => _linkKeys.Names,
        _ => null,
    };

    /// <summary>Sets the bits of the traces that may have two spans with one id.</summary>
    public void MarkRepeated(Span<ulong> traces)
    {
        for (var i = 0; i < _repeated.Count; i++)
        {
            var trace = _repeated[i];
            if (trace >> 6 < traces.Length)
            {
                traces[trace >> 6] |= 1UL << (trace & 63);
            }
        }
    }

    public bool TryFindTrace(TraceId id, out int row) => _traceRows.TryGet(id, out row);

    /// <summary>Puts back the arrival times of a carried trace, which its frame does not hold.</summary>
    public void RestoreArrival(TraceId id, long first, long last)
    {
        if (_traceRows.TryGet(id, out var row))
        {
            Traces[row] = Traces[row] with { FirstArrival = first, LastArrival = last };
        }
    }

    public HeadView View() => new(this, PublishedRows);

    public HeadSegment Retain()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    /// <summary>The last release lets the log files go, and gives the columns' memory to the next head.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            foreach (var segment in _segments)
            {
                segment.Release();
            }

            ReleaseColumns();
        }
    }

    private void ReleaseColumns()
    {
        _attributes.Release();
        Resources.Release();
        Scopes.Release();
        Semantics.Release();
        _names.Release();
        _name.Release();
        foreach (var column in (ReadOnlySpan<HeadColumn>)[_statusMessages, _overflow, _events, _links])
        {
            column.Release();
        }

        foreach (var numbers in (ReadOnlySpan<ChunkedList<long>>)[_spanIds, _parentIds, _starts, _durations, _positions])
        {
            numbers.Release();
        }

        foreach (var numbers in (ReadOnlySpan<ChunkedList<int>>)[_resourceRows, _scopeRows, _traces, _previousRows, _lengths])
        {
            numbers.Release();
        }

        foreach (var bytes in (ReadOnlySpan<ChunkedList<byte>>)[_kinds, _statuses, _rests])
        {
            bytes.Release();
        }

        Traces.Release();
    }

    /// <summary>The rows of a trace below <paramref name="rows"/>, oldest first, appended to the list.</summary>
    public void RowsOfTrace(int trace, int rows, List<int> destination)
    {
        var first = destination.Count;
        for (var row = Traces[trace].LastRow; row >= 0; row = _previousRows[row])
        {
            if (row < rows)
            {
                destination.Add(row);
            }
        }

        destination.Reverse(first, destination.Count - first);
    }

    public (WalSegment Segment, long Offset, int Length) LogPosition(int row)
    {
        var packed = _positions[row];
        return (_segments[(int)(packed >>> OffsetBits)], packed & ((1L << OffsetBits) - 1), _lengths[row]);
    }

    public int ResourceOf(int row) => _resourceRows[row];

    public int ScopeOf(int row) => _scopeRows[row];

    public int TraceOf(int row) => _traces[row];

    public HeadSpan SpanAt(int row) => new(
        (ulong)_spanIds[row], (ulong)_parentIds[row], _starts[row], _durations[row], (SpanKind)_kinds[row], (SpanStatus)_statuses[row], _name[row]);

    /// <summary>The text of a name's code, as UTF-8.</summary>
    public ReadOnlySpan<byte> NameText(int code) => _names[code];

    public RowGroupStats GroupStats(int group, int rows) =>
        new(HeadTable.RowsOf(group, rows), _groupMinStart[group], _groupMaxStart[group]);

    public Dictionary<ColumnId, IColumnReader> SpanColumns()
    {
        var columns = new Dictionary<ColumnId, IColumnReader>
        {
            [IntrinsicColumns.TraceId] = new TraceIdColumn(IntrinsicColumns.TraceId, _traces, Traces),
            [IntrinsicColumns.SpanId] = new DenseColumn<long>(IntrinsicColumns.SpanId, _spanIds, static v => v),
            [IntrinsicColumns.ParentSpanId] = new DenseColumn<long>(IntrinsicColumns.ParentSpanId, _parentIds, static v => v),
            [IntrinsicColumns.Start] = new DenseColumn<long>(IntrinsicColumns.Start, _starts, static v => v),
            [IntrinsicColumns.Duration] = new DenseColumn<long>(IntrinsicColumns.Duration, _durations, static v => v),
            [IntrinsicColumns.Name] = new DenseCodeColumn(IntrinsicColumns.Name, _name, _names),
            [IntrinsicColumns.Kind] = new DenseColumn<byte>(IntrinsicColumns.Kind, _kinds, static v => v),
            [IntrinsicColumns.Status] = new DenseColumn<byte>(IntrinsicColumns.Status, _statuses, static v => v),
            [IntrinsicColumns.Resource] = new DenseColumn<int>(IntrinsicColumns.Resource, _resourceRows, static v => v),
            [IntrinsicColumns.Scope] = new DenseColumn<int>(IntrinsicColumns.Scope, _scopeRows, static v => v),
            [IntrinsicColumns.Trace] = new DenseColumn<int>(IntrinsicColumns.Trace, _traces, static v => v),
            [IntrinsicColumns.StatusMessage] = _statusMessages,
            [IntrinsicColumns.OverflowCount] = _overflow,
            [IntrinsicColumns.EventCount] = _events,
            [IntrinsicColumns.LinkCount] = _links,
        };
        foreach (var (id, column) in _attributes.Columns)
        {
            columns.Add(id, column);
        }

        return columns;
    }

    // A position is the file's index in _segments and the offset in it: 40 bits reach 1 TiB, far beyond a generation's size.
    private const int OffsetBits = 40;

    private int SegmentIndex(WalSegment segment)
    {
        if (_segments.Length == 0 || !ReferenceEquals(_segments[^1], segment))
        {
            Volatile.Write(ref _segments, [.. _segments, segment.Retain()]);
        }

        return _segments.Length - 1;
    }

    private void InternContexts(TraceBatch batch)
    {
        if (_batchResources.Length < batch.Resources.Length)
        {
            _batchResources = new int[batch.Resources.Length * 2];
        }

        if (_batchScopes.Length < batch.Scopes.Length)
        {
            _batchScopes = new int[batch.Scopes.Length * 2];
        }

        for (var i = 0; i < batch.Resources.Length; i++)
        {
            var context = batch.Resources[i];
            _batchResources[i] = Resources.Intern(batch.ContextBytes(context), batch.SchemaUrl(context));
        }

        for (var i = 0; i < batch.Scopes.Length; i++)
        {
            var context = batch.Scopes[i];
            _batchScopes[i] = Scopes.Intern(batch.ContextBytes(context), batch.SchemaUrl(context));
        }
    }

    private void AddSpan(TraceBatch batch, in SpanEntry span, int segment, long logOffset, long arrivalUnixNano)
    {
        var row = _starts.Count;
        var duration = Math.Max(0, span.EndUnixNano - span.StartUnixNano);
        Semantics.Meaning.Begin();
        AddContent(row, span, batch.SpanBytes(span), out var traceState);
        Semantics.Add(row, batch.SpanBytes(span), span.Kind, traceState, _batchResources[span.Resource], Resources);
        _spanIds.Add((long)span.SpanId.Value);
        _parentIds.Add((long)span.ParentSpanId.Value);
        _durations.Add(duration);
        _kinds.Add((byte)span.Kind);
        _statuses.Add((byte)span.Status);
        _resourceRows.Add(_batchResources[span.Resource]);
        _scopeRows.Add(_batchScopes[span.Scope]);
        _positions.Add(((long)segment << OffsetBits) | logOffset);
        _lengths.Add(span.Length);
        LogBytes += span.Length;
        AddToTrace(row, span, arrivalUnixNano);
        AddToGroup(row, span.StartUnixNano);
        MinStartUnixNano = Math.Min(MinStartUnixNano, span.StartUnixNano);
        MaxEndUnixNano = Math.Max(MaxEndUnixNano, span.StartUnixNano + duration);
        _starts.Add(span.StartUnixNano);
    }

    private static void AddCount(HeadColumn column, int row, int count)
    {
        if (count > 0)
        {
            column.Add(row, count);
        }
    }

    private void AddToTrace(int row, in SpanEntry span, long arrivalUnixNano)
    {
        var end = Math.Max(span.StartUnixNano, span.EndUnixNano);
        var error = span.Status == SpanStatus.Error ? 1 : 0;
        if (!_traceRows.TryGet(span.TraceId, out var index))
        {
            index = Traces.Count;
            _previousRows.Add(-1);
            _traces.Add(index);
            Traces.Add(new HeadTrace
            {
                Id = span.TraceId, StartUnixNano = span.StartUnixNano, EndUnixNano = end, SpanCount = 1, ErrorCount = error,
                LastRow = row, SeenIds = BitOf(span.SpanId), FirstArrival = arrivalUnixNano, LastArrival = arrivalUnixNano,
            });
            _traceRows.Add(span.TraceId, index);
            return;
        }

        var trace = Traces[index];
        _previousRows.Add(trace.LastRow);
        _traces.Add(index);
        trace.StartUnixNano = Math.Min(trace.StartUnixNano, span.StartUnixNano);
        trace.EndUnixNano = Math.Max(trace.EndUnixNano, end);
        trace.SpanCount++;
        trace.ErrorCount += error;
        NoteId(ref trace, index, span.SpanId);
        trace.LastRow = row;
        trace.LastArrival = Math.Max(trace.LastArrival, arrivalUnixNano);
        Traces[index] = trace;
    }

    // Resent spans and shared ids are rare, but queries over columns have to know of them. Up to some hundred spans a clash of the
    // one-bit hashes is settled by looking at the ids; beyond that the trace counts as repeated, so that a trace of a million spans costs
    // its writer nothing.
    private const int MaxIdsCompared = 256;

    private void NoteId(ref HeadTrace trace, int index, SpanId id)
    {
        if (trace.IsRepeated)
        {
            return;
        }

        if ((trace.SeenIds & BitOf(id)) != 0 && (trace.SpanCount > MaxIdsCompared || HasId(trace.LastRow, id)))
        {
            trace.IsRepeated = true;
            _repeated.Add(index);
        }

        trace.SeenIds |= BitOf(id);
    }

    private bool HasId(int lastRow, SpanId id)
    {
        for (var row = lastRow; row >= 0; row = _previousRows[row])
        {
            if (_spanIds[row] == (long)id.Value)
            {
                return true;
            }
        }

        return false;
    }

    private static ulong BitOf(SpanId id) => 1UL << (int)((id.Value * 0x9E3779B97F4A7C15) >> 58);

    private void AddToGroup(int row, long startUnixNano)
    {
        var group = row >> HeadRows.GroupBits;
        if (group == _groupMinStart.Count)
        {
            _groupMinStart.Add(startUnixNano);
            _groupMaxStart.Add(startUnixNano);
            return;
        }

        _groupMinStart[group] = Math.Min(_groupMinStart[group], startUnixNano);
        _groupMaxStart[group] = Math.Max(_groupMaxStart[group], startUnixNano);
    }
}

/// <summary>The fixed columns of a row; the name is a code.</summary>
internal readonly record struct HeadSpan(ulong SpanId, ulong ParentId, long Start, long Duration, SpanKind Kind, SpanStatus Status, int Name);
