using Clew.Model;
using Clew.Query.Structure;
using Clew.Query.Traces;
using Clew.Query.Values;

namespace Clew.Query.Diff;

/// <summary>
/// Lays one trace over another: below matching spans, the n-th call of the same service, name and kind in one is the n-th in the other. What has
/// no partner was added or removed with all that is below it.
/// </summary>
internal sealed class TraceDiffer
{
    private const string StatusMessage = "statusMessage";

    private readonly Side _base;
    private readonly Side _compare;

    private TraceDiffer(TraceData first, TraceData second) => (_base, _compare) = (new Side(first), new Side(second));

    public static TraceDiff Compare(TraceData first, TraceData second, int maxNodes) => new TraceDiffer(first, second).Compare(maxNodes);

    private TraceDiff Compare(int maxNodes)
    {
        var nodes = new List<DiffNode>();
        var stack = new Stack<(SpanData? Base, SpanData? Compare, int Parent, int Depth)>();
        string? cut = null;
        Push(Pairs(_base.Children(null), _compare.Children(null)), -1, 0);
        while (stack.TryPop(out var next))
        {
            if (nodes.Count == maxNodes)
            {
                cut = $"the comparison has more than {maxNodes} spans; the rest is left out";
                break;
            }

            nodes.Add(Node(next.Base, next.Compare, next.Parent, next.Depth));
            Push(
                Pairs(next.Base is null ? [] : _base.Children(next.Base), next.Compare is null ? [] : _compare.Children(next.Compare)),
                nodes.Count - 1, next.Depth + 1);
        }

        return new TraceDiff(_base.Summary, _compare.Summary, nodes, cut);

        void Push(List<(SpanData? Base, SpanData? Compare)> pairs, int parent, int depth)
        {
            for (var i = pairs.Count - 1; i >= 0; i--)
            {
                stack.Push((pairs[i].Base, pairs[i].Compare, parent, depth));
            }
        }
    }

    /// <summary>Partners in order of the earlier start of the two, each within its parent.</summary>
    private List<(SpanData? Base, SpanData? Compare)> Pairs(List<SpanData> first, List<SpanData> second)
    {
        var waiting = new Dictionary<(string, string, SpanKind), Queue<SpanData>>();
        foreach (var span in second)
        {
            if (!waiting.TryGetValue(Key(span), out var queue))
            {
                waiting.Add(Key(span), queue = new Queue<SpanData>());
            }

            queue.Enqueue(span);
        }

        var pairs = new List<(SpanData? Base, SpanData? Compare)>();
        foreach (var span in first)
        {
            pairs.Add((span, waiting.TryGetValue(Key(span), out var queue) && queue.TryDequeue(out var partner) ? partner : null));
        }

        pairs.AddRange(waiting.Values.SelectMany(static queue => queue).Select(static span => ((SpanData?)null, (SpanData?)span)));
        return [.. pairs.OrderBy(pair => Math.Min(_base.Offset(pair.Base), _compare.Offset(pair.Compare)))];
    }

    private DiffNode Node(SpanData? first, SpanData? second, int parent, int depth)
    {
        var shown = first ?? second!;
        var attributes = first is null || second is null ? [] : Changes(first, second);
        var change = first is null ? SpanChange.Added
            : second is null ? SpanChange.Removed
            : first.Status != second.Status || attributes.Count > 0 ? SpanChange.Changed
            : SpanChange.Same;
        return new DiffNode(parent, depth, shown.Resource.ServiceName, shown.Name, shown.Kind, change, _base.Span(first), _compare.Span(second), attributes);
    }

    private static List<AttributeChange> Changes(SpanData first, SpanData second)
    {
        var changes = new List<AttributeChange>();
        Add("span.", first.Attributes, second.Attributes);
        Add("resource.", first.Resource.Attributes, second.Resource.Attributes);
        if (first.StatusMessage != second.StatusMessage)
        {
            changes.Add(new AttributeChange(StatusMessage, Text(first.StatusMessage), Text(second.StatusMessage)));
        }

        return changes;

        void Add(string prefix, AttributeData[] left, AttributeData[] right)
        {
            foreach (var key in left.Concat(right).Select(static attribute => attribute.Key).Distinct().Order(StringComparer.Ordinal))
            {
                var (one, other) = (AttributeData.Find(left, key), AttributeData.Find(right, key));
                if (one != other)
                {
                    changes.Add(new AttributeChange(prefix + key, one, other));
                }
            }
        }
    }

    private static QueryValue Text(string text) => text.Length == 0 ? QueryValue.Nil : QueryValue.String(text);

    private static (string, string, SpanKind) Key(SpanData span) => (span.Resource.ServiceName, span.Name, span.Kind);

    private sealed class Side
    {
        private readonly TraceData _trace;
        private readonly long[] _covered;
        private readonly List<SpanData>?[] _children;
        private readonly List<SpanData> _roots = [];

        public Side(TraceData trace)
        {
            _trace = trace;
            _covered = SelfTimes.Covered(trace);
            _children = new List<SpanData>?[trace.Spans.Length];
            foreach (var span in trace.Spans)
            {
                (span.Parent is { } parent ? _children[parent.Index] ??= [] : _roots).Add(span);
            }

            Summary = new DiffSummary(
                trace.Id, trace.Root?.Resource.ServiceName, trace.Root?.Name, trace.StartUnixNano, trace.DurationNanos, trace.Spans.Length,
                trace.Spans.Count(static span => span.Status == SpanStatus.Error));
        }

        public DiffSummary Summary { get; }

        /// <summary>In order of start; of null the spans without a parent.</summary>
        public List<SpanData> Children(SpanData? span) => span is null ? _roots : _children[span.Index] ?? [];

        public long Offset(SpanData? span) => span is null ? long.MaxValue : span.StartUnixNano - (span.Parent?.StartUnixNano ?? _trace.StartUnixNano);

        public DiffSpan? Span(SpanData? span) => span is null ? null : new DiffSpan(
            span.Id, span.StartUnixNano - _trace.StartUnixNano, span.DurationNanos, Math.Max(0, span.DurationNanos - _covered[span.Index]), span.Status);
    }
}
