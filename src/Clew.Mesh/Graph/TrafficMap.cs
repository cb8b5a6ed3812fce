using static Clew.Mesh.Graph.MeshNames;

namespace Clew.Mesh.Graph;

/// <summary>The nodes of a graph by identity, each with the edges that leave it.</summary>
public sealed class TrafficMap
{
    private readonly Dictionary<string, MeshNode> _nodes = new(StringComparer.Ordinal);

    public IReadOnlyCollection<MeshNode> Nodes => _nodes.Values;

    public IEnumerable<MeshEdge> Edges => _nodes.Values.SelectMany(static node => node.Edges);

    public MeshNode? Find(string key) => _nodes.GetValueOrDefault(key);

    public void Put(MeshNode node) => _nodes[node.Key] = node;

    /// <summary>Removes nodes and the edges into them.</summary>
    public void Remove(IReadOnlySet<MeshNode> nodes)
    {
        foreach (var node in nodes)
        {
            _nodes.Remove(node.Key);
        }

        foreach (var node in _nodes.Values)
        {
            node.RemoveEdges(edge => nodes.Contains(edge.Target));
        }
    }

    /// <summary>The node of a party, made when it is new; null when the party names nothing.</summary>
    public MeshNode? NodeOf(in Party party, GraphType type)
    {
        if (NodeIdentity.Of(party, type) is not var (key, kind))
        {
            return null;
        }

        return Find(key) is { } known ? Complete(known, party, type) : Create(key, kind, party, type);
    }

    private MeshNode Create(string key, NodeKind kind, in Party party, GraphType type)
    {
        var node = new MeshNode(key, kind) { Cluster = party.Cluster, Namespace = party.NodeNamespace };
        switch (kind)
        {
            case NodeKind.Service:
                node.Service = IsOk(party.Service) ? party.Service : Unknown;
                break;
            case NodeKind.App:
                node.App = party.App;
                if (type == GraphType.VersionedApp)
                {
                    node.Workload = IsOk(party.Workload) ? party.Workload : "";
                    node.Version = IsOk(party.Version) ? party.Version : "";
                }

                break;
            case NodeKind.Unknown:
                (node.Workload, node.App, node.Version) = (Unknown, Unknown, Unknown);
                break;
            default:
                node.Workload = party.Workload;
                node.App = IsOk(party.App) ? party.App : "";
                node.Version = IsOk(party.Version) ? party.Version : "";
                break;
        }

        _nodes.Add(key, node);
        return node;
    }

    /// <summary>Evidence that comes later may know an app or version that earlier evidence left out.</summary>
    private static MeshNode Complete(MeshNode node, in Party party, GraphType type)
    {
        if (node.Kind == NodeKind.Workload || (node.Kind == NodeKind.App && type == GraphType.VersionedApp))
        {
            node.App = node.App.Length == 0 && IsOk(party.App) ? party.App : node.App;
            node.Version = node.Version.Length == 0 && IsOk(party.Version) ? party.Version : node.Version;
        }

        return node;
    }
}
