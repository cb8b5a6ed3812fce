namespace Clew.Mesh.Graph;

/// <summary>A finished graph in the order of its answer.</summary>
public sealed class MeshGraph
{
    public required DateTimeOffset Time { get; init; }

    public required TimeSpan Duration { get; init; }

    public required GraphType Type { get; init; }

    /// <summary>Boxes first: clusters, namespaces, apps; then nodes by cluster, namespace, app, version, service, workload.</summary>
    public required IReadOnlyList<MeshNode> Nodes { get; init; }

    public required IReadOnlyList<MeshEdge> Edges { get; init; }

    /// <summary>What each source of evidence contributed, or why it did not.</summary>
    public IReadOnlyList<EvidenceReport> Sources { get; init; } = [];

    public static MeshGraph Of(TrafficMap map, IReadOnlyList<MeshNode> boxes, GraphType type, DateTimeOffset time, TimeSpan duration, IReadOnlyList<EvidenceReport> sources)
    {
        var nodes = boxes.Concat(map.Nodes).ToList();
        nodes.Sort(Compare);
        var edges = map.Edges.ToList();
        edges.Sort(static (left, right) =>
        {
            var order = string.CompareOrdinal(left.Source.Id, right.Source.Id);
            order = order != 0 ? order : string.CompareOrdinal(left.Target.Id, right.Target.Id);
            return order != 0 ? order : left.Protocol.CompareTo(right.Protocol);
        });
        return new MeshGraph { Nodes = nodes, Edges = edges, Type = type, Time = time, Duration = duration, Sources = sources };
    }

    private static int Compare(MeshNode left, MeshNode right)
    {
        var order = BoxRank(left).CompareTo(BoxRank(right));
        order = order != 0 ? order : string.CompareOrdinal(left.Cluster, right.Cluster);
        order = order != 0 ? order : string.CompareOrdinal(left.Namespace, right.Namespace);
        order = order != 0 ? order : string.CompareOrdinal(left.App, right.App);
        order = order != 0 ? order : string.CompareOrdinal(left.Version, right.Version);
        order = order != 0 ? order : string.CompareOrdinal(left.Service, right.Service);
        order = order != 0 ? order : string.CompareOrdinal(left.Workload, right.Workload);
        return order != 0 ? order : string.CompareOrdinal(left.Key, right.Key);
    }

    private static int BoxRank(MeshNode node) => node.BoxOf switch { "cluster" => 0, "namespace" => 1, "app" => 2, _ => 3 };
}

/// <summary>What became of one source of evidence in this answer.</summary>
public sealed record EvidenceReport(Evidence Source, bool IsUsed, string? Problem)
{
    /// <summary>Series or observations that were taken.</summary>
    public int Taken { get; init; }

    /// <summary>Those that were passed over because they name nobody or lack labels.</summary>
    public int Skipped { get; init; }
}
