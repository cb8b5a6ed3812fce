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
    private readonly ulong[] _need = new ulong[Chunk.MaxWords];
    private readonly ulong[] _yes = new ulong[Chunk.MaxWords];
    private readonly ulong[] _maybe = new ulong[Chunk.MaxWords];

    /// <summary>Sets the bits of the traces found (rows of <see cref="ISpanSource.Traces"/>) and leaves the others.</summary>
    /// <param name="rowGroup">Where to look.</param>
    /// <param name="inWindow">Gets the traces that have such a span in the window.</param>
    /// <param name="anywhere">Gets those that have one at any time; null when that does not matter.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    public async ValueTask ScanAsync(int rowGroup, ulong[]? inWindow, ulong[]? anywhere, CancellationToken cancellationToken)
    {
        var stats = source.Spans.Stats(rowGroup);
        var mayBeInWindow = inWindow is not null && stats.MinStartUnixNano <= window.EndUnixNano;
        if (stats.RowCount == 0 || (!mayBeInWindow && anywhere is null))
        {
            return;
        }

        var outlook = condition.Prepare(rowGroup);
        if (outlook == Outlook.None)
        {
            return;
        }

        var columns = new List<ColumnId> { IntrinsicColumns.Trace };
        condition.AddColumns(columns);
        var isInside = stats.MinStartUnixNano >= window.StartUnixNano && stats.MaxStartUnixNano <= window.EndUnixNano;
        if (mayBeInWindow && !isInside)
        {
            columns.Add(IntrinsicColumns.Start);
            columns.Add(IntrinsicColumns.Duration);
        }

        await source.Spans.PrefetchAsync(columns, new PageRange(rowGroup, 0, stats.RowCount), cancellationToken).ConfigureAwait(false);
        for (var row = 0; row < stats.RowCount; row += Chunk.MaxRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            chunk.Move(rowGroup, row, Math.Min(Chunk.MaxRows, stats.RowCount - row));
            ScanChunk(outlook, isInside, mayBeInWindow ? inWindow : null, anywhere);
        }
    }

    private void ScanChunk(Outlook outlook, bool isInside, ulong[]? inWindow, ulong[]? anywhere)
    {
        var need = _need.AsSpan(0, chunk.Words);
        var yes = _yes.AsSpan(0, chunk.Words);
        var maybe = _maybe.AsSpan(0, chunk.Words);
        Bits.Fill(need, chunk.Rows);
        if (outlook == Outlook.Mixed)
        {
            condition.Decide(chunk, need, yes, maybe);
            for (var i = 0; i < need.Length; i++)
            {
                need[i] = yes[i] | maybe[i];
            }
        }

        if (!Bits.Any(need))
        {
            return;
        }

        if (anywhere is not null)
        {
            Collect(need, anywhere);
        }

        if (inWindow is not null)
        {
            if (!isInside)
            {
                KeepInWindow(need);
            }

            Collect(need, inWindow);
        }
    }

    private void KeepInWindow(Span<ulong> rows)
    {
        var starts = chunk.Dense(IntrinsicColumns.Start);
        var durations = chunk.Dense(IntrinsicColumns.Duration);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (!window.Overlaps(starts[row], starts[row] + durations[row]))
                {
                    rows[word] &= ~(rest & (0 - rest));
                }
            }
        }
    }

    private void Collect(ReadOnlySpan<ulong> rows, ulong[] traces)
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
