namespace Clew.Mesh.Graph;

/// <summary>Joins the graphs of several namespaces: what two of them both saw is taken once.</summary>
public static class NamespaceMerge
{
    /// <summary>
    /// Adds the graph of one namespace. Of a node that both have, the copy that was built for the node's own namespace stays, because it
    /// has seen everything the node does; the other's edges are appended where they are new.
    /// </summary>
    public static void Into(TrafficMap all, string ns, TrafficMap one)
    {
        foreach (var added in one.Nodes.ToList())
        {
            if (all.Find(added.Key) is not { } known)
            {
                all.Put(added);
                continue;
            }

            var (kept, other) = added.Namespace == ns ? (added, known) : (known, added);
            all.Put(kept);
            foreach (var edge in other.Edges)
            {
                if (kept.FindEdge(edge.Target.Key, edge.Protocol) is null)
                {
                    kept.Append(edge);
                    kept.Traffic.Out(edge.Protocol) += edge.Rates.Total;
                    kept.Traffic.OutClasses(edge.Protocol).Add(edge.Rates);
                }
            }

            kept.Evidence |= other.Evidence;
        }
    }

    /// <summary>
    /// Points every edge at the node that stayed: the namespaces' graphs were built apart, each with its own copies of the nodes.
    /// </summary>
    public static TrafficMap Settle(TrafficMap all)
    {
        foreach (var node in all.Nodes)
        {
            node.ReplaceEdges(node.Edges.Select(edge => Retarget(edge, node, all)));
        }

        return all;
    }

    private static MeshEdge Retarget(MeshEdge edge, MeshNode source, TrafficMap all)
    {
        var target = all.Find(edge.Target.Key) ?? edge.Target;
        if (ReferenceEquals(edge.Source, source) && ReferenceEquals(edge.Target, target))
        {
            return edge;
        }

        var moved = new MeshEdge(source, target, edge.Protocol);
        moved.Add(edge);
        return moved;
    }
}
