using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Storage.Deletion;

/// <summary>
/// A source without its deleted traces: their rows are gone from every column, their ids from the traces table, and what only they used
/// (resources, values, columns) is not to be seen. To those who query it is a source like any other. Reading costs a copy a column; the next
/// rewrite of the block makes an end of it.
/// </summary>
internal sealed class MaskedSource : ISpanSource
{
    private readonly ISpanSource _inner;
    private readonly IReadOnlyCollection<int> _deadTraces;
    private readonly MaskedTable _spans;
    private readonly MaskedTraces _traces;
    private readonly Lazy<IColumnSource> _resources;
    private readonly Lazy<IColumnSource> _scopes;

    /// <param name="inner">The whole source.</param>
    /// <param name="deadTraces">Rows of its traces table.</param>
    /// <param name="deadRows">Their rows as (row group, row within it).</param>
    public MaskedSource(ISpanSource inner, IReadOnlyCollection<int> deadTraces, IEnumerable<(int Group, int Row)> deadRows)
    {
        _inner = inner;
        _deadTraces = deadTraces;
        _traces = new MaskedTraces(inner.Traces, deadTraces);
        _spans = new MaskedTable(inner.Spans, deadRows, _traces.NewRows, hideDictionaries: inner.IsHead);
        SpanCount = _spans.RowCount;
        _resources = new(() => new UsedRows(inner.Resources, _spans, IntrinsicColumns.Resource));
        _scopes = new(() => new UsedRows(inner.Scopes, _spans, IntrinsicColumns.Scope));
    }

    /// <summary>The whole source, for what is derived of it and corrected for the deleted traces.</summary>
    internal ISpanSource Inner => _inner;

    /// <summary>Rows of the deleted traces in the whole source's traces table.</summary>
    internal IReadOnlyCollection<int> DeadTraces => _deadTraces;

    public string Name => _inner.Name;

    public bool IsHead => _inner.IsHead;

    public int SpanCount { get; }

    public long SizeBytes => _inner.SizeBytes;

    public TimeRange Range => _inner.Range;

    public IColumnSource Spans => _spans;

    public IColumnSource Resources => _resources.Value;

    public IColumnSource Scopes => _scopes.Value;

    public ITraceTable Traces => _traces;

    public IReadOnlyList<TraceId>? OverlappedTraces => _inner.OverlappedTraces;

    public IReadOnlySet<string>? UncolumnedKeys(AttributeScope scope) => _inner.UncolumnedKeys(scope);

    public ValueTask ReadTracesAsync(IReadOnlyList<int> traces, IStoredSpanSink sink, CancellationToken cancellationToken) =>
        _inner.ReadTracesAsync([.. traces.Select(_traces.OldRow)], sink, cancellationToken);

    public ValueTask ReadSpansAsync(int trace, IReadOnlyList<int> places, IStoredSpanSink sink, CancellationToken cancellationToken) =>
        _inner.ReadSpansAsync(_traces.OldRow(trace), places, sink, cancellationToken);

    /// <summary>The traces table without the deleted; the rows behind them move up.</summary>
    private sealed class MaskedTraces : ITraceTable
    {
        private readonly ITraceTable _inner;
        private readonly List<int> _oldRows;

        public MaskedTraces(ITraceTable inner, IReadOnlyCollection<int> dead)
        {
            _inner = inner;
            var isDead = new HashSet<int>(dead);
            NewRows = new int[inner.Count];
            _oldRows = new List<int>(inner.Count);
            for (var row = 0; row < NewRows.Length; row++)
            {
                NewRows[row] = isDead.Contains(row) ? -1 : _oldRows.Count;
                if (NewRows[row] >= 0)
                {
                    _oldRows.Add(row);
                }
            }
        }

        /// <summary>By row of the whole table: the row here, -1 for a deleted trace.</summary>
        public int[] NewRows { get; }

        public int Count => _oldRows.Count;

        public TraceSummary this[int row] => _inner[_oldRows[row]];

        public int OldRow(int row) => _oldRows[row];

        public bool TryFind(TraceId id, out int row)
        {
            row = -1;
            return _inner.TryFind(id, out var old) && old < NewRows.Length && (row = NewRows[old]) >= 0;
        }
    }
}
