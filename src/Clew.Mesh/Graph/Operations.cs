namespace Clew.Mesh.Graph;

/// <summary>Puts operations between callers and what they call: caller → operation → callee.</summary>
public static class Operations
{
    /// <summary>Below this an edge has been moved whole; the rest is rounding.</summary>
    private const double Rest = 0.0015;

    /// <summary>Moves a part of an edge's traffic through the node of an operation.</summary>
    public static void Move(TrafficMap map, MeshEdge edge, string attribute, string value, string code, string flags, string host, double rate)
    {
        var target = edge.Target;
        var key = NodeIdentity.Operation(target.Cluster, target.Namespace, attribute, value, target.Service);
        if (map.Find(key) is not { } operation)
        {
            operation = new MeshNode(key, NodeKind.Aggregate)
            {
                Cluster = target.Cluster, Namespace = target.Namespace, Aggregate = new AggregateName(attribute, value), Service = target.Service, App = target.App,
            };
            map.Put(operation);
        }

        foreach (var part in new[] { edge.Source.EdgeTo(operation, edge.Protocol), operation.EdgeTo(target, edge.Protocol) })
        {
            part.Add(code, flags, host, rate);
            part.Evidence |= edge.Evidence;
        }

        operation.Evidence |= edge.Evidence;
        operation.Traffic.In(edge.Protocol).Add(edge.Protocol, code, rate);
        operation.Traffic.Out(edge.Protocol) += rate;
        edge.Rates.Add(edge.Protocol, code, -rate);
        if (edge.Responses.TryGetValue(code, out var split))
        {
            split.Add(flags, host, -rate);
        }
    }

    /// <summary>Removes edges whose traffic has gone through operations altogether.</summary>
    public static void Clean(TrafficMap map)
    {
        foreach (var node in map.Nodes.Where(static node => node.Kind != NodeKind.Aggregate))
        {
            var moved = node.Edges.Where(static edge => edge.Target.Kind == NodeKind.Aggregate).Select(static edge => edge.Protocol).ToHashSet();
            node.RemoveEdges(edge => edge.Target.Kind != NodeKind.Aggregate && moved.Contains(edge.Protocol) && edge.Rates.Total < Rest && edge.Responses.Count > 0);
        }
    }
}
