using Clew.Model;

namespace Clew.Query.Search;

/// <summary>Keeps the newest traces of a search, at most <paramref name="limit"/>: by start, newest first, then by id.</summary>
internal sealed class ResultHeap(int limit)
{
    // Worst first, so that the one to drop is on top.
    private readonly PriorityQueue<TraceResult, TraceResult> _results = new(Comparer<TraceResult>.Create(static (a, b) => -Compare(a, b)));
    private readonly HashSet<TraceId> _ids = [];

    /// <summary>True when a trace with this start, or an older one, cannot get in any more.</summary>
    public bool IsFullBeyond(long startUnixNano) => _results.Count == limit && _results.Peek().StartUnixNano > startUnixNano;

    public void Add(TraceResult trace)
    {
        if (!_ids.Add(trace.Id))
        {
            return;
        }

        _results.Enqueue(trace, trace);
        if (_results.Count > limit)
        {
            _ids.Remove(_results.Dequeue().Id);
        }
    }

    /// <summary>The traces that start after this: when all that is still to come starts no later, they stay.</summary>
    public List<TraceResult> After(long startUnixNano)
    {
        var list = new List<TraceResult>();
        foreach (var (trace, _) in _results.UnorderedItems)
        {
            if (trace.StartUnixNano > startUnixNano)
            {
                list.Add(trace);
            }
        }

        return list;
    }

    public List<TraceResult> ToSortedList()
    {
        var list = new List<TraceResult>(_results.Count);
        foreach (var (trace, _) in _results.UnorderedItems)
        {
            list.Add(trace);
        }

        list.Sort(Compare);
        return list;
    }

    private static int Compare(TraceResult left, TraceResult right)
    {
        var order = right.StartUnixNano.CompareTo(left.StartUnixNano);
        return order != 0 ? order : left.Id.CompareTo(right.Id);
    }
}
