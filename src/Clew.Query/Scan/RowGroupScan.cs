using System.Numerics;
using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>
/// Finds, row group by row group, the traces of a source that have a span which meets, or may meet, a condition. Belongs to one query and
/// one thread.
/// </summary>
internal sealed class RowGroupScan(ISpanSource source, BoundCondition condition, TimeRange window, Chunk chunk)
{
    private readonly RowVisitor _inWindow = new(source, condition, window, WindowRule.Overlaps, chunk) { SinkColumns = { IntrinsicColumns.Trace } };
    private readonly RowVisitor _anywhere = new(source, condition, TimeRange.All, WindowRule.Overlaps, chunk) { SinkColumns = { IntrinsicColumns.Trace } };

    /// <summary>False when no span of a row group can be one in the window, as far as is known without reading rows.</summary>
    public ValueTask<bool> MayMatchAsync(int rowGroup, CancellationToken cancellationToken) => _inWindow.MayMatchAsync(rowGroup, cancellationToken);

    /// <summary>Sets the bits of the traces (rows of <see cref="ISpanSource.Traces"/>) that have such a span in the window.</summary>
    public ValueTask ScanWindowAsync(int rowGroup, ulong[] traces, CancellationToken cancellationToken) =>
        _inWindow.VisitAsync(rowGroup, new TraceBits(traces, null, window), cancellationToken);

    /// <summary>Sets the bits of the traces that have such a span at any time, and of those that have one in the window.</summary>
    public ValueTask ScanAllAsync(int rowGroup, ulong[] anywhere, ulong[]? inWindow, CancellationToken cancellationToken) =>
        _anywhere.VisitAsync(rowGroup, new TraceBits(anywhere, inWindow, window), cancellationToken);

    private sealed class TraceBits(ulong[] traces, ulong[]? inWindow, TimeRange window) : IChunkSink
    {
        private readonly ulong[] _rows = new ulong[Chunk.MaxWords];

        public void Begin(int rowGroup)
        {
        }

        public void Add(Chunk chunk, ReadOnlySpan<ulong> yes, ReadOnlySpan<ulong> maybe)
        {
            var rows = _rows.AsSpan(0, yes.Length);
            yes.CopyTo(rows);
            Bits.Or(rows, maybe);
            Collect(chunk, rows, traces);
            if (inWindow is not null)
            {
                if (window != TimeRange.All)
                {
                    WindowFilter.Keep(chunk, window, WindowRule.Overlaps, rows);
                }

                Collect(chunk, rows, inWindow);
            }
        }

        private static void Collect(Chunk chunk, ReadOnlySpan<ulong> rows, ulong[] traces)
        {
            var traceOf = chunk.Dense(IntrinsicColumns.Trace);
            for (var word = 0; word < rows.Length; word++)
            {
                for (var rest = rows[word]; rest != 0; rest &= rest - 1)
                {
                    Bits.Set(traces, (int)traceOf[(word << 6) + BitOperations.TrailingZeroCount(rest)]);
                }
            }
        }
    }
}
