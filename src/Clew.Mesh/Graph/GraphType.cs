namespace Clew.Mesh.Graph;

/// <summary>What a node of the graph stands for.</summary>
public enum GraphType
{
    Workload,
    App,
    VersionedApp,
    Service,
}

public enum NodeKind
{
    Workload,
    App,
    Service,

    /// <summary>An operation: a class of requests between a caller and a service.</summary>
    Aggregate,

    /// <summary>Where traffic from outside comes from.</summary>
    Unknown,
    Box,
}

/// <summary>The protocols of edges, in the order in which answers list them.</summary>
public enum MeshProtocol
{
    Grpc,
    Http,
    Tcp,
}

/// <summary>Which messages of a gRPC call are counted.</summary>
public enum MessageRate
{
    None,
    Requests,
    Sent,
    Received,
    Total,
}

/// <summary>Which of the mesh's proxies report, where Istio runs in ambient mode.</summary>
public enum AmbientTraffic
{
    None,
    Total,
    Waypoint,
    Ztunnel,
}

/// <summary>What an edge rests on. Several may agree on one edge.</summary>
[Flags]
public enum Evidence
{
    None = 0,

    /// <summary>Spans in this store.</summary>
    Spans = 1,

    /// <summary>Istio's metrics in a Prometheus server.</summary>
    Istio = 2,

    /// <summary>The Kubernetes API.</summary>
    Kubernetes = 4,

    /// <summary>Service-graph metrics of an OpenTelemetry Collector or Tempo.</summary>
    ServiceGraphMetrics = 8,
}

public static class MeshNames
{
    public const string Unknown = "unknown";
    public const string PassthroughCluster = "PassthroughCluster";
    public const string BlackHoleCluster = "BlackHoleCluster";
    public const string Latest = "latest";

    /// <summary>Spelled as clients write it.</summary>
    public static string Name(this GraphType type) => type switch
    {
        GraphType.App => "app",
        GraphType.VersionedApp => "versionedApp",
        GraphType.Service => "service",
        _ => "workload",
    };

    public static string Name(this NodeKind kind) => kind switch
    {
        NodeKind.App => "app",
        NodeKind.Service => "service",
        NodeKind.Aggregate => "aggregate",
        NodeKind.Unknown => "unknown",
        NodeKind.Box => "box",
        _ => "workload",
    };

    public static string Name(this MeshProtocol protocol) => protocol switch
    {
        MeshProtocol.Grpc => "grpc",
        MeshProtocol.Tcp => "tcp",
        _ => "http",
    };

    /// <summary>Says something: neither empty nor Istio's word for "I do not know".</summary>
    public static bool IsOk(string? text) => !string.IsNullOrEmpty(text) && text != Unknown;

    /// <summary>A version that tells workloads apart.</summary>
    public static bool IsOkVersion(string? text) => IsOk(text) && text != Latest;

    public static bool IsEgressCluster(string? service) => service is PassthroughCluster or BlackHoleCluster;
}
