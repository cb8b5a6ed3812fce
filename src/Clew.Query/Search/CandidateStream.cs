using System.Numerics;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Storage.Columns;

namespace Clew.Query.Search;

/// <summary>
/// The traces that may match, newest first over all sources. A part of the store is scanned only when nothing found before it is newer
/// than the newest trace that it could hold, so a reader that stops early leaves the rest unread. The longer a search goes on without
/// being satisfied, the more parts it scans at once.
/// </summary>
internal sealed class CandidateStream : IDisposable
{
    // Parts of one round: doubles from one, so that at most half of the scanned parts were not needed.
    private const int MaxRound = 64;

    private static readonly Comparer<long> NewestFirst = Comparer<long>.Create(static (a, b) => b.CompareTo(a));

    private readonly IReadOnlyList<ISpanSource> _sources;
    private readonly SearchPlan _plan;
    private readonly SplitTraces _split;
    private readonly TimeRange _window;
    private readonly QueryBudget _budget;
    private readonly PriorityQueue<(int Source, int RowGroup), long> _unread = new(NewestFirst);
    private readonly PriorityQueue<Candidate, long> _found = new(NewestFirst);
    private readonly Dictionary<int, int> _unitsLeft = [];
    private readonly Dictionary<int, SourceScan>[] _workers = new Dictionary<int, SourceScan>[QueryWorkers.Count];
    private readonly ScanBuffers?[] _buffers = new ScanBuffers?[QueryWorkers.Count];
    private readonly Dictionary<int, ulong[]> _taken = [];
    private readonly HashSet<TraceId> _splitTaken = [];
    private int _round = 1;
    private bool _nothingFound = true;

    /// <summary>For readers that join every trace anyway.</summary>
    public CandidateStream(IReadOnlyList<ISpanSource> sources, SearchPlan plan, TimeRange window, QueryBudget budget)
        : this(sources, plan, SplitTraces.Of(sources), window, budget)
    {
    }

    public CandidateStream(IReadOnlyList<ISpanSource> sources, SearchPlan plan, SplitTraces split, TimeRange window, QueryBudget budget)
    {
        (_sources, _plan, _split, _window, _budget) = (sources, plan, split, window, budget);
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
            if (_unread.TryPeek(out _, out var bound) && (!_found.TryPeek(out _, out var start) || bound >= start))
            {
                await ScanAsync(cancellationToken).ConfigureAwait(false);
            }
            else if (!_found.TryDequeue(out var candidate, out _))
            {
                return;
            }
            else if (Take(candidate))
            {
                batch.Add(candidate);
            }
        }
    }

    /// <summary>Gives the buffers back; nothing is taken from the stream any more.</summary>
    public void Dispose()
    {
        for (var i = 0; i < _buffers.Length; i++)
        {
            if (_buffers[i] is { } buffers)
            {
                _workers[i].Clear();
                _buffers[i] = null;
                ScanBuffers.Return(buffers);
            }
        }
    }

    // A trace may reach from one row group into the next, and a split one is found in several sources.
    private bool Take(in Candidate candidate)
    {
        if (candidate.IsSplit)
        {
            return _splitTaken.Add(candidate.Id);
        }

        if (!_taken.TryGetValue(candidate.Source, out var rows))
        {
            _taken.Add(candidate.Source, rows = new ulong[Bits.Words(_sources[candidate.Source].Traces.Count)]);
        }

        var isNew = !Bits.Get(rows, candidate.Row);
        Bits.Set(rows, candidate.Row);
        return isNew;
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

        _unitsLeft.Add(index, groups);
    }

    private async ValueTask ScanAsync(CancellationToken cancellationToken)
    {
        var units = new List<(int Source, int RowGroup)>(_round);
        while (units.Count < _round && _unread.TryDequeue(out var unit, out _))
        {
            // What is rare is in few parts: those that cannot have it do not take the place of one that is read beside others.
            if (unit.RowGroup >= 0 && _round > 1 && _nothingFound && !await ScanOf(0, unit.Source).MayFindAsync(unit.RowGroup, cancellationToken).ConfigureAwait(false))
            {
                CountRows(unit.Source, unit.RowGroup);
                EndUnit(unit.Source);
                continue;
            }

            units.Add(unit);
        }

        _round = Math.Min(MaxRound, _round * 2);
        var next = 0;
        var parts = Math.Min(units.Count, _workers.Length);
        var found = new List<Candidate>[parts];
        await QueryWorkers.RunAsync(parts, async worker =>
        {
            found[worker] = [];
            for (var i = Interlocked.Increment(ref next) - 1; i < units.Count; i = Interlocked.Increment(ref next) - 1)
            {
                await ScanAsync(worker, units[i].Source, units[i].RowGroup, found[worker], cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        foreach (var (source, _) in units)
        {
            EndUnit(source);
        }

        foreach (var candidate in found.SelectMany(static list => list))
        {
            _nothingFound = false;
            _found.Enqueue(candidate, candidate.StartUnixNano);
        }
    }

    private void EndUnit(int source) => _budget.Stats.SearchedSources += --_unitsLeft[source] == 0 ? 1 : 0;

    private void CountRows(int index, int rowGroup)
    {
        var source = _sources[index];
        var rows = rowGroup < 0 ? source.SpanCount : source.Spans.Stats(rowGroup).RowCount;
        _budget.RowsScanned(rows, source.SpanCount == 0 ? 0 : (long)((Int128)source.SizeBytes * rows / source.SpanCount));
    }

    private SourceScan ScanOf(int worker, int index)
    {
        var scans = _workers[worker] ??= [];
        if (!scans.TryGetValue(index, out var scan))
        {
            scans.Add(index, scan = new SourceScan(_sources[index], _plan, _window, _split.In(index), _buffers[worker] ??= ScanBuffers.Rent()));
        }

        return scan;
    }

    private async ValueTask ScanAsync(int worker, int index, int rowGroup, List<Candidate> found, CancellationToken cancellationToken)
    {
        CountRows(index, rowGroup);
        var scan = ScanOf(worker, index);
        if (rowGroup < 0)
        {
            await scan.ScanAllAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await scan.ScanGroupAsync(rowGroup, cancellationToken).ConfigureAwait(false);
        }

        AddFound(index, scan.Certain, found, needsOther: false);
        if (rowGroup < 0)
        {
            AddFound(index, scan.WithOthers, found, needsOther: true);
        }
    }

    /// <summary>Adds traces; what one part alone cannot match has a chance only where another source has more of the trace.</summary>
    private void AddFound(int index, ReadOnlySpan<ulong> traces, List<Candidate> found, bool needsOther)
    {
        var source = _sources[index];
        var split = _split.In(index);
        for (var word = 0; word < traces.Length; word++)
        {
            for (var rest = needsOther ? traces[word] & split[word] : traces[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                var trace = source.Traces[row];
                found.Add(new Candidate(trace.Id, trace.StartUnixNano, index, row, (split[word] & rest & (0 - rest)) != 0));
            }
        }
    }
}
