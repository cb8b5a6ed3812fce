namespace Clew.Mesh.Graph;

/// <summary>A service that requests named when they reached a node.</summary>
public readonly record struct ServiceName(string Cluster, string Namespace, string Name) : IComparable<ServiceName>
{
    public int CompareTo(ServiceName other)
    {
        var order = string.CompareOrdinal(Cluster, other.Cluster);
        order = order != 0 ? order : string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }
}

/// <summary>What an operation node stands for: the attribute that classifies requests, and its value.</summary>
public readonly record struct AggregateName(string Attribute, string Value);

/// <summary>Hosts that Istio's configuration says are outside the mesh.</summary>
public sealed record ServiceEntryInfo(string Name, string Namespace, string Location, IReadOnlyList<string> Hosts);

/// <summary>A node while the graph is built, and after.</summary>
public sealed class MeshNode(string key, NodeKind kind)
{
    private readonly List<MeshEdge> _edges = [];

    public string Key { get; } = key;

    public string Id { get; } = NodeIdentity.Hash(key);

    public NodeKind Kind { get; } = kind;

    public string Cluster { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Workload { get; set; } = "";

    public string App { get; set; } = "";

    public string Version { get; set; } = "";

    public string Service { get; set; } = "";

    public AggregateName? Aggregate { get; init; }

    /// <summary>For a box: <c>cluster</c>, <c>namespace</c> or <c>app</c>.</summary>
    public string BoxOf { get; init; } = "";

    /// <summary>The box that the node is in.</summary>
    public MeshNode? Parent { get; set; }

    public SortedSet<ServiceName> DestServices { get; } = [];

    public NodeTraffic Traffic { get; private set; } = new();

    /// <summary>Edges that leave the node.</summary>
    public IReadOnlyList<MeshEdge> Edges => _edges;

    public Evidence Evidence { get; set; }

    public bool IsRoot { get; set; }

    public bool IsOutside { get; set; }

    public bool IsInaccessible { get; set; }

    public bool IsInjected { get; set; }

    public bool IsIdle { get; set; }

    public bool IsDead { get; set; }

    public bool IsOutOfMesh { get; set; }

    public bool IsAmbient { get; set; }

    public bool IsWaypoint { get; set; }

    public bool IsGateway { get; set; }

    public IReadOnlyList<string> GatewayHosts { get; set; } = [];

    public ServiceEntryInfo? ServiceEntry { get; set; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public IReadOnlyList<string> WorkloadEntries { get; set; } = [];

    public IstioBadges Badges { get; set; } = new();

    public Health.NodeHealth? Health { get; set; }

    /// <summary>What kind of thing a node outside the mesh is, as spans tell it: <c>database</c>, <c>messaging</c>, <c>external</c>.</summary>
    public string Role { get; set; } = "";

    public bool IsEgressCluster => Kind == NodeKind.Service && MeshNames.IsEgressCluster(Service);

    public MeshEdge? FindEdge(MeshNode target, MeshProtocol protocol)
    {
        foreach (var edge in _edges)
        {
            if (ReferenceEquals(edge.Target, target) && edge.Protocol == protocol)
            {
                return edge;
            }
        }

        return null;
    }

    /// <summary>Finds an edge by the target's identity: for nodes of another build.</summary>
    public MeshEdge? FindEdge(string targetKey, MeshProtocol protocol) =>
        _edges.Find(edge => edge.Target.Key == targetKey && edge.Protocol == protocol);

    public MeshEdge EdgeTo(MeshNode target, MeshProtocol protocol)
    {
        if (FindEdge(target, protocol) is { } known)
        {
            return known;
        }

        var edge = new MeshEdge(this, target, protocol);
        _edges.Add(edge);
        return edge;
    }

    public void Append(MeshEdge edge) => _edges.Add(edge);

    public void RemoveEdges(Predicate<MeshEdge> which) => _edges.RemoveAll(which);

    public void ReplaceEdges(IEnumerable<MeshEdge> edges)
    {
        var kept = edges.ToList();
        _edges.Clear();
        _edges.AddRange(kept);
    }

    public void ResetTraffic() => Traffic = new NodeTraffic();

    /// <summary>The name a person knows the node by.</summary>
    public string DisplayName => Kind switch
    {
        NodeKind.Aggregate => Aggregate?.Value ?? "",
        NodeKind.Service => ServiceEntry?.Name ?? Service,
        NodeKind.App => App,
        NodeKind.Box => BoxOf switch { "app" => App, "namespace" => Namespace, _ => Cluster },
        NodeKind.Unknown => MeshNames.Unknown,
        _ => Workload,
    };
}

/// <summary>What Istio's configuration does to a node's traffic.</summary>
public sealed record IstioBadges
{
    public bool CircuitBreaker { get; init; }

    public bool FaultInjection { get; init; }

    public bool Mirroring { get; init; }

    public bool RequestRouting { get; init; }

    public bool RequestTimeout { get; init; }

    public bool TcpTrafficShifting { get; init; }

    public bool TrafficShifting { get; init; }

    /// <summary>Hosts of the virtual services that concern the node; empty when there is none.</summary>
    public IReadOnlyList<string> VirtualServiceHosts { get; init; } = [];

    public bool HasVirtualService { get; init; }
}
