using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>Takes the rows of one chunk after another that meet a condition.</summary>
internal interface IChunkSink
{
    /// <summary>A new row group begins.</summary>
    void Begin(int rowGroup);

    /// <param name="chunk">Where the rows are; valid during the call.</param>
    /// <param name="yes">Rows that meet the condition.</param>
    /// <param name="maybe">Rows that may meet it.</param>
    void Add(Chunk chunk, ReadOnlySpan<ulong> yes, ReadOnlySpan<ulong> maybe);
}

/// <summary>Which times of a span a window is compared with.</summary>
internal enum WindowRule
{
    /// <summary>The span overlaps the window.</summary>
    Overlaps,

    /// <summary>The span starts in the window.</summary>
    Starts,
}

/// <summary>Visits the rows of a source, row group by row group, that meet a condition in a window. One query, one thread.</summary>
internal sealed class RowVisitor(ISpanSource source, BoundCondition condition, TimeRange window, WindowRule rule, Chunk chunk)
{
    private readonly ulong[] _need = new ulong[Chunk.MaxWords];
    private readonly ulong[] _yes = new ulong[Chunk.MaxWords];
    private readonly ulong[] _maybe = new ulong[Chunk.MaxWords];

    /// <summary>Columns that the sink reads, for prefetching.</summary>
    public List<ColumnId> SinkColumns { get; } = [];

    /// <summary>
    /// Ends a row group before its last rows are read, asked after each chunk. The chunks then come from the last to the first, which in a block
    /// are the newest.
    /// </summary>
    public Func<bool>? IsEnough { get; init; }

    public async ValueTask VisitAsync(int rowGroup, IChunkSink sink, CancellationToken cancellationToken)
    {
        var columns = new List<ColumnId>();
        var outlook = await PrepareAsync(rowGroup, columns, cancellationToken).ConfigureAwait(false);
        if (outlook == Outlook.None)
        {
            return;
        }

        var stats = source.Spans.Stats(rowGroup);
        columns.AddRange(SinkColumns);
        var isInside = stats.MinStartUnixNano >= window.StartUnixNano && stats.MaxStartUnixNano <= window.EndUnixNano;
        if (!isInside)
        {
            columns.Add(IntrinsicColumns.Start);
            columns.Add(IntrinsicColumns.Duration);
        }

        await source.Spans.PrefetchAsync(columns, new PageRange(rowGroup, 0, stats.RowCount), cancellationToken).ConfigureAwait(false);
        sink.Begin(rowGroup);
        var chunks = (stats.RowCount + Chunk.MaxRows - 1) / Chunk.MaxRows;
        for (var i = 0; i < chunks && IsEnough?.Invoke() is not true; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var row = (IsEnough is null ? i : chunks - 1 - i) * Chunk.MaxRows;
            chunk.Move(rowGroup, row, Math.Min(Chunk.MaxRows, stats.RowCount - row));
            Visit(outlook, isInside, sink);
        }
    }

    /// <summary>False when what is known of a row group before a row is read says that none is to be visited.</summary>
    public async ValueTask<bool> MayMatchAsync(int rowGroup, CancellationToken cancellationToken) =>
        await PrepareAsync(rowGroup, [], cancellationToken).ConfigureAwait(false) != Outlook.None;

    /// <summary>Prepares the condition, and adds the columns that it reads.</summary>
    private async ValueTask<Outlook> PrepareAsync(int rowGroup, List<ColumnId> columns, CancellationToken cancellationToken)
    {
        var stats = source.Spans.Stats(rowGroup);
        if (stats.RowCount == 0 || stats.MinStartUnixNano > window.EndUnixNano
            || (rule == WindowRule.Starts && stats.MaxStartUnixNano < window.StartUnixNano))
        {
            return Outlook.None;
        }

        // No rows: dictionaries alone, which is what preparing looks at. From a bucket they come in few requests then, instead of one a column.
        condition.AddColumns(columns);
        await source.Spans.PrefetchAsync(columns, new PageRange(rowGroup, 0, 0), cancellationToken).ConfigureAwait(false);
        return condition.Prepare(rowGroup);
    }

    private void Visit(Outlook outlook, bool isInside, IChunkSink sink)
    {
        var inWindow = isInside ? Outlook.All : WindowFilter.Look(chunk, window, rule);
        outlook = inWindow == Outlook.None ? Outlook.None : outlook == Outlook.Mixed ? condition.Look(chunk) : outlook;
        if (outlook == Outlook.None)
        {
            return;
        }

        var need = _need.AsSpan(0, chunk.Words);
        var yes = _yes.AsSpan(0, chunk.Words);
        var maybe = _maybe.AsSpan(0, chunk.Words);
        Bits.Fill(need, chunk.Rows);
        if (outlook == Outlook.All)
        {
            need.CopyTo(yes);
            maybe.Clear();
        }
        else
        {
            condition.Decide(chunk, need, yes, maybe);
        }

        if (inWindow == Outlook.Mixed)
        {
            WindowFilter.Keep(chunk, window, rule, yes);
            WindowFilter.Keep(chunk, window, rule, maybe);
        }

        if (Bits.Any(yes) || Bits.Any(maybe))
        {
            sink.Add(chunk, yes, maybe);
        }
    }
}
