namespace Clew.Mesh.Graph;

/// <summary>What is always put onto a graph: who is outside, who cannot be seen, where traffic begins.</summary>
public static class Finish
{
    /// <summary>Marks the nodes; <paramref name="isVisible"/> says whether the asker may see a namespace of a cluster.</summary>
    public static void Mark(TrafficMap map, IReadOnlyCollection<string> selected, Func<string, string, bool> isVisible)
    {
        var called = map.Edges.Select(static edge => edge.Target).ToHashSet();
        foreach (var node in map.Nodes)
        {
            var isKnown = MeshNames.IsOk(node.Namespace);
            // Nothing selected is everything.
            node.IsOutside = isKnown && selected.Count > 0 && !selected.Contains(node.Namespace);
            node.IsInaccessible = node.ServiceEntry is null && (
                node.Kind == NodeKind.Unknown
                || (node.Kind == NodeKind.Service && !isKnown && node.Role.Length == 0)
                || node.IsEgressCluster
                || (isKnown && !isVisible(node.Cluster, node.Namespace)));
            node.IsRoot = node.Edges.Count > 0 && !called.Contains(node);
        }
    }
}
