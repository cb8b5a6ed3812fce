namespace Clew.Mesh.Graph;

/// <summary>
/// Reduces a workload graph with service nodes to services alone: service → workload → service becomes service → service. What calls from
/// outside, and is no service itself, stays.
/// </summary>
public static class ServiceGraph
{
    private static readonly MeshProtocol[] Protocols = [MeshProtocol.Grpc, MeshProtocol.Http, MeshProtocol.Tcp];

    public static TrafficMap Reduce(TrafficMap workloads)
    {
        var called = workloads.Edges.Select(static edge => edge.Target).ToHashSet();
        var kept = new TrafficMap();
        foreach (var node in workloads.Nodes)
        {
            if (node.Kind == NodeKind.Service || !called.Contains(node))
            {
                kept.Put(node);
            }
        }

        foreach (var node in kept.Nodes)
        {
            var direct = node.Edges.ToList();
            node.ReplaceEdges(direct.Where(static edge => edge.Target.Kind == NodeKind.Service));
            foreach (var behind in direct.Where(static edge => edge.Target.Kind != NodeKind.Service).Select(static edge => edge.Target).Distinct())
            {
                if (node.Kind == NodeKind.Service)
                {
                    Adopt(node, behind);
                }
            }
        }

        foreach (var node in kept.Nodes)
        {
            foreach (var protocol in Protocols)
            {
                node.Traffic.Out(protocol) = 0;
                node.Traffic.OutClasses(protocol) = default;
            }

            foreach (var edge in node.Edges)
            {
                node.Traffic.Out(edge.Protocol) += edge.Rates.Total;
                node.Traffic.OutClasses(edge.Protocol).Add(edge.Rates);
            }
        }

        return kept;
    }

    /// <summary>The calls of a workload behind the service become the service's.</summary>
    private static void Adopt(MeshNode service, MeshNode workload)
    {
        foreach (var call in workload.Edges)
        {
            if (call.Target.Kind == NodeKind.Service)
            {
                service.EdgeTo(call.Target, call.Protocol).Add(call);
            }
        }
    }
}
