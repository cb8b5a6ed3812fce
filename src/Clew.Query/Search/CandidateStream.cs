using System.Numerics;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Storage.Columns;

namespace Clew.Query.Search;

/// <summary>
/// The traces that may match, newest first over all sources. A part of the store is scanned only when nothing found before it is newer
/// than the newest trace that it could hold, so a reader that stops early leaves the rest unread.
/// </summary>
internal sealed class CandidateStream
{
    private static readonly Comparer<long> NewestFirst = Comparer<long>.Create(static (a, b) => b.CompareTo(a));

    private readonly IReadOnlyList<ISpanSource> _sources;
    private readonly SearchPlan _plan;
    private readonly TimeRange _window;
    private readonly QueryBudget _budget;
    private readonly PriorityQueue<(int Source, int RowGroup), long> _unread = new(NewestFirst);
    private readonly PriorityQueue<Candidate, long> _found = new(NewestFirst);
    private readonly Dictionary<int, SourceScan> _open = [];
    private readonly HashSet<TraceId> _taken = [];

    public CandidateStream(IReadOnlyList<ISpanSource> sources, SearchPlan plan, TimeRange window, QueryBudget budget)
    {
        (_sources, _plan, _window, _budget) = (sources, plan, window, budget);
        for (var i = 0; i < sources.Count; i++)
        {
            AddUnits(i);
        }
    }

    /// <summary>No trace still to come starts after this; false at the end.</summary>
    public bool TryPeekStart(out long startUnixNano)
    {
        var unread = _unread.TryPeek(out _, out var bound);
        var found = _found.TryPeek(out _, out var start);
        startUnixNano = unread && found ? Math.Max(bound, start) : unread ? bound : start;
        return unread || found;
    }

    /// <summary>Fills the list with the next candidates, up to a number of them; an empty list is the end.</summary>
    public async ValueTask TakeAsync(List<Candidate> batch, int count, CancellationToken cancellationToken)
    {
        while (batch.Count < count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_unread.TryPeek(out var unit, out var bound) && (!_found.TryPeek(out _, out var start) || bound >= start))
            {
                _unread.Dequeue();
                await ScanAsync(unit.Source, unit.RowGroup, cancellationToken).ConfigureAwait(false);
            }
            else if (!_found.TryDequeue(out var candidate, out _))
            {
                return;
            }
            else if (!_taken.Contains(candidate.Id) && (!candidate.NeedsOther || IsInOther(candidate)))
            {
                _taken.Add(candidate.Id);
                batch.Add(candidate);
            }
        }
    }

    // A unit is a row group where one condition decides. Where several do, parts of a trace may meet them in different row groups, and
    // the unit is the source.
    private void AddUnits(int index)
    {
        var source = _sources[index];
        if (!source.Range.Overlaps(_window.StartUnixNano, _window.EndUnixNano))
        {
            return;
        }

        var newest = long.MinValue;
        var groups = 0;
        for (var group = 0; group < source.Spans.RowGroups; group++)
        {
            var stats = source.Spans.Stats(group);
            newest = Math.Max(newest, stats.MaxStartUnixNano);
            if (_plan.IsSingle && stats.MinStartUnixNano <= _window.EndUnixNano)
            {
                groups++;
                _unread.Enqueue((index, group), stats.MaxStartUnixNano);
            }
        }

        if (!_plan.IsSingle && source.Spans.RowGroups > 0)
        {
            groups = 1;
            _unread.Enqueue((index, -1), newest);
        }

        _open.Add(index, new SourceScan(source, _plan, _window, groups));
    }

    private async ValueTask ScanAsync(int index, int rowGroup, CancellationToken cancellationToken)
    {
        var scan = _open[index];
        var source = _sources[index];
        var rows = rowGroup < 0 ? source.SpanCount : source.Spans.Stats(rowGroup).RowCount;
        _budget.RowsScanned(rows, source.SpanCount == 0 ? 0 : (long)((Int128)source.SizeBytes * rows / source.SpanCount));
        if (rowGroup < 0)
        {
            await scan.ScanAllAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await scan.ScanGroupAsync(rowGroup, cancellationToken).ConfigureAwait(false);
        }

        AddFound(index, source, scan.Certain, needsOther: false);
        if (_sources.Count > 1)
        {
            AddFound(index, source, scan.WithOthers, needsOther: true);
        }

        if (scan.Finish())
        {
            _open.Remove(index);
            _budget.Stats.SearchedSources++;
        }
    }

    private void AddFound(int index, ISpanSource source, ReadOnlySpan<ulong> traces, bool needsOther)
    {
        for (var word = 0; word < traces.Length; word++)
        {
            for (var rest = traces[word]; rest != 0; rest &= rest - 1)
            {
                var trace = source.Traces[(word << 6) + BitOperations.TrailingZeroCount(rest)];
                _found.Enqueue(new Candidate(trace.Id, trace.StartUnixNano, needsOther, index), trace.StartUnixNano);
            }
        }
    }

    private bool IsInOther(Candidate candidate)
    {
        for (var i = 0; i < _sources.Count; i++)
        {
            if (i != candidate.Source && _sources[i].Traces.TryFind(candidate.Id, out _))
            {
                return true;
            }
        }

        return false;
    }
}
