using System.Globalization;
using Clew.Mesh.Graph;
using Clew.Model;

namespace Clew.Mesh.Spans;

/// <summary>
/// Finds the hops of whole traces. Spans of one owner that follow each other are inside that owner, so that the four spans of a hop through
/// two proxies (client, its proxy, the other's proxy, server) are one hop, as the two spans without proxies are. Not thread-safe.
/// </summary>
public sealed class HopBuilder(TimeRange window)
{
    /// <summary>Upper bounds in milliseconds, four to each doubling: a quantile is off by a tenth at most.</summary>
    private static readonly double[] s_bounds = [.. Enumerable.Range(-12, 96).Select(static step => Math.Pow(2, step / 4.0))];

    /// <summary>Different hops that are kept apart; what comes beyond is counted under operations joined.</summary>
    private const int MaxHops = 50_000;

    private readonly Dictionary<HopKey, SpanHop> _hops = [];

    public IReadOnlyCollection<SpanHop> Hops => _hops.Values;

    /// <summary>Takes the spans of one trace, all of them.</summary>
    public void Add(TraceId trace, IReadOnlyList<SpanFacts> spans)
    {
        var nodes = spans.Select(static span => new Node(span, SpanParty.Of(span))).ToList();
        var byId = new Dictionary<SpanId, Node>(nodes.Count);
        foreach (var node in nodes)
        {
            // Zipkin's shared spans: client and server halves have one id; the server half is the child of the client half.
            if (byId.TryGetValue(node.Span.Id, out var twin))
            {
                var (client, server) = IsCaller(node.Span.Kind) ? (node, twin) : (twin, node);
                server.Twin = client;
                byId[node.Span.Id] = server;
            }
            else
            {
                byId.Add(node.Span.Id, node);
            }
        }

        foreach (var node in nodes)
        {
            node.Parent = node.Twin ?? (node.Span.ParentId != default ? byId.GetValueOrDefault(node.Span.ParentId) : null);
            if (ReferenceEquals(node.Parent, node))
            {
                node.Parent = null;
            }
        }

        foreach (var node in nodes)
        {
            Cross(trace, node);
        }

        foreach (var node in nodes)
        {
            End(trace, node);
        }
    }

    /// <summary>A span whose parent belongs to somebody else, or calls itself, is a hop.</summary>
    private void Cross(TraceId trace, Node node)
    {
        if (node.Party.Proxy == ProxyRole.Waypoint)
        {
            return;
        }

        var parent = node.Parent;
        while (parent is { Party.Proxy: ProxyRole.Waypoint })
        {
            parent = parent.Parent;
        }

        var isServer = node.Span.Kind is SpanKind.Server or SpanKind.Consumer;
        if (parent is null)
        {
            // A gateway's own span begins a trace; it was called from outside, but no series of the mesh says so either.
            if (isServer && node.Party.Proxy != ProxyRole.Gateway)
            {
                Put(trace, node, node, null, Unknown, node.Party.Party, "");
            }

            return;
        }

        var isOther = parent.Party.Owner != node.Party.Owner;
        if (!isOther && !(isServer && IsCaller(parent.Span.Kind)))
        {
            return;
        }

        // Everything between the caller's own spans and this one answered.
        for (var answered = parent; answered is not null && !answered.IsAnswered && answered.Party.Owner == parent.Party.Owner && IsCaller(answered.Span.Kind); answered = answered.Parent)
        {
            answered.IsAnswered = true;
        }

        for (var passed = node.Parent; passed is not null && !ReferenceEquals(passed, parent); passed = passed.Parent)
        {
            passed.IsAnswered = true;
        }

        Put(trace, node, node, Outermost(parent), parent.Party.Party, node.Party.Party, "");
    }

    /// <summary>The last client span of a call that nobody answered leads to something without spans.</summary>
    private void End(TraceId trace, Node node)
    {
        if (node.IsAnswered || !IsCaller(node.Span.Kind))
        {
            return;
        }

        // Only the innermost speaks: an application's client span above a proxy's is the same call.
        var chain = new List<Node>();
        for (var up = node; up is not null && IsCaller(up.Span.Kind) && up.Party.Owner == node.Party.Owner; up = up.Parent)
        {
            chain.Add(up);
        }

        if (node.HasCallBelow)
        {
            return;
        }

        if (node.Party.Proxy == ProxyRole.Waypoint && node.Span.Attribute("istio.destination_workload") is { Length: > 0 })
        {
            Put(trace, node, node, null, Tagged(node.Span, "source"), Tagged(node.Span, "destination"), "");
            return;
        }

        foreach (var one in chain)
        {
            if (PeerNames.Virtual(one.Span, node.Party.Party) is var (party, role))
            {
                Put(trace, node, null, chain[^1], node.Party.Party, party, role);
                return;
            }
        }
    }

    private void Put(TraceId trace, Node at, Node? server, Node? client, in Party source, Party target, string role)
    {
        var measured = server ?? client!;
        if (measured.Span.StartUnixNano < window.StartUnixNano || measured.Span.StartUnixNano > window.EndUnixNano)
        {
            return;
        }

        var caller = at.Parent is { } parent && client is not null && server is not null ? parent : client;
        if (target.Service.Length == 0)
        {
            var upstream = caller is null ? null : PeerNames.Upstream(caller.Span);
            var asked = upstream is { } chosen && !MeshNames.IsEgressCluster(chosen.Service) ? chosen : (Service: target.App, target.Namespace);
            target = target with { Service = asked.Service, ServiceNamespace = asked.Namespace == MeshNames.Unknown ? target.Namespace : asked.Namespace };
        }

        var (protocol, code) = Outcome(server?.Span, client?.Span ?? caller?.Span, role);
        var flags = FlagsOf(server?.Span, caller?.Span);
        var host = caller is not null && PeerNames.Host(caller.Span) is { Length: > 0 } said ? said : server is not null ? PeerNames.Host(server.Span) : "";
        var operation = OperationOf(server?.Span ?? client!.Span);
        var key = new HopKey(source, target, protocol, code, flags, _hops.Count >= MaxHops ? "" : host, _hops.Count >= MaxHops ? "" : operation);
        if (!_hops.TryGetValue(key, out var hop))
        {
            _hops.Add(key, hop = new SpanHop
            {
                Source = source, Target = target, Protocol = protocol, Code = code, Flags = flags, Host = key.Host, Operation = key.Operation, TargetRole = role,
                Latency = new LatencyHistogram(), ClientLatency = client is null ? null : new LatencyHistogram(),
            });
        }

        var weight = measured.Span.Weight;
        hop.Count++;
        hop.Weight += weight;
        Measure(hop.Latency!, measured.Span.DurationMs, weight);
        if (client is not null)
        {
            Measure(hop.ClientLatency ??= new LatencyHistogram(), client.Span.DurationMs, weight);
        }

        hop.RequestBytes += weight * Bytes(measured.Span, "request_size", "http.request.body.size", "http.request_content_length");
        hop.ResponseBytes += weight * Bytes(measured.Span, "response_size", "http.response.body.size", "http.response_content_length");
        AddExemplar(hop, new EdgeExemplar(trace.ToString(), measured.Span.DurationMs, measured.Span.IsError, measured.Span.StartUnixNano));
    }

    /// <summary>The slowest, the failing and a few others: what somebody wants to open.</summary>
    private static void AddExemplar(SpanHop hop, EdgeExemplar exemplar)
    {
        const int most = 4;
        if (hop.Exemplars.Exists(known => known.TraceId == exemplar.TraceId))
        {
            return;
        }

        if (hop.Exemplars.Count < most)
        {
            hop.Exemplars.Add(exemplar);
            return;
        }

        var fastest = 0;
        for (var i = 1; i < hop.Exemplars.Count; i++)
        {
            fastest = hop.Exemplars[i].DurationMs < hop.Exemplars[fastest].DurationMs ? i : fastest;
        }

        if (exemplar.DurationMs > hop.Exemplars[fastest].DurationMs)
        {
            hop.Exemplars[fastest] = exemplar;
        }
    }

    private static void Measure(LatencyHistogram histogram, double ms, double weight)
    {
        var index = Array.BinarySearch(s_bounds, ms);
        index = index < 0 ? ~index : index;
        histogram.AddBucket(index < s_bounds.Length ? s_bounds[index] : double.PositiveInfinity, weight);
        histogram.AddSum(ms * weight, weight);
    }

    private static (MeshProtocol Protocol, string Code) Outcome(SpanFacts? server, SpanFacts? client, string role)
    {
        var grpc = Both("rpc.grpc.status_code", "rpc.response.status_code", "grpc.status_code");
        var http = Both("http.response.status_code", "http.status_code");
        var isError = (server ?? client)!.IsError || (client?.IsError ?? false);
        if (grpc.Length > 0 || Both("rpc.system") == "grpc" || Both("grpc.path").Length > 0)
        {
            return (MeshProtocol.Grpc, grpc.Length > 0 ? GrpcNumber(grpc) : isError ? "2" : "0");
        }

        if (http.Length > 0)
        {
            return (MeshProtocol.Http, http == "0" ? "-" : http);
        }

        return (MeshProtocol.Http, isError ? ClassRates.ErrorCode : ClassRates.OkCode);

        string Both(params ReadOnlySpan<string> keys) => server?.First(keys) is { Length: > 0 } found ? found : client?.First(keys) ?? "";
    }

    private static string GrpcNumber(string status) => int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        ? status
        : Array.FindIndex(s_grpcNames, name => name.Equals(status, StringComparison.OrdinalIgnoreCase)) is >= 0 and var index ? index.ToString(CultureInfo.InvariantCulture) : status;

    private static readonly string[] s_grpcNames =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    private static string FlagsOf(SpanFacts? server, SpanFacts? client) =>
        client?.Attribute("response_flags") is { Length: > 0 } ofClient && ofClient != "-" ? ofClient
        : server?.Attribute("response_flags") is { Length: > 0 } ofServer ? ofServer : "-";

    private static string OperationOf(SpanFacts span)
    {
        var route = span.First("http.route");
        if (route.Length > 0)
        {
            return $"{span.First("http.request.method", "http.method")} {route}".TrimStart();
        }

        var method = span.First("rpc.method");
        return method.Length > 0 ? $"{span.First("rpc.service")}/{method}".TrimStart('/') : span.First("db.operation.name", "db.operation", "messaging.operation.name", "messaging.operation");
    }

    private static double Bytes(SpanFacts span, params ReadOnlySpan<string> keys) =>
        double.TryParse(span.First(keys), NumberStyles.Float, CultureInfo.InvariantCulture, out var bytes) && bytes > 0 ? bytes : 0;

    private static Party Tagged(SpanFacts span, string side) => new(
        span.Either("istio.cluster_id") ?? MeshNames.Unknown,
        span.Attribute($"istio.{side}_namespace") ?? MeshNames.Unknown,
        span.Attribute($"istio.{side}_workload") ?? MeshNames.Unknown,
        span.Attribute($"istio.{side}_canonical_service") ?? MeshNames.Unknown,
        span.Attribute($"istio.{side}_canonical_revision") ?? MeshNames.Unknown);

    private static Party Unknown { get; } = new(MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown);

    private static bool IsCaller(SpanKind kind) => kind is SpanKind.Client or SpanKind.Producer;

    /// <summary>The client span that the application made, above those of its proxy; the span itself when there is none.</summary>
    private static Node? Outermost(Node node)
    {
        if (!IsCaller(node.Span.Kind))
        {
            return null;
        }

        while (node.Parent is { } above && IsCaller(above.Span.Kind) && above.Party.Owner == node.Party.Owner)
        {
            node = above;
        }

        return node;
    }

    private readonly record struct HopKey(Party Source, Party Target, MeshProtocol Protocol, string Code, string Flags, string Host, string Operation);

    private sealed class Node(SpanFacts span, SpanParty party)
    {
        private Node? _parent;

        public SpanFacts Span { get; } = span;

        public SpanParty Party { get; } = party;

        /// <summary>The client half of a span that two sides share.</summary>
        public Node? Twin { get; set; }

        public bool IsAnswered { get; set; }

        /// <summary>A client span of the same owner continues the call.</summary>
        public bool HasCallBelow { get; private set; }

        public Node? Parent
        {
            get => _parent;
            set
            {
                _parent = value;
                if (value is not null && IsCaller(Span.Kind) && IsCaller(value.Span.Kind) && value.Party.Owner == Party.Owner)
                {
                    value.HasCallBelow = true;
                }
            }
        }
    }
}
