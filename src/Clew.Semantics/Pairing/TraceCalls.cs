using Clew.Model;
using Clew.Semantics.Nodes;

namespace Clew.Semantics.Pairing;

/// <summary>
/// Finds the calls between nodes in the spans of one trace. A call is where a client's (or producer's) span meets a server's (or
/// consumer's), or where the node changes from parent to child; what stays within a node (a proxy behind or in front of its application,
/// nested client spans) belongs to the call around it, so the four spans of a hop through two sidecars are one call. Halves whose partner
/// is not here make calls of their own. Reused from trace to trace; for one thread.
/// </summary>
public sealed class TraceCalls(Utf8Pool names)
{
    // A chain of proxies and nested clients within one node is two or three long; a loop of parents would be endless.
    private const int MaxClimb = 16;

    private readonly Dictionary<(ServiceNode, ServiceNode), ServiceNode> _completed = new(PairComparer.Instance);
    private readonly List<ServiceNode> _proxies = [];
    private readonly Dictionary<ServiceNode, ServiceNode> _applications = [];
    private int[] _order = new int[32];
    private readonly List<Call> _calls = [];
    private State[] _states = new State[32];
    private ServiceNode[] _nodes = new ServiceNode[32];
    private TraceSpans _trace = null!;

    [Flags]
    private enum State : byte
    {
        None = 0,

        /// <summary>A caller whose call is known: a server answered it, or an inner client span carries it on.</summary>
        Met = 1,

        /// <summary>A client span within a database's or queue's client span: part of that call.</summary>
        Nested = 2,

        /// <summary>The caller's time has been counted with a call.</summary>
        Timed = 4,
    }

    /// <summary>The calls of the trace; the list is reused by the next call of this method.</summary>
    public IReadOnlyList<Call> Find(TraceSpans trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        _trace = trace;
        _calls.Clear();
        if (_states.Length < trace.Count)
        {
            _states = new State[trace.Count * 2];
            _nodes = new ServiceNode[trace.Count * 2];
            _order = new int[trace.Count * 2];
        }

        Array.Clear(_states, 0, trace.Count);
        trace.FindParents();
        NameNodes();
        MarkNestedCallers();
        Order();
        for (var i = 0; i < trace.Count; i++)
        {
            Enter(_order[i]);
        }

        for (var next = 0; next < trace.Count; next++)
        {
            var i = _order[next];
            if (TraceSpans.IsCaller(Span(i).Kind) && (_states[i] & (State.Met | State.Nested)) == 0 && Span(i).Facts.WaypointSource is null)
            {
                Leave(i);
            }
        }

        return _calls;
    }

    /// <summary>
    /// Spans in the order of their start. With it the answer is the same in whatever order they came, which those who add and subtract
    /// traces rely on.
    /// </summary>
    private void Order()
    {
        var order = _order.AsSpan(0, _trace.Count);
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        if (order.Length > 32)
        {
            order.Sort(Compare);
            return;
        }

        for (var i = 1; i < order.Length; i++)
        {
            var moving = order[i];
            var to = i;
            for (; to > 0 && Compare(order[to - 1], moving) > 0; to--)
            {
                order[to] = order[to - 1];
            }

            order[to] = moving;
        }
    }

    private int Compare(int left, int right)
    {
        ref readonly var a = ref Span(left);
        ref readonly var b = ref Span(right);
        return a.StartUnixNano != b.StartUnixNano ? a.StartUnixNano.CompareTo(b.StartUnixNano)
            : a.SpanId != b.SpanId ? a.SpanId.CompareTo(b.SpanId) : a.Kind.CompareTo(b.Kind);
    }

    /// <summary>The node that a span belongs to, completed with what a proxy of the same trace knows. Valid until the next trace.</summary>
    public ServiceNode NodeOf(int span) => _nodes[span];

    private ref readonly SpanReading Span(int index) => ref _trace.Spans[index];

    /// <summary>
    /// The application knows its name, the proxy beside it also namespace, version and workload: both are called by what both know.
    /// </summary>
    private void NameNodes()
    {
        _proxies.Clear();
        var hasOthers = false;
        for (var i = 0; i < _trace.Count; i++)
        {
            var facts = Span(i).Facts;
            _nodes[i] = facts.Node;
            hasOthers |= !facts.IsProxy;
            if (facts.IsProxy && !_proxies.Contains(facts.Node))
            {
                _proxies.Add(facts.Node);
            }
        }

        if (_proxies.Count == 0 || !hasOthers)
        {
            return;
        }

        _applications.Clear();
        for (var i = 0; i < _trace.Count; i++)
        {
            if (!Span(i).Facts.IsProxy && OnlyProxyOf(_nodes[i]) is { } proxy)
            {
                _nodes[i] = Completed(_nodes[i], proxy);
                // Of several applications beside one proxy the first by name: the choice must not depend on the order of spans.
                if (!_applications.TryGetValue(proxy, out var other) || string.CompareOrdinal(NameOf(_nodes[i]), NameOf(other)) < 0)
                {
                    _applications[proxy] = _nodes[i];
                }
            }
        }

        for (var i = 0; i < _trace.Count; i++)
        {
            if (Span(i).Facts.IsProxy && _applications.TryGetValue(Span(i).Facts.Node, out var application))
            {
                _nodes[i] = application;
            }
        }
    }

    private static string NameOf(ServiceNode node) => $"{node.Service}\n{node.Version}\n{node.Workload}\n{node.Cluster}";

    /// <summary>The one proxy that may stand beside the node; null when none or several (two versions) may.</summary>
    private ServiceNode? OnlyProxyOf(ServiceNode node)
    {
        ServiceNode? found = null;
        foreach (var proxy in _proxies)
        {
            if (proxy.IsSameAs(node))
            {
                if (found is not null)
                {
                    return null;
                }

                found = proxy;
            }
        }

        return found;
    }

    private ServiceNode Completed(ServiceNode node, ServiceNode by)
    {
        if (_completed.TryGetValue((node, by), out var completed))
        {
            return completed;
        }

        if (_completed.Count >= SemanticReader.MaxFacts)
        {
            _completed.Clear();
        }

        completed = node.Completed(by);
        _completed.Add((node, by), completed);
        return completed;
    }

    private bool SameNode(int left, int right) => _nodes[left].IsSameAs(_nodes[right]);

    /// <summary>Of client spans within client spans of one node, the innermost makes the call, unless an outer one knows what is called.</summary>
    private void MarkNestedCallers()
    {
        for (var i = 0; i < _trace.Count; i++)
        {
            var parent = _trace.Parents[i];
            if (parent < 0 || !TraceSpans.IsCaller(Span(i).Kind) || !TraceSpans.IsCaller(Span(parent).Kind) || !SameNode(i, parent))
            {
                continue;
            }

            if (Span(parent).Facts.Connection != ConnectionKind.Call && Span(i).Facts.Connection == ConnectionKind.Call && !Span(i).Facts.IsProxy)
            {
                _states[i] |= State.Nested;
            }
            else
            {
                _states[parent] |= State.Met;
            }
        }
    }

    /// <summary>A call that this span answers, when it is the first of its node.</summary>
    private void Enter(int i)
    {
        ref readonly var span = ref Span(i);
        var parent = _trace.Parents[i];
        var answers = span.Kind is SpanKind.Server or SpanKind.Consumer;
        if (span.Facts.WaypointSource is { } source)
        {
            EnterWaypoint(i, parent, source);
        }
        else if (parent < 0)
        {
            if (answers)
            {
                var isRoot = span.ParentId == 0;
                var caller = span.Facts.Caller ?? (isRoot ? ServiceNode.User : ServiceNode.Unknown);
                Add(caller, -1, -1, i, !isRoot ? CallPairing.Orphan : span.Facts.IsGateway ? CallPairing.Gateway : CallPairing.Root);
            }
        }
        else if (TraceSpans.IsCaller(Span(parent).Kind))
        {
            var isBehindWaypoint = Span(parent).Facts.WaypointSource is not null && SameNode(i, parent);
            if (!isBehindWaypoint && (answers || !SameNode(i, parent)))
            {
                Meet(_nodes[parent], parent, i);
            }
        }
        else if (!SameNode(i, parent))
        {
            Meet(_nodes[parent], ClientAbove(parent), i);
        }
    }

    private void EnterWaypoint(int i, int parent, ServiceNode source)
    {
        if (parent < 0)
        {
            Add(source, -1, -1, i, CallPairing.Paired);
            return;
        }

        ref readonly var above = ref Span(parent);
        if (above.Facts.WaypointSource is { } other && other.IsSameAs(source) && SameNode(i, parent))
        {
            // The waypoint's own second span, towards the destination.
            return;
        }

        var isClient = TraceSpans.IsCaller(above.Kind);
        var from = _nodes[parent].IsSameAs(source) ? Completed(_nodes[parent], source) : source;
        Meet(from, isClient ? parent : -1, i);
    }

    /// <summary>The client span of the parent's node that led here through internal spans, or -1.</summary>
    private int ClientAbove(int parent)
    {
        for (var climbed = 0; climbed < MaxClimb && Span(parent).Kind is SpanKind.Internal or SpanKind.Unspecified; climbed++)
        {
            var next = _trace.Parents[parent];
            if (next < 0 || !SameNode(next, parent))
            {
                return -1;
            }

            parent = next;
        }

        return TraceSpans.IsCaller(Span(parent).Kind) ? parent : -1;
    }

    private void Meet(ServiceNode from, int hop, int server)
    {
        var outer = hop < 0 ? -1 : Outermost(hop);
        for (var (at, climbed) = (hop, 0); at >= 0 && climbed <= MaxClimb; climbed++)
        {
            _states[at] |= State.Met;
            at = at == outer ? -1 : _trace.Parents[at];
        }

        Add(from, outer, hop, server, CallPairing.Paired);
    }

    private void Leave(int hop)
    {
        var outer = Outermost(hop);
        var (inner, outside) = (Span(hop).Facts, Span(outer).Facts);
        var callee = inner.Callee is { Kind: not NodeKind.External } known ? known : outside.Callee ?? inner.Callee ?? ServiceNode.Unknown;
        Add(_nodes[outer], outer, hop, -1, CallPairing.ClientOnly, callee);
    }

    private int Outermost(int hop)
    {
        for (var climbed = 0; climbed < MaxClimb; climbed++)
        {
            var parent = _trace.Parents[hop];
            if (parent < 0 || !TraceSpans.IsCaller(Span(parent).Kind) || !SameNode(parent, hop))
            {
                break;
            }

            hop = parent;
        }

        return hop;
    }

    private void Add(ServiceNode from, int outer, int hop, int server, CallPairing pairing, ServiceNode? callee = null)
    {
        ref readonly var client = ref Span(Math.Max(outer, 0));
        ref readonly var near = ref Span(Math.Max(hop, 0));
        ref readonly var answer = ref Span(Math.Max(server, 0));
        var (hasClient, hasServer) = (hop >= 0, server >= 0);
        var first = hasClient ? near.Facts : answer.Facts;
        var second = hasClient ? client.Facts : answer.Facts;
        var third = hasServer ? answer.Facts : second;
        var isTimed = hasClient && (_states[outer] & State.Timed) == 0;
        if (isTimed)
        {
            _states[outer] |= State.Timed;
        }

        var isMessage = (hasServer && answer.Kind == SpanKind.Consumer) || (hasClient && near.Kind == SpanKind.Producer);
        _calls.Add(new Call
        {
            Client = from,
            Server = callee ?? _nodes[server],
            Pairing = pairing,
            Connection = isMessage ? ConnectionKind.Messaging : hasClient ? Of(first.Connection, second.Connection) : ConnectionKind.Call,
            Protocol = Text(first.Protocol, second.Protocol, third.Protocol),
            Code = Text(first.Code, second.Code, third.Code),
            Flags = Text(first.Flags, second.Flags, third.Flags),
            Tls = Of(first.Tls, second.Tls, third.Tls),
            Operation = hasServer ? Operation(answer) : Operation(client),
            IsError = (hasClient && (near.IsError || client.IsError)) || (hasServer && answer.IsError),
            StartUnixNano = hasClient ? client.StartUnixNano : answer.StartUnixNano,
            ClientNanos = isTimed ? client.DurationNanos : -1,
            ServerNanos = hasServer ? answer.DurationNanos : -1,
            Weight = Math.Max(hasClient ? _trace.WeightOf(near) : 0, hasServer ? _trace.WeightOf(answer) : 0),
            RequestBytes = FirstOf(hasClient ? near.RequestBytes : 0, hasClient ? client.RequestBytes : 0, hasServer ? answer.RequestBytes : 0),
            ResponseBytes = FirstOf(hasClient ? near.ResponseBytes : 0, hasClient ? client.ResponseBytes : 0, hasServer ? answer.ResponseBytes : 0),
            ClientSpan = hasClient ? (client.SpanId, client.Kind) : default,
            ServerSpan = hasServer ? (answer.SpanId, answer.Kind) : default,
            SpanId = hasClient ? client.SpanId : answer.SpanId,
        });
    }

    private string Operation(in SpanReading span) => span.Facts.Operation.Length > 0 ? span.Facts.Operation : names[span.Name];

    private static ConnectionKind Of(ConnectionKind near, ConnectionKind outer) => near == ConnectionKind.Call ? outer : near;

    private static MutualTls Of(MutualTls first, MutualTls second, MutualTls third) =>
        first == MutualTls.Yes || second == MutualTls.Yes || third == MutualTls.Yes
            ? MutualTls.Yes
            : first == MutualTls.No || second == MutualTls.No || third == MutualTls.No ? MutualTls.No : MutualTls.Unknown;

    private static string Text(string first, string second, string third) => first.Length > 0 ? first : second.Length > 0 ? second : third;

    private static long FirstOf(long first, long second, long third) => first > 0 ? first : second > 0 ? second : third;

    private sealed class PairComparer : IEqualityComparer<(ServiceNode Node, ServiceNode By)>
    {
        public static readonly PairComparer Instance = new();

        public bool Equals((ServiceNode Node, ServiceNode By) x, (ServiceNode Node, ServiceNode By) y) => ReferenceEquals(x.Node, y.Node) && ReferenceEquals(x.By, y.By);

        public int GetHashCode((ServiceNode Node, ServiceNode By) pair) => HashCode.Combine(
            System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(pair.Node), System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(pair.By));
    }
}
