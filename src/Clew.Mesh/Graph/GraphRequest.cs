namespace Clew.Mesh.Graph;

/// <summary>The node that a node graph is around. Exactly one of workload, app, service and operation is given.</summary>
public sealed record FocusNode(string Namespace)
{
    public string Cluster { get; init; } = "";

    public string Workload { get; init; } = "";

    public string App { get; init; } = "";

    public string Version { get; init; } = "";

    public string Service { get; init; } = "";

    public string Aggregate { get; init; } = "";

    public string AggregateValue { get; init; } = "";
}

/// <summary>What a graph is asked to show.</summary>
public sealed record GraphRequest
{
    public required IReadOnlyList<string> Namespaces { get; init; }

    /// <summary>Null for the whole of the namespaces.</summary>
    public FocusNode? Focus { get; init; }

    public GraphType Type { get; init; } = GraphType.Workload;

    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    public required DateTimeOffset Time { get; init; }

    public bool BoxByApp { get; init; }

    public bool BoxByNamespace { get; init; }

    public bool BoxByCluster { get; init; }

    public bool InjectServiceNodes { get; init; }

    public bool IncludeIdleEdges { get; init; }

    public bool Waypoints { get; init; } = true;

    public bool Http { get; init; } = true;

    public MessageRate Grpc { get; init; } = MessageRate.Requests;

    /// <summary><see cref="MessageRate.Requests"/> does not apply.</summary>
    public MessageRate Tcp { get; init; } = MessageRate.Sent;

    public AmbientTraffic Ambient { get; init; } = AmbientTraffic.Total;

    /// <summary>The quantile that an answer with one latency per edge shows; null for the mean.</summary>
    public double? LatencyQuantile { get; init; } = 0.95;

    public bool ThroughputOfRequests { get; init; }

    /// <summary>The metric label that classifies requests into operations.</summary>
    public string AggregateLabel { get; init; } = "request_operation";

    /// <summary>What is put onto the bare graph, by name; null for everything.</summary>
    public IReadOnlySet<string>? Appenders { get; init; }

    /// <summary>Which evidence to use.</summary>
    public Evidence Evidence { get; init; } = Evidence.Spans | Evidence.Istio | Evidence.Kubernetes | Evidence.ServiceGraphMetrics;

    public bool Has(string appender) => Appenders?.Contains(appender) ?? true;

    public bool IsService => Type == GraphType.Service;
}
