using Clew.Mesh.Graph;
using Clew.Mesh.Kubernetes;

namespace Clew.Mesh.Spans;

/// <summary>Makes a graph of hops that spans told: same identities, same rules as for metrics.</summary>
public static class SpanGraph
{
    public static (TrafficMap Map, int Taken) Build(SpanHops told, GraphRequest request, ClusterSnapshot cluster)
    {
        var map = new TrafficMap();
        var assembler = new TrafficAssembler(map, request.Type, request.InjectServiceNodes || request.IsService);
        var (hops, seconds) = (told.Hops, Math.Max(1, told.Seconds));
        var taken = 0;
        var operations = new List<(MeshEdge Edge, SpanHop Hop, double Rate)>();
        for (var i = 0; i < hops.Count; i++)
        {
            var hop = hops[i];
            if (!IsWanted(hop, request) || !Concerns(hop, request))
            {
                continue;
            }

            var rate = hop.Weight / seconds;
            var source = Named(hop.Source, cluster);
            var target = Named(hop.Target, cluster);
            var path = assembler.Add(new HopSample(source, target, hop.Protocol, hop.Code, hop.Flags, hop.Host, rate, $"span{i}", Evidence.Spans));
            if (path is null)
            {
                continue;
            }

            taken++;
            foreach (var edge in path.Value.Edges)
            {
                Decorate(edge, hop, seconds, request);
            }

            if (hop.TargetRole.Length > 0 && path.Value.Edges.Last().Target is { } node)
            {
                node.Role = hop.TargetRole;
            }

            if (hop.Operation.Length > 0 && path.Value.First is { } first)
            {
                operations.Add((first, hop, rate));
            }
        }

        if (request.Has("aggregateNode") && !request.IsService)
        {
            foreach (var (edge, hop, rate) in operations)
            {
                Operations.Move(map, edge, request.AggregateLabel, hop.Operation, hop.Code.Length == 0 ? "-" : hop.Code, hop.Flags, hop.Host, rate);
            }

            Operations.Clean(map);
        }

        return (map, taken);
    }

    private static void Decorate(MeshEdge edge, SpanHop hop, double seconds, GraphRequest request)
    {
        if (hop.Latency is { } latency)
        {
            (edge.Latency ??= new LatencyHistogram()).Add(latency);
        }

        if (hop.ClientLatency is { } client)
        {
            (edge.ClientLatency ??= new LatencyHistogram()).Add(client);
        }

        var bytes = request.ThroughputOfRequests ? hop.RequestBytes : hop.ResponseBytes;
        if (bytes > 0)
        {
            edge.Throughput = (edge.Throughput ?? 0) + (bytes / seconds);
        }

        edge.MutualTlsRate += hop.MutualTls / seconds;
        edge.SecurityRate += hop.SecurityKnown / seconds;
        edge.IsSampledUnknown |= hop.IsSampledUnknown;
        if (hop.Weight > 0)
        {
            edge.SampledShare = Math.Min(edge.SampledShare, hop.Count / hop.Weight);
        }

        edge.Exemplars.AddRange(hop.Exemplars.Take(MeshEdge.MaxExemplars - edge.Exemplars.Count));
    }

    private static bool IsWanted(SpanHop hop, GraphRequest request) => hop.Protocol switch
    {
        MeshProtocol.Http => request.Http,
        MeshProtocol.Grpc => request.Grpc != MessageRate.None,
        _ => request.Tcp != MessageRate.None,
    };

    /// <summary>Traffic in and out of the chosen namespaces, or of the node in focus.</summary>
    private static bool Concerns(SpanHop hop, GraphRequest request)
    {
        if (request.Focus is { } focus)
        {
            return IsFocus(hop.Source, focus, isTarget: false) || IsFocus(hop.Target, focus, isTarget: true);
        }

        return request.Namespaces.Count == 0 || request.Namespaces.Contains(hop.Source.NodeNamespace) || request.Namespaces.Contains(hop.Target.NodeNamespace);
    }

    private static bool IsFocus(in Party party, FocusNode focus, bool isTarget) =>
        (focus.Namespace.Length == 0 || party.NodeNamespace == focus.Namespace)
        && (focus.Workload.Length > 0 ? party.Workload == focus.Workload
            : focus.App.Length > 0 ? party.App == focus.App && (focus.Version.Length == 0 || party.Version == focus.Version)
            : isTarget && party.Service == focus.Service);

    /// <summary>Spans that do not say where they ran ran in the cluster that is known.</summary>
    private static Party Named(in Party party, ClusterSnapshot cluster) =>
        MeshNames.IsOk(party.Cluster) || !cluster.IsKnown || !MeshNames.IsOk(party.NodeNamespace) ? party : party with { Cluster = cluster.Cluster };
}
