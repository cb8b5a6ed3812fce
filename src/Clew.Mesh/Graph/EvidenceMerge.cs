namespace Clew.Mesh.Graph;

/// <summary>
/// Lays a second source of evidence over a graph. Where both know an edge, the rates of the first stay (they count the same requests),
/// and what only the second knows is added; edges that only the second knows are new.
/// </summary>
public static class EvidenceMerge
{
    public static void Into(TrafficMap map, TrafficMap other)
    {
        var placed = other.Nodes.ToDictionary(static node => node, node => Match(map, node));
        foreach (var (node, known) in placed)
        {
            foreach (var edge in node.Edges)
            {
                Lay(known, placed[edge.Target], edge);
            }

            known.Evidence |= node.Evidence;
            known.DestServices.UnionWith(node.DestServices);
            known.Role = known.Role.Length > 0 ? known.Role : node.Role;
            known.IsInjected |= node.IsInjected && known.Kind == NodeKind.Service;
        }
    }

    private static void Lay(MeshNode source, MeshNode target, MeshEdge edge)
    {
        if (source.FindEdge(target, edge.Protocol) is not { } known)
        {
            var added = source.EdgeTo(target, edge.Protocol);
            added.Add(edge);
            source.Traffic.Out(edge.Protocol) += edge.Rates.Total;
            source.Traffic.OutClasses(edge.Protocol).Add(edge.Rates);
            target.Traffic.In(edge.Protocol).Add(edge.Rates);
            return;
        }

        known.Evidence |= edge.Evidence;
        known.Exemplars.AddRange(edge.Exemplars.Take(MeshEdge.MaxExemplars - known.Exemplars.Count));
        known.Latency ??= edge.Latency;
        known.ClientLatency ??= edge.ClientLatency;
        known.Throughput ??= edge.Throughput;
        if (known.SecurityRate <= 0)
        {
            (known.SecurityRate, known.MutualTlsRate) = (edge.SecurityRate, edge.MutualTlsRate);
        }
    }

    /// <summary>The node with the same identity; spans often do not know their cluster, then the same in the only cluster that has it.</summary>
    public static MeshNode? Find(TrafficMap map, MeshNode node)
    {
        if (map.Find(node.Key) is { } same)
        {
            return same;
        }

        if (!MeshNames.IsOk(node.Cluster) && node.Kind != NodeKind.Unknown)
        {
            var alike = map.Nodes.Where(known => known.Kind == node.Kind && known.Namespace == node.Namespace && known.Workload == node.Workload
                && known.App == node.App && known.Service == node.Service && known.Aggregate == node.Aggregate).Take(2).ToList();
            if (alike.Count == 1)
            {
                return alike[0];
            }
        }

        return null;
    }

    private static MeshNode Match(TrafficMap map, MeshNode node)
    {
        if (Find(map, node) is { } known)
        {
            return known;
        }

        var copy = new MeshNode(node.Key, node.Kind)
        {
            Cluster = node.Cluster, Namespace = node.Namespace, Workload = node.Workload, App = node.App, Version = node.Version, Service = node.Service,
            Aggregate = node.Aggregate, Role = node.Role, IsInjected = node.IsInjected,
        };
        map.Put(copy);
        return copy;
    }
}
