using Clew.Model;
using Clew.Query.Traces;

namespace Clew.Query.Structure;

/// <summary>Adds one trace after another to a tree of paths.</summary>
internal sealed class TreeMerger(int maxNodes)
{
    private readonly Node _top = new(("", "", default));
    private int _nodes;

    public int Traces { get; private set; }

    /// <summary>Spans that found no node because there are too many.</summary>
    public long LeftOut { get; private set; }

    public void Add(TraceData trace, List<SpanData> matched)
    {
        Traces++;
        var matches = matched.ToHashSet();
        var nodes = new Node?[trace.Spans.Length];
        var covered = SelfTimes.Covered(trace);
        var stack = new Stack<SpanData>();
        foreach (var span in trace.Spans)
        {
            // A span comes after its parent has its node, in whatever order they started.
            for (var next = span; nodes[next.Index] is null;)
            {
                if (next.Parent is { } parent && nodes[parent.Index] is null)
                {
                    stack.Push(next);
                    next = parent;
                    continue;
                }

                nodes[next.Index] = NodeOf(next.Parent is { } above ? nodes[above.Index]! : _top, next);
                if (!stack.TryPop(out next!))
                {
                    break;
                }
            }

            var node = nodes[span.Index]!;
            if (ReferenceEquals(node, Node.LeftOut))
            {
                LeftOut++;
                continue;
            }

            node.Add(trace, span, Traces, matches.Contains(span), Math.Max(0, span.DurationNanos - covered[span.Index]));
        }
    }

    public List<MergedNode> Build()
    {
        var list = new List<MergedNode>(_nodes);
        var stack = new Stack<(Node Node, int Parent, int Depth)>();
        Push(_top, -1, 0);
        while (stack.TryPop(out var next))
        {
            list.Add(next.Node.Build(next.Parent, next.Depth));
            Push(next.Node, list.Count - 1, next.Depth + 1);
        }

        return list;

        void Push(Node node, int index, int depth)
        {
            // The last one pushed comes first.
            foreach (var child in node.Children.Values.OrderBy(static child => child.TotalNanos).ThenByDescending(static child => child.Key.Name, StringComparer.Ordinal))
            {
                stack.Push((child, index, depth));
            }
        }
    }

    private Node NodeOf(Node above, SpanData span)
    {
        if (ReferenceEquals(above, Node.LeftOut))
        {
            return above;
        }

        var key = (span.Resource.ServiceName, span.Name, span.Kind);
        if (!above.Children.TryGetValue(key, out var node))
        {
            if (_nodes == maxNodes)
            {
                return Node.LeftOut;
            }

            _nodes++;
            above.Children.Add(key, node = new Node(key));
        }

        return node;
    }

    private sealed class Node((string Service, string Name, SpanKind Kind) key)
    {
        /// <summary>Stands for every node that there is no room for.</summary>
        public static readonly Node LeftOut = new(("", "", default));

        private readonly List<long> _durations = [];
        private long _errors;
        private long _matched;
        private long _self;
        private Int128 _offsets;
        private int _traces;
        private int _lastTrace;
        private long _longest = -1;
        private TraceId _example;

        public (string Service, string Name, SpanKind Kind) Key => key;

        public Dictionary<(string Service, string Name, SpanKind Kind), Node> Children { get; } = [];

        public long TotalNanos { get; private set; }

        public void Add(TraceData trace, SpanData span, int traceNumber, bool isMatch, long selfNanos)
        {
            _durations.Add(span.DurationNanos);
            TotalNanos += span.DurationNanos;
            _self += selfNanos;
            _offsets += span.StartUnixNano - trace.StartUnixNano;
            _errors += span.Status == SpanStatus.Error ? 1 : 0;
            _matched += isMatch ? 1 : 0;
            _traces += _lastTrace == traceNumber ? 0 : 1;
            _lastTrace = traceNumber;
            if (span.DurationNanos > _longest)
            {
                (_longest, _example) = (span.DurationNanos, trace.Id);
            }
        }

        public MergedNode Build(int parent, int depth)
        {
            _durations.Sort();
            return new MergedNode
            {
                Parent = parent,
                Depth = depth,
                Service = key.Service,
                Name = key.Name,
                Kind = key.Kind,
                Traces = _traces,
                Spans = _durations.Count,
                Errors = _errors,
                Matched = _matched,
                TotalNanos = TotalNanos,
                SelfNanos = _self,
                P50Nanos = Quantile(0.5),
                P90Nanos = Quantile(0.9),
                MaxNanos = _durations[^1],
                OffsetNanos = (long)(_offsets / _durations.Count),
                Example = _example,
            };
        }

        // The smallest duration that at least this share of the spans does not exceed.
        private long Quantile(double share) => _durations[Math.Max(0, (int)Math.Ceiling(share * _durations.Count) - 1)];
    }
}
