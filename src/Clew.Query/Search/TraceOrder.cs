using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Search;

/// <summary>A trace of the answer with the values that it is ordered by.</summary>
internal readonly record struct RankedTrace(TraceResult Trace, QueryValue[] Keys);

/// <summary>
/// The order of an answer: by the keys of <c>sort()</c>, then newest first, then by id. Total, so the same query gives the same answer
/// however the spans are stored.
/// </summary>
internal sealed class TraceOrder
{
    private readonly SortKey[] _keys;

    private TraceOrder(SortKey[] keys) => _keys = keys;

    public bool IsNewestFirst => _keys.Length == 0;

    public static TraceOrder Of(Pipeline pipeline) => new([.. pipeline.Stages.OfType<Sort>().SelectMany(static sort => sort.Keys)]);

    public int Compare(in RankedTrace left, in RankedTrace right) =>
        Compare(left.Keys, left.Trace.StartUnixNano, left.Trace.Id, right.Keys, right.Trace.StartUnixNano, right.Trace.Id);

    public int Compare(QueryValue[] left, long leftStart, TraceId leftId, QueryValue[] right, long rightStart, TraceId rightId)
    {
        for (var i = 0; i < _keys.Length; i++)
        {
            var order = Compare(_keys[i], left[i], right[i]);
            if (order != 0)
            {
                return order;
            }
        }

        var newest = rightStart.CompareTo(leftStart);
        return newest != 0 ? newest : leftId.CompareTo(rightId);
    }

    public QueryValue[] KeysOf(TraceData trace, List<Spanset> spansets, PipelineEvaluator evaluator) =>
        IsNewestFirst ? [] : Array.ConvertAll(_keys, key => ValueOf(key, trace, spansets, evaluator));

    /// <summary>The first key of a trace that is whole in its source, when the trace table knows it.</summary>
    public bool TryKnow(TraceSummary trace, out long key)
    {
        key = _keys[0].Kind switch
        {
            SortKeyKind.Duration => trace.EndUnixNano - trace.StartUnixNano,
            SortKeyKind.Start => trace.StartUnixNano,
            SortKeyKind.Spans => trace.SpanCount,
            SortKeyKind.Errors => trace.ErrorCount,
            _ => -1,
        };
        return _keys[0].Kind is SortKeyKind.Duration or SortKeyKind.Start or SortKeyKind.Spans or SortKeyKind.Errors;
    }

    /// <summary>Compares by a first key that <see cref="TryKnow"/> gave.</summary>
    public int CompareKnown(long left, long right) => _keys[0].Ascending ? left.CompareTo(right) : right.CompareTo(left);

    private static QueryValue ValueOf(SortKey key, TraceData trace, List<Spanset> spansets, PipelineEvaluator evaluator) => key.Kind switch
    {
        SortKeyKind.Duration => QueryValue.Int(trace.DurationNanos),
        SortKeyKind.Start => QueryValue.Int(trace.StartUnixNano),
        SortKeyKind.Spans => QueryValue.Int(trace.Spans.Length),
        SortKeyKind.Errors => QueryValue.Int(trace.Spans.Count(static span => span.Status == SpanStatus.Error)),
        SortKeyKind.Matched => QueryValue.Int(spansets.Count == 1 ? spansets[0].Spans.Count : spansets.SelectMany(static set => set.Spans).Distinct().Count()),
        _ => Best(key, spansets, evaluator),
    };

    /// <summary>The greatest value of the field among the kept spans, or the smallest for an ascending order.</summary>
    private static QueryValue Best(SortKey key, List<Spanset> spansets, PipelineEvaluator evaluator)
    {
        var best = QueryValue.Nil;
        foreach (var span in spansets.SelectMany(static set => set.Spans))
        {
            var value = evaluator.Value(key.Field!, span);
            foreach (var one in value.Kind == ValueKind.Multi ? value.Items : [value])
            {
                best = best.IsNil || Compare(key, one, best) < 0 ? one : best;
            }
        }

        return best;
    }

    // Missing values come last in either direction.
    private static int Compare(SortKey key, in QueryValue left, in QueryValue right)
    {
        if (left.IsNil || right.IsNil)
        {
            return left.IsNil.CompareTo(right.IsNil);
        }

        return key.Ascending ? ValueOrder.Compare(left, right) : ValueOrder.Compare(right, left);
    }
}
