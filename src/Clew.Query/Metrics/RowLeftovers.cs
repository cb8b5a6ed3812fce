using System.Numerics;
using System.Runtime.InteropServices;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Storage.Columns;

namespace Clew.Query.Metrics;

/// <summary>
/// Rows of one source that its columns cannot settle: those of traces that are not whole in it, and those with values that have no column.
/// Both are evaluated as whole traces afterwards. One thread.
/// </summary>
internal sealed class RowLeftovers(ulong[] split, TimeGrid grid)
{
    private readonly HashSet<int> _wholeTraces = [];
    private readonly Dictionary<int, HashSet<(SpanId, SpanKind)>> _openSpans = [];

    // The interval of the latest row: neighbours mostly share it, and a division a row would cost more than all the rest.
    private long _low = long.MaxValue;
    private long _high = long.MinValue;
    private int _interval;

    /// <summary>Rows of the trace table: traces of which every span is still to be looked at.</summary>
    public IReadOnlyCollection<int> WholeTraces => _wholeTraces;

    /// <summary>Spans of whole traces that columns could not decide.</summary>
    public IReadOnlyDictionary<int, HashSet<(SpanId, SpanKind)>> OpenSpans => _openSpans;

    public bool IsSplit(int trace) => Bits.Get(split, trace);

    /// <summary>The interval of a start, -1 outside of all.</summary>
    public int IntervalOf(long start)
    {
        if (start <= _low || start > _high)
        {
            _interval = grid.IntervalOf(start);
            if (_interval < 0)
            {
                (_low, _high) = (long.MaxValue, long.MinValue);
                return -1;
            }

            _high = grid.Label(_interval);
            _low = grid.IsInstant ? grid.StartUnixNano - 1 : _high - grid.StepNanos;
        }

        return _interval;
    }

    /// <summary>Leaves a whole trace, because of a row that starts then; not if that lies outside of all intervals.</summary>
    public void AddWhole(int trace, long start)
    {
        if (IntervalOf(start) >= 0)
        {
            _wholeTraces.Add(trace);
        }
    }

    /// <summary>Takes the rows of traces that are not whole here out of the set, and notes the traces.</summary>
    public void TakeSplit(Chunk chunk, Span<ulong> rows)
    {
        var traces = chunk.Bounds(IntrinsicColumns.Trace);
        if (!Bits.Any(rows) || (traces.IsKnown && !Bits.AnyBetween(split, (int)traces.Min, (int)traces.Max)))
        {
            return;
        }

        var traceOf = chunk.Dense(IntrinsicColumns.Trace);
        var starts = chunk.Dense(IntrinsicColumns.Start);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (Bits.Get(split, (int)traceOf[row]))
                {
                    rows[word] &= ~(rest & (0 - rest));
                    AddWhole((int)traceOf[row], starts[row]);
                }
            }
        }
    }

    /// <summary>Notes the spans of the rows.</summary>
    public void AddOpen(Chunk chunk, ReadOnlySpan<ulong> open)
    {
        if (!Bits.Any(open))
        {
            return;
        }

        var traceOf = chunk.Dense(IntrinsicColumns.Trace);
        var starts = chunk.Dense(IntrinsicColumns.Start);
        var ids = chunk.Dense(IntrinsicColumns.SpanId);
        var kinds = chunk.Dense(IntrinsicColumns.Kind);
        for (var word = 0; word < open.Length; word++)
        {
            for (var rest = open[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (IntervalOf(starts[row]) >= 0)
                {
                    var spans = CollectionsMarshal.GetValueRefOrAddDefault(_openSpans, (int)traceOf[row], out _) ??= [];
                    spans.Add((new SpanId((ulong)ids[row]), (SpanKind)kinds[row]));
                }
            }
        }
    }
}
