namespace Clew.Mesh.Graph;

/// <summary>Draws boxes around nodes that belong together: versions of an app, then namespaces, then clusters.</summary>
public static class Boxes
{
    private const int LeastMembers = 2;

    /// <summary>The boxes, inner ones first; members point at their box.</summary>
    public static IReadOnlyList<MeshNode> Add(IReadOnlyCollection<MeshNode> nodes, bool byApp, bool byNamespace, bool byCluster)
    {
        var boxes = new List<MeshNode>();
        if (byApp)
        {
            foreach (var group in nodes.Where(static node => MeshNames.IsOk(node.App)).GroupBy(static node => (node.Cluster, node.Namespace, node.App)))
            {
                Box(boxes, group.ToList(), $"box_{group.Key.Cluster}_{group.Key.Namespace}_{group.Key.App}", "app", group.Key.Cluster, group.Key.Namespace, group.Key.App);
            }
        }

        if (byNamespace)
        {
            var groups = Outermost(nodes, boxes).Where(static node => MeshNames.IsOk(node.Namespace)).GroupBy(static node => (node.Cluster, node.Namespace)).ToList();
            if (groups.Count > 1)
            {
                foreach (var group in groups)
                {
                    Box(boxes, group.ToList(), $"box_{group.Key.Cluster}_{group.Key.Namespace}", "namespace", group.Key.Cluster, group.Key.Namespace, "");
                }
            }
        }

        if (byCluster)
        {
            var groups = Outermost(nodes, boxes).Where(static node => MeshNames.IsOk(node.Cluster)).GroupBy(static node => node.Cluster).ToList();
            if (groups.Count > 1)
            {
                foreach (var group in groups)
                {
                    Box(boxes, group.ToList(), $"box_{group.Key}", "cluster", group.Key, "", "");
                }
            }
        }

        return boxes;
    }

    private static List<MeshNode> Outermost(IReadOnlyCollection<MeshNode> nodes, List<MeshNode> boxes) =>
        [.. nodes.Concat(boxes).Where(static node => node.Parent is null)];

    private static void Box(List<MeshNode> boxes, List<MeshNode> members, string key, string by, string cluster, string ns, string app)
    {
        // A namespace or cluster counts its nodes, not the boxes inside it.
        if (members.Count < LeastMembers && !members.Exists(static member => member.Kind == NodeKind.Box))
        {
            return;
        }

        var box = new MeshNode(key, NodeKind.Box) { BoxOf = by, Cluster = cluster, Namespace = ns, App = app };
        members.ForEach(member => member.Parent = box);
        boxes.Add(box);
    }
}
