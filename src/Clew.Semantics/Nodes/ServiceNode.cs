namespace Clew.Semantics.Nodes;

/// <summary>What a node of the graph is. The numbers reach disk.</summary>
public enum NodeKind : byte
{
    /// <summary>A service that sends spans, or that a mesh knows by name.</summary>
    Service = 0,

    /// <summary>Whoever calls the first span of a trace from outside.</summary>
    User = 1,

    /// <summary>The span names a parent that is not here, or a callee that it says nothing about.</summary>
    Unknown = 2,

    Database = 3,

    /// <summary>A queue or topic.</summary>
    Messaging = 4,

    /// <summary>A host that sends no spans of its own.</summary>
    External = 5,
}

/// <summary>
/// Who sends or receives a call. What is not known is empty. <see cref="App"/> is the name to show: Istio's canonical service, or
/// <c>service.name</c> without the namespace that Istio appends, or the name of a database, queue or host.
/// </summary>
public sealed record ServiceNode
{
    public static ServiceNode User { get; } = new() { Kind = NodeKind.User, App = "user" };

    public static ServiceNode Unknown { get; } = new() { Kind = NodeKind.Unknown, App = "unknown" };

    /// <summary>The hash of the texts once it is known, else zero: nodes are keys of large tables, and hashing six texts each time was a third of filling them.</summary>
    private int _hash;

    public ServiceNode()
    {
    }

    private ServiceNode(ServiceNode original) =>
        (Kind, Cluster, Namespace, Service, App, Version, Workload) =
        (original.Kind, original.Cluster, original.Namespace, original.Service, original.App, original.Version, original.Workload);

    public NodeKind Kind { get; init; }

    public string Cluster { get; init; } = "";

    public string Namespace { get; init; } = "";

    /// <summary><c>service.name</c> as it was sent.</summary>
    public string Service { get; init; } = "";

    public string App { get; init; } = "";

    public string Version { get; init; } = "";

    public string Workload { get; init; } = "";

    public bool Equals(ServiceNode? other) =>
        ReferenceEquals(this, other)
        || (other is not null && GetHashCode() == other.GetHashCode() && Kind == other.Kind && App == other.App && Namespace == other.Namespace
            && Service == other.Service && Version == other.Version && Workload == other.Workload && Cluster == other.Cluster);

    public override int GetHashCode()
    {
        if (_hash == 0)
        {
            // Zero would be computed again each time, which is allowed.
            _hash = HashCode.Combine(Kind, Cluster, Namespace, Service, App, Version, Workload);
        }

        return _hash;
    }

    /// <summary>
    /// True when both may be the same workload: of one name, and nothing that both know differs. A proxy knows its namespace and
    /// workload, the application beside it often only its name.
    /// </summary>
    public bool IsSameAs(ServiceNode other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(this, other)
            || (Kind == other.Kind && App == other.App && Agree(Namespace, other.Namespace) && Agree(Cluster, other.Cluster)
                && Agree(Version, other.Version) && Agree(Workload, other.Workload));
    }

    /// <summary>This node, with what it does not know taken from the other.</summary>
    public ServiceNode Completed(ServiceNode other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(this, other))
        {
            return this;
        }

        return this with
        {
            Cluster = Either(Cluster, other.Cluster), Namespace = Either(Namespace, other.Namespace), Service = Either(Service, other.Service),
            Version = Either(Version, other.Version), Workload = Either(Workload, other.Workload),
        };
    }

    private static bool Agree(string left, string right) => left.Length == 0 || right.Length == 0 || left == right;

    private static string Either(string first, string second) => first.Length > 0 ? first : second;
}
