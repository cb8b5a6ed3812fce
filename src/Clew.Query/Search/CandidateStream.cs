using System.Diagnostics.CodeAnalysis;
using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Search;

/// <summary>
/// The traces that may match, newest first over all sources. A part of the store is scanned only when nothing found before it is newer
/// than the newest trace it could hold, so a reader that stops early leaves the rest unread.
/// </summary>
internal sealed class CandidateStream(IReadOnlyList<ISpanSource> sources, TimeRange window, QueryBudget budget)
{
    private static readonly Comparer<long> NewestFirst = Comparer<long>.Create(static (a, b) => b.CompareTo(a));

    private readonly PriorityQueue<ISpanSource, long> _unread = NewQueue(sources, window);
    private readonly PriorityQueue<Candidate, long> _found = new(NewestFirst);
    private readonly HashSet<TraceId> _taken = [];

    /// <summary>The newest start that any trace still to come can have.</summary>
    public bool TryPeekStart([NotNullWhen(true)] out long startUnixNano)
    {
        var unread = _unread.TryPeek(out _, out var bound);
        var found = _found.TryPeek(out _, out var start);
        startUnixNano = unread && found ? Math.Max(bound, start) : unread ? bound : start;
        return unread || found;
    }

    /// <summary>Fills the list with the next candidates, up to a number of them; an empty list is the end.</summary>
    public void Take(List<Candidate> batch, int count, CancellationToken cancellationToken)
    {
        while (batch.Count < count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_unread.TryPeek(out var source, out var bound) && (!_found.TryPeek(out _, out var start) || bound >= start))
            {
                _unread.Dequeue();
                Scan(source);
            }
            else if (!_found.TryDequeue(out var candidate, out _))
            {
                return;
            }
            else if (_taken.Add(candidate.Id))
            {
                batch.Add(candidate);
            }
        }
    }

    private void Scan(ISpanSource source)
    {
        budget.RowsScanned(0, 0);
        budget.Stats.SearchedSources++;
        for (var row = 0; row < source.Traces.Count; row++)
        {
            var trace = source.Traces[row];
            if (window.Overlaps(trace.StartUnixNano, trace.EndUnixNano))
            {
                _found.Enqueue(new Candidate(trace.Id, trace.StartUnixNano), trace.StartUnixNano);
            }
        }
    }

    private static PriorityQueue<ISpanSource, long> NewQueue(IReadOnlyList<ISpanSource> sources, TimeRange window)
    {
        var queue = new PriorityQueue<ISpanSource, long>(NewestFirst);
        foreach (var source in sources)
        {
            if (source.Range.Overlaps(window.StartUnixNano, window.EndUnixNano))
            {
                queue.Enqueue(source, source.Range.EndUnixNano);
            }
        }

        return queue;
    }
}
