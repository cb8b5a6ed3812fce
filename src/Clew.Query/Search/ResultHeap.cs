using Clew.Model;
using Clew.Query.Values;

namespace Clew.Query.Search;

/// <summary>Keeps the first traces of a search in the order of its answer, at most <paramref name="limit"/>. Readers may ask it from several threads while nobody adds.</summary>
internal sealed class ResultHeap(int limit, TraceOrder order)
{
    // Worst first, so that the one to drop is on top.
    private readonly PriorityQueue<RankedTrace, RankedTrace> _results = new(Comparer<RankedTrace>.Create((a, b) => -order.Compare(a, b)));
    private readonly HashSet<TraceId> _ids = [];

    /// <summary>For the order of time: true when a trace with this start, or an older one, cannot get in any more.</summary>
    public bool IsFullBeyond(long startUnixNano) => _results.Count == limit && _results.Peek().Trace.StartUnixNano > startUnixNano;

    /// <summary>For an order whose first key is known beforehand: true when a trace with this key, or one that comes after it, cannot get in any more.</summary>
    public bool IsFullBeyondKnown(long key) => _results.Count == limit && order.CompareKnown(_results.Peek().Keys[0].AsInt, key) < 0;

    /// <summary>False when the trace would not stay.</summary>
    public bool Accepts(QueryValue[] keys, long startUnixNano, TraceId id)
    {
        if (_results.Count < limit)
        {
            return true;
        }

        var worst = _results.Peek();
        return order.Compare(keys, startUnixNano, id, worst.Keys, worst.Trace.StartUnixNano, worst.Trace.Id) < 0;
    }

    public void Add(RankedTrace result)
    {
        if (!_ids.Add(result.Trace.Id))
        {
            return;
        }

        _results.Enqueue(result, result);
        if (_results.Count > limit)
        {
            _ids.Remove(_results.Dequeue().Trace.Id);
        }
    }

    /// <summary>For the order of time: the traces that start after this. When all that is still to come starts no later, they stay.</summary>
    public List<TraceResult> After(long startUnixNano)
    {
        var list = new List<TraceResult>();
        foreach (var (ranked, _) in _results.UnorderedItems)
        {
            if (ranked.Trace.StartUnixNano > startUnixNano)
            {
                list.Add(ranked.Trace);
            }
        }

        return list;
    }

    public List<TraceResult> ToSortedList()
    {
        var list = new List<RankedTrace>(_results.Count);
        foreach (var (trace, _) in _results.UnorderedItems)
        {
            list.Add(trace);
        }

        list.Sort((a, b) => order.Compare(a, b));
        return list.ConvertAll(static ranked => ranked.Trace);
    }
}
