using Clew.Mesh.Health;

namespace Clew.Mesh.Kubernetes;

/// <summary>A namespace as the Kubernetes API tells it.</summary>
public sealed record KubeNamespace(string Name)
{
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public DateTimeOffset? CreatedAt { get; init; }

    public bool IsAmbient => Labels.GetValueOrDefault("istio.io/dataplane-mode") == "ambient";

    /// <summary>Whether new pods get a sidecar; null when the namespace says nothing.</summary>
    public bool? Injection => Labels.GetValueOrDefault("istio-injection") switch
    {
        "enabled" => true,
        "disabled" => false,
        _ => Labels.ContainsKey("istio.io/rev") ? true : null,
    };

    public string Revision => Labels.GetValueOrDefault("istio.io/rev") ?? "";
}

/// <summary>What runs pods: a Deployment, StatefulSet, DaemonSet, or a controller that is known from its pods only.</summary>
public sealed record KubeWorkload(string Namespace, string Name, string Kind)
{
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    public string App { get; init; } = "";

    public string Version { get; init; } = "";

    public int Desired { get; init; }

    public int Current { get; init; }

    public int Available { get; init; }

    public int PodCount { get; init; }

    public int PodsWithSidecar { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public bool IsAmbient { get; init; }

    /// <summary>All pods have a sidecar. Without pods nobody can tell, and it is assumed.</summary>
    public bool HasSidecar => PodsWithSidecar == PodCount;

    public bool IsWaypoint => Labels.GetValueOrDefault("gateway.istio.io/managed") == "istio.io-mesh-controller"
        || (Labels.GetValueOrDefault("gateway.networking.k8s.io/gateway-name") ?? "").Contains("waypoint", StringComparison.Ordinal);

    public bool IsGateway => Labels.GetValueOrDefault("operator.istio.io/component") is "IngressGateways" or "EgressGateways"
        || Labels.GetValueOrDefault("istio") is "ingressgateway" or "egressgateway"
        || Labels.ContainsKey("istio.io/gateway-name")
        || Labels.GetValueOrDefault("gateway.istio.io/managed") == "istio.io-gateway-controller"
        || Annotations.GetValueOrDefault("inject.istio.io/templates") == "gateway";

    public PodStatus Pods => new(Name, Desired, Current, Available, -1);
}

public sealed record KubeService(string Namespace, string Name)
{
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Selector { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<int> Ports { get; init; } = [];

    public string Type { get; init; } = "ClusterIP";

    public DateTimeOffset? CreatedAt { get; init; }

    public bool Selects(KubeWorkload workload) =>
        Selector.Count > 0 && Selector.All(entry => workload.Labels.TryGetValue(entry.Key, out var value) && value == entry.Value);
}

/// <summary>An object of Istio's configuration, as far as the graph shows it.</summary>
public sealed record IstioObject(string Kind, string Namespace, string Name)
{
    public System.Text.Json.JsonElement Spec { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>What was known of a cluster at one moment. Immutable; the watcher puts a new one in its place.</summary>
public sealed class ClusterSnapshot
{
    public static ClusterSnapshot Empty { get; } = new();

    public string Cluster { get; init; } = "Kubernetes";

    /// <summary>False when no configuration says what the cluster is called: then its namespaces are matched by name alone.</summary>
    public bool IsClusterNamed { get; init; }

    public bool IsKnown { get; init; }

    public IReadOnlyDictionary<string, KubeNamespace> Namespaces { get; init; } = new Dictionary<string, KubeNamespace>();

    public IReadOnlyDictionary<(string Namespace, string Name), KubeWorkload> Workloads { get; init; } = new Dictionary<(string, string), KubeWorkload>();

    public IReadOnlyDictionary<(string Namespace, string Name), KubeService> Services { get; init; } = new Dictionary<(string, string), KubeService>();

    public IReadOnlyList<IstioObject> IstioObjects { get; init; } = [];

    public bool Covers(string cluster) => IsKnown && (!IsClusterNamed || cluster == Cluster);
}
